"""The whole path from a message to the events it leads to, on one page.

    message -> mask -> understand -> decide -> act -> recall -> write and check -> record -> events

The models only say what a message is about and which passages are near it. Who may see what, and whether a reply may
leave, is decided by plain code: `conversation.decide`, and the check of every figure.
"""

import secrets
import string
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from tellerbot.assistant.agents import stay_silent
from tellerbot.assistant.evidence import Evidence, gather_facts, recall, to_json
from tellerbot.assistant.flow_turn import FlowTurn, IncomingMessage
from tellerbot.assistant.generate import NO_LISTENER, Listener, TurnContext, Writer
from tellerbot.assistant.hand_off import end_hand_off, find_phones
from tellerbot.assistant.message import asks_number, hide_numbers, take_code
from tellerbot.assistant.propose import understand
from tellerbot.assistant.shape import shape
from tellerbot.assistant.trace import Trace
from tellerbot.assistant.understand import Reader
from tellerbot.assistant.words import ReplyParts, Words, join_replies
from tellerbot.conversation.decide import OPEN, Decision, Rules
from tellerbot.conversation.event_values import Part, cite
from tellerbot.conversation.events import (
    CaseOpened,
    DecisionMade,
    Event,
    FactsQueried,
    MessageReceived,
    MessageUnderstood,
    PassagesFound,
    ReplySent,
    TurnMeasured,
)
from tellerbot.conversation.reading import Reading
from tellerbot.conversation.split import MOST_PARTS, split_message
from tellerbot.conversation.state import State, wake
from tellerbot.errors import UnavailableError
from tellerbot.knowledge.index import KnowledgeIndex
from tellerbot.privacy.redact import redact
from tellerbot.project.load import Project
from tellerbot.records.store import Records
from tellerbot.responses.check import check
from tellerbot.types import Bank, Customer, MaskedText, Named, Reply, Understanding

if TYPE_CHECKING:
    from tellerbot.assistant.proposer import Proposer


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

    `writer` is there when the project has generated replies, `proposer` where a larger model reads messages too.
    `find_today` gives the day on which a message is answered.
    """

    release: str
    project: Project
    understand: Callable[[Sequence[str]], list[Understanding]]
    hear: Callable[[Sequence[str], str], list[tuple[str, ...]]]
    index: KnowledgeIndex
    bank: Bank
    records: Records
    writer: Writer | None = None
    proposer: "Proposer | None" = None
    has_delivery: bool = False
    find_today: Callable[[], date] = date.today

    def mask(self, text: str, state: State) -> tuple[MaskedText, str]:
        """Mask personal data, with the phone numbers of the project's countries, and return the one-time code in it.

        Six digits are a code where one was sent, many digits an account number, and fewer where one is asked for.
        """
        plain, code = take_code(text) if state.may_get_code else (text, "")
        redacted = redact(plain, self.project.assistant.countries)
        top = state.flows[-1] if state.flows else None
        flow = self.project.flows.get(top.name) if top else None
        is_asked = bool(top and flow and asks_number(flow, top.waits))
        hidden = hide_numbers(redacted.text, is_asked=is_asked)
        kinds = ["one-time code"] if plain != text else []
        kinds += ["account number"] if hidden != redacted.text else []
        return MaskedText(hidden, (*redacted.kinds, *kinds)), code

    def mask_at_once(self, text: str) -> MaskedText:
        """Mask a message for its page before it is known what was asked: six digits are taken for a code."""
        return self.mask(text, State(has_codes=True))[0]

    def masked_forms(self, text: str) -> set[str]:
        """Return the forms in which a message may have been recorded, by what was asked when it came."""
        redacted = [redact(plain, self.project.assistant.countries).text for plain in (text, take_code(text)[0])]
        # A flow may have asked for a number.
        return {hide_numbers(one, is_asked=is_asked) for one in redacted for is_asked in (False, True)}


def step(state: State, message: Message, parts: Parts, listener: Listener, trace: Trace) -> Iterator[Event]:
    """Yield the events that a message leads to, MessageReceived first and TurnMeasured last.

    Two things have to be on disk before a step goes on: a sentence of a generated reply before the listener hears it,
    and ActionStarted, which the caller records before it asks for the next event.
    """
    today, now = parts.find_today(), datetime.now(UTC)
    state = wake(state, now)
    # A release may have come between that has no answer any more to what was asked before.
    known = tuple(one for one in state.questions if one.intent in parts.project.responses)
    state = replace(state, questions=known)
    with trace.step("redact") as note:
        masked, code = parts.mask(message.text, state)
        note(", ".join(masked.kinds) or "nothing to mask")
    received = MessageReceived(masked.text, masked.kinds, parts.release, now)
    if silent := stay_silent(state, received, trace.steps()):
        yield from silent
        return
    yield received

    rules = Rules(parts.project, parts.bank.queries(), message.principal)
    names = _names(parts.bank, message.principal)
    with trace.step("understand") as note:
        reader = Reader(parts.understand, parts.hear, parts.project, rules.queries)
        found = understand(reader, parts.proposer, masked.text, state, names, today, note)
        readings, acts = found.readings, found.acts
        note("; ".join(map(_describe, readings)))
    yield MessageUnderstood(tuple(_part(reading, acts) for reading in readings), found.by)

    incoming = IncomingMessage(masked.text, message.text, code, readings, acts, found.hints)
    flows = FlowTurn.open(parts, message.principal, names, state, incoming, today, now) if message.principal else None
    with trace.step("decide") as note:
        decisions = yield from (flows.take(rules) if flows else _decide(rules, incoming, state))
        note("; ".join(f"{decision.kind}: {decision.reason}" for decision in decisions))
    answers = [decision for decision in decisions if not decision.flow]
    customer = message.principal.id if message.principal else None
    before = state.last.text if state.last else ""
    context = TurnContext(
        message.turn, message.conversation, customer, masked.text, readings[0].understanding.intent, before
    )
    words = Words(parts.project, parts.writer, parts.records, context, state, readings[0].understanding)
    written = ReplyParts()
    yield from _answer(answers, words, rules, parts, listener, trace, today, written)
    if flows:
        yield from flows.lead(decisions, words, written, trace)
    # Nothing goes before what may have been heard. "Walter Frick" is somebody's name, where a flow asks for one.
    is_taken = flows is not None and flows.conductor.has_taken
    is_upset = "insult" in acts and not is_taken and not any(one.is_act or one.hands_off for one in written.decisions)
    if is_upset and parts.writer is None:
        written.replies.insert(0, Reply(parts.project.assistant.messages.sorry))
    has_more = len(split_message(masked.text)) > MOST_PARTS
    yield from _reply(written, parts, state, has_more, today)
    yield TurnMeasured(trace.steps())


def _decide(rules: Rules, incoming: IncomingMessage, state: State) -> Generator[Event, None, list[Decision]]:
    """Decide on the message of a customer without flows."""
    yield from ()
    return rules.decide(incoming.readings, incoming.acts, state, incoming.text, incoming.hints)


def _answer(
    decisions: Sequence[Decision],
    words: Words,
    rules: Rules,
    parts: Parts,
    listener: Listener,
    trace: Trace,
    today: date,
    written: ReplyParts,
) -> Iterator[Event]:
    """Answer what was asked, part by part."""
    gathered = [_gather(decision, rules, parts, today, trace) for decision in decisions]
    # Answers come before what has none.
    gathered.sort(key=lambda pair: pair[0].kind in ("unknown", "ask"))
    for decision, evidence in gathered:
        with trace.step("respond") as note:
            # What has been heard can't be moved: only the first part may be heard before the others are there.
            decision, draft = words.write(decision, evidence, NO_LISTENER if written.replies else listener, note)
        for instead in (rules.search_instead, rules.know_no_more):
            if words.repeats(decision, draft):
                decision, evidence = _gather(instead(decision), rules, parts, today, trace)
                with trace.step("respond") as note:
                    decision, draft = words.write(decision, evidence, NO_LISTENER, note)
        yield from (FactsQueried(*query) for query in to_json(evidence))
        if evidence.found:
            yield PassagesFound(tuple(item.passage.id for item in evidence.found))
        with trace.step("check") as note:
            decision, reply = words.check(decision, draft, note)
        written.add(decision, reply, evidence.sheets.values())
        yield _decision_event(decision, rules)


def _names(bank: Bank, principal: Customer | None) -> Sequence[Named]:
    """Return what the customer may name; nothing while the bank is away, as policies still answer."""
    try:
        return bank.names(principal)
    except UnavailableError:
        return ()


def _gather(decision: Decision, rules: Rules, parts: Parts, today: date, trace: Trace) -> tuple[Decision, Evidence]:
    """Gather the facts and passages that a part of the reply may rest on."""
    evidence = Evidence()
    if decision.answer and decision.answer.queries:
        with trace.step("act") as note:
            decision, evidence = gather_facts(decision, rules, parts.bank, today, note)
    if decision.search or (decision.answer and decision.answer.policy):
        with trace.step("recall") as note:
            decision, evidence = recall(decision, evidence, parts.index, rules, today, note)
    return decision, evidence


def _reply(written: ReplyParts, parts: Parts, state: State, has_more: bool, today: date) -> Iterator[Event]:
    """Yield the reply of all parts, and the case it opens where one of them goes to a person.

    A case that is open already takes in what is no more urgent. `has_more`: the message holds more questions than are
    answered at once.
    """
    messages = parts.project.assistant.messages
    handed = [decision for decision in written.decisions if decision.hands_off]
    is_open = bool(state.reference) and all(decision.priority <= state.priority for decision in handed)
    reference = state.reference if is_open or not handed else _reference()
    endings = [messages.too_many] if has_more else []
    replies = [*written.replies, *map(Reply, endings)]
    if handed:
        priority = max(decision.priority for decision in handed)
        before = " ".join(reply.text for reply in replies)
        phones = find_phones(parts.bank, today)
        ending = end_hand_off(
            parts.project.assistant, phones, datetime.now(UTC), parts.has_delivery, reference, priority,
            is_again=is_open, before=before,
        )  # fmt: skip
        replies.append(check(ending))
    reply = join_replies(replies)
    choices = (*written.choices, *(choice for decision in written.decisions for choice in decision.choices))
    citations = tuple(map(cite, reply.citations))
    blocks = shape(reply, written.sheets, choices, written.cards)
    yield ReplySent(reply.text, reply.figures, citations, blocks, choices)
    if handed and not is_open:
        first = max(handed, key=lambda decision: decision.priority)
        yield CaseOpened(reference, first.reason, first.priority)


def _describe(reading: Reading) -> str:
    found = reading.understanding
    slots = "".join(f", {slot.kind} {slot.text!r}" for slot in reading.slots)
    return f"{found.intent} {found.confidence:.2f}, in scope {found.scope_score:.2f}{slots}"


def _part(reading: Reading, acts: Sequence[str]) -> Part:
    found = reading.understanding
    return Part(
        reading.text, found.intent, found.confidence, found.scope_score, found.in_scope, tuple(acts), reading.slots,
        reading.follows,
    )  # fmt: skip


def _decision_event(decision: Decision, rules: Rules) -> DecisionMade:
    question = decision.question
    is_answered = (decision.answer is not None or decision.search or decision.says in OPEN) and not decision.is_act
    answered = question if is_answered else None
    name = rules.name_of(decision)
    return DecisionMade(decision.kind, decision.reason, (question.intent,), answered, decision.missed, name)


def _reference() -> str:
    """Make a hand-off's name of letters only, so that nobody takes it for a figure."""
    letters = [char for char in string.ascii_uppercase if char not in "AEIOU"]
    return "".join(secrets.choice(letters) for _ in range(6))
