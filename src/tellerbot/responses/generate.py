"""A generated reply, sentence by sentence: what passes the checks is sent, and code adds what the model left out.

The model opens with courtesies that assert nothing, then says the notes in their order, word for word and mark for
mark. So it cannot assert anything that is not in them, be it a figure, a promise or a subject out of scope, nor bring
two of them together that do not belong together. Where it stops or strays, code goes on.
"""

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

from tellerbot.errors import ConfigError, TellerbotError, UnavailableError
from tellerbot.responses.engine import Budget, BusyError, Engine, OutOfBudgetError
from tellerbot.responses.manners import courtesies, plain
from tellerbot.responses.prompt import Brief
from tellerbot.responses.sentences import split_sentences, stream_sentences
from tellerbot.responses.template import fill, template_mistakes
from tellerbot.types import Fact

log = logging.getLogger("tellerbot")
MOST_COURTESIES = 3


class UnfitSentenceError(TellerbotError):
    """A generated sentence is not sent; the message names the check that failed, never quotes the text."""


class _FailedError(TellerbotError):
    """The engine failed; the message gives the reason to readers of the trace."""


@dataclass(slots=True)
class Notes:
    """The sentences a reply has to say, the number `said` so far, and the number of courtesies before them."""

    sentences: tuple[str, ...]
    said: int = 0
    courtesies: int = 0

    @classmethod
    def of(cls, notes: Sequence[str]) -> "Notes":
        """Cut notes into sentences."""
        return cls(tuple(part for note in notes for part in split_sentences(note)))

    def follow(self, sentence: str) -> int:
        """Return how many of the notes that come next the sentence covers; none for a courtesy before the first.

        Raises UnfitSentenceError when it is anything else.
        """
        wanted = _exact(sentence)
        for count in range(1, len(self.sentences) - self.said + 1):
            # A note without a mark at its end, and the one after it, are one sentence to a reader.
            together = _exact(" ".join(self.sentences[self.said : self.said + count]))
            if together == wanted:
                return count
            if len(together) > len(wanted):
                break
        if template_mistakes(sentence):
            raise UnfitSentenceError("a figure or an ill-formed placeholder stands in the wording")
        if self.said or plain(sentence) not in courtesies():
            raise UnfitSentenceError("it says something other than the note that comes next")
        if self.courtesies == MOST_COURTESIES:
            raise UnfitSentenceError("it says nothing")
        return 0

    def count(self, notes: int) -> None:
        """Count a sentence that covers so many notes."""
        self.said += notes
        self.courtesies += not notes

    def remaining(self, after: int = 0) -> tuple[str, ...]:
        """Return the sentences that remain, `after` so many more of them."""
        return self.sentences[self.said + after :]


@dataclass(frozen=True, slots=True)
class FilledSentences:
    """A reply's sentences, filled, and the facts they used."""

    sentences: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()

    def extend(self, templates: Sequence[str], values: Mapping[str, Fact]) -> "FilledSentences":
        """Add the filled templates. Raises MissingFactError when a placeholder has no fact."""
        filled = [fill(template, values) for template in templates]
        more = tuple(fact for _, used in filled for fact in used)
        return FilledSentences((*self.sentences, *(text for text, _ in filled)), (*self.facts, *more))


@dataclass(frozen=True, slots=True)
class GeneratedReply(FilledSentences):
    """A generated reply, the number of sentences that the model wrote, and `why` it stopped."""

    by_model: int = 0
    why: str = ""


def generate(
    engine: Engine,
    brief: Brief,
    notes: Notes,
    values: Mapping[str, Fact],
    budget: Budget,
    is_cancelled: Callable[[], bool],
    approve: Callable[[str, str, FilledSentences], None],
) -> GeneratedReply:
    """Let the engine word the notes, and say by code what it leaves unsaid.

    `approve` is given each of the model's sentences that passed, as the model wrote it and as filled, with the reply
    that it would be the last sentence of the model's in, before the next is looked at. It checks those further, raising
    UnfitSentenceError to refuse, and may send the sentence; its other errors end the turn. Raises MissingFactError when
    a placeholder has no fact.
    """
    said = FilledSentences()
    why = "it came to its end"
    pieces = _engine_stream(engine, brief.prompt(), budget, is_cancelled)
    try:
        for sentence in stream_sentences(pieces):
            count = notes.follow(sentence)
            more = said.extend([sentence], values)
            approve(sentence, more.sentences[-1], more.extend(notes.remaining(count), values))
            notes.count(count)
            said = more
            if not notes.remaining():
                break
    except UnfitSentenceError as error:
        why = str(error)
    except OutOfBudgetError:
        why = "its budget was spent, or nobody waited for it"
    except _FailedError as error:
        why = str(error)
    finally:
        # Closing a generator before its end stops the engine's writing.
        pieces.close()
    whole = said.extend(notes.remaining(), values)
    return GeneratedReply(whole.sentences, whole.facts, len(said.sentences), why)


def _engine_stream(
    engine: Engine, prompt: str, budget: Budget, is_cancelled: Callable[[], bool]
) -> Generator[str, None, None]:
    """Yield the engine's pieces, and raise its failures apart from those of their reader."""
    try:
        yield from engine.write(prompt, budget, is_cancelled)
    except BusyError as error:
        raise _FailedError("too many replies wait already") from error
    except (UnavailableError, ConfigError) as error:
        # Its message may name the bank's own machines, and readers of the trace need not know them.
        log.warning("A reply goes on without the model: %s", error)
        raise _FailedError("it cannot be reached") from error


def _exact(text: str) -> str:
    """Return what two sentences are compared by: all but the shape of apostrophes and spaces, and a full stop."""
    return " ".join(text.replace("’", "'").split()).rstrip(".!")
