"""A message in the light of its conversation: its parts, with their intents and slots, and its acts."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from tellerbot.conversation.arguments import find_terms
from tellerbot.conversation.asked import find_aspects
from tellerbot.conversation.decide import Reading
from tellerbot.conversation.events import Question
from tellerbot.conversation.follow import is_elliptical, kinds_of, leads_on, merge_slots, points_back
from tellerbot.conversation.split import MOST_PARTS, split_message
from tellerbot.conversation.state import State
from tellerbot.project.follow_ups import join_follow_up
from tellerbot.project.load import Project
from tellerbot.slots import find_named, find_slots, find_unknown, join_periods, shift_period
from tellerbot.types import Named, Period, QuerySpec, Slot, Understanding

# Words of a message that goes on with the one before: one that is unsure by itself, and one that points back. Chosen
# on intents/follow_ups.yaml (docs/experiments.md).
SHORT, POINTING = 6, 8
# Bare days are the last ones, but where something is still to come.
_AHEAD = re.compile(r"\b(?:will|going to|gonna|due|upcoming|coming|next)\b", re.IGNORECASE)
_OTHER = re.compile(r"\b(?:the )?other(?: one)?\b", re.IGNORECASE)
# The kind of slot that fills an argument of another name.
_KINDS = {"day": "date", "limit": "count", "amount": "money", "minimum": "money", "maximum": "money"}


class Reader:
    """Reads messages with a project's intents and the names that a customer's records hold."""

    def __init__(
        self,
        understand: Callable[[Sequence[str]], list[Understanding]],
        project: Project,
        queries: Mapping[str, QuerySpec],
    ) -> None:
        self._understand = understand
        self._project = project
        self._queries = queries

    def read(
        self, text: str, state: State, names: Sequence[Named], today: date
    ) -> tuple[list[Reading], tuple[str, ...]]:
        """The message's parts in order, one at least, and its acts; a message that asks one thing is one part.

        The encoder runs once, over the message, its parts, and each part joined to the question before it.
        """
        parts = split_message(text)[:MOST_PARTS]
        before = [state.last.text if state.last else "", *parts[:-1]]
        joined = [join_follow_up(head, part) for head, part in zip(before, parts, strict=True)]
        texts = list(dict.fromkeys([text, *parts, *joined]))
        found = dict(zip(texts, self._understand(texts), strict=True))
        acts = tuple(dict.fromkeys(act for each in (text, *parts) for act in found[each].acts))
        readings: list[Reading] = []
        last = state.last
        for part, together in zip(parts, joined, strict=True):
            slots = _slots(part, names, today) or _other(part, last, names)
            readings.append(self._in_context(part, found[part], found[together], slots, last))
            if is_sure(readings[-1].understanding):
                last = Question(readings[-1].text, readings[-1].understanding.intent, readings[-1].slots)
        if len(parts) > 1:
            readings = _without_repeats([one for one in readings if is_sure(one.understanding) or one.said[-1] == "?"])
            if len(readings) < 2:
                # "Whatever. How do I complain?" is clearer without its first part.
                whole = self._in_context(text, found[text], found[text], _slots(text, names, today), state.last)
                readings = [whole] if is_sure(whole.understanding) else readings or [whole]
        return readings, acts

    def _in_context(
        self, text: str, alone: Understanding, together: Understanding, slots: tuple[Slot, ...], last: Question | None
    ) -> Reading:
        if last is None or (alone.acts and not is_sure(alone) and not slots and not is_sure(together)):
            return Reading(text, text, alone, slots)
        if not slots and (period := _shifted(text, last)):
            slots = (period,)
        kept = merge_slots(last.slots, slots)

        def follow(intent: str) -> Reading:
            found = replace(together, intent=intent, confident=True, in_scope=True)
            return Reading(f"{last.text} {text}", text, found, kept, follows=True)

        is_bare = is_elliptical(text, slots, self._words(last.intent))
        # What is out of scope by itself stays so: "tell me a joke" after a balance.
        is_short = alone.in_scope and len(text.split()) <= SHORT
        goes_on = is_bare or leads_on(text) or points_back(text) or is_short
        if is_bare and self._answers(last.intent, slots, text):
            return follow(last.intent)
        if is_sure(together) and ((is_bare and not slots) or (goes_on and not is_sure(alone))):
            return follow(together.intent)
        if is_sure(together) and together.intent == last.intent and points_back(text) and len(text.split()) <= POINTING:
            return follow(last.intent)
        if is_bare and not is_sure(alone):
            return follow(last.intent)
        if is_sure(alone) and leads_on(text):
            return Reading(text, text, alone, kept, follows=True)
        return Reading(text, text, alone, slots)

    def _answers(self, intent: str, slots: Sequence[Slot], text: str) -> bool:
        """Whether the intent has an answer of its own for these slots, or for what the text asks."""
        response = self._project.responses.get(intent)
        if response is None:
            return False
        kinds, aspects = kinds_of(slots), find_aspects(text)
        takes = {name for answer in response.answers() for query in answer.queries for name in self._takes(query)}
        return bool(kinds & takes) or response.answer(aspects, kinds, text) is not response

    def _words(self, intent: str) -> list[str]:
        """The words by which the intent's answers differ."""
        response = self._project.responses.get(intent)
        return [word for case in response.cases for word in case.when.words] if response else []

    def _takes(self, query: str) -> set[str]:
        """The kinds of slot that a query takes."""
        return {_KINDS.get(name, name) for name in self._queries[query].arguments}


def _slots(text: str, names: Sequence[Named], today: date) -> tuple[Slot, ...]:
    """The slots of a text; names and terms are no numbers: "the one ending in 5512", "over 3 years"."""
    named = find_named(text, names)
    past = not _AHEAD.search(text)
    values = join_periods(text, find_slots(text, today, past=past), past=past)
    taken = [*((slot.start, slot.end) for slot in named), *find_terms(text)]
    free = [slot for slot in values if all(slot.end <= start or end <= slot.start for start, end in taken)]
    known = [*named, *free]
    return tuple(sorted([*known, *find_unknown(text, known)], key=lambda slot: slot.start))


def _other(text: str, last: Question | None, names: Sequence[Named]) -> tuple[Slot, ...]:
    """The other of two things of a kind, where the question before was about the one: "and the other one?"."""
    match = _OTHER.search(text)
    for slot in last.slots if match and last else ():
        for kind in ("account", "card"):
            before = [named for named in slot.value if named.kind == kind] if isinstance(slot.value, tuple) else []
            others = [named for named in names if named.kind == kind and named not in before]
            if match and len(before) == 1 and len(others) == 1:
                return (Slot(kind, match.start(), match.end(), match[0], (others[0],)),)
    return ()


def is_sure(understanding: Understanding) -> bool:
    """Whether a text is understood well enough to answer it."""
    return understanding.in_scope and understanding.confident


def _shifted(text: str, last: Question) -> Slot | None:
    """The period that a follow-up names by the one before: "and the month before?"."""
    before = next((slot.value for slot in reversed(last.slots) if isinstance(slot.value, Period)), None)
    period = shift_period(text, before) if before else None
    return Slot("period", 0, len(text), text, period) if period else None


def _without_repeats(readings: Sequence[Reading]) -> list[Reading]:
    """Each intent once where neither slots nor what is asked differ."""
    kept: list[Reading] = []
    for reading in readings:
        same = [
            other
            for other in kept
            if (other.understanding.intent, other.slots, other.aspects)
            == (reading.understanding.intent, reading.slots, reading.aspects)
        ]
        if not same:
            kept.append(reading)
    return kept
