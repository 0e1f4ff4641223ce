"""Leading open flows through one message: what it gives, what is asked next, and the actions that come of it.

The events that a method yields are the only thing that it changes; the flows here are their fold.
"""

import secrets
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tellerbot.assistant.ear import Ear
from tellerbot.assistant.perform import CODE, MOST_CODES, Performer
from tellerbot.assistant.sight import Looker
from tellerbot.conversation.event_values import Block, FlowOutcome, Question
from tellerbot.conversation.events import (
    ActionConfirmed,
    ActionDone,
    ActionProposed,
    CodeSent,
    Event,
    FlowEnded,
    FlowMoved,
    FlowStarted,
)
from tellerbot.conversation.flows.hear import FlowInput
from tellerbot.conversation.flows.open_flow import Flows, OpenFlow, fold_flows
from tellerbot.conversation.flows.route import Move
from tellerbot.conversation.flows.walk import Walk, arguments_of, lines_of, walk
from tellerbot.conversation.state import State
from tellerbot.project.flow_schema import Call, Collect, Confirm, Do, Flow, Step
from tellerbot.project.load import Project
from tellerbot.responses.check import Draft
from tellerbot.responses.promise_words import PromiseKind
from tellerbot.responses.promises import kept_by
from tellerbot.types import Choice, Named, Slot

Events = Generator[Event, None, None]


@dataclass(slots=True)
class FlowReply:
    """What the flows say to a message: paragraphs in order, choices, cards, and whether a person takes over."""

    says: list[str] = field(default_factory=list)
    choices: tuple[Choice, ...] = ()
    cards: list[Block] = field(default_factory=list)
    kind: str = "answer"
    reason: str = ""
    hands_off: bool = False
    is_missed: bool = False


@dataclass(slots=True)
class Conductor:
    """The lead of a conversation's flows, by what the `ear` hears."""

    project: Project
    looker: Looker
    performer: Performer
    ear: Ear
    state: State
    now: datetime
    flows: Flows = ()
    reply: FlowReply = field(default_factory=FlowReply)
    has_led: bool = False
    happened: list[Event] = field(default_factory=list)

    @property
    def top(self) -> OpenFlow | None:
        """The flow that the customer is asked about."""
        return self.flows[-1] if self.flows else None

    @property
    def has_acted(self) -> bool:
        """Whether the bank has done something in this turn."""
        return any(isinstance(event, ActionDone) for event in self.happened)

    @property
    def has_taken(self) -> bool:
        """Whether the message gave something to a flow."""
        return any(isinstance(event, FlowMoved) and event.given for event in self.happened)

    def draft(self) -> Draft:
        """Return the wording of the flows' part of the reply, with the facts in it."""
        return Draft("\n\n".join(filter(None, self.reply.says)), tuple(self.looker.facts))

    def kept_promises(self) -> frozenset[PromiseKind]:
        """Return the promises that this turn's events keep.

        A code that is still good counts as sent.
        """
        sent = [flow.proposal for flow in self.flows if flow.proposal and flow.proposal.code_at]
        codes = [CodeSent(proposal.key) for proposal in sent]
        return kept_by([*self.happened, *codes, *([ActionDone("", "", "")] if self.state.done else [])])

    def listen(self) -> Move:
        """Find what the message does to the topmost flow."""
        opened = self.flows[-1]
        if opened.is_acting:
            return "other"
        return self.ear.listen(opened, lambda: self._walk(opened))

    def move(self, move: Move) -> Events:
        """Do what a message does to the topmost flow, and lead on."""
        opened, messages = self.flows[-1], self.project.assistant.messages
        match move:
            case "cancel" | "deny":
                yield from self._close("cancelled")
                self.say(messages.flow_left if opened.has_acted else messages.flow_cancelled)
                self.reply.reason = f"{opened.name} is cancelled"
            case "confirm":
                yield from self._confirm(opened)
            case "change" if not self.ear.clear_named_slots(opened):
                self._ask_what(opened)
                self.has_led = True
                yield from self._emit(FlowMoved(opened.name, opened.waits))
                return
            case "make":
                yield from self.start(self._flow_that_makes(opened), Question("", ""))
                self.ear.heard = FlowInput()
            case "code" | "resend":
                if not (yield from self._take_code(opened, move)):
                    return
            case "repeat":
                self.ear.heard = FlowInput()
            case _:
                yield from self._give(self.ear.heard)
        yield from self.lead()

    def start(self, name: str, question: Question) -> Events:
        """Open a flow with all that the message gives to it."""
        step = self._waiting_step(self.top)
        fills = step.collect if isinstance(step, Collect) and step.makes == name else ""
        yield from self.open(name, question.text, question.slots, fills)
        opened = self.flows[-1]
        yield from self._give(self.ear.hear(opened, Walk({}), question))

    def lead(self) -> Events:
        """Go on until the customer is asked, or all flows have ended."""
        self.has_led = True
        while opened := self.top:
            if opened.is_acting:
                # Nothing else is asked until the bank has answered, as its answer may change the facts.
                self.say_waiting(opened)
                return
            found = self._walk(opened)
            self.reply.says += filter(None, found.says)
            yield from self._note(opened, found)
            if not (yield from self._take_step(opened, found)):
                return

    def _take_step(self, opened: OpenFlow, found: Walk) -> Generator[Event, None, bool]:
        """Do what the flow's present step is for; return false where the flow waits, or is at its end."""
        flow = self.project.flows[opened.name]
        match found.at:
            case None:
                yield from self._end(found)
                return not self.reply.hands_off
            case Call():
                yield from self.open(found.at.call)
                return True
            case Collect():
                return (yield from self._collect(opened, flow, found, found.at))
            case Confirm():
                yield from self._propose(opened, flow, found, found.at)
                return False
            case Do():
                return (yield from self._do(opened, found, found.at))

    def leave_all(self, outcome: FlowOutcome) -> Events:
        """Close every open flow."""
        while self.flows and not self.flows[-1].is_acting:
            yield from self._close(outcome)

    # What a message gives.

    def _give(self, heard: FlowInput) -> Events:
        """Take new values, and forget what depended on those that have changed."""
        opened = self.flows[-1]
        flow = self.project.flows[opened.name]
        # A value that cannot be used is asked for again.
        amounts = [name for name, slot in flow.slots.items() if heard.problem and "money" in slot.kind]
        heard.cleared += [name for name in (*heard.several, *heard.unknown, *amounts) if name in opened.values]
        new = {name: value for name, value in heard.values.items() if value != opened.values.get(name)}
        gone = {*heard.cleared, *(name for name in new if name in opened.values)}
        stale = {*heard.cleared, *(other for name in gone for other in flow.dependents(name))} - {*new}
        forgotten = tuple(name for name in opened.values if name in stale)
        yield from self._emit(FlowMoved(opened.name, "", new, forgotten))

    # What the flow does.

    def _collect(self, opened: OpenFlow, flow: Flow, found: Walk, step: Collect) -> Generator[Event, None, bool]:
        """Take the record that the flow's first message named, else ask; false where the customer is asked."""
        if step.id not in opened.asked and not found.problem:
            # There was nothing to choose from when it came.
            things = self.ear.find_first_named(opened, found)
            if len(things) == 1:
                yield from self._emit(FlowMoved(opened.name, "", {step.collect: things[0]}))
                return True
            if things:
                self.ear.heard.several[step.collect] = things
        self._ask(opened, flow, found, step)
        return False

    def _ask(self, opened: OpenFlow, flow: Flow, found: Walk, step: Collect) -> None:
        """Ask for a slot: which of several is meant, what is wrong with what was given, or just what it is."""
        messages, heard, name = self.project.assistant.messages, self.ear.heard, step.collect
        choices = found.choices
        if several := heard.several.get(name):
            choices = {title: thing for title, thing in choices.items() if thing in several} or choices
        unfound = messages.flow_not_offered if found.suggestions else messages.flow_unknown
        for unknown in (*heard.unknown.values(), *found.strangers.values()):
            self.say(unfound.replace("{name}", unknown))
        asks = self.looker.word(step.ask, found.facts)
        problem = found.problem or (getattr(messages, heard.problem) if heard.problem else "")
        is_amount = "money" in flow.slots[name].kind
        self.say(problem if problem and (found.problem or is_amount) else asks)
        made = (Choice(step.makes, self.project.flows[step.makes].title),) if step.makes else ()
        titled = {**choices, **dict.fromkeys(found.suggestions)}
        self.reply.choices = (*(Choice(opened.name, title, thing) for title, thing in titled.items()), *made)
        self.reply.kind, self.reply.reason = "ask", f"{opened.name} collects {name}"
        self.ear.heard = FlowInput()

    def _propose(self, opened: OpenFlow, flow: Flow, found: Walk, step: Confirm) -> Events:
        """Ask for a yes to the very values that the action gets."""
        messages, sight = self.project.assistant.messages, self.looker.sight(opened)
        lines, arguments = lines_of(flow, step, found, sight), arguments_of(step, found, sight)
        proposal = opened.proposal
        if not (proposal and proposal.action == step.confirm and self.performer.is_fresh(proposal, lines, self.now)):
            key = secrets.token_hex(16)
            yield from self._emit(ActionProposed(key, step.confirm, arguments, lines))
        asks = self.looker.word(step.ask, found.facts)
        self.say("\n".join([asks, *(f"- {label}: {value}" for label, value in lines)]))
        self.reply.cards.append(Block("confirmation", asks, lines))
        titles = (messages.confirm_yes, messages.confirm_change, messages.confirm_no)
        self.reply.choices = tuple(Choice(opened.name, title) for title in titles)
        self.reply.kind, self.reply.reason = "confirm", f"{opened.name} confirms {step.confirm}"

    def _confirm(self, opened: OpenFlow) -> Events:
        """Take a yes, if the customer would still read the same lines; else they are shown anew."""
        noted = len(self.looker.facts)
        flow, found = self.project.flows[opened.name], self._walk(opened)
        proposal, sight = opened.proposal, self.looker.sight(opened)
        if proposal is None or not isinstance(found.at, Confirm):
            return
        lines = lines_of(flow, found.at, found, sight)
        # The lines are only compared: a receipt's figures come from the bank's answer.
        del self.looker.facts[noted:]
        if proposal.shown != lines:
            self.say(self.project.assistant.messages.changed_meanwhile)
        elif self.performer.is_fresh(proposal, lines, self.now):
            yield from self._emit(ActionConfirmed(proposal.key, proposal.action, proposal.arguments))

    def _do(self, opened: OpenFlow, found: Walk, step: Do) -> Generator[Event, None, bool]:
        """Run what was confirmed, after a code where one is needed; false where somebody is waited for."""
        proposal, messages = opened.proposal, self.project.assistant.messages
        if proposal is None:
            raise ValueError(f"{opened.name}: expected a confirmed proposal before {step.id}, found none.")
        if self.performer.needs_code(proposal):
            if proposal.code_at is None:
                yield from self._send_code(opened)
            yield from self._emit(FlowMoved(opened.name, CODE))
            self.say(messages.code_ask)
            self.reply.kind, self.reply.reason = "ask", f"{opened.name} asks for a code"
            return False
        outcome = yield from self.performer.run(self, opened, found, step)
        self.looker.forget()
        return outcome

    def _end(self, found: Walk) -> Events:
        opened = self.flows[-1]
        made = self.performer.made
        if found.outcome == "empty":
            self.say(self.project.assistant.messages.flow_empty)
        outcome: FlowOutcome = "refused" if found.outcome == "empty" else found.outcome  # type: ignore[assignment]
        yield from self._close(outcome)
        self.reply.hands_off = self.reply.hands_off or outcome == "handed off"
        self.reply.reason = self.reply.reason or f"{opened.name} is {outcome}"
        below = self.top
        if below is None:
            return
        yield from self._come_back(below, opened, made)

    def _come_back(self, below: OpenFlow, ended: OpenFlow, made: Named | None) -> Events:
        """Go on with the flow below: what was called is behind it, and what was made fills its slot."""
        if ended.fills and made:
            yield from self._emit(FlowMoved(below.name, "", {ended.fills: made}))
        elif self._has_called(below, ended):
            yield from self._emit(FlowMoved(below.name, "", passed=(below.waits,)))
        elif flow := self.project.flows.get(below.name):
            self.say(self.project.assistant.messages.flow_back.replace("{flow}", flow.title))

    def _take_code(self, opened: OpenFlow, move: Move) -> Generator[Event, None, bool]:
        """Check a code, or send another; whether the flow can be led on."""
        messages = self.project.assistant.messages
        if move == "resend" and opened.proposal and opened.proposal.codes >= MOST_CODES:
            verdict = "spent"
        elif move == "resend":
            yield from self._send_code(opened)
            verdict = "resent"
        else:
            verdict = yield from self.performer.try_code(self, opened)
        if verdict == "right":
            return True
        if verdict == "spent":
            yield from self._close("refused")
            self.say(messages.code_spent)
            return True
        says = {"wrong": messages.code_wrong, "expired": messages.code_expired, "resent": messages.code_ask}
        self.say(says[verdict])
        self.has_led = True
        self.reply.kind, self.reply.reason = "ask", f"{opened.name} asks for a code, which was {verdict}"
        yield from self._emit(FlowMoved(opened.name, CODE))
        return False

    def _send_code(self, opened: OpenFlow) -> Events:
        if opened.proposal:
            self.performer.send_code(opened.proposal, self.project.flows[opened.name].title)
            yield from self._emit(CodeSent(opened.proposal.key))

    def _ask_what(self, opened: OpenFlow) -> None:
        """Ask what is wrong with a confirmation."""
        flow = self.project.flows[opened.name]
        self.say(self.project.assistant.messages.change_what)
        labels = [slot.label for name, slot in flow.slots.items() if name in opened.values]
        self.reply.choices = tuple(Choice(opened.name, label) for label in labels)
        self.reply.kind, self.reply.reason = "ask", f"{opened.name} is to be changed"

    def say_waiting(self, opened: OpenFlow) -> None:
        """Say that the bank has been asked, and has not answered yet."""
        messages = self.project.assistant.messages
        is_unknown = opened.proposal is not None and opened.proposal.is_unknown
        self.say(messages.action_unknown if is_unknown else messages.action_running)
        self.reply.reason = f"{opened.name} waits for the bank"

    def refuse(self) -> Events:
        """Close the topmost flow, as the bank refuses its action."""
        yield from self._close("refused")

    # Events, and the fold of them.

    def emit(self, event: Event) -> Events:
        """Yield an event, and take it into account."""
        yield from self._emit(event)

    def _emit(self, event: Event) -> Events:
        self.flows = fold_flows(self.flows, event, self.now)
        self.happened.append(event)
        yield event

    def open(self, name: str, text: str = "", slots: Sequence[Slot] = (), fills: str = "") -> Events:
        """Open a flow on top of the others."""
        yield from self._emit(FlowStarted(name, self.project.flows[name].digest, text, tuple(slots), fills))

    def _close(self, outcome: FlowOutcome) -> Events:
        """Close the topmost flow; what has called it cannot go on where it was not done."""
        ended = self.flows[-1]
        yield from self._emit(FlowEnded(ended.name, outcome))
        self.performer.drop(ended.values.values())
        if outcome != "done" and self.top and self._has_called(self.top, ended):
            yield from self._close(outcome)

    def _has_called(self, below: OpenFlow, ended: OpenFlow) -> bool:
        """Return whether a flow waits for another that it has called."""
        step = self._waiting_step(below)
        return isinstance(step, Call) and step.call == ended.name

    def _note(self, opened: OpenFlow, found: Walk) -> Events:
        """Record what a walk changed, and where it waits."""
        waits = found.at.id if found.at else ""
        given = {name: value for name, value in found.given.items() if name in found.values}
        forgotten = tuple(name for name in found.forgotten if name in opened.values)
        # A repeated question is recorded too, also after a message that gave nothing.
        if waits or given or forgotten or found.passed:
            yield from self._emit(FlowMoved(opened.name, waits, given, forgotten, tuple(found.passed)))

    def _walk(self, opened: OpenFlow) -> Walk:
        return walk(self.project.flows[opened.name], opened, self.looker.sight(opened))

    def _flow_that_makes(self, opened: OpenFlow) -> str:
        """Return the flow that makes what the customer is asked to choose; "" where none does."""
        step = self._waiting_step(opened)
        return (isinstance(step, Collect) and step.makes) or ""

    def _waiting_step(self, opened: OpenFlow | None) -> Step | None:
        """Return the step that an open flow waits at."""
        flow = self.project.flows.get(opened.name) if opened else None
        return flow.by_id.get(opened.waits) if opened and flow else None

    def say(self, text: str) -> None:
        """Add a paragraph to the reply."""
        self.reply.says.append(text.strip())
