"""Wording for a turn: vetted and filled, or quoted from passages. Nothing here is sent before `check`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tellerbot.figures import Figure, find_figures
from tellerbot.project.schema import Answer, Case
from tellerbot.responses.check import Draft
from tellerbot.responses.prompt import placeholders
from tellerbot.responses.template import fill
from tellerbot.types import Fact, FactSheet, FoundPassage, Passage, Source

# Sentences quoted at the most, how much worse than the best one may match, and the head start of the
# sentences a section opens with, which usually say the main thing.
MAX_SENTENCES = 3
MARGIN = 0.2
LEAD = 0.1
# How well a sentence must match that only adds to a reply which is complete by itself.
WORTH_ADDING = 0.5
_ABOUT_ITSELF = re.compile(r"This (?:policy|page|document|section) (?:explains|describes|lists|covers|sets out)\b")
# Rows listed in one reply.
MOST_ROWS = 5


@dataclass(frozen=True, slots=True)
class Wording:
    """The vetted wording that fits what the bank found: a template, what fills it, and the rows listed below it.

    `remaining` is how many rows more there are.
    """

    template: str
    values: Mapping[str, Fact]
    rows: tuple[Mapping[str, Fact], ...] = ()
    remaining: int = 0


def wording(answer: Answer, sheets: Sequence[FactSheet], most: int = MOST_ROWS) -> Wording:
    """Choose one of an answer's wordings; at most `most` rows are listed."""
    values: dict[str, Fact] = {name: fact for sheet in sheets for name, fact in sheet.values.items()}
    rows = tuple(row for sheet in sheets for row in sheet.rows)
    count = values.get("count")
    # A total has the number of its rows, a list the number of those beyond the ones it gives.
    number = max(len(rows), count.value if count and isinstance(count.value, int) else 0)
    if answer.empty and not number:
        return Wording(answer.empty, values)
    if answer.one and (len(rows) == 1 or (number == 1 and not rows)):
        return Wording(answer.one, {**values, **(rows[0] if rows else {})})
    if not answer.each:
        return Wording(answer.reply, values)
    return Wording(answer.reply, values, rows[:most], max(number - most, 0))


def facts_named(answer: Answer) -> set[str]:
    """Return the names of the facts that any of an answer's wordings uses."""
    return {name.partition(":")[0] for _, text in answer.texts() for name in placeholders(text)}


def write_vetted(
    answer: Answer, sheets: Sequence[FactSheet], found: Sequence[FoundPassage], more: str = "", most: int = MOST_ROWS
) -> Draft:
    """Return the vetted reply filled from facts, followed by quotes from the passages it points to.

    `more` is the wording for rows that are not listed. Raises MissingFactError when a fact it needs is missing.
    """
    chosen = wording(answer, sheets, most)
    text, facts = fill(chosen.template, chosen.values)
    lines, used = row_lines(answer, chosen, more)
    text = "\n".join([text.strip(), *lines])
    is_worth_it = answer.rests_on_policy or (isinstance(answer, Case) and len(answer.policy) == 1)
    quoted = quotes(found, find_figures(text), least=-1.0 if is_worth_it else WORTH_ADDING)
    text = "\n\n".join(part for part in (text, join_quotes(quoted)) if part)
    return Draft(text, (*facts, *used), tuple(passage for passage, _ in quoted))


def row_lines(answer: Answer, chosen: Wording, more: str = "") -> tuple[list[str], list[Fact]]:
    """Return the line for every row and one for those that are not listed, and the facts in them."""
    lines: list[str] = []
    facts: list[Fact] = []
    for row in chosen.rows:
        line, used = fill(answer.each or "", {**chosen.values, **row})
        lines.append(line)
        facts += used
    if chosen.remaining and more:
        total = len(chosen.rows) + chosen.remaining
        source = Source("formula", f"{total} rows less the {len(chosen.rows)} listed")
        line, used = fill(more, {"more": Fact("more", "count", chosen.remaining, source)})
        lines.append(line)
        facts += used
    return lines, facts


def quote_best(found: Sequence[FoundPassage]) -> Draft:
    """Return the best passage's own sentences."""
    text = join_quotes(quotes(found[:1]))
    # Else nothing but a lead-in to a list in the next piece.
    return Draft(text or found[0].passage.text, (), (found[0].passage,))


def quotes(
    found: Sequence[FoundPassage], said: Iterable[Figure] = (), most: int = MAX_SENTENCES, least: float = -1.0
) -> list[tuple[Passage, list[str]]]:
    """Return the sentences that match the question best, `most` of them, by passage, in the order of their documents.

    Those under the similarity `least` are left out.

    Passed over are sentences that cannot stand alone (lead-ins to a list, fragments from one), and those
    whose every figure has been said already.
    """
    ranked = sorted(
        (
            (score + (LEAD if at == 0 else LEAD / 2 if at == 1 else 0), number, at)
            for number, item in enumerate(found)
            for at, score in enumerate(item.sentence_scores)
            if score >= least and stands_alone(item.passage.sentences[at])
        ),
        reverse=True,
    )
    known = {(figure.kind, figure.value) for figure in said}
    chosen: list[tuple[int, int]] = []
    for score, number, at in ranked:
        figures = {(figure.kind, figure.value) for figure in find_figures(found[number].passage.sentences[at])}
        if score < ranked[0][0] - MARGIN or len(chosen) == most:
            break
        if not figures or figures - known:
            chosen.append((number, at))
            known |= figures
    by_passage: dict[int, list[str]] = {}
    for number, at in sorted(chosen):
        by_passage.setdefault(number, []).append(found[number].passage.sentences[at])
    return [(found[number].passage, sentences) for number, sentences in by_passage.items()]


def join_quotes(quoted: Sequence[tuple[Passage, Sequence[str]]]) -> str:
    """Join quoted sentences to one text."""
    parts = [sentence for _, sentences in quoted for sentence in sentences]
    return "".join(part + (" " if part[-1] in ".!?" else "\n") for part in parts).strip()


def stands_alone(sentence: str) -> bool:
    """Return whether a sentence can be quoted by itself.

    One that only introduces the document answers nothing.
    """
    is_whole = bool(sentence.strip()) and not sentence.endswith(":") and not sentence[0].islower()
    return is_whole and not _ABOUT_ITSELF.match(sentence)
