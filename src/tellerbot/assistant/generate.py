"""A generated reply in a turn: what the model may say is checked, recorded and only then told to who listens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Semaphore
from typing import Protocol

from tellerbot.conversation.events import Event, SentenceSent
from tellerbot.figures import find_figures
from tellerbot.privacy.redact import COUNTRIES, redact
from tellerbot.project.schema import Answer
from tellerbot.responses.check import Draft, UntracedFigureError, check
from tellerbot.responses.engine import Budget, Engine
from tellerbot.responses.generate import Notes, Said, UnfitSentenceError, generate
from tellerbot.responses.notes import arrange
from tellerbot.responses.promises import UnkeptPromiseError, check_promises
from tellerbot.responses.prompt import Brief, hide_passages
from tellerbot.responses.respond import quotes, row_lines, vetted, wording
from tellerbot.responses.template import fill
from tellerbot.types import FactSheet, FoundPassage


@dataclass(frozen=True, slots=True)
class Writer:
    """The engine that words generated replies, what one may cost, and room for as many as may be written or wait.

    `countries` are those whose phone numbers no reply may hold.
    """

    engine: Engine
    budget: Budget
    room: Semaphore
    countries: tuple[str, ...] = COUNTRIES


@dataclass(frozen=True, slots=True)
class Listener:
    """Who waits for a reply: `say` is told its sentences as they come, `gone` says that nobody waits any more."""

    say: Callable[[str], None] | None = None
    gone: Callable[[], bool] = lambda: False


# One who waits for the whole reply, for as long as it takes.
PATIENT = Listener()


@dataclass(frozen=True, slots=True)
class Asked:
    """One turn's names, its masked message, the intent it was taken for, and the customer's message before it."""

    turn: str
    conversation: str
    customer: str | None
    message: str
    intent: str
    before: str = ""


class SentenceRecorder(Protocol):
    """What a generated reply needs of the records."""

    def append(self, conversation: str, turn: str, customer: str | None, new: Sequence[Event]) -> object:
        """Record events of a turn; on disk when this returns."""
        ...


def require_fit(raw: str, draft: Draft, countries: tuple[str, ...], notes: Sequence[str] = ()) -> None:
    """Raise UnfitSentenceError when a sentence as the model wrote it, or the reply it ends, may not be told.

    It may promise nothing that the sentences of the `notes` do not.
    """
    if redact(raw, countries).kinds:
        raise UnfitSentenceError("it holds personal data")
    try:
        check(draft)
    except UntracedFigureError as error:
        raise UnfitSentenceError("a figure has no source where it stands") from error
    try:
        check_promises(raw, quoted=notes)
    except UnkeptPromiseError as error:
        raise UnfitSentenceError("it promises something that the vetted reply does not") from error


def generated(
    writer: Writer,
    records: SentenceRecorder,
    asked: Asked,
    title: str,
    answer: Answer,
    sheets: Sequence[FactSheet],
    found: Sequence[FoundPassage],
    listener: Listener,
    more: str = "",
) -> tuple[Draft, str]:
    """The reply, and for the trace who worded it; the vetted one where the model says nothing that may be sent.

    The whole reply is checked before the model begins, and again with each of its sentences before that is told to the
    listener: what was told is never taken back. Raises MissingFactError as the vetted reply would.
    """
    plain = vetted(answer, sheets, found, more)
    chosen = wording(answer, sheets)
    said, _ = fill(chosen.template, chosen.values)
    lines, row_facts = row_lines(answer, chosen, more)
    quoted = quotes(found, find_figures("\n".join([said, *lines])))
    quotations, quoted_facts = hide_passages(quoted, chosen.values)
    notes = arrange(chosen.template, quotations, rows_follow=bool(lines))
    values = {**chosen.values, **{fact.name: fact for fact in quoted_facts}}
    passages = tuple(passage for passage, _ in quoted)

    told = Notes.of(notes)

    def draft(reply: Said) -> Draft:
        return Draft("\n".join([" ".join(reply.sentences), *lines]), (*reply.facts, *row_facts), passages)

    def approve(raw: str, text: str, reply: Said) -> None:
        require_fit(raw, draft(reply), writer.countries, told.sentences)
        if listener.say:
            records.append(asked.conversation, asked.turn, asked.customer, [SentenceSent(text)])
            listener.say(text)

    try:
        check(plain)
        check(draft(Said().then(told.left(), values)))
    except UntracedFigureError:
        return plain, "vetted, for a figure in it has no source"
    if not writer.room.acquire(blocking=False):
        return plain, "vetted, for too many replies are being written"
    try:
        found_reply = generate(
            writer.engine,
            Brief(title, notes, asked.message, asked.before),
            told,
            values,
            writer.budget,
            listener.gone,
            approve,
        )
    finally:
        writer.room.release()
    if not found_reply.by_model:
        return plain, f"vetted, for the model wrote nothing to send: {found_reply.why}"
    why = f"{found_reply.by_model} of {len(found_reply.sentences)} sentences by the model: {found_reply.why}"
    return draft(found_reply), why
