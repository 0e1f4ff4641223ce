"""A generated reply, sentence by sentence: what passes the checks is said, and code says what the model left out.

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
    """A generated sentence is not sent; the message says which check it failed, never its text."""


class _FailedError(TellerbotError):
    """The engine failed; the message says why to who reads the trace."""


@dataclass(slots=True)
class Notes:
    """What a reply has to say, cut into sentences, how many of them have been said, and how many courtesies before."""

    sentences: tuple[str, ...]
    said: int = 0
    courtesies: int = 0

    @classmethod
    def of(cls, notes: Sequence[str]) -> "Notes":
        return cls(tuple(part for note in notes for part in split_sentences(note)))

    def follow(self, sentence: str) -> int:
        """How many of the notes that come next the sentence says; none for a courtesy before the first.

        Raises UnfitSentenceError when it says anything else.
        """
        wanted = _exact(sentence)
        for count in range(1, len(self.sentences) - self.said + 1):
            # A note without a mark at its end, and the one after it, are one sentence to who reads them.
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
        """Count a sentence that says so many notes as said."""
        self.said += notes
        self.courtesies += not notes

    def left(self, after: int = 0) -> tuple[str, ...]:
        """The sentences not said yet, `after` so many more of them."""
        return self.sentences[self.said + after :]


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
    UnfitSentenceError to refuse, and may send the sentence; its other errors end the turn. Raises MissingFactError when
    a placeholder has no fact.
    """
    said = Said()
    why = "it came to its end"
    pieces = _heard(engine, brief.prompt(), budget, gone)
    try:
        for sentence in stream_sentences(pieces):
            count = notes.follow(sentence)
            more = said.then([sentence], values)
            approve(sentence, more.sentences[-1], more.then(notes.left(count), values))
            notes.count(count)
            said = more
            if not notes.left():
                break
    except UnfitSentenceError as error:
        why = str(error)
    except OutOfBudgetError:
        why = "its budget was spent, or nobody waited for it"
    except _FailedError as error:
        why = str(error)
    finally:
        # A generator that is not run to its end is told so, and the engine stops writing.
        pieces.close()
    whole = said.then(notes.left(), values)
    return Generated(whole.sentences, whole.facts, len(said.sentences), why)


def _heard(engine: Engine, prompt: str, budget: Budget, gone: Callable[[], bool]) -> Generator[str, None, None]:
    """The engine's pieces, its failures told apart from those of what is done with them."""
    try:
        yield from engine.write(prompt, budget, gone)
    except BusyError as error:
        raise _FailedError("too many replies wait already") from error
    except (UnavailableError, ConfigError) as error:
        # Its message may name the bank's own machines, and who reads the trace need not know them.
        log.warning("A reply goes on without the model: %s", error)
        raise _FailedError("it cannot be reached") from error


def _exact(text: str) -> str:
    """What two sentences are compared by: all but the shape of apostrophes and spaces, and a full stop at the end."""
    return " ".join(text.replace("’", "'").split()).rstrip(".!")
