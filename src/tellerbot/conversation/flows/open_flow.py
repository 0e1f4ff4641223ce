"""The flows that are open in a conversation, as its events leave them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tellerbot.conversation.events import (
    ActionConfirmed,
    ActionDone,
    ActionProposed,
    ActionRefused,
    ActionStarted,
    ActionUnknown,
    CodeSent,
    CodeTried,
    Event,
    FlowEnded,
    FlowMoved,
    FlowStarted,
)
from tellerbot.types import Slot, Value


@dataclass(frozen=True, slots=True)
class Proposal:
    """An action that waits for its confirmation, its code or the bank; see ActionProposed.

    `at` is when it was proposed, `code_at` when its last code was sent, of `codes` in all. `is_proven`: the right code
    was typed. `is_started`: the bank has been asked. `is_unknown`: its answer is lost.
    """

    key: str
    action: str
    arguments: Mapping[str, Value]
    shown: tuple[tuple[str, str], ...] = ()
    at: datetime | None = None
    is_confirmed: bool = False
    codes: int = 0
    code_at: datetime | None = None
    is_proven: bool = False
    is_started: bool = False
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class OpenFlow:
    """A flow under way; see FlowStarted and FlowMoved.

    `is_asked`: the last reply asked what the step that it `waits` at asks; `asked` are all that it ever waited at.
    `has_acted`: an action of it is done.
    """

    name: str
    digest: str
    text: str = ""
    slots: tuple[Slot, ...] = ()
    fills: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    waits: str = ""
    is_asked: bool = False
    asked: tuple[str, ...] = ()
    proposal: Proposal | None = None
    has_acted: bool = False

    @property
    def is_acting(self) -> bool:
        """Whether the bank has been asked to act, and has not answered."""
        return self.proposal is not None and self.proposal.is_started


Flows = tuple[OpenFlow, ...]


def fold_flows(flows: Flows, event: Event, at: datetime | None) -> Flows:
    """Return the open flows after an event of a turn that began `at`; the topmost comes last."""
    match event:
        case FlowStarted():
            return (*flows, OpenFlow(event.flow, event.digest, event.text, event.slots, event.fills))
        case FlowEnded() | FlowMoved():
            # An action may end after another flow was opened on top of its own.
            place = next((place for place in reversed(range(len(flows))) if flows[place].name == event.flow), None)
            if place is None:
                return flows
            changed = (_move(flows[place], event),) if isinstance(event, FlowMoved) else ()
            return (*flows[:place], *changed, *flows[place + 1 :])
        case ActionProposed() if flows:
            proposal = Proposal(event.key, event.action, event.arguments, event.shown, at)
            # Another tab may have opened a flow on top of the one that asks.
            place = next((place for place in reversed(range(len(flows))) if flows[place].is_asked), len(flows) - 1)
            return (*flows[:place], replace(flows[place], proposal=proposal), *flows[place + 1 :])
        case (
            ActionConfirmed()
            | CodeSent()
            | CodeTried()
            | ActionStarted()
            | ActionUnknown()
            | ActionDone()
            | (ActionRefused())
        ):
            return tuple(
                replace(
                    flow,
                    proposal=_after(flow.proposal, event, at),
                    has_acted=flow.has_acted or isinstance(event, ActionDone),
                )
                if flow.proposal and flow.proposal.key == event.key
                else flow
                for flow in flows
            )
        case _:
            return flows


def clear_asked(flows: Flows) -> Flows:
    """Return the open flows when a new message has come."""
    return tuple(replace(flow, is_asked=False) for flow in flows)


def _move(flow: OpenFlow, event: FlowMoved) -> OpenFlow:
    values = {name: value for name, value in flow.values.items() if name not in event.forgotten}
    # A value that has changed makes another proposal necessary.
    is_same = not event.given and not event.forgotten
    return replace(
        flow,
        values={**values, **event.given},
        passed=(*flow.passed, *event.passed),
        waits=event.waits,
        is_asked=bool(event.waits),
        asked=(*flow.asked, event.waits) if event.waits and event.waits not in flow.asked else flow.asked,
        proposal=flow.proposal if is_same or (flow.proposal and flow.proposal.is_started) else None,
    )


def _after(proposal: Proposal, event: Event, at: datetime | None) -> Proposal | None:
    match event:
        case ActionConfirmed():
            return replace(proposal, is_confirmed=True)
        case CodeSent():
            return replace(proposal, codes=proposal.codes + 1, code_at=at)
        case CodeTried(verdict="right"):
            return replace(proposal, is_proven=True)
        case CodeTried(verdict="expired" | "spent"):
            return replace(proposal, code_at=None)
        case ActionStarted():
            return replace(proposal, is_started=True)
        case ActionUnknown():
            return replace(proposal, is_unknown=True)
        case ActionDone() | ActionRefused():
            return None
        case _:
            return proposal
