"""What a message gives to an open flow: which of its values goes to which slot."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tellerbot.conversation.choose import choose
from tellerbot.conversation.flows.meant import NOTHING, Meant, kinds_of_value
from tellerbot.project.flow_schema import Collect, Confirm, Flow
from tellerbot.types import Choice, Money, Named, Period, Slot, SlotKind, Text, Value

# Kinds whose value is all that the customer writes when asked.
_FREE: set[SlotKind] = {"text"}
_MINUS = re.compile(r"(?:-|\bminus |\bnegative )[$£€]?\s*$", re.IGNORECASE)
# What may stand before a free value: "it's ...", "my new address is ...".
_LEAD = re.compile(
    r"^\W*(?:(?:ok|okay|yes|sure|well|so|oh|um|please)\b\W*)*"
    r"(?:(?:it(?:['’]?s| is)|that(?:['’]?s| is| would be)|to|make it|call (?:it|them|him|her)|(?:i|we) live (?:at|in)|"
    r"i(?:['’]?m| am) (?:going|off|flying) to|(?:the|my|his|her|their|our|new|full)\b[\w ]{0,30}? (?:is|are))\s+)?",
    re.IGNORECASE,
)
_CENTS = 2
# After a cue, what is no name of anybody.
_NOBODY_WORDS = (
    "a an another any anyone be do get go have her him his it make me my new other our pay see send somebody someone "
    "somewhere that the their them there this us use you your today tomorrow later now next"
)
_NOBODY = frozenset(_NOBODY_WORDS.split())


@dataclass(slots=True)
class Heard:
    """What a message gives: `values` by slot, things of which `several` fit, and names that fit none.

    `problem` is the message of the project that says what is wrong with an amount. `cleared` are slots that the
    customer wants to be asked for again, and `rest` what fits no slot.
    """

    values: dict[str, Value] = field(default_factory=dict)
    several: dict[str, tuple[Named, ...]] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    cleared: list[str] = field(default_factory=list)
    rest: list[Slot] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.values or self.several or self.unknown or self.problem or self.cleared)


@dataclass(frozen=True, slots=True)
class Listening:
    """What a flow listens for: the values that it has, and the step that it waits at, with its choices."""

    flow: Flow
    values: Mapping[str, Value]
    at: Collect | Confirm | None = None
    choices: Mapping[str, Named] = field(default_factory=dict)
    currency: str = "USD"

    @property
    def asked(self) -> str | None:
        """The slot that the customer was asked for."""
        return self.at.collect if isinstance(self.at, Collect) else None

    def hear(
        self,
        text: str,
        slots: Sequence[Slot],
        acts: Collection[str],
        unclear: Sequence[str] = (),
        meant: Meant = NOTHING,
    ) -> Heard:
        """What a message gives; `unclear` are amounts in it that may be one of two."""
        heard = Heard({**meant.texts})
        mine = [slot for slot in slots if meant.slot_of(slot) in (None, self.asked)]
        if self.asked and (thing := self._choose(text, mine, acts)):
            heard.values[self.asked] = thing
            # "Savings, 200": the choice is one of the things that it names.
            slots = [slot for slot in slots if not _names(slot, thing)]
        for slot in self._joined(slots):
            self._take(slot, text, heard, meant)
        self._note_stranger(text, slots, heard)
        if unclear and self._wants("money") and not any(isinstance(one, Money) for one in heard.values.values()):
            heard.problem = "unclear"
        kinds = self.flow.slots[self.asked].kind if self.asked else []
        if (
            self.asked
            and _FREE & {*kinds}
            and not heard
            and (said := _LEAD.sub("", text.strip(), count=1).strip(" .!"))
        ):
            heard.values[self.asked] = Text(said)
        return heard

    def _choose(self, text: str, slots: Sequence[Slot], acts: Collection[str]) -> Named | None:
        """The thing that a message chooses, by its place, its title or its name."""
        choices = [Choice("", title, thing) for title, thing in self.choices.items()]
        # "Yes" takes no thing, and a bare number no place where an amount is asked for.
        chosen = choose(text, [act for act in acts if act != "affirm"], slots, choices) if choices else None
        return chosen.named if chosen else None

    def _joined(self, slots: Sequence[Slot]) -> list[Slot]:
        """The slots, with two days as one period where the flow wants a period: "from March 3 to March 9"."""
        days = [slot for slot in slots if isinstance(slot.value, date)]
        if len(days) != 2 or not self._wants("period"):
            return [*slots]
        first, last = days
        if not (isinstance(first.value, date) and isinstance(last.value, date) and first.value <= last.value):
            return [*slots]
        whole = Slot("period", first.start, last.end, f"{first.text} to {last.text}", Period(first.value, last.value))
        return [*(slot for slot in slots if slot not in days), whole]

    def _wants(self, kind: SlotKind) -> bool:
        return self.flow.has(kind)

    def _take(self, slot: Slot, text: str, heard: Heard, meant: Meant) -> None:
        """Give one value of a message to the slot that it is for."""
        kinds = kinds_of_value(slot, self.flow)
        name = self._slot_for(slot, kinds, text, heard, meant)
        if name is None:
            heard.rest.append(slot)
            return
        if isinstance(slot.value, tuple):
            self._take_named(name, slot, slot.value, heard)
        elif slot.kind in ("money", "count") and "money" in self.flow.slots[name].kind:
            self._take_amount(name, slot, text, heard)
        elif isinstance(slot.value, date) and "period" in self.flow.slots[name].kind:
            heard.values[name] = Period(slot.value, slot.value)
        else:
            heard.values[name] = slot.value

    def _note_stranger(self, text: str, slots: Sequence[Slot], heard: Heard) -> None:
        """Note who is to be paid by a name that fits nobody: "send 50 to Walter"."""
        for name, slot in self.flow.slots.items():
            if "payee" not in slot.kind or not slot.cues or name in {*self.values, *heard.values, *heard.several}:
                continue
            cues = "|".join(map(re.escape, slot.cues))
            for match in re.finditer(rf"\b(?:{cues}) (?P<name>[^\W\d]\w*(?: [A-Z]\w+)?)", text, re.IGNORECASE):
                is_taken = any(one.start < match.end() and match.start("name") < one.end for one in slots)
                if not is_taken and match["name"].split(" ")[0].casefold() not in _NOBODY:
                    heard.unknown.setdefault(name, match["name"])

    def _slot_for(self, slot: Slot, kinds: set[SlotKind], text: str, heard: Heard, meant: Meant) -> str | None:
        """The slot that it is meant for or the words before it name, else the one asked for or the first empty one.

        At a confirmation, or where all are filled, it is a correction of the only one of its kind.
        """
        fitting = [name for name, one in self.flow.slots.items() if kinds & {*one.kind} and name not in {*heard.values}]
        if (wanted := meant.slot_of(slot)) in fitting:
            return wanted
        before = text[: slot.start].casefold().rstrip()
        for name in fitting:
            cues = "|".join(map(re.escape, self.flow.slots[name].cues))
            if cues and re.search(rf"\b(?:{cues})(?: (?:my|the|our|your|account|card))*$", before):
                return name
        if self.asked in fitting:
            return self.asked
        empty = [name for name in fitting if name not in self.values]
        if empty:
            return empty[0]
        return fitting[0] if len(fitting) == 1 else None

    def _take_named(self, name: str, slot: Slot, things: tuple[Named, ...], heard: Heard) -> None:
        wanted = self.flow.slots[name].kind
        fitting = tuple(thing for thing in things if thing.kind in wanted)
        if self.asked == name and self.choices:
            allowed = {(thing.kind, thing.ref) for thing in self.choices.values()}
            fitting = tuple(thing for thing in fitting if (thing.kind, thing.ref) in allowed) or fitting
        if len(fitting) == 1:
            heard.values[name] = fitting[0]
        elif fitting:
            heard.several[name] = fitting
        else:
            heard.unknown[name] = slot.text

    def _take_amount(self, name: str, slot: Slot, text: str, heard: Heard) -> None:
        """Take an amount in the bank's currency, above zero and of whole cents."""
        value = slot.value if isinstance(slot.value, Money) else Money(_decimal(slot.value))
        exponent = value.amount.as_tuple().exponent
        if value.currency not in (None, self.currency):
            heard.problem = "other_currency"
        elif value.amount <= 0 or _MINUS.search(text[: slot.start]):
            heard.problem = "above_zero"
        elif isinstance(exponent, int) and -exponent > _CENTS:
            heard.problem = "whole_cents"
        else:
            heard.values[name] = Money(value.amount, self.currency)


def _names(slot: Slot, thing: Named) -> bool:
    return isinstance(slot.value, tuple) and any((one.kind, one.ref) == (thing.kind, thing.ref) for one in slot.value)


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))
