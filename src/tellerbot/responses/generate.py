"""A generated reply, sentence by sentence: what passes the checks is said, and code says what the model left out.

A sentence passes when it says one of the notes in nearly the note's own words, with the note's placeholders and no
negation more or less, or when it is a courtesy that asserts nothing. So a model may choose an opening, the order and
small changes of wording; it cannot assert anything that is not in the notes, be it a figure, a promise or a subject
out of scope.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Indel

from tellerbot.errors import ConfigError, TellerbotError, UnavailableError
from tellerbot.responses.engine import Budget, Engine, OutOfBudgetError
from tellerbot.responses.manners import courtesies, words_of
from tellerbot.responses.notes import SENTENCE_END, split_sentences
from tellerbot.responses.prompt import Brief, placeholders
from tellerbot.responses.template import fill, template_mistakes
from tellerbot.types import Fact

# How alike a sentence and its note must be, 0 to 1, over their words (Indel similarity).
FAITHFUL = 0.85
MOST_COURTESIES = 3
_NEGATIONS = frozenset(
    ("no", "not", "never", "none", "nothing", "nobody", "neither", "nor", "without", "cannot", "unless")
)
_TOKEN = re.compile(r"\{[^{}]*\}|[a-z]+(?:'[a-z]+)?")


class UnfitSentenceError(TellerbotError):
    """A generated sentence is not sent; the message says which check it failed, never its text."""


@dataclass(slots=True)
class Notes:
    """What a reply has to say, cut into sentences, and which of them have been said.

    `last` is the place of the sentence that announces rows, which code puts under the reply; None where there are none.
    """

    sentences: tuple[str, ...]
    last: int | None
    said: set[int] = field(default_factory=set)
    courtesies: int = 0

    @classmethod
    def of(cls, notes: Sequence[str], *, rows_follow: bool) -> "Notes":
        sentences = tuple(part for note in notes for part in split_sentences(note))
        last = len(sentences) - 1 if rows_follow and sentences[-1].endswith(":") else None
        return cls(sentences, last)

    def place(self, sentence: str) -> int | None:
        """The note that a sentence says, by its place; None for a courtesy.

        Raises UnfitSentenceError when it says nothing that it may.
        """
        if template_mistakes(sentence):
            raise UnfitSentenceError("a figure or an ill-formed placeholder stands in the wording")
        if "{" not in sentence and words_of(sentence) <= courtesies():
            if not words_of(sentence) or self.courtesies == MOST_COURTESIES:
                raise UnfitSentenceError("it says nothing")
            return None
        at = self._nearest(sentence)
        if at is None:
            raise UnfitSentenceError("it says something that is not in the notes")
        if at in self.said:
            raise UnfitSentenceError("it repeats a note")
        if at == self.last and len(self.said) < len(self.sentences) - 1:
            raise UnfitSentenceError("it announces the rows before all is said")
        return at

    def count(self, place: int | None) -> None:
        """Count a sentence as said."""
        if place is None:
            self.courtesies += 1
        else:
            self.said.add(place)

    def left(self) -> list[str]:
        """The sentences not said yet, in order."""
        return [sentence for at, sentence in enumerate(self.sentences) if at not in self.said]

    def _nearest(self, sentence: str) -> int | None:
        """The place of the note that the sentence says."""
        tokens = _tokens(sentence)
        alike = [Indel.normalized_similarity(tokens, _tokens(note)) for note in self.sentences]
        best = max(range(len(alike)), key=alike.__getitem__, default=None)
        if best is None or alike[best] < FAITHFUL:
            return None
        note = self.sentences[best]
        same = sorted(placeholders(sentence)) == sorted(placeholders(note))
        return best if same and _negations(sentence) == _negations(note) else None


@dataclass(frozen=True, slots=True)
class Generated:
    """A reply's sentences, filled, the facts they used, and how many of them the model wrote; `why` it stopped."""

    sentences: tuple[str, ...]
    facts: tuple[Fact, ...]
    by_model: int
    why: str


def generate(
    engine: Engine,
    brief: Brief,
    notes: Notes,
    values: Mapping[str, Fact],
    budget: Budget,
    gone: Callable[[], bool],
    approve: Callable[[str, str, Sequence[Fact]], None],
) -> Generated:
    """Let the engine word the notes, and say by code what it leaves unsaid.

    `approve` is given each of the model's sentences that passed, as the model wrote it and as filled, with its facts,
    before the next is looked at: it checks it further (raising TellerbotError to refuse it) and may send it. Raises
    MissingFactError when a note's own placeholder has no fact.
    """
    sentences: list[str] = []
    facts: list[Fact] = []
    why = "it came to its end"
    pieces = engine.write(brief.prompt(), budget, gone)
    try:
        for sentence in stream_sentences(pieces):
            place = notes.place(sentence)
            text, used = fill(sentence, values)
            approve(sentence, text, used)
            notes.count(place)
            sentences.append(text)
            facts += used
            if not notes.left():
                break
    except (OutOfBudgetError, UnavailableError, UnfitSentenceError, ConfigError) as error:
        why = str(error)
    finally:
        # A generator that is not run to its end is told so, and the engine stops writing.
        close = getattr(pieces, "close", None)
        if close:
            close()
    by_model = len(sentences)
    for sentence in notes.left():
        text, used = fill(sentence, values)
        sentences.append(text)
        facts += used
    return Generated(tuple(sentences), tuple(facts), by_model, why)


def stream_sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Whole sentences of a text that comes in pieces, each as soon as the next one begins."""
    text = ""
    for piece in pieces:
        text += piece
        *whole, text = SENTENCE_END.split(text)
        yield from (part.strip() for part in whole if part.strip())
    if text.strip():
        yield text.strip()


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.replace("’", "'").lower())


def _negations(text: str) -> int:
    return sum(1 for token in _tokens(text) if token in _NEGATIONS or token.endswith("n't"))
