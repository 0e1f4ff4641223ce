"""Performing an action that was confirmed: the one-time code, the bank, its answer, and the receipt."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tellerbot.conversation.event_values import Block
from tellerbot.conversation.events import (
    ActionDone,
    ActionRefused,
    ActionStarted,
    ActionUnknown,
    CodeTried,
    Event,
    FlowMoved,
)
from tellerbot.conversation.flows.open_flow import OpenFlow, Proposal
from tellerbot.conversation.flows.values import argument_of
from tellerbot.conversation.flows.walk import Walk
from tellerbot.errors import RefusedError, UnavailableError
from tellerbot.project.defaults import default_refusals
from tellerbot.project.flow_schema import Do
from tellerbot.records.short_lived import ShortLived
from tellerbot.responses.template import MissingFactError
from tellerbot.types import Arguments, Bank, Customer, Fact, Named, Private, Receipt, Value

if TYPE_CHECKING:
    from tellerbot.assistant.conduct import Conductor

# What a flow waits at while a one-time code is asked for; no step can have this name.
CODE = "#code"
# So many codes are sent for one proposal.
MOST_CODES = 5
# A proposal that is older is shown again before its yes counts.
CONFIRM_WITHIN = timedelta(minutes=15)


@dataclass(slots=True)
class Performer:
    """The runner of a customer's actions at the bank. `code` is the one-time code in the message, "" for none.

    `made` is what the last action made.
    """

    bank: Bank
    principal: Customer
    short_lived: ShortLived
    today: date
    code: str = ""
    made: Named | None = None

    def is_fresh(self, proposal: Proposal, lines: tuple[tuple[str, str], ...], now: datetime) -> bool:
        """Return whether a proposal is what the customer reads now, and not too old."""
        return proposal.shown == lines and proposal.at is not None and now - proposal.at <= CONFIRM_WITHIN

    def needs_code(self, proposal: Proposal) -> bool:
        """Return whether a code has to be typed first."""
        return self.bank.actions()[proposal.action].second_factor and not proposal.is_proven

    def send_code(self, proposal: Proposal, purpose: str) -> None:
        """Send the customer a code that is good for this proposal alone."""
        self.bank.send_code(self.principal, self.short_lived.issue_code(proposal.key), purpose)

    def try_code(self, conductor: "Conductor", opened: OpenFlow) -> Generator[Event, None, str]:
        """Check the typed code; return the verdict."""
        if opened.proposal is None:
            return "expired"
        verdict = self.short_lived.try_code(opened.proposal.key, self.code)
        yield from conductor.emit(CodeTried(opened.proposal.key, verdict))
        return verdict

    def keep(self, private: tuple[str, str]) -> Private:
        """Keep a value that no event may hold; `private` is how it is shown, and the value."""
        shown, value = private
        return Private(shown, self.short_lived.keep(value))

    def drop(self, values: Iterable[Value]) -> None:
        """Keep private values no longer."""
        for value in values:
            if isinstance(value, Private):
                self.short_lived.drop(value.token)

    def run(self, conductor: "Conductor", opened: OpenFlow, found: Walk, step: Do) -> Generator[Event, None, bool]:
        """Ask the bank once to run the action, and say its outcome; return false where that is not known yet."""
        proposal = opened.proposal
        if proposal is None:
            raise ValueError(f"{opened.name}: expected a proposal to run, found none.")
        arguments = self._arguments(proposal.arguments)
        yield from conductor.emit(ActionStarted(proposal.key, proposal.action))
        try:
            receipt = self._act(proposal, arguments)
        except RefusedError as error:
            yield from self._refuse(conductor, opened, step, error)
            return True
        except UnavailableError:
            yield from conductor.emit(ActionUnknown(proposal.key, proposal.action))
            yield from conductor.emit(FlowMoved(opened.name, step.id))
            conductor.reply.says.append(conductor.project.assistant.messages.action_unknown)
            conductor.reply.reason = f"{proposal.action} has no outcome yet"
            return False
        self.made = receipt.made
        messages, facts = conductor.project.assistant.messages, {**found.facts, **receipt.facts}
        lines = (*receipt_lines(step, facts, conductor.looker.word), (messages.receipt_reference, receipt.reference))
        done = ActionDone(proposal.key, proposal.action, receipt.reference, lines, receipt.made)
        yield from conductor.emit(done)
        yield from conductor.emit(FlowMoved(opened.name, "", passed=(step.id,)))
        try:
            says = conductor.looker.word(step.receipt, facts)
        except MissingFactError:
            # It is done, and the reply says so, whatever the bank left out.
            says = messages.done_late
        conductor.reply.says.append("\n".join([says, *(f"- {label}: {value}" for label, value in lines)]))
        conductor.reply.cards.append(Block("receipt", says, lines))
        conductor.reply.kind, conductor.reply.reason = "act", f"{proposal.action} is done"
        return True

    def _act(self, proposal: Proposal, arguments: Arguments) -> Receipt:
        """Return the bank's receipt; where its answer is lost, ask for the outcome by the key."""
        try:
            return self.bank.act(proposal.action, self.principal, arguments, proposal.key, self.today)
        except UnavailableError:
            receipt = self.bank.outcome(self.principal, proposal.key)
        if receipt is None:
            raise RefusedError("not_possible")
        return receipt

    def _arguments(self, values: Mapping[str, Value]) -> dict[str, Any]:
        real = {name: self.short_lived.find(one.token) for name, one in values.items() if isinstance(one, Private)}
        return {**{name: argument_of(value) for name, value in values.items()}, **real}

    def _refuse(
        self, conductor: "Conductor", opened: OpenFlow, step: Do, error: RefusedError
    ) -> Generator[Event, None, None]:
        """Say why the bank does not do it, in the flow's words where it has some."""
        proposal = opened.proposal
        if proposal:
            yield from conductor.emit(ActionRefused(proposal.key, proposal.action, error.reason))
        wording = step.refused.get(error.reason, default_refusals()[error.reason])
        conductor.reply.says.append(conductor.looker.word(wording, dict(error.facts)))
        conductor.reply.kind, conductor.reply.reason = "answer", f"the bank refuses {step.do}: {error.reason}"
        yield from conductor.refuse()


def receipt_lines(
    step: Do, facts: Mapping[str, Fact], word: Callable[[str, Mapping[str, Fact]], str]
) -> Iterator[tuple[str, str]]:
    """Yield the lines of a receipt that there are facts for."""
    for label, text in step.lines.items():
        try:
            yield label, word(text, facts)
        except MissingFactError:
            continue
