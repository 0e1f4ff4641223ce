"""The customer's own things in a message: accounts, cards, payees, categories, branches, products."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from tellerbot.slots.forms import Word, forms_of, split_words
from tellerbot.slots.money_words import is_name
from tellerbot.slots.words import flatten
from tellerbot.types import Named, Slot

# One slip in a form of so many letters, two in longer ones; shorter ones must be exact.
_ONE_SLIP, _TWO_SLIPS = 6, 10
_LAST_FOUR = re.compile(r"(?<![\w.,$£€])\d{4}(?![\w%]|[.,]\d)")
_THING_AFTER = re.compile(r"[ ](?:card|account|acct|one)\b")
# From a name to its last four digits: "travel card ending in 4821".
_TO_DIGITS = re.compile(
    r"[ ](?:(?:card|account|acct|one)[ ])?(?:(?:that|which)[ ])?(?:end(?:s|ing)?[ ](?:(?:in|with)[ ])?|[*#x.]{0,8})"
)
# What is around the verb, and around the name: "checking my balance", "from checking to savings".
_AFTER_VERB = "a for how if in money more my on out that the this up what when whether your"
_BEFORE_NAME = "and from in into my of or our the to"


class _Match(NamedTuple):
    start: int
    end: int
    form: str
    slips: int
    is_part: bool
    named: Named


def find_named(text: str, names: Sequence[Named]) -> list[Slot]:
    """Return the `names` that a message uses, by place: in full, by a part or alias, abbreviated or misspelt.

    Last four digits count where an alias is such and the words around say so ("ending in 4821"). The longest match
    wins, and of several of that length the best. Where several things fit equally well the slot holds them all, in
    their order, and has the kind of the first.
    """
    flat = flatten(text)
    by_place: defaultdict[tuple[int, int], list[_Match]] = defaultdict(list)
    for match in [*_best_of_form(_by_words(flat, names)), *_by_digits(flat, names)]:
        by_place[match.start, match.end].append(match)
    covered = bytearray(len(text))
    slots: list[Slot] = []
    for (start, end), matches in sorted(by_place.items(), key=lambda item: (item[0][0] - item[0][1], item[0])):
        if any(covered[start:end]):
            continue
        covered[start:end] = b"\1" * (end - start)
        best = min((match.slips, match.is_part) for match in matches)
        things = tuple(dict.fromkeys(match.named for match in matches if (match.slips, match.is_part) == best))
        slots.append(Slot(things[0].kind, start, end, text[start:end], things))
    return _with_digits(text, flat, sorted(slots, key=lambda slot: slot.start))


# A customer's names are the same from turn to turn.
@lru_cache(1024)
def _forms(names: tuple[Named, ...]) -> tuple[Mapping[str, Mapping[Named, bool]], int]:
    """Return the names' forms, whether each is a part of its name, and the number of words a form can be written in."""
    forms: defaultdict[str, dict[Named, bool]] = defaultdict(dict)
    for named in names:
        for form, is_part in forms_of(named).items():
            forms[form][named] = is_part
    # A name may be written in one word more than it has: "harbor view".
    return dict(forms), 2 + max((form.count(" ") for form in forms), default=0)


def _by_words(flat: str, names: Sequence[Named]) -> Iterator[_Match]:
    """Yield every run of words that is one of the forms, or nearly."""
    forms, longest = _forms(tuple(names))
    words = split_words(flat)
    runs = [
        words[first:last]
        for first in range(len(words))
        for last in range(first + 1, min(first + longest, len(words)) + 1)
        if not _is_verb(words, first, last)
    ]
    for run, form, slips in _near(runs, list(forms)):
        for named, is_part in forms[form].items():
            yield _Match(run[0].start, run[-1].end, form, slips, is_part, named)


def _is_verb(words: Sequence[Word], first: int, last: int) -> bool:
    """Return whether a run is only "checking" or "saving" as a verb: "checking my balance", "saving for a car"."""
    following = words[last].text if last < len(words) else ""
    if last - first > 1 or words[first].text not in ("checking", "saving"):
        return False
    if words[first].text == "saving":
        return not following.startswith("acc")
    preceding = words[first - 1].text if first else ""
    return following in _AFTER_VERB.split() and preceding not in _BEFORE_NAME.split()


def _near(runs: Sequence[Sequence[Word]], forms: Sequence[str]) -> Iterator[tuple[Sequence[Word], str, int]]:
    """Yield the runs of words that are forms, with their slips: letters left out, added, taken for others, or swapped.

    Words may be written as one, or one as two, but without a slip then. Slips are seldom in a word's first letter.
    """
    if not runs or not forms:
        return
    keys, wanted = ["".join(word.text for word in run) for run in runs], [form.replace(" ", "") for form in forms]
    distances = cdist(keys, wanted, scorer=OSA.distance, score_cutoff=2)
    for row, column in zip(*(distances <= 2).nonzero(), strict=True):
        run, form, slips = runs[int(row)], forms[int(column)], int(distances[row, column])
        allowed = (len(wanted[column]) >= _ONE_SLIP) + (len(wanted[column]) >= _TWO_SLIPS)
        if slips == 0 or (slips <= allowed and _is_alike(run, form.split(" "))):
            yield run, form, slips


def _is_alike(run: Sequence[Word], parts: Sequence[str]) -> bool:
    """Return whether each word begins as its part does, and has one slip at most."""
    return len(run) == len(parts) and all(
        word.text[0] == part[0] and OSA.distance(word.text, part) <= 1 + (len(part) >= _TWO_SLIPS)
        for word, part in zip(run, parts, strict=True)
    )


def _best_of_form(matches: Iterable[_Match]) -> Iterator[_Match]:
    """Yield of overlapping matches of one form the one with the fewest slips: "savings", not "savings a"."""
    covered: set[tuple[str, str, int]] = set()
    for match in sorted(matches, key=lambda match: (match.slips, match.end - match.start)):
        places = {(match.form, match.named.ref, at) for at in range(match.start, match.end)}
        if covered.isdisjoint(places):
            covered |= places
            yield match


def _by_digits(flat: str, names: Sequence[Named]) -> Iterator[_Match]:
    holders: defaultdict[str, list[Named]] = defaultdict(list)
    for named in names:
        for alias in named.aliases:
            if len(alias) == 4 and alias.isdigit():
                holders[alias].append(named)
    for match in _LAST_FOUR.finditer(flat):
        alone = flat.strip(" .?!") == match[0]
        if alone or is_name(flat, *match.span()) or _THING_AFTER.match(flat, match.end()):
            for named in holders[match[0]]:
                yield _Match(*match.span(), match[0], 0, False, named)


def _with_digits(text: str, flat: str, slots: Sequence[Slot]) -> list[Slot]:
    """Return the slots in which a name and the digits after it are one: "travel card ending in 4821"."""
    merged: list[Slot] = []
    for slot in slots:
        before = merged[-1] if merged else None
        if before and _LAST_FOUR.fullmatch(slot.text) and _TO_DIGITS.fullmatch(flat, before.end, slot.start):
            both = tuple(named for named in _things(slot) if named in _things(before))
            if both:
                merged[-1] = Slot(both[0].kind, before.start, slot.end, text[before.start : slot.end], both)
                continue
        merged.append(slot)
    return merged


def _things(slot: Slot) -> tuple[Named, ...]:
    return slot.value if isinstance(slot.value, tuple) else ()
