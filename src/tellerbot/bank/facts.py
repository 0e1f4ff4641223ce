"""Making facts: of records, of formulas over them, of the calendar and of the customer's own words."""

from collections.abc import Mapping, Sequence
from datetime import date

from tellerbot.types import Fact, FactKind, FactValue, Source


def record_facts(ref: str, **fields: tuple[FactKind, FactValue | None]) -> dict[str, Fact]:
    """Make the facts of one record, such as `accounts/ACC-1`; a field without a value makes none."""
    return {
        name: Fact(name, kind, value, Source("bank", f"{ref}/{name}"))
        for name, (kind, value) in fields.items()
        if value is not None
    }


def computed_fact(name: str, kind: FactKind, value: FactValue, formula: str, rows: Sequence[str] = ()) -> Fact:
    """Make a fact whose source is a formula over records."""
    return Fact(name, kind, value, Source("formula", formula, tuple(rows)))


def message_fact(name: str, kind: FactKind, value: FactValue) -> Fact:
    """Make a fact of a value that the customer's message gave."""
    return Fact(name, kind, value, Source("message", name))


def clock_fact(today: date) -> Mapping[str, Fact]:
    """Make the fact of the day that records are of."""
    return {"as_of": Fact("as_of", "date", today, Source("bank", "clock/as_of"))}


def by_name(*facts: Fact) -> dict[str, Fact]:
    """Return facts by their names."""
    return {fact.name: fact for fact in facts}
