"""A generated reply, sentence by sentence: what passes the checks is said, and code says what the model left out.

A sentence passes when it says notes word for word, but for a few words and marks that change nothing, or when it is one
of the courtesies that replies open with. So a model chooses the opening, the order of the notes and how they are
joined; it cannot assert anything that is not in the notes, be it a figure, a promise or a subject out of scope.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tellerbot.errors import ConfigError, TellerbotError, UnavailableError
from tellerbot.responses.engine import Budget, Engine, OutOfBudgetError
from tellerbot.responses.manners import courtesies, plain
from tellerbot.responses.prompt import Brief
from tellerbot.responses.sentences import split_sentences, stream_sentences
from tellerbot.responses.template import fill, template_mistakes
from tellerbot.types import Fact

log = logging.getLogger("tellerbot")
MOST_COURTESIES = 3
# Words and marks that a sentence may have more or less of than its notes.
_NEUTRAL = frozenset(("a", "also", "and", "just", "kindly", "please", "so", "that", "the"))
_MARKS = ',.!;"“”'


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

    def places(self, sentence: str) -> range:
        """The notes that the sentence says, by their places; none for a courtesy.

        Raises UnfitSentenceError when it says nothing that it may.
        """
        found = self._run(_words(sentence))
        if not found:
            if plain(sentence) not in courtesies():
                loose = template_mistakes(sentence)
                raise UnfitSentenceError(
                    "a figure or an ill-formed placeholder stands in the wording"
                    if loose
                    else "it says something that is not in the notes"
                )
            if self.courtesies == MOST_COURTESIES:
                raise UnfitSentenceError("it says nothing")
        elif self.said.intersection(found):
            raise UnfitSentenceError("it repeats a note")
        elif self.last in found and len(self.said) + len(found) < len(self.sentences):
            raise UnfitSentenceError("it announces the rows before all is said")
        return found

    def count(self, places: range) -> None:
        """Count a sentence as said."""
        self.said.update(places)
        self.courtesies += not places

    def left(self, besides: range = range(0)) -> list[str]:
        """The sentences not said yet, in order; `besides` these."""
        return [text for at, text in enumerate(self.sentences) if at not in self.said and at not in besides]

    def _run(self, words: Sequence[str]) -> range:
        """The places of notes that follow each other and are made of these words; those not said yet come first."""
        runs: list[range] = []
        for start in range(len(self.sentences)):
            together: list[str] = []
            for end in range(start, len(self.sentences)):
                together += _words(self.sentences[end])
                if words and together == list(words):
                    runs.append(range(start, end + 1))
                if len(together) >= len(words):
                    break
        return min(runs, key=lambda run: len(self.said.intersection(run)), default=range(0))


@dataclass(frozen=True, slots=True)
class Said:
    """A reply's sentences, filled, and the facts they used."""

    sentences: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()

    def then(self, templates: Sequence[str], values: Mapping[str, Fact]) -> "Said":
        """This and more. Raises MissingFactError when a placeholder has no fact."""
        filled = [fill(template, values) for template in templates]
        more = tuple(fact for _, used in filled for fact in used)
        return Said((*self.sentences, *(text for text, _ in filled)), (*self.facts, *more))


@dataclass(frozen=True, slots=True)
class Generated(Said):
    """What is said, how many of the sentences the model wrote, and `why` it stopped."""

    by_model: int = 0
    why: str = ""


def generate(
    engine: Engine,
    brief: Brief,
    notes: Notes,
    values: Mapping[str, Fact],
    budget: Budget,
    gone: Callable[[], bool],
    approve: Callable[[str, str, Said], None],
) -> Generated:
    """Let the engine word the notes, and say by code what it leaves unsaid.

    `approve` is given each of the model's sentences that passed, as the model wrote it and as filled, with the reply
    that it would be the last sentence of the model's in, before the next is looked at. It checks those further, raising
    UnfitSentenceError to refuse, and may send the sentence. Raises MissingFactError when a placeholder has no fact.
    """
    said = Said()
    why = "it came to its end"
    pieces = engine.write(brief.prompt(), budget, gone)
    try:
        for sentence in stream_sentences(pieces):
            places = notes.places(sentence)
            more = said.then([sentence], values)
            approve(sentence, more.sentences[-1], more.then(notes.left(places), values))
            notes.count(places)
            said = more
            if not notes.left():
                break
    except UnfitSentenceError as error:
        why = str(error)
    except OutOfBudgetError:
        why = "its budget was spent, or nobody waited for it"
    except (UnavailableError, ConfigError) as error:
        # Its message may name the bank's own machines, and who reads the trace need not know them.
        why = "it cannot be reached"
        log.warning("A reply goes on without the model: %s", error)
    finally:
        # A generator that is not run to its end is told so, and the engine stops writing.
        close = getattr(pieces, "close", None)
        if close:
            close()
    whole = said.then(notes.left(), values)
    return Generated(whole.sentences, whole.facts, len(said.sentences), why)


def _words(text: str) -> list[str]:
    """The words that count when two sentences are compared, placeholders among them, without the marks around them."""
    words = (word.strip(_MARKS) for word in plain(text).split())
    return [word for word in words if word and word not in _NEUTRAL]
