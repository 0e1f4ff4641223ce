"""Whether the bank's records and its policies agree on what they both say.

Records and policies seldom use the same words: a fee is `atm_out_of_network` in the one and a sentence in the other. A
sentence is about a record when both are one kind of thing (a fee, a rate, a minimum) and the sentence holds most of the
words that name the record. It contradicts the record when it gives another figure, which no other record explains, and
no passage gives the record's own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tellerbot.figures import Figure, find_figures, place_figures
from tellerbot.responses.agree import differ
from tellerbot.responses.statements import BoundedFigure, Statement, roles, statements, stems
from tellerbot.responses.template import say
from tellerbot.types import Fact, FactSheet, Passage

# The kinds of figures that are compared. Dates and counts depend on too much else.
_COMPARED = ("money", "percent", "time", "phone")
# The share of a record's words that a sentence must hold to speak of it.
_SHARE = 0.6


# Words that name every record of their kind alike.
_COMMON = stems("phone number line telephone name")


@dataclass(frozen=True, slots=True)
class _Name:
    """The stems of a name's words, and the figures in it, as in `Six-month CD`."""

    words: frozenset[str]
    figures: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Record:
    """A fact that anyone may know, and what it is about.

    `names` are a row's labels (`Steady Savings`), else the fact's own name. `roles` say what kind of thing it is.
    """

    fact: Fact
    figure: Figure
    names: tuple[_Name, ...]
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A record and a passage, by reference and id, with the figures that they give for one thing, as written."""

    record: str
    passage: str
    figures: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A statement of a passage, the stems of its words and of those above it, and what kind of thing its figure is."""

    passage: str
    statement: Statement
    words: frozenset[str]
    above: frozenset[str]
    roles: frozenset[str]


def records_of(query: str, sheet: FactSheet) -> Iterator[Record]:
    """Yield the figures that a public query's facts give."""
    for row in (sheet.values, *sheet.rows):
        labels = [str(fact.value) for fact in row.values() if fact.kind in ("label", "text")]
        for fact in row.values():
            figures = find_figures(say(fact)) if fact.kind in _COMPARED else []
            if len(figures) == 1:
                names = labels or [_space_out(fact.name)]
                kinds = roles(_space_out(fact.name)) or roles(_space_out(query))
                yield Record(fact, figures[0], tuple(map(_name, names)), kinds)


def find_contradictions(
    used: Sequence[Record], known: Sequence[Record], passages: Sequence[Passage]
) -> Iterator[Contradiction]:
    """Yield where a passage and a record of `used` differ. `known` are all records, which explain figures."""
    claims = [claim for passage in passages for claim in _claims(passage)]
    for record in used:
        about = [claim for claim in claims if _is_about(claim, record, _SHARE)]
        if any(_confirms(claim, record.figure) for claim in about):
            continue
        for claim in about:
            figures = claim.statement.said.figures
            if differ(BoundedFigure((record.figure,)), claim.statement.said) and not all(
                any(_key(other.figure) == _key(figure) and _is_about(claim, other, 0.01) for other in known)
                for figure in figures
            ):
                shown = " to ".join(figure.text for figure in figures)
                yield Contradiction(record.fact.source.ref, claim.passage, (record.figure.text, shown))


@lru_cache(1024)
def _claims(passage: Passage) -> tuple[_Claim, ...]:
    headings = (passage.title, *(passage.path or (passage.section,)))
    above = next((found for heading in reversed(headings) if (found := roles(heading))), frozenset())
    headed = _split(stems(" ".join(headings)))
    return tuple(
        _Claim(passage.id, statement, _split(statement.about | statement.before), headed, statement.roles or above)
        for sentence in passage.sentences
        for statement in statements(sentence)
    )


def _is_about(claim: _Claim, record: Record, share: float) -> bool:
    """Return whether a claim is about a record: one kind of thing, and `share` of the words of one of its names."""
    figure = claim.statement.said.figures[0]
    if figure.kind != record.figure.kind or (figure.kind in ("money", "percent") and not claim.roles & record.roles):
        return False
    beside = _beside(claim)
    return any(
        name.figures <= beside
        and name.words & claim.words
        and len(name.words & (claim.words | claim.above)) >= share * len(name.words)
        for name in record.names
    )


def _confirms(claim: _Claim, figure: Figure) -> bool:
    """Return whether a claim gives a record's figure, be it as a condition: "with a balance of at least $5,000"."""
    said = claim.statement.said
    within = len(said.figures) > 1 and not differ(BoundedFigure((figure,)), said)
    return within or _key(figure) in {*map(_key, said.figures), *_beside(claim)}


def _beside(claim: _Claim) -> set[tuple[str, str]]:
    return {_key(figure) for said in claim.statement.others for figure in said.figures}


def _name(text: str) -> _Name:
    plain, placed = place_figures(text)
    for _, start, end in sorted(placed, key=lambda item: item[1], reverse=True):
        plain = f"{plain[:start]} {plain[end:]}"
    return _Name(_split(stems(plain)) - _COMMON, frozenset(_key(figure) for figure, _, _ in placed))


def _split(words: frozenset[str]) -> frozenset[str]:
    """Split names such as `out-of-network` into their parts."""
    return frozenset(part for word in words for part in stems(re.sub(r"['’]", "", word).replace("-", " ")))


def _space_out(name: str) -> str:
    return name.replace("_", " ")


def _key(figure: Figure) -> tuple[str, str]:
    return figure.kind, figure.value
