"""What a flow's step lets choose from: things that have a name, records of the bank, or values such as free times."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tellerbot.conversation.flows.values import options_of, plain_fact, plain_of, title_of
from tellerbot.project.flow_schema import Choices, Collect, FlowSlot
from tellerbot.types import Fact, Named, Value

if TYPE_CHECKING:
    from tellerbot.conversation.flows.walk import Sight

Row = Mapping[str, Fact]
# Kinds of slot that hold a thing of the bank.
_THINGS = frozenset({"account", "card", "payee", "branch", "product", "record"})


@dataclass(slots=True)
class Offer:
    """The `things` that a slot may hold, or its `values`, by title; `rows` are what the bank says of the things.

    `is_open`: the slot may hold anything of its kind. `are_alike`: the bank says the same of all of them.
    """

    is_open: bool = False
    are_alike: bool = False
    things: dict[str, Named] = field(default_factory=dict)
    values: dict[str, Fact] = field(default_factory=dict)
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to choose."""
        return not (self.is_open or self.things or self.values)

    def keep(self, allows: Callable[[Named], bool]) -> None:
        """Offer only the things that are allowed."""
        self.things = {title: thing for title, thing in self.things.items() if allows(thing)}

    def has(self, value: Value) -> bool:
        """Return whether a value is offered; names change, and the bank's keys don't."""
        if isinstance(value, Named):
            return self.is_open or (value.kind, value.ref) in {(one.kind, one.ref) for one in self.things.values()}
        return self.is_open or plain_of(value) in {plain_fact(fact) for fact in self.values.values()}

    def row_of(self, value: Value) -> Row:
        """Return the bank's row for a thing."""
        return self.rows.get((value.kind, value.ref), {}) if isinstance(value, Named) else {}


def offer_of(slot: FlowSlot, step: Collect, rows: Sequence[Row], sight: "Sight") -> Offer:
    """Return what a step lets choose from; `rows` are those of its `choices`."""
    if step.choices:
        return _of_rows(slot, step.choices, rows, sight)
    if slot.options:
        return Offer(things={option.name: option for option in options_of({step.collect: slot})})
    things = {title_of(named): named for named in sight.names if named.kind in slot.kind}
    return Offer(is_open=not things and not _THINGS & {*slot.kind}, things=things)


def _of_rows(slot: FlowSlot, choices: Choices, rows: Sequence[Row], sight: "Sight") -> Offer:
    values = {tuple((fact.name, fact.value) for fact in row.values()) for row in rows}
    offer, seen = Offer(are_alike=len(values) == 1), Counter[str]()
    for row in rows:
        title = sight.word(choices.row, row)
        seen[title] += 1
        if seen[title] > 1:
            # The number makes rows that read alike distinct.
            title = f"{title} ({seen[title]})"
        if not _THINGS & {*slot.kind}:
            offer.values |= [(title, fact) for fact in row.values() if fact.kind in slot.kind]
        elif thing := _thing_of(row, title, slot, sight):
            offer.things[title] = thing
            offer.rows[thing.kind, thing.ref] = row
    return offer


def _thing_of(row: Row, title: str, slot: FlowSlot, sight: "Sight") -> Named | None:
    """Return the thing in a row: one that the bank has a name for, else the record itself."""
    # Such as `transactions/12`.
    record = next(iter(row.values())).source.ref.rpartition("/")[0]
    key = record.partition("/")[2]
    names = [named for named in sight.names if named.kind in slot.kind]
    own = [str(fact.value) for fact in row.values() if fact.kind in ("text", "label")]
    for named in names:
        if named.ref == key or (named.kind == "payee" and named.ref in own):
            return named
    if "record" not in slot.kind:
        return None
    # "Granite" is what the customer calls the company, and so the payment to it.
    called = [form for named in sight.names if named.name in own for form in (named.name, *named.aliases)]
    return Named("record", record, title, tuple(dict.fromkeys(called)))
