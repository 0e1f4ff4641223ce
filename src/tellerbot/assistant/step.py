"""The whole path from a message to the events it leads to, on one page.

    message -> mask -> understand -> decide -> act -> recall -> write and check -> record -> events

The models only say what a message is about and which passages are near it. Who may see what, and whether a reply may
leave, is decided by plain code: `conversation.decide`, and the check of every figure.
"""

import secrets
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from tellerbot.assistant.agents import stay_silent
from tellerbot.assistant.evidence import Evidence, gather_facts, recall, to_json
from tellerbot.assistant.generate import PATIENT, Asked, Listener, Writer
from tellerbot.assistant.hand_off import end_hand_off, find_phones
from tellerbot.assistant.shape import shape
from tellerbot.assistant.trace import Trace
from tellerbot.assistant.understand import Reader
from tellerbot.assistant.words import Words, join_replies
from tellerbot.conversation.decide import OPEN, Decision, Rules
from tellerbot.conversation.events import (
    CaseOpened,
    DecisionMade,
    Event,
    FactsQueried,
    MessageReceived,
    MessageUnderstood,
    Part,
    PassagesFound,
    ReplySent,
    TurnMeasured,
    cite,
)
from tellerbot.conversation.reading import Reading
from tellerbot.conversation.split import MOST_PARTS, split_message
from tellerbot.conversation.state import State
from tellerbot.errors import UnavailableError
from tellerbot.knowledge.index import KnowledgeIndex
from tellerbot.privacy.redact import Redacted, redact
from tellerbot.project.load import Project
from tellerbot.records.store import Records
from tellerbot.responses.check import check
from tellerbot.types import Bank, Customer, FactSheet, Named, Reply, Understanding


@dataclass(frozen=True, slots=True)
class Message:
    """A customer's message: its text, who signed in, and where it belongs."""

    text: str
    principal: Customer | None
    conversation: str
    turn: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What a step works with: `understand` gives what texts ask for, `hear` the acts they do after another message.

    `writer` is there when the project has generated replies.
    """

    release: str
    project: Project
    understand: Callable[[Sequence[str]], list[Understanding]]
    hear: Callable[[Sequence[str], str], list[tuple[str, ...]]]
    index: KnowledgeIndex
    bank: Bank
    records: Records
    writer: Writer | None = None
    has_delivery: bool = False

    def mask(self, text: str) -> Redacted:
        """Mask personal data, the phone numbers of the project's countries among it."""
        return redact(text, self.project.assistant.countries)


def step(state: State, message: Message, parts: Parts, listener: Listener, trace: Trace) -> Iterator[Event]:
    """The events that a message leads to, MessageReceived first and TurnMeasured last.

    Nothing is recorded here but the sentences of a generated reply, before the listener hears them.
    """
    today = date.today()
    with trace.step("redact") as note:
        masked = parts.mask(message.text)
        note(", ".join(masked.kinds) or "nothing to mask")
    received = MessageReceived(masked.text, masked.kinds, parts.release)
    if silent := stay_silent(state, received, trace.steps()):
        yield from silent
        return
    yield received

    rules = Rules(parts.project, parts.bank.queries(), message.principal)
    with trace.step("understand") as note:
        reader = Reader(parts.understand, parts.hear, parts.project, rules.queries)
        readings, acts = reader.read(masked.text, state, _names(parts.bank, message.principal), today)
        note("; ".join(map(_described, readings)))
    yield MessageUnderstood(tuple(_part(reading, acts) for reading in readings))

    with trace.step("decide") as note:
        decisions = rules.decide(readings, acts, state, masked.text)
        note("; ".join(f"{decision.kind}: {decision.reason}" for decision in decisions))
    customer = message.principal.id if message.principal else None
    before = state.last.text if state.last else ""
    asked = Asked(message.turn, message.conversation, customer, masked.text, readings[0].understanding.intent, before)
    words = Words(parts.project, parts.writer, parts.records, asked, state, readings[0].understanding)
    gathered = [_gather(decision, rules, parts, today, trace) for decision in decisions]
    # What is known comes before what is not.
    gathered.sort(key=lambda pair: pair[0].kind in ("unknown", "ask"))
    decisions = []
    replies: list[Reply] = []
    sheets: list[FactSheet] = []
    for decision, evidence in gathered:
        with trace.step("respond") as note:
            # What has been heard can't be moved: only the first part may be heard before the others are there.
            decision, draft = words.write(decision, evidence, PATIENT if replies else listener, note)
        for instead in (rules.search_instead, rules.know_no_more):
            if words.repeats(decision, draft):
                decision, evidence = _gather(instead(decision), rules, parts, today, trace)
                with trace.step("respond") as note:
                    decision, draft = words.write(decision, evidence, PATIENT, note)
        yield from (FactsQueried(*query) for query in to_json(evidence))
        sheets += evidence.sheets.values()
        if evidence.found:
            yield PassagesFound(tuple(item.passage.id for item in evidence.found))
        with trace.step("check") as note:
            decision, reply = words.check(decision, draft, note)
            decisions.append(decision)
            replies.append(reply)
        yield _decided(decision)

    # Nothing goes before what may have been heard.
    is_upset = "insult" in acts and not any(decision.is_act or decision.hands_off for decision in decisions)
    is_upset = is_upset and parts.writer is None
    replies = [Reply(parts.project.assistant.messages.sorry), *replies] if is_upset else replies
    has_more = len(split_message(masked.text)) > MOST_PARTS
    yield from _reply(decisions, replies, sheets, parts, state, has_more)
    yield TurnMeasured(trace.steps())


def _names(bank: Bank, principal: Customer | None) -> Sequence[Named]:
    """What the customer may name; nothing while the bank is away, for policies answer still."""
    try:
        return bank.names(principal)
    except UnavailableError:
        return ()


def _gather(decision: Decision, rules: Rules, parts: Parts, today: date, trace: Trace) -> tuple[Decision, Evidence]:
    """The facts and passages that a part of the reply may rest on."""
    evidence = Evidence()
    if decision.answer and decision.answer.queries:
        with trace.step("act") as note:
            decision, evidence = gather_facts(decision, rules, parts.bank, today, note)
    if decision.search or (decision.answer and decision.answer.policy):
        with trace.step("recall") as note:
            decision, evidence = recall(decision, evidence, parts.index, rules, today, note)
    return decision, evidence


def _reply(
    decisions: Sequence[Decision],
    replies: Sequence[Reply],
    sheets: Sequence[FactSheet],
    parts: Parts,
    state: State,
    has_more: bool,
) -> Iterator[Event]:
    """The reply of all parts, and the case it opens where one of them goes to a person.

    A case that is open already takes in what is no more urgent. `has_more`: the message holds more questions than are
    answered at once.
    """
    messages = parts.project.assistant.messages
    handed = [decision for decision in decisions if decision.hands_off]
    is_open = bool(state.reference) and all(decision.priority <= state.priority for decision in handed)
    reference = state.reference if is_open else _reference()
    if handed:
        ending = end_hand_off(
            parts.project.assistant,
            find_phones(parts.bank, date.today()),
            datetime.now(UTC),
            parts.has_delivery,
            reference,
            max(decision.priority for decision in handed),
            is_again=is_open,
            before=" ".join(reply.text for reply in replies),
        )
        replies = [*replies, *([Reply(messages.too_many)] if has_more else []), check(ending)]
        reply = join_replies(replies)
    else:
        reply = join_replies(replies, [messages.too_many] if has_more else [])
    choices = tuple(choice for decision in decisions for choice in decision.choices)
    citations = tuple(cite(passage, parts.release) for passage in reply.citations)
    yield ReplySent(reply.text, reply.figures, citations, shape(reply, sheets, choices), choices)
    if handed and not is_open:
        first = max(handed, key=lambda decision: decision.priority)
        yield CaseOpened(reference, first.reason, first.priority)


def _described(reading: Reading) -> str:
    found = reading.understanding
    slots = "".join(f", {slot.kind} {slot.text!r}" for slot in reading.slots)
    return f"{found.intent} {found.confidence:.2f}, in scope {found.scope_score:.2f}{slots}"


def _part(reading: Reading, acts: Sequence[str]) -> Part:
    found = reading.understanding
    return Part(
        reading.text, found.intent, found.confidence, found.scope_score, found.in_scope, tuple(acts), reading.slots,
        reading.follows,
    )  # fmt: skip


def _decided(decision: Decision) -> DecisionMade:
    question = decision.question
    is_answered = (decision.answer is not None or decision.search or decision.says in OPEN) and not decision.is_act
    return DecisionMade(
        decision.kind, decision.reason, (question.intent,), question if is_answered else None, decision.missed
    )


def _reference() -> str:
    """A hand-off's name in letters only, so that it can never be taken for a figure."""
    letters = [char for char in string.ascii_uppercase if char not in "AEIOU"]
    return "".join(secrets.choice(letters) for _ in range(6))
