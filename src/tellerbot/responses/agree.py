"""Whether passages agree on their figures: those of a reply in each turn, all when a release is built.

Two statements conflict when they differ in nothing but the figure. Of the contradictions that de Marneffe, Rafferty and
Manning distinguish ("Finding Contradictions in Text", ACL 2008) this is the numeric mismatch, and as they ask it is
looked for only between statements about one thing. They are about one thing when

- neither has words that the other has not, where a statement may leave out what its headings or the sentence before it
  say: `abroad`, `Premier` or `a month` on one side makes another thing;
- the figures beside them are the same: the balance, the term or the day on which a figure depends;
- they state one kind of thing (a fee is no limit), and their headings do not separate them where the sentences leave
  their subject to them: `The monthly fee is $5.00` says one thing under `Basic` and another under `Plus`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations, product

from tellerbot.figures import Figure
from tellerbot.responses.statements import BoundedFigure, Statement, roles, statements, stems
from tellerbot.types import FoundPassage, Passage

# How much worse than the best of all a sentence may match and still bear on the question.
NEAR = 0.25


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two passages, by id, that give different figures, as written, for one thing."""

    passages: tuple[str, str]
    figures: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A statement under its headings: the stems of each, the outermost first, and what they say a figure is."""

    statement: Statement
    headings: tuple[frozenset[str], ...]
    roles: frozenset[str]
    conditions: frozenset[BoundedFigure]

    @property
    def known(self) -> frozenset[str]:
        """What the statement may leave unsaid."""
        return self.statement.before.union(*self.headings)

    @property
    def topic(self) -> frozenset[str]:
        return self.statement.about or self.headings[-1]

    @property
    def subject(self) -> frozenset[str]:
        """The words before it and above it, where it names none of them: there they speak for it."""
        about, before = self.statement.about, self.statement.before
        silent = [before] if not before & about else []
        silent += [heading for heading in self.headings if not heading & (about | before)]
        return frozenset[str]().union(*silent)


def find_conflict(found: Sequence[FoundPassage]) -> Conflict | None:
    """Return the first two passages that conflict, in sentences that bear on the question; None when they agree."""
    best = max((score for item in found for score in item.sentence_scores), default=0.0)
    read = [(item.passage, _claims(item.passage, _near(item, best - NEAR))) for item in found]
    for (one, ours), (other, theirs) in combinations(read, 2):
        if _are_pieces(one, other):
            continue
        for mine, yours in product(ours, theirs):
            if _excludes(mine, ours, yours, theirs):
                return Conflict((one.id, other.id), (_wording(mine), _wording(yours)))
    return None


def find_conflicts(passages: Sequence[Passage]) -> list[Conflict]:
    """Return all pairs of passages that conflict on a day when both are in force, each pair once, in their order."""
    claims = [_claims(passage, passage.sentences) for passage in passages]
    # Statements about one thing share a word of their topics, so that few are compared.
    by_word = defaultdict[str, list[tuple[int, _Claim]]](list)
    for row, ours in enumerate(claims):
        for mine in ours:
            for word in mine.topic:
                by_word[word].append((row, mine))
    conflicts: dict[tuple[int, int], Conflict] = {}
    for row, ours in enumerate(claims):
        for mine in ours:
            # Of two statements about one thing, one has all its words in the other.
            about = mine.statement.about
            words = [min(about, key=lambda word: len(by_word[word]))] if about else mine.topic
            for other, yours in (pair for word in words for pair in by_word[word]):
                one, two = sorted((row, other))
                if (one, two) in conflicts or _are_pieces(passages[one], passages[two]):
                    continue
                if _meet(passages[one], passages[two]) and _excludes(mine, ours, yours, claims[other]):
                    figures = {row: _wording(mine), other: _wording(yours)}
                    conflicts[one, two] = Conflict((passages[one].id, passages[two].id), (figures[one], figures[two]))
    return [conflicts[pair] for pair in sorted(conflicts)]


def _are_pieces(one: Passage, other: Passage) -> bool:
    """Return whether two passages are of one section, to be read together."""
    return one.id.split("/")[0] == other.id.split("/")[0]


def _meet(one: Passage, other: Passage) -> bool:
    """Return whether there is a day on which both are in force."""
    return one.in_force_from <= (other.in_force_to or date.max) and other.in_force_from <= (one.in_force_to or date.max)


def _excludes(mine: _Claim, ours: Sequence[_Claim], yours: _Claim, theirs: Sequence[_Claim]) -> bool:
    """Return whether two claims, each with all of its passage, give different figures for one thing."""
    return (
        differ(mine.statement.said, yours.statement.said)
        and _one_thing(mine, yours)
        # A passage that gives both figures separates what looks the same here.
        and not _is_given(mine, theirs)
        and not _is_given(yours, ours)
    )


def _near(item: FoundPassage, least: float) -> list[str]:
    pairs = zip(item.passage.sentences, item.sentence_scores, strict=True)
    return [sentence for sentence, score in pairs if score >= least]


def _claims(passage: Passage, sentences: Sequence[str]) -> list[_Claim]:
    above = (passage.title, *(passage.path or (passage.section,)))
    headings = tuple(stems(heading) for heading in above)
    return [
        _Claim(statement, headings, _roles(statement, above), _conditions(statement, passage))
        for sentence in sentences
        for statement in statements(sentence)
    ]


def _roles(statement: Statement, headings: Sequence[str]) -> frozenset[str]:
    """Return what an amount or a percentage is, by its own words, else by the nearest heading that gives it a role."""
    if statement.said.figures[0].kind not in ("money", "percent"):
        return frozenset()
    return statement.roles or next((found for heading in reversed(headings) if (found := roles(heading))), frozenset())


def _conditions(statement: Statement, passage: Passage) -> frozenset[BoundedFigure]:
    """Return the figures beside a statement's own, but the day since which all of the passage holds."""
    begun = passage.in_force_from.isoformat()
    return frozenset(
        said
        for said in statement.others
        if said.bound != "since" or said.figures[0].kind != "date" or not said.figures[0].value <= begun
    )


def _is_given(claim: _Claim, claims: Sequence[_Claim]) -> bool:
    return any(not differ(claim.statement.said, one.statement.said) and _one_thing(claim, one) for one in claims)


def _one_thing(a: _Claim, b: _Claim) -> bool:
    ours, theirs = a.statement.about - b.statement.about, b.statement.about - a.statement.about
    return (
        a.statement.said.figures[0].kind == b.statement.said.figures[0].kind
        and a.statement.unit == b.statement.unit
        and bool(a.topic & b.topic)
        and ((not ours and theirs <= a.known) or (not theirs and ours <= b.known))
        and a.conditions == b.conditions
        and not (a.roles and b.roles and not a.roles & b.roles)
        and not (_alone(a, b) and _alone(b, a))
    )


def _alone(a: _Claim, b: _Claim) -> frozenset[str]:
    """Return what the headings of `a` give as its subject, and `b` does not know of."""
    return a.subject - b.known - b.statement.about


def differ(a: BoundedFigure, b: BoundedFigure) -> bool:
    """Return whether two claims exclude each other: `$5` differs from `$6` and from `up to $4`, not from `up to $9`."""
    shapes = [(len(said.figures), said.bound if said.bound in ("most", "least") else "") for said in (a, b)]
    if any(
        one.kind != other.kind or _currency(one) != _currency(other) for one, other in product(a.figures, b.figures)
    ):
        return False
    if shapes[0] == shapes[1]:
        pairs = zip(a.figures, b.figures, strict=True)
        return not all(one.matches(other) or other.matches(one) for one, other in pairs)
    # From and up to a balance are two tiers; a date without its year or day has no place in an order.
    if {a.bound, b.bound} == {"most", "least"} or any("*" in figure.value for figure in (*a.figures, *b.figures)):
        return False
    return _below(a, b) or _below(b, a)


def _below(a: BoundedFigure, b: BoundedFigure) -> bool:
    return a.bound != "least" and b.bound != "most" and max(map(_size, a.figures)) < min(map(_size, b.figures))


def _size(figure: Figure) -> tuple[Decimal, str]:
    """Return a figure's place among others of its kind: by its size, or as written, which orders dates and times."""
    sized = figure.kind in ("money", "percent", "number")
    return (Decimal(figure.value.split()[-1]), "") if sized else (Decimal(), figure.value)


def _currency(figure: Figure) -> str:
    return figure.value.split()[0] if figure.kind == "money" else ""


def _wording(claim: _Claim) -> str:
    return " to ".join(figure.text for figure in claim.statement.said.figures)
