"""Actions whose outcome was lost, with a server that died or a bank that did not answer: the bank is asked by key."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tellerbot.conversation.event_values import Block
from tellerbot.conversation.events import (
    ActionDone,
    ActionRefused,
    DecisionMade,
    Event,
    FlowEnded,
    FlowMoved,
    ReplySent,
    TurnMeasured,
)
from tellerbot.conversation.flows.open_flow import Flows
from tellerbot.conversation.state import fold
from tellerbot.errors import RefusedError, UnavailableError
from tellerbot.project.flow_schema import Do, End
from tellerbot.records.actions import PendingAction, find_pending
from tellerbot.records.claims import TurnTakenError
from tellerbot.records.store import StaleError
from tellerbot.responses.check import Draft, UntracedFigureError, check
from tellerbot.responses.template import MissingFactError, fill
from tellerbot.types import Customer, Receipt

if TYPE_CHECKING:
    from tellerbot.assistant.step import Parts

# How far back a conversation is read for what was confirmed.
READ = timedelta(days=30)


def settle(parts: "Parts", customer: Customer | None, conversation: str | None = None) -> None:
    """Find the outcome of abandoned actions, and record it; without `conversation` that of all.

    It ends the turn in which the bank was asked, or is a turn of its own where that has ended. Where the bank does not
    answer, it is asked again the next time. Raises UnavailableError when the records are away.
    """
    for pending in find_pending(parts.records.engine, conversation):
        if not pending.is_abandoned or (customer and pending.customer != customer.id):
            continue
        try:
            principal = customer or parts.bank.find(pending.customer)
            receipt = parts.bank.outcome(principal, pending.key) if principal else None
        except UnavailableError:
            continue
        if principal:
            _record(parts, pending, receipt)


def _record(parts: "Parts", pending: PendingAction, receipt: Receipt | None) -> None:
    history = parts.records.history(pending.conversation, pending.customer, datetime.now(UTC) - READ)
    events = [*_events(parts, pending, receipt, fold(history.events).flows), TurnMeasured(())]
    turn = pending.turn or secrets.token_hex(8)
    # Another server may be quicker, and the one that asked the bank is perhaps only slow: the first to end it counts.
    with suppress(StaleError, TurnTakenError):
        parts.records.append(pending.conversation, turn, pending.customer, events, history.last)


def _events(parts: "Parts", pending: PendingAction, receipt: Receipt | None, flows: Flows) -> Iterator[Event]:
    opened = next((flow for flow in flows if flow.proposal and flow.proposal.key == pending.key), None)
    flow = parts.project.flows.get(opened.name) if opened else None
    found = flow.by_id.get(opened.waits) if flow and opened else None
    step = found if isinstance(found, Do) and found.do == pending.action else None
    if receipt is None:
        yield DecisionMade("answer", f"{pending.action} was not done")
        yield ActionRefused(pending.key, pending.action, RefusedError("not_possible").reason)
        if opened:
            yield FlowEnded(opened.name, "refused")
        yield _plain(parts.project.assistant.messages.not_done)
        return
    yield DecisionMade("act", f"{pending.action} is done, as the bank says later")
    label = parts.project.assistant.messages.receipt_reference
    lines = (*_lines(step, receipt), (label, receipt.reference))
    yield ActionDone(pending.key, pending.action, receipt.reference, lines, receipt.made)
    if flow and opened and step:
        yield FlowMoved(opened.name, "", passed=(step.id,))
        following = flow.by_id.get(flow.after(step) or "", End(end="done"))
        # Where more is to come, the next message goes on with it.
        if isinstance(following, End) and flows == (opened,):
            yield FlowEnded(opened.name, following.end)
    yield _late_receipt(parts, step, receipt, lines)


def _lines(step: Do | None, receipt: Receipt) -> Iterator[tuple[str, str]]:
    """Yield the lines of a receipt that need only the bank's own facts."""
    for label, text in (step.lines if step else {}).items():
        try:
            yield label, fill(text, receipt.facts)[0]
        except MissingFactError:
            continue


def _late_receipt(parts: "Parts", step: Do | None, receipt: Receipt, lines: tuple[tuple[str, str], ...]) -> ReplySent:
    says = parts.project.assistant.messages.done_late
    if step:
        with suppress(MissingFactError):
            says = fill(step.receipt, receipt.facts)[0].strip()
    text = "\n".join([says, *(f"- {label}: {value}" for label, value in lines)])
    try:
        reply = check(Draft(text, tuple(receipt.facts.values())))
    except UntracedFigureError:
        return _plain(parts.project.assistant.messages.done_late)
    return ReplySent(reply.text, reply.figures, (), (Block("receipt", says, lines),))


def _plain(text: str) -> ReplySent:
    return ReplySent(text, blocks=(Block("text", text),))
