"""The whole path from a message to its reply, on one page.

    message -> redact -> understand -> decide -> act -> recall -> respond -> check -> record -> reply

The models only say what a message is about and which passages are near it. Who may see what, and whether a
reply may leave, is decided by the plain code here and in `decide`.
"""

import secrets
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tellerbot.assistant.decide import Decision, decide
from tellerbot.assistant.generate import PATIENT, Asked, Listener, Writer, generated
from tellerbot.assistant.message import clean
from tellerbot.assistant.trace import Trace
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
    Step,
    TurnMeasured,
    cite,
)
from tellerbot.conversation.turns import Turn, TurnView, view
from tellerbot.errors import UnavailableError
from tellerbot.knowledge.index import KnowledgeIndex
from tellerbot.privacy.redact import Redacted, redact
from tellerbot.project.load import Project
from tellerbot.project.schema import Response
from tellerbot.records.store import Records
from tellerbot.responses.agree import find_conflict
from tellerbot.responses.check import Draft, UntracedFigureError, check
from tellerbot.responses.records import find_contradictions, records_of
from tellerbot.responses.respond import extracted, facts_named, vetted
from tellerbot.responses.template import MissingFactError
from tellerbot.types import Bank, Choice, Customer, FactSheet, FoundPassage, Reply, Understanding

# Passages recalled, which must agree on their figures, and how many of them a vetted reply quotes.
RECALLED, QUOTED = 5, 2


@dataclass(frozen=True, slots=True)
class Parts:
    """What a turn works with. `writer` is there when the project has generated replies."""

    release: str
    project: Project
    understand: Callable[[Sequence[str]], list[Understanding]]
    index: KnowledgeIndex
    bank: Bank
    recorder: Records
    writer: Writer | None = None

    def mask(self, text: str) -> Redacted:
        """Mask personal data, the phone numbers of the project's countries among it."""
        return redact(text, self.project.assistant.countries)


def take_turn(
    parts: Parts,
    text: str,
    customer: Customer | None,
    conversation: str,
    watch: Callable[[Step], None] = lambda step: None,
    listener: Listener = PATIENT,
    name: str | None = None,
) -> TurnView:
    """Answer one message. `watch` is told of each step as it ends, `listener` of a generated reply's sentences.

    `name` becomes the turn's id; without it a random one does.
    Raises DataError for a message that holds no text or too much, UnavailableError when it cannot be recorded.
    """
    trace = Trace(watch)
    with trace.step("redact") as note:
        redacted = parts.mask(clean(text))
        note(", ".join(redacted.kinds) or "nothing to mask")
    with trace.step("understand") as note:
        understanding = parts.understand([redacted.text])[0]
        note(f"{understanding.intent} {understanding.confidence:.2f}, in scope {understanding.scope_score:.2f}")
    with trace.step("decide") as note:
        response = parts.project.responses[understanding.intent]
        decision = decide(understanding, response, customer, parts.bank)
        note(f"{decision.kind}: {decision.reason}")
    sheets: dict[str, FactSheet] = {}
    if decision.queries:
        with trace.step("act") as note:
            try:
                for query in decision.queries:
                    sheets[query] = parts.bank.query(query, customer, {}, date.today())
                note(", ".join(sheets))
            except UnavailableError:
                decision = Decision("hand off", "the bank's records cannot be reached")
                note(decision.reason)
    found: list[FoundPassage] = []
    if decision.search or decision.sections:
        with trace.step("recall") as note:
            decision, found = _recall(parts, decision, response, sheets, redacted.text, note)
    reference, name = _reference(), name or secrets.token_hex(8)
    who = customer.id if customer else None
    before = _last_message(parts.recorder.events(conversation, who)) if parts.writer else ""
    asked = Asked(name, conversation, who, redacted.text, understanding.intent, before)
    with trace.step("respond") as note:
        try:
            draft = _draft(parts, decision, asked, [*sheets.values()], found, reference, listener, note)
        except MissingFactError:
            decision = Decision("hand off", "a fact for the vetted reply is missing")
            draft = _draft(parts, decision, asked, [], [], reference, PATIENT, note)
        note(f"{len(draft.text)} characters")
    with trace.step("check") as note:
        try:
            reply = check(draft)
        except UntracedFigureError:
            decision = Decision("hand off", "a figure in the reply has no source")
            reply = check(_draft(parts, decision, asked, [], [], reference, PATIENT, note))
        note(f"{len(reply.figures)} figures traced")
    events = _events(parts, redacted, understanding, decision, sheets, found, reply, reference, trace)
    with trace.step("record") as note:
        at = parts.recorder.append(conversation, name, asked.customer, events)
        note("on disk")
    return replace(view(Turn(name, conversation, at, tuple(events))), trace=trace.steps())


def _events(
    parts: Parts,
    redacted: Redacted,
    understanding: Understanding,
    decision: Decision,
    sheets: Mapping[str, FactSheet],
    found: Sequence[FoundPassage],
    reply: Reply,
    reference: str,
    trace: Trace,
) -> list[Event]:
    """What happened in the turn, in order."""
    understood = Part(
        redacted.text,
        understanding.intent,
        understanding.confidence,
        understanding.scope_score,
        understanding.in_scope,
    )
    choices = tuple(Choice(name, parts.project.intents[name].title) for name in decision.choices)
    cited = tuple(cite(passage, parts.release) for passage in reply.citations)
    events: list[Event] = [
        MessageReceived(redacted.text, redacted.kinds, parts.release),
        MessageUnderstood((understood,)),
        DecisionMade(decision.kind, decision.reason, (understanding.intent,)),
    ]
    events += [FactsQueried(query, {}, _sources(sheet)) for query, sheet in sheets.items()]
    if found:
        events.append(PassagesFound(tuple(item.passage.id for item in found)))
    events.append(ReplySent(reply.text, reply.figures, cited, choices=choices))
    if decision.hands_off:
        events.append(CaseOpened(reference, decision.reason))
    events.append(TurnMeasured(trace.steps()))
    return events


def _last_message(events: Sequence[Event]) -> str:
    """The last message of a conversation, masked; empty when there is none."""
    return next((event.text for event in reversed(events) if isinstance(event, MessageReceived)), "")


def _sources(sheet: FactSheet) -> tuple[str, ...]:
    """The records that a query's facts come from."""
    facts = [*sheet.values.values(), *(fact for row in sheet.rows for fact in row.values())]
    return tuple(dict.fromkeys(fact.source.ref for fact in facts))


def _recall(
    parts: Parts,
    decision: Decision,
    response: Response,
    sheets: Mapping[str, FactSheet],
    text: str,
    note: Callable[[str], None],
) -> tuple[Decision, list[FoundPassage]]:
    """Passages to answer from; or a hand-off, where none does, where the store is away, or where they disagree.

    What the bank's records say in the reply must agree with them too.
    """
    today, sections = date.today(), decision.sections or None
    asked = parts.index.ask(text)
    try:
        answer = parts.index.search(asked, RECALLED, today, within=sections)
        # A vetted reply quotes its own sections; what the other policies say of the question must agree.
        others = parts.index.nearest(asked, RECALLED, today) if sections and answer.passages else []
    except UnavailableError:
        note("no passage")
        return Decision("hand off", "the policies cannot be searched"), []
    found = answer.passages
    named = ", ".join(f"{item.passage.id} {item.score:.2f}" for item in found) or "no passage"
    note(f"{named}, answerable {answer.answerability:.2f}")
    # A vetted reply that says enough by itself goes without the sections that would only add to it.
    if not found and (decision.search or response.rests_on_policy):
        return Decision("hand off", f"{decision.reason}, and no policy in force answers it"), []
    if conflict := find_conflict([*found, *others]):
        one, other = conflict.passages
        note(f"{one} says {conflict.figures[0]}, {other} says {conflict.figures[1]}")
        return Decision("hand off", f"{decision.reason}, but {one} and {other} disagree on a figure"), []
    records = [
        record
        for query, sheet in sheets.items()
        if parts.bank.queries()[query].is_public
        for record in records_of(query, sheet)
    ]
    used = [record for record in records if record.fact.name in facts_named(response)]
    for found_one in find_contradictions(used, records, [item.passage for item in (*found, *others)]):
        record, passage = found_one.record, found_one.passage
        note(f"{record} says {found_one.figures[0]}, {passage} says {found_one.figures[1]}")
        return Decision("hand off", f"{decision.reason}, but {record} and {passage} disagree on a figure"), []
    return decision, found


def _draft(
    parts: Parts,
    decision: Decision,
    asked: Asked,
    sheets: Sequence[FactSheet],
    found: Sequence[FoundPassage],
    reference: str,
    listener: Listener,
    note: Callable[[str], None],
) -> Draft:
    messages = parts.project.assistant.messages
    response = parts.project.responses[asked.intent]
    if decision.kind == "refuse":
        topics = ", ".join(title[0].lower() + title[1:] for title in parts.project.topics()[:3])
        return Draft(messages.refuse[0].replace("{suggestions}", topics))
    if decision.choices:
        titles = [f"“{parts.project.intents[name].title}”" for name in decision.choices]
        return Draft(messages.clarify.replace("{choices}", f"{', '.join(titles[:-1])} or {titles[-1]}"))
    if decision.kind == "ask":
        return Draft(messages.sign_in)
    if decision.hands_off and not decision.with_reply:
        return Draft(messages.hand_off.replace("{reference}", reference))
    if decision.search:
        return extracted(found)
    chosen = parts.project.assistant.wording.of(asked.intent)
    if chosen == "extracted" and found:
        draft = extracted(found)
    elif chosen == "generated" and parts.writer:
        title = parts.project.intents[asked.intent].title
        draft, why = generated(parts.writer, parts.recorder, asked, title, response, sheets, found[:QUOTED], listener)
        note(why)
    else:
        draft = vetted(response, sheets, found[:QUOTED], messages.more)
    if decision.hands_off:
        return Draft(
            f"{draft.text}\n\n{messages.hand_off.replace('{reference}', reference)}",
            draft.facts,
            draft.passages,
        )
    return draft


def _reference() -> str:
    """A hand-off's name in letters only, so that it can never be taken for a figure."""
    letters = [char for char in string.ascii_uppercase if char not in "AEIOU"]
    return "".join(secrets.choice(letters) for _ in range(6))
