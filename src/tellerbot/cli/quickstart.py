"""`tellerbot quickstart`: the whole lifecycle on one page."""

from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import out, print_contradictions, print_scores, progress_bar
from tellerbot.settings import load_settings


def quickstart(
    home: Annotated[Path, typer.Argument(help="Where everything is kept.")] = Path("demo"),
    project: Annotated[Path | None, typer.Option(help="Your own project; else the demo bank's is made.")] = None,
    serve: Annotated[bool, typer.Option(help="Serve it at the end.")] = True,
) -> None:
    """From nothing to a served assistant: project, training, figures, release, server.

    Run again, it goes straight to serving, unless the project has changed.
    """
    from tellerbot.assistant.load import open_bank
    from tellerbot.intents.config import IntentsConfig
    from tellerbot.intents.train import train
    from tellerbot.project.load import load_project
    from tellerbot.project.scaffold import init_project
    from tellerbot.release.build import build_release, is_built_from
    from tellerbot.release.check import check_project
    from tellerbot.release.registry import Registry

    settings = load_settings(home=home)
    folder = project or home / "my-bank"
    if project is None and not folder.exists():
        init_project(folder)
    checked = load_project(folder)
    check_project(checked)
    utterances = sum(len(intent.utterances) for intent in checked.intents.values())
    size = f"{len(checked.intents)} intents, {utterances} utterances, {len(checked.policies)} policies"
    out.print(f"1. Project    {folder}: {size}", markup=False)

    registry = Registry.at(settings)
    if is_built_from(registry, "production", folder):
        out.print(f"   Release {registry.aliases()['production'][-1]} was made from it already.")
    else:
        config = IntentsConfig(model=checked.assistant.models.intents)
        with progress_bar("2. Training  ") as progress:
            run = train(config, folder, runs=settings.runs, progress=progress)
        out.print(
            f"3. Figures    on utterances held out of training; more in {run.folder}/report.html",
            markup=False,
        )
        print_scores(run.read("metrics.json"))
        manifest = build_release(folder, run.folder, registry, var=settings.var, open_bank=lambda: open_bank(settings))
        print_contradictions(manifest)
        registry.promote("production", manifest.version)
        out.print(f"4. Release    {registry.releases / manifest.version}, now `production`", markup=False)
    if serve:
        from tellerbot.server.run import run as run_server

        out.print("5. Server")
        run_server("production", settings)
    else:
        out.print(f"5. Serve it   TELLERBOT_HOME={home} tellerbot serve", markup=False)
