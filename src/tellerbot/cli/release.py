"""`tellerbot release`"""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tellerbot.cli.console import out, print_contradictions
from tellerbot.errors import ConfigError
from tellerbot.settings import load_settings

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
) -> None:
    """Put a project and its runs into one immutable, checked folder."""
    from tellerbot.assistant.load import open_bank
    from tellerbot.project.load import load_project
    from tellerbot.release.build import build_release
    from tellerbot.release.registry import Registry

    settings = load_settings()
    registry = Registry.at(settings)
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
    print_contradictions(manifest)
    wording = load_project(project).assistant.wording
    if responder is None and wording.generates:
        out.print(
            "It has generated replies and no responder: build it with --responder RUN, or serve it where a writer is "
            "set (TELLERBOT_WRITER__URL or __FILE). It cannot be served otherwise."
        )
    out.print(
        f"Built {registry.releases / manifest.version}. Serve it with: tellerbot release promote {manifest.version}",
        markup=False,
    )


@app.command()
def pack(
    run: Annotated[Path, typer.Argument(help="A responder run's folder.")],
    output: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The file to write.")],
) -> None:
    """Put what serves of a responder's run into one file, to be imported on another machine."""
    from tellerbot.release.bring import pack_run
    from tellerbot.training.run import open_run

    pack_run(open_run(run, "responder"), output)
    out.print(f"Packed {output}. Take it over with: tellerbot release import {output}", markup=False)


@app.command("import")
def bring_in(
    source: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A packed run, or an adapter's folder or zip.")],
    base: Annotated[str | None, typer.Option(help="The adapter's base model, where it names none.")] = None,
    release: Annotated[str, typer.Option(help="The release to put it into, by a copy.")] = "production",
    promote: Annotated[bool, typer.Option(help="Let the name given with --release name the new release.")] = False,
) -> None:
    """Check a responder that was trained elsewhere, install it, and make a release with it."""
    from tellerbot.project.load import load_project
    from tellerbot.release.bring import bring
    from tellerbot.release.build import with_responder
    from tellerbot.release.registry import Registry

    settings = load_settings()
    registry = Registry.at(settings)
    alias = bool(registry.aliases().get(release))
    if promote and not alias:
        raise ConfigError(
            f"Expected an alias that names a release, found {release!r}. Import without --promote, and promote what is "
            "built with it."
        )
    run = bring(source, settings.runs, base)
    out.print(f"Installed {run.folder}", markup=False)
    if not alias and release not in registry.versions():
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
    if promote:
        registry.promote(release, manifest.version)
        out.print(f"{release} is now {manifest.version}. {RELOAD}", markup=False)
        return
    out.print(f"Built {manifest.version}. Serve it with: tellerbot release promote {manifest.version}", markup=False)


@app.command("list")
def list_releases() -> None:
    """Show the shelf."""
    from tellerbot.release.registry import Registry

    registry = Registry.at(load_settings())
    names = {stack[-1]: alias for alias, stack in registry.aliases().items() if stack}
    table = Table("release", "alias", box=None, pad_edge=False)
    for version in registry.versions():
        table.add_row(version, names.get(version, ""))
    out.print(table)


@app.command()
def promote(
    version: Annotated[str, typer.Argument(help="The release to serve.")], alias: AliasOption = "production"
) -> None:
    """Let an alias name a release, after checking it."""
    from tellerbot.release.registry import Registry

    Registry.at(load_settings()).promote(alias, version)
    out.print(f"{alias} is now {version}. {RELOAD}", markup=False)


@app.command()
def rollback(alias: AliasOption = "production") -> None:
    """Let an alias name the release it named before."""
    from tellerbot.release.registry import Registry

    manifest = Registry.at(load_settings()).rollback(alias)
    out.print(f"{alias} is now {manifest.version}. {RELOAD}", markup=False)


@app.command()
def reload() -> None:
    """Let the servers of this home load what their aliases name now, without dropping a request."""
    from tellerbot.server.running import reload_all

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
