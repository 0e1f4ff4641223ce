"""Promise 1: each figure in a reply is traced to a fact or a passage, or the reply is not sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from tellerbot.errors import TellerbotError
from tellerbot.figures import find_figures
from tellerbot.responses.names import is_quoted
from tellerbot.responses.template import say
from tellerbot.types import Fact, FigureSource, Passage, Reply, Source


class UntracedFigureError(TellerbotError):
    """A reply holds figures that no fact and no passage gives."""

    def __init__(self, figures: Sequence[str]) -> None:
        self.figures = tuple(figures)
        super().__init__(f"No source for {', '.join(repr(figure) for figure in figures)}; the reply is not sent.")


@dataclass(frozen=True, slots=True)
class Draft:
    """Wording with the facts and passages it was made from, not yet checked."""

    text: str
    facts: tuple[Fact, ...] = ()
    passages: tuple[Passage, ...] = ()


def check(draft: Draft) -> Reply:
    """Return the draft as a reply with the source of every figure. Raises UntracedFigureError when one has none."""
    # What a name holds is the name's own: neither a figure of the reply nor a source of one.
    names = [said for fact in draft.facts if fact.kind == "text" and is_quoted(said := say(fact))]
    known = [(figure, fact.source) for fact in draft.facts if fact.kind != "text" for figure in find_figures(say(fact))]
    for passage in draft.passages:
        source = Source("passage", passage.id)
        known += [(figure, source) for figure in find_figures(passage.text)]
    traced: list[FigureSource] = []
    untraced: list[str] = []
    for figure in find_figures(_without(names, draft.text)):
        source = next((source for candidate, source in known if figure.matches(candidate)), None)
        if source:
            traced.append(FigureSource(figure.text, source))
        else:
            untraced.append(figure.text)
    if untraced:
        raise UntracedFigureError(untraced)
    return Reply(draft.text, tuple(dict.fromkeys(traced)), draft.passages)


def _without(names: Sequence[str], text: str) -> str:
    """Return the text with each name taken out of its quotes, once for each fact that gives it."""
    for said in names:
        text = text.replace(said, "“”", 1)
    return text
