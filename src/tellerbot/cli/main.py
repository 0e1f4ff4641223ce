"""The `tellerbot` command: its groups, and how errors become exit codes."""

import sys
from typing import Annotated

import typer

from tellerbot.cli import (
    audit,
    cases,
    data,
    evaluate,
    flows,
    knowledge,
    predict,
    project,
    quickstart,
    release,
    search,
    serve,
    slots,
    talk,
    train,
)
from tellerbot.cli.console import err, out
from tellerbot.cli.options import HomeOption, QuietOption, add_options, choose, start
from tellerbot.errors import TellerbotError
from tellerbot.version import __version__

app = typer.Typer(
    help="Fine-tune, measure and serve a banking support assistant on your own hardware.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("quickstart")(quickstart.quickstart)
app.command("init")(project.init)
app.add_typer(data.app, name="data", help="Rows: what they are, and whether they are sound.")
app.add_typer(train.app, name="train", help="Fine-tune models.")
app.add_typer(evaluate.app, name="eval", help="Measure models.")
app.add_typer(predict.app, name="predict", help="Run a model over a file.")
app.add_typer(knowledge.app, name="knowledge", help="The policies' documents.")
app.add_typer(flows.app, name="flows", help="The flows of a project.")
app.command("search")(search.search)
app.command("slots")(slots.slots)
app.command("chat")(talk.chat)
app.command("test")(project.test)
app.command("serve")(serve.serve)
app.add_typer(release.app, name="release", help="Build, list and switch releases.")
app.add_typer(cases.app, name="cases", help="Hand-offs, and the people who take them.")
app.add_typer(audit.app, name="audit", help="The audit log.")
add_options(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tellerbot {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    home: HomeOption = None,
    quiet: QuietOption = False,
) -> None:
    start()
    out.stderr = False
    choose(home, quiet)


def main() -> None:
    """Run a command; failures end with their message and exit code (see `errors`), never with a traceback."""
    if sys.platform == "win32":
        # Locks, file modes and the limits of document parsers are Unix's.
        err.print("tellerbot: expected Linux or macOS, found Windows. Run it in WSL 2.", style="red")
        sys.exit(2)
    try:
        app()
    except TellerbotError as error:
        err.print(f"tellerbot: {error}", style="red", markup=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        # Full disks and missing rights: the system's own words say what and where.
        err.print(
            f"tellerbot: {error}. Check the path, its rights and the free space, and run again.",
            style="red",
            markup=False,
        )
        sys.exit(1)
