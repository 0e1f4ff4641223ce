"""The exceptions tellerbot raises. Each message says what was expected, what was found and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pydantic import ValidationError


def format_count(number: int, noun: str) -> str:
    """Write a number with its noun: `1 mistake`, `2 mistakes`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


class TellerbotError(Exception):
    """Something failed. `exit_code` is what the command line returns for it."""

    exit_code = 1


class ConfigError(TellerbotError):
    """A command, setting or configuration file is wrong."""

    exit_code = 2


class MissingExtraError(ConfigError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional part. Install it with: pip install 'tellerbot[{extra}]'")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a user's file: where it is, what is wrong, how to mend it. `line` counts from 1."""

    file: str
    line: int | None
    what: str
    remedy: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.what} {self.remedy}"


class DataError(TellerbotError):
    """Rows or project files are invalid. `problems` lists every mistake that was found, and so does the message."""

    exit_code = 3

    def __init__(self, summary: str, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([summary, *(f"  {problem}" for problem in self.problems)]))


class TrainingError(TellerbotError):
    """Training came to nothing, and would again from the same config and rows."""


class GateError(TellerbotError):
    """A quality gate failed: the artefact is not good enough to be used."""

    exit_code = 4


class ArtefactError(TellerbotError):
    """A run, release or weights folder is missing, altered, truncated or of a kind that is refused."""


class UnreadableModelError(ArtefactError):
    """A folder that transformers cannot open as the kind of model or tokenizer that is needed."""

    def __init__(self, folder: Path, wanted: str, error: Exception) -> None:
        # transformers' own words on custom code ask the user to allow it, which nobody can here.
        custom = "trust_remote_code" in str(error)
        found = "custom code, which tellerbot never runs" if custom else str(error).rstrip(".")
        super().__init__(
            f"{folder}: expected {wanted}, found: {found}. Choose a folder that transformers' save_pretrained wrote, "
            "of a model that transformers has built in, or copy this one again."
        )


class UnavailableError(TellerbotError):
    """Something this depends on (a database, the bank) is away for now; trying again later may work."""


# Why a bank does not do what an action says.
RefusalReason = Literal[
    "insufficient",  # more than there is
    "amount_limit",  # more than one run may move
    "day_limit",  # more than a day's runs may move together
    "count_limit",  # more runs than a day has
    "not_allowed",  # not within the principal's scopes
    "not_theirs",  # it names what is not the principal's
    "too_late",  # it has gone through already, or no longer can be changed
    "no_change",  # it is so already
    "not_possible",  # anything else that the bank does not do
]


class RefusedError(TellerbotError):
    """The bank does not do it, and nothing has changed; `facts` (of `types.Fact`, by name) are what it says of it."""

    def __init__(self, reason: RefusalReason, facts: Mapping[str, Any] | None = None) -> None:
        self.reason: RefusalReason = reason
        self.facts = facts or {}
        super().__init__(f"The bank refuses it: {reason.replace('_', ' ')}.")


def explain(error: "ValidationError") -> list[str]:
    """Return one line for each of pydantic's errors: where, and what is wrong."""
    return [f"{'.'.join(map(str, item['loc'])) or 'content'}: {item['msg']}" for item in error.errors()]
