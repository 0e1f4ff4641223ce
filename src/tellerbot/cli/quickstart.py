"""`tellerbot quickstart`: the whole lifecycle on one page."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import out, print_disagreements, progress_bar
from tellerbot.cli.figures import print_figures
from tellerbot.cli.options import load_settings


def quickstart(
    where: Annotated[Path | None, typer.Argument(metavar="HOME", help="The same as --home.")] = None,
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

    settings = load_settings(**({"home": where} if where else {}))
    folder = project or settings.home / "my-bank"
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
            f"3. Figures    more in {run.folder}/report.html",
            markup=False,
        )
        print_figures(run.read("metrics.json"))
        with progress_bar("4. Release   ", "reading policies, measuring the search, copying"):
            manifest = build_release(
                folder, run.folder, registry, var=settings.var, open_bank=lambda: open_bank(settings)
            )
        print_disagreements(manifest)
        registry.promote("production", manifest.version, "quickstart, which plays no conversation tests")
        out.print(f"4. Release    {registry.releases / manifest.version}, now `production`", markup=False)
    if serve:
        out.print("5. Server")
        _serve(settings.home)
    else:
        out.print(f"5. Serve it   tellerbot serve --home {settings.home}", markup=False)


def _serve(home: Path) -> None:
    """Become `tellerbot serve`: a process that has trained keeps the memory that it took."""
    sys.stdout.flush()
    sys.stderr.flush()
    # Its home was shown already.
    os.execv(sys.executable, [sys.executable, "-m", "tellerbot", "serve", "--home", str(home), "--quiet"])  # noqa: S606
