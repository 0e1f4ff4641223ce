"""The `tellerbot release` commands."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tellerbot.cli.console import JsonOption, out, print_disagreements, progress_bar, save_json
from tellerbot.cli.options import load_settings
from tellerbot.errors import ConfigError

app = typer.Typer(no_args_is_help=True)
AliasOption = Annotated[str, typer.Option(help="The movable name.")]
RELOAD = "Servers that run take it over on: tellerbot release reload"


@app.command()
def build(
    project: Annotated[Path, typer.Argument(help="The project's folder.")],
    intents: Annotated[Path, typer.Option(help="The intents run to serve.")],
    retriever: Annotated[
        Path | None, typer.Option(help="The retriever run to search with; else the base model that the project names.")
    ] = None,
    responder: Annotated[
        Path | None, typer.Option(help="The responder run that words the replies which the project has generated.")
    ] = None,
    version: Annotated[str | None, typer.Option(help="Like 1.4.0; else the next minor one.")] = None,
    json: JsonOption = None,
) -> None:
    """Put a project and its runs into one immutable, checked folder."""
    from tellerbot.assistant.load import open_bank
    from tellerbot.project.load import load_project
    from tellerbot.release.build import build_release
    from tellerbot.release.registry import Registry

    settings = load_settings()
    registry = Registry.at(settings)
    with progress_bar("building", "reading policies, measuring the search, copying"):
        manifest = build_release(
            project,
            intents,
            registry,
            version,
            retriever_run=retriever,
            responder_run=responder,
            var=settings.var,
            open_bank=lambda: open_bank(settings),
        )
    print_disagreements(manifest)
    save_json(json, {"release": manifest.version, **manifest.metrics})
    wording = load_project(project).assistant.wording
    if responder is None and wording.generates:
        out.print(
            "It has generated replies and no responder: build it with --responder RUN, or serve it where a writer is "
            "set (TELLERBOT_WRITER__URL or __FILE). It cannot be served otherwise."
        )
    out.print(
        f"Built {registry.releases / manifest.version}. {_next(manifest.version)}",
        markup=False,
    )


@app.command()
def pack(
    run: Annotated[Path, typer.Argument(help="A responder run's folder.")],
    output: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The file to write.")],
) -> None:
    """Put what serves of a responder's run into one file, to be imported on another machine."""
    from tellerbot.release.import_run import pack_run
    from tellerbot.training.folders import open_run

    pack_run(open_run(run, "responder"), output)
    out.print(f"Packed {output}. Take it over with: tellerbot release import {output}", markup=False)


@app.command("import")
def bring_in(
    source: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A packed run, or an adapter's folder or zip.")],
    base: Annotated[str | None, typer.Option(help="The adapter's base model, where it names none.")] = None,
    release: Annotated[str, typer.Option(help="The release to put it into, by a copy.")] = "production",
) -> None:
    """Check a responder that was trained elsewhere, install it, and make a release with it."""
    from tellerbot.project.load import load_project
    from tellerbot.release.build import with_responder
    from tellerbot.release.import_run import import_run
    from tellerbot.release.registry import Registry

    settings = load_settings()
    registry = Registry.at(settings)
    run = import_run(source, settings.runs, base)
    out.print(f"Installed {run.folder}", markup=False)
    if not registry.aliases().get(release) and release not in registry.versions():
        out.print(
            f"There is no {release} to put it into. Build one: tellerbot release build PROJECT --intents RUN "
            f"--responder {run.folder}",
            markup=False,
        )
        return
    manifest = with_responder(registry, release, run)
    wording = load_project(registry.releases / manifest.version / "project").assistant.wording
    if not wording.generates:
        out.print("No intent of its project is generated, so it stays unused: see `wording` in assistant.yaml.")
    out.print(f"Built {manifest.version}. {_next(manifest.version)}", markup=False)


def _next(version: str) -> str:
    return f"Play its tests, then serve it: tellerbot test {version} && tellerbot release promote {version}"


@app.command("list")
def list_releases(json: JsonOption = None) -> None:
    """Show the shelf: each release with its figures, and whether its conversation tests passed."""
    from tellerbot.release.manifest import read_manifest
    from tellerbot.release.registry import Registry
    from tellerbot.release.results import read_results

    registry = Registry.at(load_settings())
    aliases = registry.aliases()
    table = Table(box=None, pad_edge=False)
    for name in ("release", "alias", "built", "accuracy", "AUROC", "tests"):
        table.add_column(name, no_wrap=True, justify="right" if name in ("accuracy", "AUROC") else "left")
    table.add_column("runs", overflow="fold")
    rows: list[dict[str, Any]] = []
    for version in registry.versions():
        manifest = read_manifest(registry.releases / version)
        figures = manifest.metrics.get("intents", {})
        row = {
            "release": version,
            "aliases": [alias for alias, stack in aliases.items() if stack and stack[-1] == version],
            "built": manifest.created,
            "accuracy": figures.get("accuracy"),
            "scope_auroc": figures.get("scope_auroc"),
            "tests": str(read_results(registry, version) or "not played"),
            "runs": [run["name"] for run in manifest.runs.values()],
        }
        rows.append(row)
        accuracy = "" if row["accuracy"] is None else f"{row['accuracy']:.1%}"
        auroc = "" if row["scope_auroc"] is None else f"{row['scope_auroc']:.3f}"
        table.add_row(
            version, ", ".join(row["aliases"]), manifest.created[:10], accuracy, auroc, row["tests"],
            ", ".join(row["runs"]),
        )  # fmt: skip
    out.print(table)
    save_json(json, {"releases": rows})


@app.command()
def promote(
    version: Annotated[str, typer.Argument(help="The release to serve.")],
    alias: AliasOption = "production",
    force: Annotated[
        str | None, typer.Option(metavar="REASON", help="Promote it whatever its tests; the history keeps why.")
    ] = None,
) -> None:
    """Let an alias name a release whose conversation tests passed, after checking its files; else exit code 4."""
    from tellerbot.release.registry import Registry
    from tellerbot.release.results import require_passed

    registry = Registry.at(load_settings())
    if force is None:
        require_passed(registry, registry.resolve(version).name)
    elif not force.strip():
        raise ConfigError("--force: expected the reason in a few words, found none. Write it in quotes.")
    manifest = registry.promote(alias, version, force or "")
    out.print(f"{alias} is now {manifest.version}. {RELOAD}", markup=False)


@app.command()
def rollback(alias: AliasOption = "production") -> None:
    """Let an alias name the release it named before."""
    from tellerbot.release.registry import Registry

    manifest = Registry.at(load_settings()).rollback(alias)
    out.print(f"{alias} is now {manifest.version}. {RELOAD}", markup=False)


@app.command()
def reload() -> None:
    """Let the servers of this home load what their aliases name now, without dropping a request."""
    from tellerbot.server.processes import reload_all

    settings = load_settings()
    count = reload_all(settings.var)
    if not count:
        raise ConfigError(f"Expected a server that runs in {settings.home}, found none. Start one: tellerbot serve")
    out.print(f"{count} server{'s' if count > 1 else ''} asked to reload.")


@app.command()
def verify(
    name: Annotated[str, typer.Argument(metavar="RELEASE", help="A release, alias or folder.")] = "production",
) -> None:
    """Check every file of a release against its manifest."""
    from tellerbot.release.manifest import verify as verify_folder
    from tellerbot.release.registry import Registry

    folder = Path(name) if Path(name).is_dir() else Registry.at(load_settings()).resolve(name)
    manifest = verify_folder(folder)
    out.print(f"{manifest.version}: all {len(manifest.files)} files are as built.", markup=False)
