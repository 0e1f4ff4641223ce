"""The `tellerbot flows` commands."""

from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import out
from tellerbot.errors import ConfigError

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@app.command()
def show(
    project: Annotated[Path, typer.Argument(help="The project folder.")],
    name: Annotated[str | None, typer.Argument(metavar="FLOW", help="One flow; else all.")] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Also draw each flow to FOLDER/FLOW.svg.")] = None,
) -> None:
    """Draw the flows of a project: their slots, their steps, and where each leads."""
    from tellerbot.files import write_atomic
    from tellerbot.project.flow_drawing import draw_svg, draw_text
    from tellerbot.project.load import load_project

    flows = load_project(project).flows
    if name is not None and name not in flows:
        raise ConfigError(f"Expected a flow among {', '.join(flows) or 'none'}, found {name!r}.")
    for key in [name] if name else flows:
        out.print(draw_text(key, flows[key]), markup=False, highlight=False)
        if svg:
            svg.mkdir(parents=True, exist_ok=True)
            write_atomic(svg / f"{key}.svg", draw_svg(key, flows[key]))
