"""Whether a project's replies and policies fit each other: checked before training, and again before building."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from tellerbot.conversation.events import CaseOpened
from tellerbot.errors import DataError, Problem, format_count
from tellerbot.knowledge.passages import read_policies
from tellerbot.project.load import Contents, Project
from tellerbot.project.policies import odd_files
from tellerbot.project.schema import MESSAGE_FACTS, MESSAGE_HOLES
from tellerbot.project.yaml_lines import Document, Key, read_again
from tellerbot.responses.agree import Conflict, find_conflicts
from tellerbot.responses.promises import find_promises, kept_by
from tellerbot.responses.records import Contradiction, find_contradictions, records_of
from tellerbot.responses.template import template_mistakes
from tellerbot.types import Bank, Passage

# What a hand-off keeps, and the messages that are sent with one.
_KEPT = kept_by([CaseOpened("", "")])
_HANDED = ("hand_off", "hand_off_again", "hand_off_later")
# Those that are sent after what they say was done.
_AFTER = ("code_ask", "done_late", "done_already", "hand_off_nobody", "agent_joined", "agent_left", "case_closed")
_UNKEPT = {
    "done": "says that something was done, which only an action of a flow does.",
    "coming": "says that something will be done, and nothing is begun.",
    "told": "says that somebody is told, and nobody is.",
}


def check_project(project: Project) -> None:
    """Raise DataError for whatever `find_mistakes` finds."""
    _refuse(project, find_mistakes(project))


def find_mistakes(contents: Contents) -> list[Problem]:
    """Read the policies, and look for what `check_passages` refuses."""
    readings = list(read_policies(contents.policies))
    passages = [passage for reading in readings for passage in reading.passages]
    failed = [reading.problem for reading in readings if reading.problem]
    odd = odd_files(contents.folder / "policies")
    return [*contents.bad_policies, *failed, *odd, *_misfits(contents, passages)]


def check_passages(project: Project, passages: Sequence[Passage], failed: Sequence[Problem]) -> None:
    """Raise DataError for figures, promises and bad placeholders in the wording, and for policies that are not there.

    `failed` are mistakes that were found before. `passages` are those of the policies that could be read.
    """
    _refuse(project, [*failed, *_misfits(project, passages)])


def _refuse(project: Project, problems: Sequence[Problem]) -> None:
    if problems:
        raise DataError(
            f"{project.folder}: {format_count(len(problems), 'mistake')} in the replies and policies.", problems
        )


def _misfits(contents: Contents, passages: Sequence[Passage]) -> Iterator[Problem]:
    if not any(passage.in_force(date.today()) for passage in passages):
        folder = str(contents.folder / "policies")
        yield Problem(folder, None, "Expected a policy in force today, found none.", "Add one.")
    sections = {passage.id.split("/")[0] for passage in passages}
    yield from _replies(contents, sections)
    yield from _messages(contents)
    yield from _flows(contents)
    yield from _cited(contents, sections)


def check_policies(passages: Sequence[Passage]) -> list[Conflict]:
    """Where two policies that are in force together, today or later, give different figures for one thing."""
    today = date.today()
    return find_conflicts([item for item in passages if item.in_force_to is None or item.in_force_to >= today])


def check_records(bank: Bank, passages: Sequence[Passage]) -> list[Contradiction]:
    """Where the policies in force say something else than the bank's public records. Raises UnavailableError."""
    today = date.today()
    records = [
        record
        for query, spec in bank.queries().items()
        if spec.is_public and not spec.required
        for record in records_of(query, bank.query(query, None, {}, today))
    ]
    return list(find_contradictions(records, records, [passage for passage in passages if passage.in_force(today)]))


def _replies(contents: Contents, sections: set[str]) -> Iterator[Problem]:
    known = sections | {policy.name for policy in contents.policies}
    for document, at, name, answer in contents.answers():
        for field, text in answer.texts():
            for mistake in template_mistakes(text):
                yield document.problem((*at, field), f"{name}: {mistake}", "Mend the wording.")
            yield from _promises(document, (*at, field), name, text)
        for number, ref in enumerate(answer.policy):
            if ref not in known:
                what = f"{name}: there is no policy section {ref!r}."
                yield document.problem((*at, "policy", number), what, f"There are: {_near(ref, sections)}.")


def _flows(contents: Contents) -> Iterator[Problem]:
    """Mistakes in the wording of flows."""
    for document, name, flow in contents.placed_flows():
        for place, text in flow.texts():
            for mistake in template_mistakes(text):
                yield document.problem((name, *place), f"{name}: {mistake}", "Mend the wording.")
            # A receipt is said only when the action is done.
            if not {"receipt", "lines"} & {*place}:
                yield from _promises(document, (name, *place), name, text)


def _cited(contents: Contents, sections: set[str]) -> Iterator[Problem]:
    """Policies that tests expect to be cited and that there are not."""
    known = sections | {policy.name for policy in contents.policies}
    for document, at, turn in contents.placed_turns():
        ref = turn.expect.cites
        if ref and ref not in known:
            what = f"There is no policy section {ref!r}."
            yield document.problem((*at, "expect", "cites"), what, f"There are: {_near(ref, sections)}.")


def _promises(document: Document, at: Key, name: str, text: str, *, is_ending: bool = False) -> list[Problem]:
    """Find what a wording promises and nothing keeps: a reply by itself does nothing.

    Only the `is_ending` of a hand-off speaks of a person: it knows whether there is one now, later, or not at all.
    """
    unkept = [promise for promise in find_promises(text) if not (is_ending and promise.kind in _KEPT)]
    remedy = "Say what the customer can do." if is_ending else "Say what the customer can do, or who should look at it."
    return [document.problem(at, f"{name}: {promise.sentence!r} {_UNKEPT[promise.kind]}", remedy) for promise in unkept]


def _messages(contents: Contents) -> list[Problem]:
    problems: list[Problem] = []
    if contents.assistant is None:
        return problems
    document = read_again(contents.folder / "assistant.yaml")
    for key, messages in contents.assistant.messages:
        at = ("messages", key)
        for message in [messages] if isinstance(messages, str) else messages:
            for mistake in _message_mistakes(key, re.sub(rf"\{{({'|'.join(MESSAGE_HOLES)})\}}", "", message)):
                problems.append(document.problem(at, f"{key}: {mistake}", "Mend the wording."))
            if key not in _AFTER:
                problems += _promises(document, at, key, message, is_ending=key in _HANDED)
    return problems


def _message_mistakes(key: str, message: str) -> Iterator[str]:
    """Find what is wrong with a message; a placeholder that nothing fills is among it."""
    yield from template_mistakes(message)
    allowed = MESSAGE_FACTS.get(key, ())
    for inner in re.findall(r"\{([^{}]*:[^{}]*)\}", message):
        if inner not in allowed:
            known = ", ".join(f"{{{name}}}" for name in allowed) or "none"
            yield f"Expected placeholders among those that are filled here ({known}), found {{{inner}}}."


def _near(ref: str, sections: set[str]) -> str:
    same = sorted(section for section in sections if section.split("#")[0] == ref.split("#")[0])
    return ", ".join(same or sorted({section.split("#")[0] for section in sections}))
