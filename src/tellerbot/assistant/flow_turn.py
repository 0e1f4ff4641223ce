"""The flows' part of a turn: whether a message is for an open flow, which flows it starts, and what they say."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from tellerbot.assistant.conduct import Conductor
from tellerbot.assistant.ear import Ear
from tellerbot.assistant.evidence import to_json
from tellerbot.assistant.message import CODE_MASK
from tellerbot.assistant.perform import Performer
from tellerbot.assistant.sight import Looker
from tellerbot.assistant.tidy import tidy
from tellerbot.assistant.trace import Trace
from tellerbot.assistant.understand import read_slots
from tellerbot.assistant.words import ReplyParts, Words
from tellerbot.conversation.decide import MISSES, Decision, Rules, to_person
from tellerbot.conversation.event_values import Question
from tellerbot.conversation.events import DecisionMade, Event, FactsQueried
from tellerbot.conversation.flows.meant import kinds_of_value
from tellerbot.conversation.flows.open_flow import clear_asked
from tellerbot.conversation.flows.route import is_yes, leaves
from tellerbot.conversation.reading import NO_HINTS, Hints, Reading, is_question, is_request
from tellerbot.conversation.state import State
from tellerbot.errors import DataError, UnavailableError
from tellerbot.project.conditions import ConditionError
from tellerbot.project.flow_schema import Flow
from tellerbot.project.load import Project
from tellerbot.records.short_lived import ShortLived
from tellerbot.responses.template import MissingFactError
from tellerbot.types import Customer, Named, Reply

if TYPE_CHECKING:
    from tellerbot.assistant.step import Parts

# From these priorities on a matter goes to a person though a flow is open, and comes before whatever it asks.
_SERIOUS, _URGENT = 2, 3
# Acts that say nothing to what a flow asks: it asks again.
_SAYS_NOTHING = {"affirm", "deny", "cancel", "correct", "choose", "acknowledge", "repeat", "confused"}


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message with what was read in it: masked and raw text, one-time code, readings, acts, a model's hints."""

    text: str
    raw: str
    code: str
    readings: Sequence[Reading]
    acts: tuple[str, ...]
    hints: Hints = NO_HINTS


@dataclass(slots=True)
class FlowTurn:
    """One turn of a signed-in customer's flows."""

    conductor: Conductor
    state: State
    incoming: IncomingMessage
    failure: str = ""
    intents: tuple[str, ...] = ()

    @classmethod
    def open(
        cls, parts: "Parts", principal: Customer, names: Sequence[Named], state: State, incoming: IncomingMessage,
        today: date, now: datetime,
    ) -> "FlowTurn":  # fmt: skip
        """Open the flows of a conversation as its state leaves them."""
        looker = Looker(parts.bank, principal, today, names)
        performer = Performer(parts.bank, principal, ShortLived(parts.records.engine), today, incoming.code)
        is_aside = any(map(_is_aside, incoming.readings[:1]))
        is_elsewhere = bool(state.flows) and _is_elsewhere(incoming.readings[0], parts.project, state.flows[-1].name)
        ear = Ear(
            parts.project, looker, performer, state, today, incoming.text, incoming.raw, incoming.acts, incoming.hints,
            is_aside, is_elsewhere,
        )  # fmt: skip
        conductor = Conductor(parts.project, looker, performer, ear, state, now, state.flows)
        return cls(conductor, state, incoming)

    def take(self, rules: Rules) -> Generator[Event, None, list[Decision]]:
        """Yield the message to the open flow where it is for that; return the decisions on everything else in it."""
        conductor, incoming = self.conductor, self.incoming
        yield from tidy(conductor)
        is_alarm = any(rules.project.acts[act].priority >= _URGENT for act in incoming.acts)
        try:
            move = conductor.listen() if conductor.top and not is_alarm else "other"
            # The message answers what was asked before it; from here on each new question is noted.
            conductor.flows = clear_asked(conductor.flows)
            if move != "other":
                yield from conductor.move(move)
                return self._asides(rules)
        except (MissingFactError, ConditionError, DataError, UnavailableError) as error:
            self.failure = str(error)
            return []
        if self._is_late(rules) or self._waits_for_bank():
            return []
        plain, hints = self._without_own()
        decisions = rules.decide(incoming.readings, incoming.acts, plain, incoming.text, hints)
        if not conductor.top or is_alarm:
            return decisions
        if conductor.ear.is_aside:
            decisions = [_keep_in_flow(decision, rules) for decision in decisions]
        kept = [one for one in decisions if not (one.is_act and one.question.intent in _SAYS_NOTHING)]
        if not all(one.missed or one.search for one in kept):
            return kept
        if kept or not {"confused", "repeat"} & {*incoming.acts}:
            conductor.reply.says.append(rules.project.assistant.messages.flow_unclear)
            conductor.reply.is_missed = True
        return []

    def _is_late(self, rules: Rules) -> bool:
        """Return whether the message is a yes or a code that comes once more, after all is done."""
        messages, incoming = rules.project.assistant.messages, self.incoming
        # A third yes gets the same reply.
        is_done = bool(self.state.done) or self.state.reply == messages.done_already
        if self.conductor.top or not (is_done or incoming.code):
            return False
        if incoming.text.strip() == CODE_MASK:
            self.conductor.reply.says.append(messages.code_unused)
        elif is_done and not self.state.choices and is_yes(incoming.text, incoming.acts):
            self.conductor.reply.says.append(messages.done_already)
        return bool(self.conductor.reply.says)

    def _waits_for_bank(self) -> bool:
        """Return whether the message is a yes, a no or a code to what the bank is doing already."""
        top, incoming = self.conductor.top, self.incoming
        if top is None or not top.is_acting:
            return False
        return bool(incoming.code) or is_yes(incoming.text, incoming.acts) or leaves(incoming.text, incoming.acts)

    def lead(self, decisions: Sequence[Decision], words: Words, written: ReplyParts, trace: Trace) -> Generator[Event]:
        """Start what the message asks for, go on with what is open, and say so below the answers."""
        conductor = self.conductor
        if any(decision.hands_off for decision in written.decisions):
            yield from conductor.leave_all("handed off")
            if conductor.has_acted:
                # The reply says what was done, whoever takes over.
                yield from self._write(words, written, trace)
            return
        starts = [decision for decision in decisions if decision.flow]
        if not (starts or conductor.top or conductor.has_led or conductor.reply.says or self.failure):
            return
        with trace.step("flow") as note:
            try:
                if not self.failure:
                    yield from self._go_on(decisions, starts)
            except (MissingFactError, ConditionError, DataError, UnavailableError) as error:
                self.failure = str(error)
            note(self.failure or conductor.reply.reason or "no flow")
        yield from (FactsQueried(*query) for query in to_json(conductor.looker.evidence))
        yield from self._write(words, written, trace)

    def _whole(self, question: Question) -> Question:
        """Return the whole message where all of it is for the flow: "dispute the $6.40, I was charged twice"."""
        if question.text not in self.incoming.text:
            return question
        read = read_slots(self.incoming.text, self.conductor.looker.names, self.conductor.ear.today)
        kinds = {slot.kind for slot in read}
        return Question(
            self.incoming.text, question.intent, (*read, *(slot for slot in question.slots if slot.kind not in kinds))
        )

    def _go_on(self, decisions: Sequence[Decision], starts: Sequence[Decision]) -> Generator[Event]:
        conductor = self.conductor
        acting = {opened.name: opened for opened in conductor.flows if opened.is_acting}
        open_already = {opened.name for opened in conductor.flows} - {*acting}
        # A flow that is open is gone on with.
        flows = conductor.project.flows
        starts = _merge([decision for decision in starts if decision.flow not in open_already], flows)
        self.intents = tuple(decision.question.intent for decision in starts)
        # The first that was asked for comes first.
        for decision in reversed(starts):
            if decision.flow in acting:
                # A customer who does not know whether it was done might do it twice.
                conductor.say_waiting(acting[decision.flow])
            else:
                is_all = len(starts) == 1 and {one.flow for one in decisions} == {decision.flow}
                yield from conductor.start(
                    decision.flow, self._whole(decision.question) if is_all else decision.question
                )
        if conductor.top and not conductor.has_led:
            yield from conductor.lead()

    def _write(self, words: Words, written: ReplyParts, trace: Trace) -> Generator[Event]:
        """Write the flows' words, checked as all words are; nobody can confirm what could not be shown."""
        conductor, reply = self.conductor, self.conductor.reply
        if not (reply.says or written.replies or self.failure):
            conductor.say(conductor.project.assistant.messages.flow_done)
        draft = conductor.draft()
        if not draft.text and not self.failure:
            return
        kind = "hand off" if self.failure or reply.hands_off else reply.kind
        reason = f"a flow could not go on: {self.failure}" if self.failure else reply.reason
        decision = Decision(kind, reason or "a flow", Question("", ""), missed=reply.is_missed)  # type: ignore[arg-type]
        with trace.step("check") as note:
            decision, checked = words.check(decision, draft, note, conductor.kept_promises())
        if decision.hands_off:
            yield from conductor.leave_all("handed off")
            if conductor.has_acted:
                checked = Reply(conductor.project.assistant.messages.done_late)
        else:
            written.choices, written.cards = reply.choices, reply.cards
        if reply.is_missed and self.state.misses + 1 >= MISSES:
            written.choices = (*written.choices, to_person(conductor.project))
        written.add(decision, checked, conductor.looker.evidence.sheets.values())
        yield DecisionMade(decision.kind, decision.reason, self.intents, missed=decision.missed)

    def _asides(self, rules: Rules) -> list[Decision]:
        """Decide on the questions that a message asks beside what it gives to the flow."""
        asked = [
            reading
            for reading in self.incoming.readings
            if is_question(reading.said) and reading.understanding.confident and not reading.follows
        ]
        if len(self.incoming.readings) < 2 or not asked:
            return []
        decisions = rules.decide(asked, (), replace(self.state, choices=()), self.incoming.text)
        kept = [decision for decision in decisions if not decision.missed and not decision.flow]
        return [_keep_in_flow(decision, rules) for decision in kept]

    def _without_own(self) -> tuple[State, Hints]:
        """Return the state and hints without the choices of open flows, where the message takes none of them.

        One beside them it may take, such as a person. A yes is for the flow, and takes no other choice.
        """
        own = {flow.name for flow in self.state.flows} if self.conductor.top else set[str]()
        if not any(choice.intent in own for choice in self.state.choices):
            return self.state, self.incoming.hints
        chosen = self.conductor.ear.chosen
        if chosen is None or chosen.intent in own:
            return replace(self.state, choices=()), self.incoming.hints
        return replace(self.state, choices=(chosen,)), replace(self.incoming.hints, choice=chosen)


def _merge(starts: Sequence[Decision], flows: Mapping[str, Flow]) -> list[Decision]:
    """Return the flows to start, each once: "I'm off to Spain next week, please set a notice" asks for one.

    "Send 50 to Mom and 20 to Tunde" asks for two, of which each gives something of its own.
    """
    merged: list[Decision] = []
    given: dict[str, list[object]] = {}
    for start in starts:
        flow, before = flows[start.flow], given.get(start.flow)
        values = [slot.value for slot in start.question.slots if kinds_of_value(slot, flow) & flow.kinds]
        if before is None or (before and any(value not in before for value in values)):
            merged.append(start)
        given[start.flow] = [*(before or ()), *values]
    return merged


def _keep_in_flow(decision: Decision, rules: Rules) -> Decision:
    """Answer a question without leaving the flow: offer a person, unless the matter is urgent."""
    person = rules.project.assistant.messages.person
    asked = rules.project.intents.get(decision.question.intent)
    if not decision.hands_off or decision.answer is None or decision.is_act or decision.priority >= _SERIOUS:
        return decision
    if asked and asked.title == person:
        return decision
    kind = "act" if decision.answer.queries else "answer"
    return replace(decision, kind=kind, choices=(*decision.choices, to_person(rules.project)))


def _is_aside(reading: Reading) -> bool:
    """Return whether a reading quite surely asks a question of its own, in more than two words."""
    is_long = len(reading.said.split()) > 2
    return is_long and is_question(reading.said) and reading.understanding.confident and not is_request(reading.said)


def _is_elsewhere(reading: Reading, project: Project, flow: str) -> bool:
    """Return whether a reading quite surely asks for what a flow is not for, in more than one word."""
    response = project.responses.get(reading.understanding.intent)
    is_sure = reading.understanding.confident and reading.understanding.in_scope and not reading.follows
    starts = {answer.flow for answer in response.answers()} if response else set()
    return is_sure and len(reading.said.split()) > 1 and flow not in starts
