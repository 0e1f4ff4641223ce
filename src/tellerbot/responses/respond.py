"""Wording for a turn: vetted and filled, or quoted from passages. Nothing here is sent before `check`."""

from collections.abc import Iterable, Mapping, Sequence

from tellerbot.figures import Figure, find_figures
from tellerbot.project.schema import Response
from tellerbot.responses.check import Draft
from tellerbot.responses.template import fill
from tellerbot.types import Fact, FactSheet, FoundPassage, Passage

# Sentences quoted at the most, how much worse than the best one may match, and the head start of the
# sentences a section opens with, which usually say the main thing.
MAX_SENTENCES = 3
MARGIN = 0.25
LEAD = 0.1


def vetted(response: Response, sheets: Sequence[FactSheet], found: Sequence[FoundPassage]) -> Draft:
    """The vetted reply filled from facts, followed by quotes from the passages it points to.

    Raises MissingFactError when a fact it needs is missing.
    """
    values: Mapping[str, Fact] = {name: fact for sheet in sheets for name, fact in sheet.values.items()}
    rows = [row for sheet in sheets for row in sheet.rows]
    if response.empty and not rows:
        text, facts = fill(response.empty, values)
    else:
        text, facts = fill(response.reply, values)
        for row in rows if response.each else ():
            line, used = fill(response.each or "", {**values, **row})
            text, facts = f"{text}\n{line}", [*facts, *used]
    quoted, passages = _quotes(found, find_figures(text))
    text = "\n\n".join(part for part in (text, quoted) if part)
    return Draft(text, tuple(facts), tuple(passages))


def extracted(found: Sequence[FoundPassage]) -> Draft:
    """The best passage's own sentences."""
    text, passages = _quotes(found[:1])
    if not text:
        # Nothing but a lead-in to a list that stands in the next piece.
        text, passages = found[0].passage.text, [found[0].passage]
    return Draft(text, (), tuple(passages))


def _quotes(found: Sequence[FoundPassage], said: Iterable[Figure] = ()) -> tuple[str, list[Passage]]:
    """The sentences that match the question best, in the order of their documents.

    Passed over are sentences that cannot stand alone (lead-ins to a list, fragments from one), and those
    whose every figure has been said already.
    """
    ranked = sorted(
        (
            (score + (LEAD if at == 0 else LEAD / 2 if at == 1 else 0), number, at)
            for number, item in enumerate(found)
            for at, score in enumerate(item.sentence_scores)
            if _stands_alone(item.passage.sentences[at])
        ),
        reverse=True,
    )
    known = {(figure.kind, figure.value) for figure in said}
    chosen: list[tuple[int, int]] = []
    for score, number, at in ranked:
        figures = {(figure.kind, figure.value) for figure in find_figures(found[number].passage.sentences[at])}
        if score < ranked[0][0] - MARGIN or len(chosen) == MAX_SENTENCES:
            break
        if not figures or figures - known:
            chosen.append((number, at))
            known |= figures
    chosen.sort()
    sentences = [found[number].passage.sentences[at] for number, at in chosen]
    text = "".join(part + (" " if part[-1] in ".!?" else "\n") for part in sentences).strip()
    return text, [found[number].passage for number in dict.fromkeys(number for number, _ in chosen)]


def _stands_alone(sentence: str) -> bool:
    return bool(sentence.strip()) and not sentence.endswith(":") and not sentence[0].islower()
