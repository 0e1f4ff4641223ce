"""The promise of a hand-off: a colleague now, later, or nobody, and the phone line to name beside it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from tellerbot.errors import UnavailableError
from tellerbot.project.hours import is_open, next_opening
from tellerbot.project.schema import AssistantFile, HandOff
from tellerbot.responses.check import Draft
from tellerbot.responses.template import fill, say
from tellerbot.types import Bank, Fact, FactKind, FactValue, Source

Promise = Literal["now", "hours", "nobody"]
# From this priority on the phone line is named at any hour.
EMERGENCY = 3
_PHONES = "phones"


def promise(hand_off: HandOff, now: datetime, has_delivery: bool) -> Promise:
    """Find when a person can be promised: `now`, in the opening `hours`, or by `nobody`.

    `has_delivery`: the bank's people have a way to learn of cases.
    """
    if not has_delivery:
        return "nobody"
    return "now" if is_open(hand_off.hours, hand_off.timezone, now) else "hours"


def end_hand_off(
    assistant: AssistantFile,
    phones: Mapping[str, Fact],
    now: datetime,
    has_delivery: bool,
    reference: str,
    priority: int,
    *,
    is_again: bool,
    before: str = "",
) -> Draft:
    """Write the end of a reply with a hand-off, with the facts it rests on.

    `is_again`: the case was open before. `phones` are those of `find_phones`; a line that the reply names `before` is
    not named again.
    """
    messages, found = assistant.messages, promise(assistant.hand_off, now, has_delivery)
    facts = _opening(assistant.hand_off, now) if found == "hours" else {}
    wording = {
        "now": messages.hand_off_again if is_again else messages.hand_off,
        "hours": messages.hand_off_later,
        "nobody": messages.hand_off_nobody,
    }[found]
    phone = phones.get(f"{assistant.hand_off.phone}_phone")
    if phone and say(phone) not in before and (found != "now" or priority >= EMERGENCY):
        wording, facts = f"{wording.strip()} {messages.hand_off_phone}", {**facts, "phone": phone}
    text, used = fill(wording.replace("{reference}", reference), facts)
    return Draft(text, tuple(used))


def find_phones(bank: Bank, today: date) -> Mapping[str, Fact]:
    """Ask for the bank's phone lines; none where the bank has no query for them, or is away."""
    if _PHONES not in bank.queries():
        return {}
    try:
        return bank.query(_PHONES, None, {}, today).values
    except UnavailableError:
        return {}


def _opening(hand_off: HandOff, now: datetime) -> dict[str, Fact]:
    """Make facts of the next opening, in words."""
    opens = next_opening(hand_off.hours, hand_off.timezone, now)
    days = (opens.date() - now.astimezone(opens.tzinfo).date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {opens:%A}")
    facts: tuple[tuple[str, FactKind, FactValue], ...] = (
        ("opens_day", "label", day),
        ("opens_time", "time", opens.time()),
        ("opens_zone", "label", f"{opens:%Z}"),
    )
    return {name: Fact(name, kind, value, Source("bank", "hand_off/hours")) for name, kind, value in facts}
