"""What a message gives to an open flow: which of its values goes to which slot."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from tellerbot.conversation.choose import choose
from tellerbot.conversation.flows.free_text import find_added, find_check, find_cued
from tellerbot.conversation.flows.meant import NOTHING, SlotHints, kinds_of_value
from tellerbot.conversation.reading import is_question
from tellerbot.project.flow_schema import Collect, Confirm, Flow
from tellerbot.types import Choice, Money, Named, Period, Slot, SlotKind, Text, Value

# Kinds whose value is all that the customer writes when asked.
_FREE: set[SlotKind] = {"text"}
# Kinds that end a free text before them: "to Spain next week".
_TIMES: set[SlotKind] = {"date", "period", "time", "term"}
_MINUS = re.compile(r"(?:[-−–]|\bminus |\bnegative )[$£€]?\s*$", re.IGNORECASE)
# A sign behind the currency: "$-20".
_SIGNED = re.compile(r"[^\d.]*[-−–]\s*[\d.]")
# What may come before a free value: "it's ...", "my new address is ...".
_LEAD = re.compile(
    r"^\W*(?:(?:ok|okay|yes|sure|well|so|oh|um|please)\b\W*)*"
    r"(?:(?:it(?:['’]?s| is)|that(?:['’]?s| is| would be)|to|make it|call (?:it|them|him|her)|(?:i|we) live (?:at|in)|"
    r"i(?:['’]?m| am) (?:going|off|flying) to|(?:the|my|his|her|their|our|new|full)\b[\w ]{0,30}? (?:is|are))\s+)?",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s?$|^(?:Mrs?|Ms|Mister|Dr)\.? ")
# A capitalized word, or two, that no sentence begins with.
_WITHIN = re.compile(r"(?<=[a-z,;] )([A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?)")
_PLAIN = re.compile(r"\s*\$?(\d{1,9}(?:\.\d{1,2})?)[\s.!]*")
_BEGINS = re.compile(r"(?:starting|beginning|from|as of)\b", re.IGNORECASE)
_CENTS = 2
_END = re.compile(
    r"\b(?:(?P<first>from|starting|beginning|leaving|as of)|until|till?|through|back|returning|return|home)"
    r"(?: (?:on|by|the))?\W*$",
    re.IGNORECASE,
)
# Words that the name of somebody to be paid has at the most.
_NAME = 3
# After a cue, what is no name of anybody.
_NOBODY_WORDS = (
    "a about all an and another any anyone ask be both call change check checking do find get give go have help her "
    "here him his hear how it its know learn look make me money move my myself new no one open other our pay put "
    "savings say see send set show some somebody someone somewhere start stop take talk tell that the their them "
    "there "
    "these this those to today tomorrow over transfer try us use view watch what which who with work you your yourself "
    "later now next"
)
# Before "to" these begin what somebody wants, and no name.
_WANTS = re.compile(
    r"\b(?:able|about|allow\w*|ask\w*|begin|decid\w*|going|happy|have|has|help\w*|how|if|intend|liked?|looking|love|"
    r"mean|me|need\w*|plan\w*|prefer|ready|start|suppose\w*|try\w*|used|want\w*|when|where|whether|wish|you)\s*$",
    re.IGNORECASE,
)
_NOBODY = frozenset(_NOBODY_WORDS.split())


@dataclass(slots=True)
class FlowInput:
    """What a message gives to a flow: `values` by slot, things of which `several` fit, and names that fit none.

    `problem` is the message of the project that says what is wrong with an amount. `cleared` are slots that the
    customer wants to be asked for again.
    """

    values: dict[str, Value] = field(default_factory=dict)
    several: dict[str, tuple[Named, ...]] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    cleared: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.values or self.several or self.unknown or self.problem or self.cleared)


@dataclass(frozen=True, slots=True)
class SlotFiller:
    """A finder of values for a flow's slots in a message, with the values and the step that the flow has so far."""

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
        meant: SlotHints = NOTHING,
    ) -> FlowInput:
        """Find what a message gives; `unclear` are amounts in it that may be one of two."""
        heard = FlowInput({**meant.texts})
        if self.asked and (amount := self._plain_amount(text)):
            heard.values[self.asked] = amount
            return heard
        if self.asked and (thing := self._choose(text, acts)):
            heard.values[self.asked] = thing
            return heard
        slots = self._take_check(text, slots, heard)
        for slot in self._join_days(slots):
            self._take(slot, text, heard, meant)
        self._note_stranger(text, slots, heard)
        if self.at is None:
            self._take_cued(text, slots, heard)
        elif not heard and not is_question(text):
            self._add_text(text, heard)
        if unclear and self._wants("money") and not any(isinstance(one, Money) for one in heard.values.values()):
            heard.problem = "unclear"
        kinds = self.flow.slots[self.asked].kind if self.asked else []
        said = _LEAD.sub("", text.strip(), count=1).strip(" .!")
        # "What?" is no address, and "what day did I say?" nothing to talk about at a branch.
        is_back = "?" in text and ("confused" in acts or is_question(text))
        if self.asked and _FREE & {*kinds} and not heard and said and not is_back:
            heard.values[self.asked] = Text(said)
        is_name = 0 < len(said.split()) <= _NAME and "?" not in said and not acts
        if self.asked and "payee" in kinds and not heard and is_name:
            heard.unknown[self.asked] = said
        return heard

    def _take_check(self, text: str, slots: Sequence[Slot], heard: FlowInput) -> Sequence[Slot]:
        """Take the number of a check, where the flow wants one, and give the slots beside it.

        Until it is known a bare number is the check's, where that is asked for, and nobody's else: no amount.
        """
        name = next((name for name, slot in self.flow.slots.items() if "check" in slot.kind), "")
        if not name:
            return slots
        is_known = name in self.values
        if found := find_check(text, is_known=is_known):
            number, start, end = found
            heard.values[name] = Text(number)
            return [slot for slot in slots if slot.end <= start or end <= slot.start]
        counts = [slot for slot in slots if isinstance(slot.value, int)]
        if name == self.asked and counts:
            heard.values[name] = Text(str(counts[0].value))
            return [slot for slot in slots if slot is not counts[0]]
        return slots if is_known else [slot for slot in slots if slot not in counts]

    def _take_cued(self, text: str, slots: Sequence[Slot], heard: FlowInput) -> None:
        """Take the free texts that follow their cues in the message that starts the flow."""
        ends = _TIMES | self.flow.kinds
        starts = [one.start for one in slots if one.value != () and kinds_of_value(one, self.flow) & ends]
        for name, slot in self.flow.slots.items():
            if "text" in slot.kind and name not in heard.values and (said := find_cued(text, slot.cues, starts)):
                heard.values[name] = Text(said)

    def _add_text(self, text: str, heard: FlowInput) -> None:
        """Add to a free text that has cues: "add France too"."""
        for name, slot in self.flow.slots.items():
            before = self.values.get(name)
            if isinstance(before, Text) and slot.cues and (added := find_added(text)):
                heard.values[name] = Text(f"{before.text}, {added}")

    def _choose(self, text: str, acts: Collection[str]) -> Named | None:
        """Find the thing that a message chooses by its place or its title."""
        choices = [Choice("", title, thing) for title, thing in self.choices.items()]
        # "Yes" takes no thing, and a bare number no place where an amount is asked for.
        chosen = choose(text, [act for act in acts if act != "affirm"], (), choices) if choices else None
        return chosen.named if chosen else None

    def _plain_amount(self, text: str) -> Money | None:
        """Read a number alone as the amount asked for: "10.98" is neither a day nor a time then."""
        match = _PLAIN.fullmatch(text) if self.asked and "money" in self.flow.slots[self.asked].kind else None
        amount = Decimal(match[1]) if match else Decimal(0)
        return Money(amount, self.currency) if amount > 0 else None

    def _join_days(self, slots: Sequence[Slot]) -> list[Slot]:
        """Join two days to a period where the flow wants one, else turn an open period into the day it begins on."""
        if not self._wants("period"):
            return [_as_day(slot) for slot in slots]
        days = [slot for slot in slots if isinstance(slot.value, date)]
        if len(days) != 2:
            return [*slots]
        first, last = days
        if not (isinstance(first.value, date) and isinstance(last.value, date) and first.value <= last.value):
            return [*slots]
        whole = Slot("period", first.start, last.end, f"{first.text} to {last.text}", Period(first.value, last.value))
        return [*(slot for slot in slots if slot not in days), whole]

    def _wants(self, kind: SlotKind) -> bool:
        return kind in self.flow.kinds

    def _take(self, slot: Slot, text: str, heard: FlowInput, meant: SlotHints) -> None:
        """Give one value of a message to the slot that it is for."""
        kinds = kinds_of_value(slot, self.flow)
        # A name that fits nobody is assigned by the words before it.
        is_stranger = slot.value == () and slot.kind == "payee"
        name = None if is_stranger else self._slot_for(slot, kinds, text, heard, meant)
        if name is None:
            return
        if isinstance(slot.value, tuple):
            self._take_named(name, slot, slot.value, heard)
        elif slot.kind in ("money", "count") and "money" in self.flow.slots[name].kind:
            self._take_amount(name, slot, text, heard)
        elif isinstance(slot.value, date) and "period" in self.flow.slots[name].kind:
            heard.values[name] = _end_of(slot.value, text[: slot.start], self.values.get(name))
        elif isinstance(slot.value, Period):
            heard.values[name] = _complete(slot.value, self.values.get(name))
        else:
            heard.values[name] = slot.value

    def _note_stranger(self, text: str, slots: Sequence[Slot], heard: FlowInput) -> None:
        """Note who is to be paid by a name that fits nobody: "send 50 to Walter"."""
        for name, slot in self.flow.slots.items():
            if "payee" not in slot.kind or not slot.cues or name in {*heard.values, *heard.several}:
                continue
            cues = "|".join(map(re.escape, slot.cues))
            for match in re.finditer(rf"\b(?i:{cues}) (?P<name>[^\W\d]\w*(?: [A-Z]\w+)?)", text):
                is_taken = any(
                    one.value != () and one.start < match.end() and match.start("name") < one.end for one in slots
                )
                first = match["name"].split(" ")[0]
                # "For doing that" and "in transferring" name nobody.
                is_name = first.casefold() not in _NOBODY and not (first.islower() and first.endswith("ing"))
                if is_name and not is_taken and not _WANTS.search(text[: match.start()]):
                    heard.unknown.setdefault(name, _POSSESSIVE.sub("", match["name"]))
            if name == self.asked and name not in heard.unknown and (own := _own_name(text, slots)):
                heard.unknown[name] = own

    def _slot_for(self, slot: Slot, kinds: set[SlotKind], text: str, heard: FlowInput, meant: SlotHints) -> str | None:
        """Find the slot of a value: the one meant, the one named before it, the one asked for or the first empty.

        At a confirmation, or where all are filled, it is a correction of the only one of its kind.
        """
        fitting = [
            name
            for name, one in self.flow.slots.items()
            if kinds & {*one.kind} and name not in heard.values and _may_hold(name, slot)
        ]
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

    def _take_named(self, name: str, slot: Slot, things: tuple[Named, ...], heard: FlowInput) -> None:
        wanted = self.flow.slots[name].kind
        fitting = tuple(thing for thing in things if thing.kind in wanted and _is_for(name, thing))
        if self.asked == name and self.choices:
            allowed = {(thing.kind, thing.ref) for thing in self.choices.values()}
            fitting = tuple(thing for thing in fitting if (thing.kind, thing.ref) in allowed) or fitting
        if len(fitting) == 1:
            heard.values[name] = fitting[0]
        elif fitting:
            heard.several[name] = fitting
        else:
            heard.unknown[name] = slot.text.strip(" .,!?")

    def _take_amount(self, name: str, slot: Slot, text: str, heard: FlowInput) -> None:
        """Take an amount in the bank's currency, above zero and of whole cents."""
        value = slot.value if isinstance(slot.value, Money) else Money(_decimal(slot.value))
        exponent = value.amount.as_tuple().exponent
        if value.currency not in (None, self.currency):
            heard.problem = "other_currency"
        elif value.amount <= 0 or _MINUS.search(text[: slot.start]) or _SIGNED.match(slot.text):
            heard.problem = "above_zero"
        elif isinstance(exponent, int) and -exponent > _CENTS:
            heard.problem = "whole_cents"
        else:
            heard.values[name] = Money(value.amount, self.currency)


def _own_name(text: str, slots: Sequence[Slot]) -> str:
    """Return the only capitalized name within a text that no slot holds: "I need Raghav to have it"."""
    found = [
        match
        for match in _WITHIN.finditer(text)
        if match[1].casefold() not in _NOBODY
        and all(one.end <= match.start(1) or match.end(1) <= one.start for one in slots if one.value != ())
    ]
    return _POSSESSIVE.sub("", found[0][1]) if len(found) == 1 else ""


def _as_day(slot: Slot) -> Slot:
    """Turn a time without an end into the day on which it begins: "starting tomorrow", and not "since May"."""
    value = slot.value
    if isinstance(value, Period) and value.start and not value.end and _BEGINS.match(slot.text):
        return replace(slot, kind="date", value=value.start)
    return slot


def _end_of(day: date, before: str, old: Value | None) -> Period:
    """Make a period of a day and the end that the words before it name: "from May 5", "back on May 12"."""
    if isinstance(old, Period) and (match := _END.search(before)):
        whole = _complete(Period(day, None) if match["first"] else Period(None, day), old)
        return whole if whole.start and whole.end else Period(day, day)
    return Period(day, day)


def _complete(new: Period, old: Value | None) -> Period:
    """Complete a period by the one before: "until January 3" leaves its start."""
    if not isinstance(old, Period):
        return new
    whole = Period(new.start or old.start, new.end or old.end)
    return whole if whole.start and whole.end and whole.start <= whole.end else new


def _is_for(name: str, thing: Named) -> bool:
    """Return whether a thing may be what a slot holds: an option is for its own slot alone."""
    return thing.kind != "option" or thing.ref.startswith(f"{name}.")


def _may_hold(name: str, slot: Slot) -> bool:
    return not isinstance(slot.value, tuple) or not slot.value or any(_is_for(name, thing) for thing in slot.value)


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))
