"""A generated reply in a turn: each sentence is checked and recorded before the listener gets it."""

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
from tellerbot.responses.generate import FilledSentences, Notes, UnfitSentenceError, generate
from tellerbot.responses.notes import arrange
from tellerbot.responses.promises import UnkeptPromiseError, check_promises
from tellerbot.responses.prompt import Brief, hide_passages
from tellerbot.responses.respond import quotes, row_lines, wording, write_vetted
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
    """A client that waits for a reply.

    `on_sentence` is called with each sentence that is ready; `is_cancelled` is true once nobody waits any more.
    """

    on_sentence: Callable[[str], None] | None = None
    is_cancelled: Callable[[], bool] = lambda: False


# For a turn whose reply nobody follows as it is written.
NO_LISTENER = Listener()


@dataclass(frozen=True, slots=True)
class TurnContext:
    """One turn's ids, its masked message, the intent it was taken for, and the customer's message before it."""

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
    """Raise UnfitSentenceError when a sentence of the model, or the reply that it ends, may not be sent.

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


def generate_reply(
    writer: Writer,
    records: SentenceRecorder,
    context: TurnContext,
    title: str,
    answer: Answer,
    sheets: Sequence[FactSheet],
    found: Sequence[FoundPassage],
    listener: Listener,
    more: str = "",
) -> tuple[Draft, str]:
    """Return the reply, and a note on who worded it; the vetted reply where the model writes nothing that may be sent.

    The whole reply is checked before the model begins, and again with each sentence before the listener gets it, as no
    sentence can be taken back. Raises MissingFactError as the vetted reply would.
    """
    plain = write_vetted(answer, sheets, found, more)
    chosen = wording(answer, sheets)
    filled, _ = fill(chosen.template, chosen.values)
    lines, row_facts = row_lines(answer, chosen, more)
    quoted = quotes(found, find_figures("\n".join([filled, *lines])))
    quotations, quoted_facts = hide_passages(quoted, chosen.values)
    notes = arrange(chosen.template, quotations, rows_follow=bool(lines))
    values = {**chosen.values, **{fact.name: fact for fact in quoted_facts}}
    passages = tuple(passage for passage, _ in quoted)

    progress = Notes.of(notes)

    def draft(reply: FilledSentences) -> Draft:
        return Draft("\n".join([" ".join(reply.sentences), *lines]), (*reply.facts, *row_facts), passages)

    def approve(raw: str, text: str, reply: FilledSentences) -> None:
        require_fit(raw, draft(reply), writer.countries, progress.sentences)
        if listener.on_sentence:
            records.append(context.conversation, context.turn, context.customer, [SentenceSent(text)])
            listener.on_sentence(text)

    try:
        check(plain)
        check(draft(FilledSentences().extend(progress.remaining(), values)))
    except UntracedFigureError:
        return plain, "vetted, for a figure in it has no source"
    if not writer.room.acquire(blocking=False):
        return plain, "vetted, for too many replies are being written"
    try:
        found_reply = generate(
            writer.engine,
            Brief(title, notes, context.message, context.before),
            progress,
            values,
            writer.budget,
            listener.is_cancelled,
            approve,
        )
    finally:
        writer.room.release()
    if not found_reply.by_model:
        return plain, f"vetted, for the model wrote nothing to send: {found_reply.why}"
    why = f"{found_reply.by_model} of {len(found_reply.sentences)} sentences by the model: {found_reply.why}"
    return draft(found_reply), why
