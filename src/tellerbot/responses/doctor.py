"""Looks replies over: a figure in their wording, which a model would learn to make up, becomes a placeholder."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from tellerbot.data.read import Row, RowFile
from tellerbot.figures import Figure, place_figures
from tellerbot.files import write_lines
from tellerbot.responses.rows import Pair
from tellerbot.responses.template import template_mistakes
from tellerbot.types import MaskedText

CHANGES, REPLIES = "changes.jsonl", "replies.jsonl"
# Rows between two reports of progress.
EVERY = 100
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*):[a-z]+\}")
_CLAUSE_END = re.compile(r"[,;!?\n]|\.(?=\s|$)")
_WORD = re.compile(r"(?<![\w'’])[A-Za-z]{2,}(?![\w'’])")
_PLACE = re.compile(r" in (?:your )?([A-Za-z]{2,})(?![\w'’])")
_SIGN = re.compile(r"(?:\b(?:minus|negative) |(?<![\w%])-)$", re.IGNORECASE)
# A word names a figure only this near after it: what comes later belongs to something else.
_NEAR = 3
# They name no figure. Words ending in -ed and -ly do not either.
_NAMELESS = frozenset(
    """
    about above additional after again all already also always am an and another any apply approx are around as ask
    at available back be because been before begin begins being below between both business but by calendar call
    can consecutive contact cost costing costs could dial did different do does each earn earns either else end
    ending ends entire every few for from full further get gets give given gives go got great had has have having
    he hello her here hi his how if in into is it its just kept last least left less let like made make makes many
    may me might more most much must my need needs new next no none not now of off ok okay on once one only or
    other our out over owe owes own paid pay paying pays per phone please plus press reach right same see send sent
    set she should show shows since so some sorry soon standard still such sure take takes than thank thanks that
    the their them then there these they this those through till to today tomorrow total totaling totalling under
    until up upon us use using very via was we well went were what when where whether which while who whole will
    with within without working would yes yesterday yet you your yours
    monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays
    sundays january february march april june july august september october november december
    am pm est edt cst cdt mst mdt pst pdt et ct mt pt utc gmt
    """.split()  # noqa: SIM905 - a list of so many would be a page
)
# In "$12 a month" they name what the amount is for each of, in "3 months" what is counted.
_PERIODS = {"hour", "hours", "day", "days", "week", "weeks", "month", "months", "quarter", "year", "years", "annum"}


@dataclass(frozen=True, slots=True)
class ReplacedFigure:
    """A figure's placeholder, and whether the prompt had the figure too."""

    placeholder: str
    grounded: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A row whose figures became placeholders, before and after. The texts are masked."""

    line: int
    before: Pair
    after: Pair
    figures: tuple[ReplacedFigure, ...]


@dataclass(frozen=True, slots=True)
class UnmendedRow:
    """A row that needs a person, and what is wrong with its reply. The texts are masked."""

    line: int
    mistakes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonalRow:
    """A row whose reply holds personal data of these kinds. The text is masked."""

    line: int
    kinds: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class RepliesDiagnosis:
    """The findings in a file of replies, and the rows with every change made.

    `ungrounded` counts the figures in replies that are nowhere in the row's prompt, `grounded` those that are there
    too. `mended` holds the rows to train on: all but those that need a person.
    """

    detected: str
    rows: int
    rows_ungrounded: int
    ungrounded: int
    grounded: int
    repeats: int
    changes: tuple[Change, ...]
    unmended: tuple[UnmendedRow, ...]
    personal: tuple[PersonalRow, ...]
    mended: tuple[Pair, ...]

    def figures(self) -> dict[str, Any]:
        """Return counts and line numbers without any text."""
        kinds = Counter(kind for row in self.personal for kind in row.kinds)
        return {
            "detected": self.detected,
            "rows": self.rows,
            "rows_with_ungrounded_figures": self.rows_ungrounded,
            "ungrounded_figures": self.ungrounded,
            "figures_grounded_in_the_prompt": self.grounded,
            "rows_changed": len(self.changes),
            "rows_needing_a_person": len(self.unmended),
            "lines_needing_a_person": [row.line for row in self.unmended],
            "rows_with_personal_data": len(self.personal),
            "lines_with_personal_data": [row.line for row in self.personal],
            "personal_data": dict(sorted(kinds.items())),
            "exact_repeats": self.repeats,
        }


def examine_replies(
    file: RowFile,
    mask: Callable[[str], MaskedText],
    *,
    progress: Callable[[int, int, str], None] = lambda step, steps, note: None,
) -> RepliesDiagnosis:
    """Look for figures in the wording of replies, and put a typed placeholder in place of each.

    A figure that is in the prompt too becomes the same placeholder there, so that the model sees none to repeat.
    A row whose reply would still not be a sound template, for its braces, or that would still hold personal data, is
    left for a person. `mask` finds personal data; but for `mended`, only masked texts are in the diagnosis.
    """
    examined: list[_ExaminedRow] = []
    changes: list[Change] = []
    unmended: list[UnmendedRow] = []
    personal: list[PersonalRow] = []
    mended: list[Pair] = []
    for at, given in enumerate(file.rows):
        if at % EVERY == 0:
            progress(at, len(file.rows), "")
        row = _examine(given)
        examined.append(row)
        masked = mask(row.before.completion)
        if masked.kinds:
            personal.append(PersonalRow(row.line, masked.kinds, masked.text))
        mistakes = [mask(mistake).text for mistake in row.mistakes]
        if kinds := mask(f"{row.after.prompt}\n{row.after.completion}").kinds:
            mistakes.append(f"It holds personal data ({', '.join(kinds)}). Make up other data.")
        if mistakes:
            unmended.append(UnmendedRow(row.line, tuple(mistakes)))
        else:
            mended.append(row.after)
        if row.after != row.before:
            changes.append(_change(row, mask))
    progress(len(file.rows), len(file.rows), "")
    return RepliesDiagnosis(
        detected=file.detected,
        rows=len(examined),
        rows_ungrounded=sum(any(not figure.grounded for figure in row.figures) for row in examined),
        ungrounded=sum(not figure.grounded for row in examined for figure in row.figures),
        grounded=sum(figure.grounded for row in examined for figure in row.figures),
        repeats=len(examined) - len({row.before for row in examined}),
        changes=tuple(changes),
        unmended=tuple(unmended),
        personal=tuple(personal),
        mended=tuple(mended),
    )


def write_mended(folder: Path, diagnosis: RepliesDiagnosis) -> None:
    """Write every change (masked) and the mended rows into `folder`, over those of an earlier look.

    Only the owner may read them (mode 0600). Raises TellerbotError when they cannot be written.
    """
    changes = (
        {
            "line": change.line,
            "prompt_before": change.before.prompt,
            "prompt_after": change.after.prompt,
            "completion_before": change.before.completion,
            "completion_after": change.after.completion,
        }
        for change in diagnosis.changes
    )
    write_lines(folder / CHANGES, (json.dumps(change, ensure_ascii=False) for change in changes))
    write_lines(folder / REPLIES, (json.dumps(asdict(pair), ensure_ascii=False) for pair in diagnosis.mended))


@dataclass(frozen=True, slots=True)
class _ExaminedRow:
    """A row with nothing masked."""

    line: int
    before: Pair
    after: Pair
    figures: tuple[ReplacedFigure, ...]
    mistakes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Spot:
    """A figure and its place in a text."""

    figure: Figure
    start: int
    end: int

    @property
    def kind(self) -> str:
        """The kind of the fact that fills a placeholder for it."""
        return "count" if self.figure.kind == "number" else self.figure.kind

    def join(self, other: "_Spot") -> "_Spot":
        """Join two spots that overlap, as those of `five five` do, whose places cannot be separated."""
        kind = self.figure.kind if other.figure.kind == "number" else other.figure.kind
        figure = Figure(kind, f"{self.figure.value} {other.figure.value}", self.figure.text)
        return _Spot(figure, self.start, max(self.end, other.end))


def _change(row: _ExaminedRow, mask: Callable[[str], MaskedText]) -> Change:
    before, after = (Pair(mask(pair.prompt).text, mask(pair.completion).text) for pair in (row.before, row.after))
    return Change(row.line, before, after, row.figures)


def _examine(row: Row) -> _ExaminedRow:
    before = Pair(row.fields["prompt"], row.fields["completion"])
    prompt, completion = _placeable(before.prompt), _placeable(before.completion)
    given, said = _find(prompt), _find(completion)
    named = _name_spots(completion, said, set(_PLACEHOLDER.findall(f"{prompt} {completion}")))
    figures = tuple(
        ReplacedFigure(name, any(spot.figure.matches(other.figure) for other in given)) for spot, name in named
    )
    after = before
    if named:
        same = ((spot, name) for spot in given for known, name in named if known.figure.matches(spot.figure))
        after = Pair(_put(prompt, same), _put(completion, named))
    if template_mistakes(after.completion):
        return _ExaminedRow(row.line, before, before, figures, tuple(template_mistakes(before.completion)))
    return _ExaminedRow(row.line, before, after, figures, ())


def _name_spots(text: str, spots: Sequence[_Spot], taken: set[str]) -> list[tuple[_Spot, str]]:
    """Return the spots in order, each with its placeholder; `taken` names stand for something else."""
    context = _put(_hide_placeholders(text), ((spot, "~" * (spot.end - spot.start)) for spot in spots))
    named: list[tuple[_Spot, str]] = []
    for spot in spots:
        placeholder = next((known for other, known in named if _same(spot.figure, other.figure)), None)
        if placeholder is None:
            name = first = _name(context, spot)
            number = 2
            while name in taken:
                name, number = f"{first}_{number}", number + 1
            taken.add(name)
            placeholder = f"{{{name}:{spot.kind}}}"
        named.append((spot, placeholder))
    return named


def _same(one: Figure, other: Figure) -> bool:
    return one.matches(other) or other.matches(one)


def _name(context: str, spot: _Spot) -> str:
    """Choose a word of the clause around a figure: for a count the one after it, else the nearest before it.

    What an amount is "in" comes first: each of "$12 in checking and $3 in savings" has a name of its own.
    """
    nameless = _NAMELESS if spot.kind == "count" else _NAMELESS | _PERIODS

    def names(words: list[str]) -> list[str]:
        lowered = (word.lower() for word in words)
        return [word for word in lowered if word not in nameless and not word.endswith(("ed", "ly"))]

    before = names(_WORD.findall(_CLAUSE_END.split(context[: spot.start])[-1]))[-1:]
    after = names(_WORD.findall(_CLAUSE_END.split(context[spot.end :])[0])[:_NEAR])[:1]
    place = _PLACE.match(context, spot.end) if spot.kind in ("money", "percent") else None
    inside = names([place[1]]) if place else []
    found = [*after, *before] if spot.kind == "count" else [*inside, *before, *after]
    return found[0] if found else spot.kind


def _put(text: str, replacements: Iterable[tuple[_Spot, str]]) -> str:
    parts: list[str] = []
    at = 0
    for spot, instead in replacements:
        # A figure of the prompt may be two figures of the reply at once, as a date without its year is.
        if spot.start >= at:
            parts += [text[at : spot.start], instead]
            at = spot.end
    return "".join([*parts, text[at:]])


def _hide_placeholders(text: str) -> str:
    """Blank the placeholders of a text, whose length stays, so that they hold no figure and no word."""
    return _PLACEHOLDER.sub(lambda match: "~" * len(match[0]), text)


def _find(text: str) -> list[_Spot]:
    """Find the figures outside placeholders, in order, by their places in `text` itself, which is placeable."""
    shown, placed = place_figures(_hide_placeholders(text))
    origins = [(start, end) for piece, start, end in _pieces(text) for _ in piece]
    spots: list[_Spot] = []
    for figure, start, end in sorted(placed, key=lambda item: item[1]):
        start, end = _bounds(shown, figure, start, end)
        spot = _Spot(figure, origins[start][0], origins[end - 1][1])
        if spots and spot.start < spots[-1].end:
            spot = spots.pop().join(spot)
        spots.append(spot)
    return spots


def _bounds(shown: str, figure: Figure, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of a figure with its sign, which a fact brings along, and without its sentence's full stop."""
    start += len(shown[start:end]) - len(shown[start:end].lstrip())
    end = start + len(figure.text)
    if figure.text.endswith(".") and re.match(r"\s*$|\s+[A-Z]", shown[end:]):
        end -= 1
    if figure.kind in ("money", "percent") and "-" in figure.value:
        if sign := _SIGN.search(shown[:start]):
            start = sign.start()
        elif shown[end : end + 1] == "-":
            end += 1
    return start, end


def _placeable(text: str) -> str:
    """Return the text; in plain characters where the places of its figures could not be found otherwise."""
    while not text.isascii() and "".join(piece for piece, _, _ in _pieces(text)) != (plain := place_figures(text)[0]):
        text = plain
    return text


def _pieces(text: str) -> list[tuple[str, int, int]]:
    """Return the plain form of each character with its combining marks, and where they start and end."""
    starts = [at for at, char in enumerate(text) if not at or not unicodedata.combining(char)]
    return [(_plain(text[start:end]), start, end) for start, end in pairwise([*starts, len(text)])]


@cache
def _plain(char: str) -> str:
    return place_figures(char)[0]
