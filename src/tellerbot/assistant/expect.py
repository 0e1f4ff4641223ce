"""What a conversation test expects of a turn, next to what was found."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from tellerbot.assistant.perform import CODE
from tellerbot.conversation.events import ActionDone, ActionRefused, Event
from tellerbot.conversation.flows.open_flow import Flows
from tellerbot.conversation.turns import TurnView
from tellerbot.project.conversation_tests import Expect
from tellerbot.types import Money, Period, Slot


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that a turn was expected to be, and what it was."""

    what: str
    expected: str
    found: str


def compare(expect: Expect, turn: TurnView, events: Sequence[Event], flows: Flows = ()) -> list[Difference]:
    """Compare a turn, the events it added and the `flows` open after it with a test; empty where all is as expected."""
    found = (
        *_compare_whole(expect, turn),
        *_compare_parts(expect, turn, events),
        *_compare_flows(expect, turn, events, flows),
    )
    return [Difference(*each) for each in found]


def _compare_whole(expect: Expect, turn: TurnView) -> Iterator[tuple[str, str, str]]:
    if expect.kind is not None and expect.kind != turn.kind:
        yield "kind", expect.kind, f"{turn.kind} ({turn.reason})"
    if expect.intent is not None and expect.intent not in turn.intents:
        yield "intent", expect.intent, _list(turn.intents)
    if expect.intents is not None and tuple(expect.intents) != turn.intents:
        yield "intents", _list(expect.intents), _list(turn.intents)
    if expect.hand_off is not None and expect.hand_off != (turn.reference is not None):
        yield "hand_off", _yes_or_no(expect.hand_off), _yes_or_no(turn.reference is not None)
    cited = {name for passage in turn.citations for name in (passage.policy, passage.id.split("/")[0])}
    if expect.cites is not None and expect.cites not in cited:
        yield "cites", expect.cites, _list([passage.id for passage in turn.citations])


def _compare_parts(expect: Expect, turn: TurnView, events: Sequence[Event]) -> Iterator[tuple[str, str, str]]:
    reply = turn.reply.casefold()
    for text in expect.contains:
        if text.casefold() not in reply:
            yield "contains", text, "not in the reply"
    for text in expect.excludes:
        if text.casefold() in reply:
            yield "excludes", text, "in the reply"
    yield from _missing("acts", expect.acts, turn.acts, str)
    yield from _missing("facts", expect.facts, [figure.figure for figure in turn.figures], str)
    yield from _missing("choices", expect.choices, [choice.title for choice in turn.choices], str.casefold)
    yield from _missing("events", expect.events or None, [type(event).__name__ for event in events], str)
    if expect.slots is not None:
        given = [shown for slot in turn.slots for shown in _show(slot)]
        wanted = [f"{kind} {text}" for kind, text in expect.slots.items()]
        yield from _missing("slots", wanted, given, str.casefold)


def _compare_flows(
    expect: Expect, turn: TurnView, events: Sequence[Event], flows: Flows
) -> Iterator[tuple[str, str, str]]:
    name, step = (flows[-1].name, flows[-1].waits) if flows else ("", "")
    if expect.flow is not None and expect.flow != name:
        yield "flow", expect.flow or "none", name or "none"
    shown = "code" if step == CODE else step
    if expect.step is not None and expect.step != shown:
        yield "step", expect.step, shown or "none"
    yield from _missing("did", expect.did, [event.action for event in events if isinstance(event, ActionDone)], str)
    refused = [event.reason for event in events if isinstance(event, ActionRefused)]
    if expect.refused is not None and expect.refused not in refused:
        yield "refused", expect.refused, _list(refused)
    if expect.card is not None:
        cards = [block for block in turn.blocks if block.kind in ("confirmation", "receipt")]
        lines = [": ".join(row) for block in cards for row in block.rows]
        yield from _missing("card", [f"{label}: {text}" for label, text in expect.card.items()], lines, str.casefold)


def _missing(
    what: str, expected: Collection[str] | None, found: Collection[str], key: Callable[[str], str]
) -> Iterator[tuple[str, str, str]]:
    """Yield each that is expected and not found; all that is found where nothing is expected."""
    if expected is None:
        return
    if not expected and found:
        yield what, "none", _list(found)
    keys = {key(name) for name in found}
    for name in expected:
        if key(name) not in keys:
            yield what, name, _list(found)


def _show(slot: Slot) -> Iterator[str]:
    """Yield a slot as tests write it, by the customer's words and by its value; a name may be of several kinds."""
    if isinstance(slot.value, tuple):
        for kind in dict.fromkeys(named.kind for named in slot.value):
            yield f"{kind} {slot.text}"
            yield f"{kind} {' or '.join(named.name for named in slot.value if named.kind == kind)}"
    else:
        yield f"{slot.kind} {slot.text}"
        yield f"{slot.kind} {_show_value(slot.value)}"


def _show_value(value: Money | Period | time | date | int) -> str:
    match value:
        case Money():
            return f"{value.amount:.2f} {value.currency or ''}".strip()
        case Period():
            return f"{value.start or 'open'} to {value.end or 'open'}"
        case time():
            return value.isoformat("minutes")
        case _:
            return str(value)


def _list(names: Collection[str]) -> str:
    return ", ".join(dict.fromkeys(names)) or "none"


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"
