"""Sources of figures in words, for customers: the names of records are for staff."""

import re
from collections.abc import Iterable, Mapping

from tellerbot.conversation.event_values import Citation
from tellerbot.types import Named, Source

# What a field of a record is called, where its own name with spaces would not do.
_FIELDS: Mapping[str, str] = {
    "available": "available balance",
    "current": "balance on the books",
    "last4": "last four digits",
}
_WORD = re.compile(r"[a-z_]+")
_ACRONYM = re.compile(r"\b(ach|apr|apy|atm|iban|pin)\b")


def say_source(source: Source, things: Mapping[str, Named], citations: Iterable[Citation] = ()) -> str:
    """Say where a figure comes from: "Everyday Checking …4821, available balance".

    `things` are what the customer can name, by the bank's ids.
    """
    match source.kind:
        case "bank":
            return _say_record(source.ref, things)
        case "passage":
            cited = next((item for item in citations if item.id.startswith(source.ref)), None)
            return f"{cited.title}: {cited.section}" if cited else "Our policies"
        case "formula":
            return f"Worked out: {source.ref}"
        case "message":
            return "What you wrote"


def _say_record(ref: str, things: Mapping[str, Named]) -> str:
    """Say which record it is: the customer's own thing, or what the bank keeps such records of."""
    if ref == "clock/as_of":
        return "The bank's clock"
    table, *rest = ref.split("/")
    thing = things.get(rest[0]) if rest else None
    words = rest[1:] if thing else rest
    # Numbers and keys mean nothing to a customer.
    said = [_FIELDS.get(word) or _say_name(word) for word in words if word in _FIELDS or _WORD.fullmatch(word)]
    whose = _say_thing(thing) if thing else f"Our records of {_say_name(table)}"
    return ", ".join([whose, *said])


def _say_name(name: str) -> str:
    """Write the name of a table or a field as words: "ATM out of network"."""
    return _ACRONYM.sub(lambda found: found[0].upper(), name.replace("_", " "))


def _say_thing(thing: Named) -> str:
    digits = next((alias for alias in thing.aliases if len(alias) == 4 and alias.isdigit()), "")
    return f"{thing.name} …{digits}" if digits else thing.name
