"""Actions whose outcome was lost, with a server that died or a bank that did not answer: the bank is asked by key."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tellerbot.assistant.perform import receipt_lines
from tellerbot.conversation.events import (
    ActionConfirmed,
    ActionDone,
    ActionRefused,
    Block,
    Event,
    FlowEnded,
    FlowMoved,
    ReplySent,
    TurnMeasured,
)
from tellerbot.conversation.flows.open_flow import Flows, OpenFlow
from tellerbot.conversation.state import fold
from tellerbot.errors import RefusedError, UnavailableError
from tellerbot.project.flow_check import following
from tellerbot.project.flow_schema import Call, Do, End, Flow
from tellerbot.records.actions import PendingAction, find_pending
from tellerbot.records.store import StaleError
from tellerbot.responses.check import Draft, UntracedFigureError, check
from tellerbot.responses.template import MissingFactError, fill
from tellerbot.types import Customer, Fact, Receipt

if TYPE_CHECKING:
    from tellerbot.assistant.step import Parts

# How far back a conversation is read for what was confirmed.
READ = timedelta(days=30)


def settle(parts: "Parts", customer: Customer | None, conversation: str | None = None) -> None:
    """Find out what became of abandoned actions, and record it as turns of their own; without `conversation` of all.

    What the bank does not tell now is asked again the next time. Raises UnavailableError when the records are away.
    """
    for pending in find_pending(parts.records.engine, conversation):
        if not pending.is_abandoned or (customer and pending.customer != customer.id):
            continue
        principal = customer or parts.bank.find(pending.customer)
        if principal is None:
            continue
        try:
            receipt = parts.bank.outcome(principal, pending.key)
        except UnavailableError:
            continue
        _record(parts, pending, receipt)


def _record(parts: "Parts", pending: PendingAction, receipt: Receipt | None) -> None:
    history = parts.records.history(pending.conversation, pending.customer, datetime.now(UTC) - READ)
    flows = fold(history.events).flows
    opened = next((flow for flow in flows if flow.proposal and flow.proposal.key == pending.key), None)
    events = [*_events(parts, pending, receipt, flows, opened), TurnMeasured(())]
    try:
        parts.records.append(pending.conversation, secrets.token_hex(8), pending.customer, events, history.last)
    except StaleError:
        # Another server was quicker.
        return


def _events(
    parts: "Parts", pending: PendingAction, receipt: Receipt | None, flows: Flows, opened: OpenFlow | None
) -> Iterator[Event]:
    proposal = opened.proposal if opened else None
    flow = parts.project.flows.get(opened.name) if opened else None
    step = _find_step(flow, opened.waits, pending.action) if opened and flow else None
    if proposal and not proposal.is_confirmed:
        # The turn in which it was said did not end.
        yield ActionConfirmed(proposal.key, proposal.action, proposal.arguments)
    if receipt is None:
        yield ActionRefused(pending.key, pending.action, RefusedError("not_possible").reason)
        if opened:
            yield from _ended(parts, flows, opened)
        yield ReplySent(parts.project.assistant.messages.not_done)
        return
    label = parts.project.assistant.messages.receipt_reference
    lines = (*(receipt_lines(step, receipt.facts, _fill) if step else ()), (label, receipt.reference))
    yield ActionDone(pending.key, pending.action, receipt.reference, lines, receipt.made)
    if opened and step:
        yield FlowMoved(opened.name, "", passed=(step.id,))
    if opened and len(flows) == 1 and (flow is None or step is None or _is_last(flow, step)):
        yield FlowEnded(opened.name, "done" if step else "changed")
    yield _told(parts, step, receipt, lines)


def _find_step(flow: Flow, waits: str, action: str) -> Do | None:
    """The step that runs an action: the first on the way from the one that the flow waits at."""
    ahead, seen = [waits if waits in flow.by_id else flow.steps[0].id], set[str]()
    while ahead:
        name = ahead.pop(0)
        if name and name not in seen:
            seen.add(name)
            step = flow.by_id[name]
            if isinstance(step, Do) and step.do == action:
                return step
            ahead += following(flow, step)
    return None


def _is_last(flow: Flow, step: Do) -> bool:
    """Whether nothing but the end comes after a step."""
    after = flow.after(step)
    return after is None or isinstance(flow.by_id[after], End)


def _ended(parts: "Parts", flows: Flows, opened: OpenFlow) -> Iterator[FlowEnded]:
    """A flow whose action was not done, and those that have called it."""
    yield FlowEnded(opened.name, "refused")
    for below in reversed(flows[: flows.index(opened)]):
        flow = parts.project.flows.get(below.name)
        step = flow.by_id.get(below.waits) if flow else None
        if not (isinstance(step, Call) and step.call == opened.name):
            return
        opened = below
        yield FlowEnded(opened.name, "refused")


def _fill(text: str, facts: Mapping[str, Fact]) -> str:
    return fill(text, facts)[0].strip()


def _told(parts: "Parts", step: Do | None, receipt: Receipt, lines: tuple[tuple[str, str], ...]) -> ReplySent:
    says = parts.project.assistant.messages.done_late
    if step:
        with suppress(MissingFactError):
            says = _fill(step.receipt, receipt.facts)
    text = "\n".join([says, *(f"- {label}: {value}" for label, value in lines)])
    try:
        reply = check(Draft(text, tuple(receipt.facts.values())))
    except UntracedFigureError:
        return ReplySent(parts.project.assistant.messages.done_late)
    return ReplySent(reply.text, reply.figures, (), (Block("receipt", says, lines),))
