"""What every command takes, `--home` and `--quiet`, and the settings that follow from it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tellerbot.settings import Settings

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The folder of runs, releases and records; else TELLERBOT_HOME.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Only results and errors: no home, no progress.")]


@dataclass
class Options:
    """What was given for the command that runs now, and whether its home was shown."""

    home: Path | None = None
    quiet: bool = False
    is_home_shown: bool = False


chosen = Options()


def choose(home: Path | None, quiet: bool) -> None:
    """Take over what was given, before the command's name or after it."""
    chosen.home = home or chosen.home
    chosen.quiet = quiet or chosen.quiet


def start() -> None:
    """Forget the options of the command before, for tests run several in one process."""
    chosen.home, chosen.quiet, chosen.is_home_shown = None, False, False


def add_options(app: typer.Typer) -> None:
    """Let every command of `app` and of its groups take `--home` and `--quiet` after its name too."""
    for command in app.registered_commands:
        if command.callback:
            command.callback = _with_options(command.callback)
    for group in app.registered_groups:
        if group.typer_instance:
            add_options(group.typer_instance)


def _with_options(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def command(*args: Any, home: Path | None, quiet: bool, **others: Any) -> Any:
        choose(home, quiet)
        return function(*args, **others)

    added = {"home": (HomeOption, None), "quiet": (QuietOption, False)}
    signature = inspect.signature(function)
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in added.items()
    ]
    # Typer reads both.
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), *parameters]
    )
    command.__annotations__ = {**function.__annotations__, **{name: kind for name, (kind, _) in added.items()}}
    return command


def load_settings(**given: object) -> "Settings":
    """Load this command's settings and show their home on stderr, once. Raises ConfigError when they are wrong."""
    # Imported here: it takes longer than all else that `tellerbot --help` needs.
    from tellerbot import settings

    if chosen.home is not None:
        given = {"home": chosen.home, **given}
    loaded = settings.load_settings(**given)
    if not (chosen.quiet or chosen.is_home_shown):
        chosen.is_home_shown = True
        typer.echo(f"Home: {loaded.home.resolve()}", err=True)
    return loaded
