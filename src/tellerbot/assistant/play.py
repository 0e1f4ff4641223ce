"""Plays a project's conversation tests against a release, each in a conversation of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from tellerbot.assistant.expect import Difference, compare
from tellerbot.assistant.load import Assistant, new_conversation
from tellerbot.assistant.message import clean
from tellerbot.assistant.step import Parts
from tellerbot.assistant.understand import Reader
from tellerbot.conversation.decide import Decision, Rules
from tellerbot.conversation.events import DecisionMade, Event
from tellerbot.conversation.state import fold
from tellerbot.errors import DataError
from tellerbot.project.load import Project
from tellerbot.project.schema import Answer, ConversationTest
from tellerbot.types import Customer


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
        return not self.differences


@dataclass(slots=True)
class Coverage:
    """Which of a project's intents and answers its tests met; a case of a reply is an answer of its own."""

    project: Project
    _answers: set[int] = field(default_factory=set)

    def add(self, decisions: Sequence[Decision], made: Sequence[DecisionMade]) -> None:
        """Count what was decided; a decision that turned out otherwise, as a hand-off may, met no answer."""
        for decision, each in zip(decisions, made, strict=True):
            if decision.answer and (decision.kind, decision.reason) == (each.kind, each.reason):
                self._answers.add(id(decision.answer))

    def intents(self) -> dict[str, bool]:
        """Each intent, and whether one of its answers was given."""
        return {
            name: any(id(answer) in self._answers for answer in reply.answers())
            for name, reply in self.project.responses.items()
        }

    def answers(self) -> dict[str, bool]:
        """Each answer of responses.yaml by a name, "wire_fees, case 2", and whether it was given."""
        replies = {**self.project.responses, **self.project.acts}
        return {
            _name(intent, number, answer, reply): id(answer) in self._answers
            for intent, reply in replies.items()
            for number, answer in enumerate(reply.answers(), 1)
        }


def _name(intent: str, number: int, answer: Answer, reply: Answer) -> str:
    return intent if answer is reply else f"{intent}, case {number}"


def play(assistant: Assistant, coverage: Coverage) -> Iterator[PlayedTurn]:
    """Play every test of the assistant's project, and note in `coverage` what they meet.

    Raises DataError for a test of a customer whom the bank does not know, or with a message that is none.
    """
    customers: dict[str, Customer] = {}
    for place, test in assistant.parts.project.tests:
        for asked in test.all_turns():
            _check_message(place, asked.say)
        if test.customer and test.customer not in customers:
            known = assistant.parts.bank.find_user(test.customer)
            if known is None:
                raise DataError(f"{place}: Expected a user name that the bank knows, found {test.customer!r}.")
            customers[test.customer] = known
    for place, test in assistant.parts.project.tests:
        yield from _play_test(assistant, place, test, customers.get(test.customer or ""), coverage)


def _check_message(place: str, text: str) -> None:
    try:
        clean(text)
    except DataError as error:
        raise DataError(f"{place}: {error}") from error


def _play_test(
    assistant: Assistant, place: str, test: ConversationTest, customer: Customer | None, coverage: Coverage
) -> Iterator[PlayedTurn]:
    conversation, parts = new_conversation(), assistant.parts
    before: tuple[Event, ...] = ()
    for number, asked in enumerate(test.all_turns(), 1):
        decisions = _decide(parts, before, asked.say, customer)
        turn = assistant.reply(asked.say, customer, conversation)
        events = parts.records.events(conversation, customer.id if customer else None)
        new, before = events[len(before) :], events
        coverage.add(decisions, [event for event in new if isinstance(event, DecisionMade)])
        differences = tuple(compare(asked.expect, turn, new))
        yield PlayedTurn(place, number, test.customer, asked.say, turn.reply, turn.kind, turn.intents, differences)


def _decide(parts: Parts, before: Sequence[Event], text: str, customer: Customer | None) -> list[Decision]:
    """What a step decides, which holds the answers that its events only word."""
    rules = Rules(parts.project, parts.bank.queries(), customer)
    state, names = fold(before), parts.bank.names(customer)
    masked = parts.mask(clean(text)).text
    reader = Reader(parts.understand, parts.hear, parts.project, rules.queries)
    readings, acts = reader.read(masked, state, names, date.today())
    return rules.decide(readings, acts, state, masked)
