"""A message in the light of its conversation: its parts, with their intents and slots, and its acts."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from tellerbot.assistant.proposal import OUTSIDE, ProposedPart
from tellerbot.conversation.aspects import find_aspects
from tellerbot.conversation.event_values import Question
from tellerbot.conversation.follow import (
    compares,
    is_elliptical,
    kinds_of,
    leads_on,
    merge_slots,
    points_back,
    widens,
    without_things,
)
from tellerbot.conversation.reading import Reading
from tellerbot.conversation.split import MOST_PARTS, split_message
from tellerbot.conversation.state import State
from tellerbot.phrases import has_phrase
from tellerbot.project.follow_ups import join_follow_up
from tellerbot.project.load import Project
from tellerbot.slots import find_named, find_slots, find_terms, find_unknown, join_periods, shift_period
from tellerbot.types import Named, Period, QuerySpec, Slot, Understanding

# Characters of the questions before that are read on: those of long conversations are not all about one thing.
MOST_TEXT = 400
# Words up to which a message that is unsure by itself keeps the slots of the question before.
SHORT = 6
# Parts of a message that are listened to for acts.
MOST_HEARD = 20
# Words up to which a part that does an act says nothing besides.
FILLER = 4
# How sure a text must be of an intent of its own to go on with nothing.
CLEAR = 0.9
# Acts that may be a request about the question before.
POINTING = {"cancel", "correct", "choose", "add_up"}
# The kind of slot that fills an argument of another name.
_KINDS = {"day": "date", "limit": "count", "amount": "money", "minimum": "money", "maximum": "money"}
# Bare days are the last ones, but where something is still to come.
_AHEAD = re.compile(r"\b(?:will|going to|gonna|due|upcoming|coming|next|open|close[sd]?|hours)\b", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:not|except|excluding|without|rather than|instead of) (?:(?:my|the|on|from|for|in|at) )*$", re.IGNORECASE
)
_OTHER = re.compile(r"\b(?:the )?other(?: one)?\b", re.IGNORECASE)


class Reader:
    """A reader of messages, with a project's intents and the names in a customer's records."""

    def __init__(
        self,
        understand: Callable[[Sequence[str]], list[Understanding]],
        hear: Callable[[Sequence[str], str], list[tuple[str, ...]]],
        project: Project,
        queries: Mapping[str, QuerySpec],
    ) -> None:
        self._understand = understand
        self._hear = hear
        self._project = project
        self._queries = queries

    def read(
        self, text: str, state: State, names: Sequence[Named], today: date
    ) -> tuple[list[Reading], tuple[str, ...]]:
        """Read a message: its parts in order, one at least, and its acts. A message that asks one thing is one part.

        The encoder of intents reads the message, its parts, and each of them joined to what is before it; that of acts
        the message, its parts, and the message joined to the one before.
        """
        parts = split_message(text)[:MOST_PARTS]
        # An alarm may come after all that is answered at once.
        heard = list(dict.fromkeys([text, *split_message(text)[:MOST_HEARD]]))
        done = dict(zip(heard, self._hear(heard, state.asked.text if state.asked else ""), strict=True))
        # "I see. And what would that cost?" is about the question before.
        heads = [part if not done[part] or len(part.split()) > FILLER else "" for part in parts]
        earlier = state.last.text if state.last else ""
        before = [" ".join(filter(None, heads[:at])) or earlier for at in range(len(parts))]
        joined = [join_follow_up(head, part) for head, part in zip(before, parts, strict=True)]
        # "50000" does nothing of itself: it is no alarm, and no yes.
        acts = tuple(dict.fromkeys(act for each in done.values() for act in each)) if not _is_number(text) else ()
        before_all = join_follow_up(before[0], text)
        texts = list(dict.fromkeys([text, before_all, *parts, *joined]))
        found = dict(zip(texts, self._understand(texts), strict=True))
        readings: list[Reading] = []
        # "2" to a reply that offered nothing and answered nothing says nothing of what was asked before.
        last = None if state.misses and text.strip().isdigit() else state.last
        for part, together in zip(parts, joined, strict=True):
            slots = read_slots(part, names, today) or _other(part, last, names)
            readings.append(self._in_context(part, found[part], found[together], done[part], slots, last, today))
            if is_sure(readings[-1].understanding) or _asks(readings[-1]):
                last = Question(readings[-1].text, readings[-1].understanding.intent, readings[-1].slots)
        if len(parts) > 1:
            readings = _without_repeats([one for one in readings if is_sure(one.understanding) or _asks(one)])
            if len(readings) < 2:
                # "Whatever. How do I complain?" is clearer without its first part.
                slots = read_slots(text, names, today)
                whole = self._in_context(text, found[text], found[before_all], done[text], slots, state.last, today)
                if readings and not is_sure(whole.understanding):
                    # "My CD ends soon. What if I do nothing?" is about the CD all the same.
                    only = readings[0]
                    whole = only if only.follows else replace(only, text=text, slots=slots)
                readings = [whole]
        return readings, acts

    def read_proposed(
        self, parts: Sequence[ProposedPart], state: State, names: Sequence[Named], today: date
    ) -> list[Reading]:
        """Read the parts that a model proposes, each with its intent where the encoder finds it possible."""
        texts = [part.text for part in parts]
        earlier = state.last.text if state.last else ""
        joined = [join_follow_up(" ".join(texts[:at]) or earlier, text) for at, text in enumerate(texts)]
        wanted = list(dict.fromkeys([*texts, *joined]))
        found = dict(zip(wanted, self._understand(wanted), strict=True))
        readings: list[Reading] = []
        last = state.last
        for part, together in zip(parts, joined, strict=True):
            own = read_slots(part.text, names, today) or _other(part.text, last, names)
            slots = _with_proposed(part, own, names, today)
            readings.append(self._as_proposed(part, found[part.text], found[together], slots, last, today))
            if is_sure(readings[-1].understanding):
                last = Question(readings[-1].text, readings[-1].understanding.intent, readings[-1].slots)
        asking = [reading for reading in readings if is_sure(reading.understanding) or _asks(reading)]
        return _without_repeats(asking or readings[:1])

    def passes_on(self, reading: Reading) -> bool:
        """Return whether a reading surely asks for what goes to a person."""
        response = self._project.responses.get(reading.understanding.intent)
        return is_sure(reading.understanding) and response is not None and response.hand_off

    def is_alarm(self, act: str) -> bool:
        """Return whether an act goes to a person at once."""
        return self._project.acts[act].hand_off

    def _as_proposed(
        self,
        part: ProposedPart,
        alone: Understanding,
        together: Understanding,
        slots: tuple[Slot, ...],
        last: Question | None,
        today: date,
    ) -> Reading:
        """Read a part with its proposed intent, or as the encoder reads it where that rules the intent out."""
        text, intent = part.text, part.intent
        if intent == OUTSIDE:
            return Reading(text, text, replace(alone, in_scope=False, confident=False), slots)
        if not any(one.in_scope or intent in one.candidates for one in (alone, together)):
            return self._in_context(text, alone, together, part.acts, slots, last, today)
        ranking = ((intent, CLEAR), *(pair for pair in alone.ranking if pair[0] != intent))
        found = Understanding(intent, CLEAR, alone.scope_score, True, True, (intent,), ranking)
        if last is None:
            return Reading(text, text, found, slots)
        slots, kept = self._with_kept(text, slots, last, today)
        named = [slot for slot in slots if slot.value != ()]
        if is_elliptical(text, named, self._words(last.intent)) or leads_on(text) or points_back(text):
            return _follow(text, found, last, today, intent, kept)
        return Reading(text, text, found, slots)

    def _with_kept(
        self, text: str, slots: tuple[Slot, ...], last: Question, today: date
    ) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
        """Return the slots of a text after a question, and these with the slots kept from that question."""
        slots = _with_shift(text, slots, last, today)
        before = without_things(last.slots) if widens(text) else last.slots
        is_second = compares(text) and self._takes_two(last.intent)
        return slots, (*before, *slots) if is_second else merge_slots(before, slots)

    def _in_context(
        self,
        text: str,
        alone: Understanding,
        together: Understanding,
        acts: Sequence[str],
        slots: tuple[Slot, ...],
        last: Question | None,
        today: date,
    ) -> Reading:
        # "Thanks" asks for nothing; "cancel it" may ask for what "it" is.
        named = [slot for slot in slots if slot.value != ()]
        asks = is_sure(alone) or named or (is_sure(together) and POINTING & set(acts))
        if last is None or (acts and not asks):
            return Reading(text, text, alone, slots)
        slots, kept = self._with_kept(text, slots, last, today)
        named = [slot for slot in slots if slot.value != ()]

        follow = partial(_follow, text, together, last, today)
        is_bare = is_elliptical(text, named, self._words(last.intent))
        is_own = _is_own(text, alone, last)
        if is_own and together.intent != alone.intent and alone.confidence > together.confidence:
            # "Also, what's my balance?" goes on with nothing.
            return Reading(text, text, alone, slots)
        if is_own:
            # "And how much do I have in savings" is whole, though its words are small: the days before are not its own.
            is_bare = False
            kept = tuple(slot for slot in kept if slot in slots or isinstance(slot.value, tuple))
        goes_on = is_bare or leads_on(text) or points_back(text)
        # "And savings?" is another account to what was asked, where that takes one.
        if is_bare and self._takes(last.intent, named, text):
            return follow(last.intent, kept)
        is_surer = together.intent != alone.intent and together.confidence > alone.confidence
        if is_sure(together) and (goes_on or not is_sure(alone) or is_surer):
            leans = goes_on or len(text.split()) <= SHORT or not is_sure(alone)
            return follow(together.intent, kept if leans else slots)
        if is_bare and not is_sure(alone):
            return follow(last.intent, kept)
        if is_sure(alone) and leads_on(text):
            return Reading(text, text, alone, kept, follows=True)
        if not alone.in_scope and named and len(text.split()) <= SHORT and self._takes(last.intent, named, text):
            return follow(last.intent, kept)
        if not alone.in_scope and together.in_scope and goes_on:
            # "I already gave him one": what leans on the question before is not refused, but asked about.
            return follow(together.intent, kept, is_clear=False)
        return Reading(text, text, alone, slots)

    def _takes(self, intent: str, slots: Sequence[Slot], text: str) -> bool:
        """Return whether the intent's answers take these slots, or differ by a word of the text or by what it asks."""
        response = self._project.responses.get(intent)
        queries = {query for answer in response.answers() for query in answer.queries} if response else ()
        takes = {_KINDS.get(name, name) for query in queries for name in self._queries[query].arguments}
        # "And premier?": a word that its answers differ by, other than those of what is asked.
        words = [word for word in self._words(intent) if not find_aspects(word)]
        by_word = has_phrase(text, words)
        # "Minimum?" asks for something else of the same subject, where there is an answer to that.
        aspects = {aspect for case in response.cases for aspect in case.when.asked} if response else set()
        by_aspect = bool(aspects & set(find_aspects(text)))
        return bool(kinds_of(slots) & takes) or (not slots and (by_word or by_aspect))

    def _takes_two(self, intent: str) -> bool:
        """Return whether the intent's answers set one thing against another."""
        response = self._project.responses.get(intent)
        queries = {query for answer in response.answers() for query in answer.queries} if response else ()
        return any(name.startswith("other_") for query in queries for name in self._queries[query].arguments)

    def _words(self, intent: str) -> list[str]:
        """Return the words by which the intent's answers differ."""
        response = self._project.responses.get(intent)
        return [word for case in response.cases for word in case.when.words] if response else []


def _follow(
    text: str,
    together: Understanding,
    last: Question,
    today: date,
    intent: str,
    slots: tuple[Slot, ...],
    is_clear: bool = True,
) -> Reading:
    """Read a text that goes on with the question before, and asks for `intent`; `together` reads both as one."""
    found = replace(together, intent=intent, confident=is_clear, in_scope=True)
    if intent != last.intent:
        # What the question before named in vain is no matter to another, nor are days to come.
        slots = tuple(slot for slot in slots if slot not in last.slots or _lasts(slot, today))
    head = last.text if len(last.text) <= MOST_TEXT else ""
    own = tuple(slot if slot in last.slots else _offset(slot, len(head) + 1) for slot in slots)
    return Reading(f"{head} {text}", text, found, own, follows=True)


def read_slots(text: str, names: Sequence[Named], today: date, ahead: bool = False) -> tuple[Slot, ...]:
    """Read the slots of a text; names and terms are no numbers: "the one ending in 5512", "over 3 years".

    Bare days are the last ones, unless the text is about what is to come or `ahead` says so.
    """
    past = not ahead and not _AHEAD.search(text)
    values = join_periods(text, find_slots(text, today, past=past), past=past)
    # "The last two years" is a period and no product, "over 3 years" a term and no number.
    days = [slot for slot in values if isinstance(slot.value, date | Period)]
    named = [slot for slot in find_named(text, names) if slot.kind != "product" or _apart([slot], days)]
    # "Eating out, not groceries" is about one of the two.
    values_denied = [slot.value for slot in named if _DENIED.search(text[: slot.start])]
    denied = [slot for slot in named if slot.value in values_denied]
    named = [slot for slot in named if slot not in denied] or named
    terms = _apart(find_terms(text), days)
    known = [*named, *terms, *_apart(values, [*named, *terms])]
    unknown = find_unknown(text, [*known, *denied])
    return tuple(sorted([*known, *unknown], key=lambda slot: slot.start))


def _with_proposed(
    part: ProposedPart, slots: tuple[Slot, ...], names: Sequence[Named], today: date
) -> tuple[Slot, ...]:
    """Return the slots of a part, and those read from proposed words alone at places without a slot."""
    found = [*slots]
    for proposed in part.slots:
        at = part.text.find(proposed.text)
        alone = read_slots(proposed.text, names, today) if at >= 0 else ()
        fitting = [_offset(slot, at) for slot in alone if slot.value != () and proposed.slot in kinds_of([slot])]
        found += _apart(fitting, found) if len(fitting) == 1 else []
    return tuple(sorted(found, key=lambda slot: slot.start))


def _apart(slots: Sequence[Slot], others: Sequence[Slot]) -> list[Slot]:
    """Return the slots that share no place with any of `others`."""
    return [slot for slot in slots if all(slot.end <= other.start or other.end <= slot.start for other in others)]


def _offset(slot: Slot, by: int) -> Slot:
    return replace(slot, start=slot.start + by, end=slot.end + by)


def _other(text: str, last: Question | None, names: Sequence[Named]) -> tuple[Slot, ...]:
    """Find the other of two things of a kind, where the question before was about the one: "and the other one?"."""
    match = _OTHER.search(text)
    for slot in last.slots if match and last else ():
        for kind in ("account", "card"):
            before = [named for named in slot.value if named.kind == kind] if isinstance(slot.value, tuple) else []
            others = [named for named in names if named.kind == kind and named not in before]
            if match and len(before) == 1 and len(others) == 1:
                return (Slot(kind, match.start(), match.end(), match[0], (others[0],)),)
    return ()


def is_sure(understanding: Understanding) -> bool:
    """Return whether a text is understood well enough to answer it."""
    return understanding.in_scope and understanding.confident


def _lasts(slot: Slot, today: date) -> bool:
    """Return whether a slot of one question may be one of the next, which asks for something else."""
    value = slot.value
    if isinstance(value, Period):
        return not (value.start and value.start > today)
    return value != () and not (isinstance(value, date) and value > today)


def _asks(reading: Reading) -> bool:
    """Return whether a part of a message is a question of its own, if an unsure one; a single word is none."""
    is_question = reading.said[-1] == "?" or bool(find_aspects(reading.said))
    return is_question and reading.understanding.in_scope and len(reading.said.split()) > 1


def _find_shift(text: str, last: Question, today: date) -> Slot | None:
    """Find the period that a follow-up names by the one before: "and the month before?"."""
    before = next((slot.value for slot in reversed(last.slots) if isinstance(slot.value, Period)), None)
    # "Since January" ends today.
    before = replace(before, end=before.end or today) if before else None
    # "When is the next one?" asks for no period.
    period = shift_period(text, before) if before and "when" not in find_aspects(text) else None
    return Slot("period", 0, len(text), text, period) if period else None


def _with_shift(text: str, slots: tuple[Slot, ...], last: Question, today: date) -> tuple[Slot, ...]:
    """Return the slots of a follow-up, or the period that it names by the one before."""
    named = [slot for slot in slots if slot.value != ()]
    period = None if {"date", "period"} & kinds_of(named) else _find_shift(text, last, today)
    return (period,) if period else slots


def _is_own(text: str, alone: Understanding, last: Question) -> bool:
    """Return whether a text of three words or more surely has an intent of its own, and points to nothing before."""
    is_clear = is_sure(alone) and alone.confidence >= CLEAR and alone.intent != last.intent
    return is_clear and len(text.split()) > 2 and not points_back(text)


def _without_repeats(readings: Sequence[Reading]) -> list[Reading]:
    """Return each intent once where neither slots nor what is asked differ."""
    kept: list[Reading] = []
    for reading in readings:
        same = [
            other
            for other in kept
            if (other.understanding.intent, other.slots, find_aspects(other.said))
            == (reading.understanding.intent, reading.slots, find_aspects(reading.said))
        ]
        if not same:
            kept.append(reading)
    return kept


def _is_number(text: str) -> bool:
    """Return whether a message is only an amount, a date or another number, and not that of an emergency line."""
    return bool(re.fullmatch(r"[\s$£€\d.,:/%+-]*\d[\s$£€\d.,:/%+-]*", text)) and text.strip(" .!") not in ("911", "988")
