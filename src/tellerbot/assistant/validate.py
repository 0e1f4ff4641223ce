"""Whether a project has all that a release of it needs: the check before anything is trained."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from tellerbot.assistant.message import clean
from tellerbot.assistant.needs import find_unmet
from tellerbot.conversation import events
from tellerbot.conversation.decide import DecisionKind
from tellerbot.errors import DataError, Problem, format_count
from tellerbot.project.conversation_tests import Expect, TurnTest
from tellerbot.project.load import Contents, read_contents
from tellerbot.release.check import find_mistakes
from tellerbot.types import Bank

_EVENTS = frozenset(
    name for name, one in vars(events).items() if isinstance(one, type) and one.__module__ == events.__name__
)


def validate_project(folder: Path, bank: Bank) -> None:
    """Check a project's files, how they fit each other, and how they fit the bank's connector.

    Raises DataError with every mistake, ConfigError when it is no project.
    """
    contents, problems = read_contents(folder)
    problems += [*find_mistakes(contents), *find_unmet(contents, bank), *_find_wrong_tests(contents)]
    if problems:
        # A mistake that two checks come upon is one.
        mistakes = sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line or 0))
        raise DataError(f"{folder}: {format_count(len(mistakes), 'mistake')} in the project.", mistakes)


def _find_wrong_tests(contents: Contents) -> Iterator[Problem]:
    """Yield a problem for each message and name in conversation tests that could never pass."""
    for document, at, turn in contents.placed_turns():
        for key, what, remedy in (*_wrong_message(turn), *_wrong_names(turn.expect, contents)):
            yield document.problem((*at, *key), what, remedy)


def _wrong_message(turn: TurnTest) -> Iterator[tuple[tuple[str, ...], str, str]]:
    try:
        clean(turn.say)
    except DataError as error:
        yield ("say",), str(error), "Mend the message."


def _wrong_names(expect: Expect, contents: Contents) -> Iterator[tuple[tuple[str, ...], str, str]]:
    flows = contents.flows
    steps = {name for flow in flows.values() for name in flow.by_id} | {"code"}
    actions = {name for flow in flows.values() for name in flow.actions()}
    for key, given, known in (
        ("kind", [expect.kind], get_args(DecisionKind)),
        ("acts", expect.acts, contents.acts),
        ("step", [expect.step], steps),
        ("did", expect.did, actions),
        ("events", expect.events, _EVENTS),
    ):
        for name in given or ():
            if name is not None and name not in known:
                yield ("expect", key), f"{key}: {name!r} is none.", f"Name one of {', '.join(sorted(known)) or 'none'}."
