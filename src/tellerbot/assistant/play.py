"""A project's conversation tests, played against a release, each in a conversation of its own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from tellerbot.assistant.expect import Difference, compare
from tellerbot.assistant.load import Assistant, new_conversation
from tellerbot.assistant.message import clean
from tellerbot.assistant.sandbox import Sandbox
from tellerbot.assistant.step import Parts
from tellerbot.bank.demo import DemoBank
from tellerbot.conversation.decide import name_answer
from tellerbot.conversation.events import ActionDone, DecisionMade, Event, FlowMoved, FlowStarted
from tellerbot.conversation.state import fold
from tellerbot.errors import ConfigError, DataError
from tellerbot.project.conversation_tests import ConversationTest, TurnTest
from tellerbot.project.flow_schema import Call, Collect, Confirm, Do, Say
from tellerbot.project.load import Project
from tellerbot.project.schema import Answer, Response
from tellerbot.types import Bank, Customer

# What a test types for a one-time code.
_CODE = "{code}"


@dataclass(frozen=True, slots=True)
class PlayedTurn:
    """One turn of a test: `place` is the test's file and line, `number` counts its turns from 1."""

    place: str
    number: int
    customer: str | None
    say: str
    reply: str
    kind: str
    intents: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether the turn was as its test expects."""
        return not self.differences


@dataclass(slots=True)
class Coverage:
    """Which of a project's intents, answers, flows, steps and actions its tests met; a case is an answer of its own."""

    project: Project
    _met: set[str] = field(default_factory=set)

    def add(self, events: Sequence[Event]) -> None:
        """Count what a turn decided, and what its flows did."""
        for event in events:
            match event:
                case DecisionMade():
                    self._met.add(event.answer)
                case FlowStarted():
                    self._met.add(f"flow {event.flow}")
                case FlowMoved():
                    self._met |= {f"{event.flow}, {step}" for step in (event.waits, *event.passed)}
                case ActionDone():
                    self._met.add(f"action {event.action}")
                case _:
                    pass

    def intents(self) -> dict[str, bool]:
        """Return each intent, and whether one of its answers was given."""
        return {
            name: any(answer in self._met for answer in _answers(name, reply)) or self._starts_met(reply)
            for name, reply in self.project.responses.items()
        }

    def answers(self) -> dict[str, bool]:
        """Return each answer of responses.yaml by a name, "wire_fees, case 2", and whether it was given."""
        replies = {**self.project.responses, **self.project.acts}
        return {
            name: name in self._met
            for intent, reply in replies.items()
            for name, answer in _answers(intent, reply).items()
            if not answer.flow
        }

    def flows(self) -> dict[str, bool]:
        """Return each flow, and whether it was started."""
        return {name: f"flow {name}" in self._met for name in self.project.flows}

    def steps(self) -> dict[str, bool]:
        """Return each step of a flow that asks, says or does something, and whether it was met."""
        return {
            f"{name}, {step.id}": f"{name}, {step.id}" in self._met
            for name, flow in self.project.flows.items()
            for step in flow.steps
            if isinstance(step, Collect | Say | Confirm | Do | Call)
        }

    def actions(self) -> dict[str, bool]:
        """Return each action that a flow runs, and whether it was done."""
        names = {action for flow in self.project.flows.values() for action in flow.actions()}
        return {name: f"action {name}" in self._met for name in sorted(names)}

    def _starts_met(self, reply: Response) -> bool:
        return any(f"flow {answer.flow}" in self._met for answer in reply.answers() if answer.flow)


def _answers(intent: str, reply: Response) -> dict[str, Answer]:
    """Return an intent's answers by their names."""
    return {name_answer(intent, number, one is reply): one for number, one in enumerate(reply.answers(), 1)}


def play(assistant: Assistant, coverage: Coverage, sandbox: Sandbox) -> Iterator[PlayedTurn]:
    """Play every test of the assistant's project at a bank of the sandbox, and note in `coverage` what they meet.

    Raises DataError for a test of a customer whom the bank does not know, or with a message that is none; ConfigError
    for one that acts where tests may not.
    """
    customers: dict[str, Customer] = {}
    for place, test in assistant.parts.project.tests:
        for asked in test.all_turns():
            _check_message(place, asked.say)
            _check_acts(place, asked, sandbox)
        if test.customer and test.customer not in customers:
            known = assistant.parts.bank.find_user(test.customer)
            if known is None:
                raise DataError(f"{place}: Expected a user name that the bank knows, found {test.customer!r}.")
            customers[test.customer] = known if sandbox.can_act else replace(known, scopes=frozenset())
    for place, test in assistant.parts.project.tests:
        day = test.today or assistant.parts.project.assistant.tests_today or date.today()
        with sandbox.open(day) as bank:
            own = Assistant(assistant.manifest, _on_day(assistant.parts, bank, day))
            yield from _play_test(own, place, test, customers.get(test.customer or ""), coverage)


def _on_day(parts: Parts, bank: Bank, day: date) -> Parts:
    """Return the parts for a conversation on a day, at a bank of its own."""
    return replace(parts, bank=bank, find_today=lambda: day)


def _check_message(place: str, text: str) -> None:
    try:
        clean(text)
    except DataError as error:
        raise DataError(f"{place}: {error}") from error


def _check_acts(place: str, asked: TurnTest, sandbox: Sandbox) -> None:
    if asked.expect.did and not sandbox.can_act:
        raise ConfigError(
            f"{place}: expected a bank to act at, found one that is no sandbox. Name one with TELLERBOT_BANK__URL, and "
            "give --sandbox."
        )


def _play_test(
    assistant: Assistant, place: str, test: ConversationTest, customer: Customer | None, coverage: Coverage
) -> Iterator[PlayedTurn]:
    conversation, parts = new_conversation(), assistant.parts
    before: tuple[Event, ...] = ()
    for number, asked in enumerate(test.all_turns(), 1):
        turn = assistant.reply(_fill_code(asked.say, parts.bank, customer), customer, conversation)
        events = parts.records.events(conversation, customer.id if customer else None)
        new, before = events[len(before) :], events
        coverage.add(new)
        differences = tuple(compare(asked.expect, turn, new, fold(events).flows))
        yield PlayedTurn(place, number, test.customer, asked.say, turn.reply, turn.kind, turn.intents, differences)


def _fill_code(text: str, bank: Bank, customer: Customer | None) -> str:
    """Return what a test types, with the newest one-time code that the demo bank has sent."""
    if _CODE not in text or customer is None or not isinstance(bank, DemoBank):
        return text
    messages = bank.messages(customer.id)
    codes = re.findall(r"\b\d{6}\b", messages[0].text) if messages else []
    return text.replace(_CODE, codes[-1]) if codes else text
