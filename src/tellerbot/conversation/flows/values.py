"""What a flow's slots hold, as facts to say, as plain values to compare, and as arguments of the bank."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal

from tellerbot.project.conditions import Plain
from tellerbot.project.flow_schema import FlowSlot
from tellerbot.types import Fact, FactKind, Money, Named, Period, Private, SlotKind, Source, Text, Value

# Things that others named: their names are set apart in a reply.
_OTHERS_NAMES: set[SlotKind] = {"payee"}


def facts_of(name: str, value: Value) -> Iterator[Fact]:
    """Yield a slot's value as facts of its name; a period gives its two ends."""
    own = Source("message", name)
    match value:
        case Money():
            yield Fact(name, "money", value.amount, own)
        case Named():
            kind: FactKind = "text" if value.kind in _OTHERS_NAMES else "label"
            yield Fact(name, kind, title_of(value), Source("bank", value.ref))
        case Text():
            # The number of a check is a figure, and no name that somebody chose.
            is_number = value.text.isascii() and value.text.isdigit()
            yield Fact(name, "digits" if is_number else "text", value.text, own)
        case Private():
            yield Fact(name, "label", value.shown, own)
        case Period():
            ends = (("start", value.start), ("end", value.end))
            yield from (Fact(f"{name}_{end}", "date", day, own) for end, day in ends if day)
        case time():
            yield Fact(name, "time", value, own)
        case date():
            yield Fact(name, "date", value, own)
        case _:
            yield Fact(name, "count", value, own)


def plain_of(value: Value) -> Plain:
    """Return a slot's value for conditions: amounts and numbers as such, a thing as the bank's key of it."""
    match value:
        case Money():
            return value.amount
        case Named():
            return value.ref.partition(".")[2] if value.kind == "option" else value.ref
        case Text():
            return value.text
        case Private():
            return value.shown
        case Period():
            return True
        case int():
            return Decimal(value)
        case _:
            return value


def plain_fact(fact: Fact) -> Plain:
    """Return a fact's value for conditions."""
    return Decimal(fact.value) if isinstance(fact.value, int) else fact.value


def argument_of(value: Value) -> Named | Period | date | time | Decimal | int | str:
    """Return a slot's value as the bank takes it; a private value is its token."""
    match value:
        case Money():
            return value.amount
        case Named():
            return value.ref.partition(".")[2] if value.kind == "option" else value
        case Text():
            return value.text
        case Private():
            return value.token
        case _:
            return value


def title_of(named: Named) -> str:
    """Return what a customer reads of a thing with a name: its last four digits tell equal names apart."""
    digits = next((alias for alias in named.aliases if alias.isdigit() and len(alias) == 4), None)
    return f"{named.name} ending in {digits}" if digits and named.kind in ("account", "card") else named.name


def options_of(slots: Mapping[str, FlowSlot]) -> list[Named]:
    """Return the options of all slots as things that a message may name."""
    return [
        Named("option", f"{name}.{key}", option.title, tuple(option.words))
        for name, slot in slots.items()
        for key, option in slot.options.items()
    ]


def default_of(name: str, slot: FlowSlot, today: date) -> Value | None:
    """Return the value that a slot has where the customer gives none."""
    if slot.default is None:
        return None
    if slot.default == "today":
        return today
    return next(option for option in options_of({name: slot}) if option.ref == f"{name}.{slot.default}")
