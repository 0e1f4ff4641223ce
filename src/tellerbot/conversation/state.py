"""What a conversation remembers: a fold over its events, and nothing besides."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce

from tellerbot.conversation.event_values import Question
from tellerbot.conversation.events import (
    ActionDone,
    CaseClaimed,
    CaseClosed,
    CaseOpened,
    CaseReturned,
    CodeSent,
    DecisionMade,
    Event,
    FlowEnded,
    MessageReceived,
    MessageUnderstood,
    ReplySent,
)
from tellerbot.conversation.flows.open_flow import Flows, clear_asked, fold_flows
from tellerbot.conversation.sums import NO_FIGURES, ReplyFigures, read_reply
from tellerbot.types import Choice

# How many of the customer's messages are kept.
SAID = 3
# After a night a customer starts afresh: "yes" answers nothing that was asked yesterday.
REMEMBERED = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class State:
    """A conversation so far.

    `said` are the customer's last messages, masked. `questions` are those that were last answered, in order;
    `understood` what the last message was taken for, answered or not. `choices` are what the last reply offered.
    `refusals` counts the refusals so far, `misses` the messages in a row that got no answer. `reply` is the last reply.
    `reference` and `priority` are those of the last hand-off until its case is closed; `agent` is who has the
    conversation, "" the assistant.
    `figures` are those of the last reply that gave an amount, `earlier_figures` those of the one before it.
    `is_new`: no question of the last message has been answered yet. `flows` are those that are open, the topmost last,
    and `lapsed` the one that a long silence has closed. `done` is the reference of the action that the last turn ran.
    `has_codes`: a one-time code was sent. `at` is when the last message came.
    """

    said: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    understood: tuple[Question, ...] = ()
    choices: tuple[Choice, ...] = ()
    refusals: int = 0
    misses: int = 0
    reply: str = ""
    figures: ReplyFigures = NO_FIGURES
    earlier_figures: ReplyFigures = NO_FIGURES
    reference: str = ""
    priority: int = 0
    agent: str = ""
    is_new: bool = True
    flows: Flows = ()
    lapsed: str = ""
    done: str = ""
    has_codes: bool = False
    at: datetime | None = None

    @property
    def may_get_code(self) -> bool:
        """Whether six digits may be a one-time code: one was sent, and no flow asks for something else."""
        asks = bool(self.flows) and bool(self.flows[-1].waits) and not self.flows[-1].waits.startswith("#")
        return self.has_codes and not asks

    @property
    def last(self) -> Question | None:
        """The question that a follow-up follows."""
        return self.questions[-1] if self.questions else None

    @property
    def asked(self) -> Question | None:
        """The question that the last reply asked back about, or answered."""
        return self.understood[-1] if self.understood else self.last


def fold(events: Iterable[Event]) -> State:
    """Return the state after `events`, the oldest first."""
    return reduce(_after, events, State())


def wake(state: State, now: datetime | None) -> State:
    """Return the state for a message that comes `now`.

    After a long silence it remembers nothing but that a flow was open.
    """
    if now is None or state.at is None or now - state.at <= REMEMBERED:
        return replace(state, at=now or state.at)
    started = [flow for flow in state.flows if flow.is_acting]
    lapsed = state.flows[-1].name if state.flows and not started else ""
    # A case lasts until it is closed, and who has the conversation keeps it.
    case = State(reference=state.reference, priority=state.priority, agent=state.agent)
    return replace(case, flows=tuple(started), lapsed=lapsed, has_codes=state.has_codes, at=now)


def _after(state: State, event: Event) -> State:
    state = replace(state, flows=fold_flows(state.flows, event, state.at))
    match event:
        case MessageReceived():
            state = wake(state, event.at)
            return replace(state, said=(*state.said, event.text)[-SAID:], flows=clear_asked(state.flows), done="")
        case FlowEnded() | CodeSent() | ActionDone():
            return _after_flow(state, event)
        case CaseOpened() | CaseClaimed() | CaseReturned() | CaseClosed():
            return _after_case(state, event)
        case MessageUnderstood():
            asked = tuple(Question(part.text, part.intent, part.slots) for part in event.parts)
            return replace(state, understood=asked, choices=(), is_new=True)
        case DecisionMade():
            before = () if state.is_new else state.questions
            # What answers no question leaves the one before it open to follow-ups.
            answered = (*before, event.question) if event.question else state.questions
            return replace(
                state,
                questions=answered,
                is_new=state.is_new and not event.question,
                refusals=state.refusals + (event.kind == "refuse"),
                misses=state.misses + 1 if event.missed else 0,
            )
        case ReplySent():
            figures = read_reply(event.text, event.figures)
            if figures.amounts:
                state = replace(state, figures=figures, earlier_figures=state.figures)
            return replace(state, choices=event.choices, reply=event.text)
        case _:
            return state


def _after_flow(state: State, event: FlowEnded | CodeSent | ActionDone) -> State:
    match event:
        case FlowEnded():
            return replace(state, lapsed="")
        case CodeSent():
            return replace(state, has_codes=True)
        case ActionDone():
            return replace(state, done=event.reference)


def _after_case(state: State, event: CaseOpened | CaseClaimed | CaseReturned | CaseClosed) -> State:
    match event:
        case CaseOpened():
            return replace(state, reference=event.reference, priority=event.priority)
        case CaseClaimed():
            # Choices from before an agent came answer nothing that the agent wrote.
            return replace(state, agent=event.agent, choices=(), misses=0)
        case CaseReturned():
            return replace(state, agent="")
        case CaseClosed():
            # An older case that is closed leaves the more urgent one open.
            is_last = event.reference == state.reference
            return replace(state, agent="", **({"reference": "", "priority": 0} if is_last else {}))
