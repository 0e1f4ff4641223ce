"""A sentence -> its figures, each with what it is about."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from tellerbot.figures import Figure, place_figures

Bound = Literal["", "most", "least", "since"]

# Words that say nothing of what a figure is about. Negations and conditions are not among them.
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """a about after all also am amount an and any applies apply are around arrive arrives as at back bank be
        been before but by can could currently customer customers do does each either every for from generally get
        gets give gives had has have how i in into is it its just make makes may might must need needs now of off on
        only or our pay pays per please should so some such take takes than that the their them then there these
        they this those through to total up us use used uses using usually want was we were what when where which
        while will with within would you your yours""",
    )
)
# What kind of thing a figure states, which many words say.
_ROLES = {
    "charge": "fee", "charges": "fee", "charged": "fee", "cost": "fee", "costs": "fee", "fee": "fee", "fees": "fee",
    "price": "fee", "prices": "fee",
    "cap": "limit", "limit": "limit", "limits": "limit", "limited": "limit", "maximum": "limit",
    "apr": "rate", "apy": "rate", "rate": "rate", "rates": "rate", "yield": "rate",
    "minimum": "minimum",
}  # fmt: skip
_SAME = {
    "daily": "day", "weekly": "week", "monthly": "month", "annual": "year", "annually": "year", "yearly": "year",
    "foreign": "abroad", "international": "abroad", "overseas": "abroad",
}  # fmt: skip
# Periods that are read as a number of shorter ones.
_PERIODS = {"fortnight": " days", "decade": " years"}
_HOME = re.compile(r"\b(?:United States|USA?\b|U\.S\.)")
_ENDING = re.compile(r"(?<=\w{3})(?:als?|e?ments?|ings?|ed|es|e)$|(?<=\w\w)s$")
_WORD = r"[A-Za-z]+(?:[-'’][A-Za-z]+)*"

# Figures are marked ⟦number⟧, a range ⟦number-number⟧, one with a bound ⟦number:bound⟧.
_RANGE = re.compile(r"⟦(\d+)⟧ ?(?:to|through|-) ?⟦(\d+)⟧|\bbetween ⟦(\d+)⟧ and ⟦(\d+)⟧", re.IGNORECASE)
_BOUNDS = tuple(
    (re.compile(pattern, re.IGNORECASE), bound)
    for pattern, bound in (
        (r"\b(?:up to|at most|no more than|less than|fewer than|below|under|within|until|limited to) ⟦(\d+)⟧", "most"),
        (r"⟦(\d+)⟧ or (?:less|fewer|below)\b", "most"),
        (r"\b(?:at least|no less than|more than|above|over) ⟦(\d+)⟧", "least"),
        (r"⟦(\d+)⟧ or (?:more|above)\b", "least"),
        (r"\b(?:as of|effective|from|since|starting) ⟦(\d+)⟧", "since"),
    )
)
_TOKEN = re.compile(
    rf"⟦(?P<figure>\d+)(?:-(?P<to>\d+))?(?::(?P<bound>\w+))?⟧|(?P<word>{_WORD})|(?P<stop>[,;()]|:(?=\s)|\s-\s)"
)
# After these a new clause leaves nothing unsaid that stood before.
_NEW = (";", ", and")


@dataclass(frozen=True, slots=True)
class BoundedFigure:
    """One figure, or the two ends of a range, with its bound."""

    figures: tuple[Figure, ...]
    bound: Bound = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement that a sentence makes with a figure.

    `about` holds the stems of the words around it, `roles` what those say it is (a fee, a limit, a rate), and
    `before` the stems earlier in the sentence, which it may leave unsaid. `others` are the figures beside it: the
    balance from which a rate holds, the day on which a fee begins. `unit` is what a plain number counts.
    """

    said: BoundedFigure
    unit: str
    about: frozenset[str]
    roles: frozenset[str]
    before: frozenset[str]
    others: frozenset[BoundedFigure]


@dataclass(slots=True)
class _Segment:
    """The words between two commas or conjunctions; `joined` is the conjunction before them."""

    joined: str = ""
    words: list[str] = field(default_factory=list)
    said: list[tuple[BoundedFigure, str]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether it gives a figure, or a word that stands for one."""
        return bool(self.said) or self.words[-1:] in (["free"], ["none"])


def stems(text: str) -> frozenset[str]:
    """Return the words that carry what a text is about, cut to their stems."""
    return _about(re.findall(_WORD, _HOME.sub("domestic", text)))


def roles(text: str) -> frozenset[str]:
    """Return what a figure is by the words of a text: fee, limit, rate or minimum."""
    return _roles(re.findall(_WORD, text))


@lru_cache(4096)
def statements(sentence: str) -> tuple[Statement, ...]:
    """Return each figure of a sentence with what its clause says of it."""
    segments = _segments(sentence)
    colon = next((at for at, segment in enumerate(segments) if segment.joined == ":"), 0)
    # The words before a colon, as at the head of a table's row, hold for all that follows.
    label, clauses = segments[:colon], segments[colon:]
    dates = {said for segment in segments for said, _ in segment.said if said.figures[0].kind == "date"}
    found: list[Statement] = []
    for group, rest in ((label, ()), (clauses, label)):
        for at, segment in enumerate(group):
            if segment.said:
                start, end = _around(group, at)
                near = [*rest, *group[start:end]]
                first = max((i for i in range(start + 1) if group[i].joined in _NEW), default=0)
                beside = {said for part in near for said, _ in part.said} | dates
                words = [word for part in near for word in part.words]
                earlier = [word for part in group[first:start] for word in part.words]
                found += [
                    Statement(said, unit, _about(words), _roles(words) or _roles(earlier), _about(earlier),
                              frozenset(beside - {said}))
                    for said, unit in segment.said
                ]  # fmt: skip
    return tuple(found)


def _around(segments: Sequence[_Segment], at: int) -> tuple[int, int]:
    """Return the start and end of a segment with those beside it that say nothing of their own."""
    start, end = at, at + 1
    while start and segments[start].joined not in _NEW and not segments[start - 1].complete:
        start -= 1
    while end < len(segments) and segments[end].joined not in _NEW and not segments[end].complete:
        end += 1
    return start, end


def _segments(sentence: str) -> list[_Segment]:
    text, placed = place_figures(sentence)
    placed.sort(key=lambda item: item[1])
    figures = [figure for figure, _, _ in placed]
    for number, (figure, start, end) in reversed(list(enumerate(placed))):
        text = f"{text[:start]}⟦{number}⟧{_period(figure)}{text[end:]}"
    text = _RANGE.sub(lambda match: f"⟦{match[1] or match[3]}-{match[2] or match[4]}⟧", _HOME.sub("domestic", text))
    for pattern, bound in _BOUNDS:
        text = pattern.sub(rf"⟦\1:{bound}⟧", text)
    segments = [_Segment()]
    for token in _TOKEN.finditer(text):
        word = (token["word"] or token["stop"] or "").strip().lower()
        if word in ("and", "but", "while", "whereas") or token["stop"]:
            joined = {"": ",", "(": ",", ")": ",", "-": ","}.get(word, word)
            if segments[-1].words or segments[-1].said:
                segments.append(_Segment(joined))
            elif segments[-1].joined == "," and token["word"]:
                segments[-1].joined = ", and"
        elif word:
            segments[-1].words.append(word)
        else:
            numbers = [int(number) for number in (token["figure"], token["to"]) if number]
            said = BoundedFigure(tuple(figures[number] for number in numbers), token["bound"] or "")  # type: ignore[arg-type]
            segments[-1].said.append((said, _unit(figures[numbers[0]], text[token.end() : token.end() + 40])))
    return segments


def _period(figure: Figure) -> str:
    """Return the shorter period that a figure counts without naming it: days for a fortnight."""
    last = figure.text.lower().split()[-1].rstrip("s")
    return _PERIODS.get(last, "") if figure.kind == "number" else ""


def _unit(figure: Figure, after: str) -> str:
    """Return the stem of what a plain number counts; empty for parts, as in "half of it" and "a third off"."""
    found = re.match(rf"[ -]({_WORD})", after)
    return _stem(found[1].lower()) if found and figure.kind == "number" and found[1].lower() not in _EMPTY else ""


def _about(words: Iterable[str]) -> frozenset[str]:
    plain = (word.lower() for word in words)
    return frozenset(_stem(word) for word in plain if word not in _EMPTY and word not in _ROLES)


def _roles(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_ROLES[word.lower()] for word in words if word.lower() in _ROLES)


@lru_cache(4096)
def _stem(word: str) -> str:
    # A check is not a checking account.
    return word if word == "checking" else _SAME.get(word) or _ENDING.sub("", word)
