"""Whole turns that act at the demo bank: what is asked, confirmed and done, and what is never done."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import inspect, select, text, update

import tellerbot
from shared import copy_home
from tellerbot.assistant.load import Assistant, new_conversation
from tellerbot.assistant.settle import settle
from tellerbot.assistant.turn import take_turn
from tellerbot.bank.demo import DemoBank
from tellerbot.bank.demo_schema import accounts, bank_actions
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
    FlowStarted,
    MessageReceived,
)
from tellerbot.conversation.turns import TurnView, view
from tellerbot.errors import UnavailableError
from tellerbot.figures import find_figures
from tellerbot.records.actions import find_pending
from tellerbot.records.claims import TurnTakenError
from tellerbot.records.tables import actions
from tellerbot.records.verify import verify
from tellerbot.settings import Settings
from tellerbot.types import Arguments, Customer, Receipt

ADA = Customer("CUST-1", "Ada Okafor")
CHECKING, SAVINGS = "ACC-1001", "ACC-1002"
TRANSFER = ("make a transfer", "checking", "200")
YES = "Yes, do it"
EventT = TypeVar("EventT", bound=Event)


class OddBank(DemoBank):
    """The demo bank behind a bad line: its answers get lost, or what has to come between comes between."""

    hears = answers = True
    meanwhile: Callable[[], Any] | None = None

    def act(self, name: str, principal: Customer, arguments: Arguments, key: str, today: Any) -> Receipt:
        receipt = super().act(name, principal, arguments, key, today) if self.hears else None
        if self.meanwhile:
            self.meanwhile()
        if receipt is None or not self.answers:
            raise UnavailableError("The answer is lost.")
        return receipt

    def outcome(self, principal: Customer, key: str) -> Receipt | None:
        if not self.answers:
            raise UnavailableError("The answer is lost.")
        return super().outcome(principal, key)


class Killed(BaseException):
    """What ends a turn like a server that dies."""


@dataclass
class Talk:
    """A conversation of Ada's, and what it left at the bank."""

    assistant: Assistant
    conversation: str = field(default_factory=new_conversation)
    before: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = self.balances()

    @property
    def bank(self) -> OddBank:
        bank = self.assistant.parts.bank
        assert isinstance(bank, OddBank)
        return bank

    def say(self, *texts: str) -> TurnView:
        """The turn of the last of these messages."""
        *_, last = [self.assistant.reply(text, ADA, self.conversation) for text in texts]
        return last

    def code(self) -> str:
        return self.bank.messages(ADA.id)[0].text.split(": ")[-1]

    def events(self, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.happened() if isinstance(event, kind)]

    def happened(self) -> tuple[Event, ...]:
        return self.assistant.parts.records.events(self.conversation, ADA.id)

    def kinds(self) -> list[str]:
        """The kinds of the events of flows and actions, in order."""
        kinds = [type(event).__name__ for event in self.happened()]
        return [kind for kind in kinds if kind.startswith(("Flow", "Action", "Code"))]

    def moved(self) -> dict[str, Decimal]:
        """What the conversation changed in each account."""
        changed = {account: amount - self.before[account] for account, amount in self.balances().items()}
        return {account: amount for account, amount in changed.items() if amount}

    def balances(self) -> dict[str, Decimal]:
        with self.bank.engine.connect() as connection:
            rows = connection.execute(select(accounts.c.id, accounts.c.available))
            return {row.id: row.available for row in rows}

    def done(self, key: str) -> bool:
        with self.bank.engine.connect() as connection:
            row = connection.execute(select(bank_actions).where(bank_actions.c.key == key)).first()
        return row is not None and row.status == "done"

    def abandon(self) -> None:
        """Let the time go by that a server has for an action."""
        with self.assistant.parts.records.engine.begin() as connection:
            connection.execute(update(actions).values(until=datetime(2026, 1, 1, tzinfo=UTC)))


def open_assistant(home: Path) -> Assistant:
    assistant = tellerbot.load("production", Settings(home=home))
    bank = OddBank(f"sqlite:///{home / 'var' / 'bank.db'}")
    return Assistant(assistant.manifest, replace(assistant.parts, bank=bank))


@pytest.fixture(scope="module")
def assistant(flow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return open_assistant(copy_home(flow_home, tmp_path_factory.mktemp("talks")))


@pytest.fixture
def talk(assistant: Assistant) -> Iterator[Talk]:
    talk = Talk(assistant)
    yield talk
    talk.bank.hears = talk.bank.answers = True
    talk.bank.meanwhile = None
    talk.abandon()
    settle(assistant.parts, None)
    assert find_pending(assistant.parts.records.engine) == []
    assert verify(assistant.parts.records.engine).faults == ()


def is_traced(turn: TurnView) -> bool:
    """Whether every figure of the reply has a source."""
    traced = {item.figure for item in turn.figures}
    return {figure.text for figure in find_figures(turn.reply)} <= traced


def test_a_transfer_is_collected_confirmed_and_done(talk: Talk) -> None:
    asked = talk.say("make a transfer")
    assert asked.kind == "ask" and asked.blocks[-1].kind == "choice"
    assert [choice.title for choice in asked.choices] == [
        "Everyday Checking ending in 4821",
        "Steady Savings ending in 7730",
    ]
    # Of the two accounts only one is left to receive it.
    assert talk.say("the first one").reply == "How much shall I move?"
    confirmation = talk.say("$200")
    assert confirmation.kind == "confirm" and is_traced(confirmation) and talk.moved() == {}
    assert [choice.title for choice in confirmation.choices] == [YES, "Change something", "No, leave it"]
    card = next(block for block in confirmation.blocks if block.kind == "confirmation")
    (proposed,) = talk.events(ActionProposed)
    assert card.text == "Shall I move this now?" and card.rows == proposed.shown == (
        ("From", "Everyday Checking ending in 4821"),
        ("To", "Steady Savings ending in 7730"),
        ("Amount", "$200.00"),
    )  # fmt: skip
    sources = {item.figure: item.source for item in confirmation.figures}
    assert sources["4821"].ref == f"accounts/{CHECKING}/last4" and sources["$200.00"].kind == "message"

    receipt = talk.say(YES)
    assert receipt.kind == "act" and is_traced(receipt)
    assert talk.moved() == {CHECKING: Decimal("-200.00"), SAVINGS: Decimal("200.00")}
    (done,) = talk.events(ActionDone)
    left = f"Everyday Checking (${talk.balances()[CHECKING]:,.2f} available now)"
    rows = (("Amount", "$200.00"), ("From", left), ("To", "Steady Savings"), ("Reference", done.reference))
    assert receipt.blocks[0].kind == "receipt" and receipt.blocks[0].rows == done.shown == rows
    kinds = {item.figure: item.source.kind for item in receipt.figures}
    assert kinds == {"$200.00": "bank", f"${talk.balances()[CHECKING]:,.2f}": "bank"}
    assert talk.kinds() == [
        *("FlowStarted", "FlowMoved", "FlowMoved", "FlowMoved", "FlowMoved", "FlowMoved", "FlowMoved"),
        *("ActionProposed", "ActionConfirmed", "FlowMoved", "ActionStarted", "ActionDone", "FlowMoved"),
        "FlowEnded",
    ]
    (confirmed,) = talk.events(ActionConfirmed)
    assert confirmed.key == proposed.key == done.key and confirmed.arguments == proposed.arguments
    assert talk.done(done.key) and talk.events(FlowEnded)[0].outcome == "done"


def test_all_that_is_said_at_once_is_not_asked_for(talk: Talk) -> None:
    turn = talk.say("how to transfer 200 from checking to savings")
    assert turn.kind == "confirm" and ("Amount", "$200.00") in turn.blocks[0].rows
    assert talk.say(YES).kind == "act" and talk.moved() == {CHECKING: Decimal("-200.00"), SAVINGS: Decimal("200.00")}


def test_what_is_corrected_is_confirmed_anew(talk: Talk) -> None:
    talk.say(*TRANSFER)
    assert ("Amount", "$250.00") in talk.say("no, 250").blocks[0].rows
    turned = talk.say("from savings to checking")
    assert turned.blocks[0].rows[0] == ("From", "Steady Savings ending in 7730")
    assert [choice.title for choice in talk.say("Change something").choices] == ["From", "To", "Amount"]
    assert talk.say("Amount").reply == "How much shall I move?"
    assert ("Amount", "$12.50") in talk.say("12.50").blocks[0].rows
    assert talk.say(YES).kind == "act"
    assert talk.moved() == {SAVINGS: Decimal("-12.50"), CHECKING: Decimal("12.50")}
    keys = [event.key for event in talk.events(ActionProposed)]
    assert len({*keys}) == 4 and [talk.done(key) for key in keys] == [False, False, False, True]


def test_a_place_among_the_choices_is_no_amount_and_an_amount_no_yes(talk: Talk) -> None:
    assert talk.say("make a transfer", "1").reply == "How much shall I move?"
    assert ("Amount", "$2.00") in talk.say("2").blocks[0].rows
    # Neither the first choice, which is the yes, nor the amount that is there already.
    assert ("Amount", "$1.00") in talk.say("1").blocks[0].rows
    assert talk.say("1").kind == "confirm" and talk.moved() == {}
    # What takes no amount has no other use for a number.
    assert Talk(talk.assistant).say("i have a lost card", "2", "3").reason == "freeze is cancelled"


@pytest.mark.parametrize("said", [(), ("checking",), ("checking", "200")])
@pytest.mark.parametrize("leave", ["cancel", "never mind"])
def test_a_flow_is_left_wherever_it_is(talk: Talk, said: tuple[str, ...], leave: str) -> None:
    turn = talk.say("make a transfer", *said, leave)
    assert turn.reply == "All right, we'll leave it at that; nothing was changed." and turn.choices == ()
    assert [event.outcome for event in talk.events(FlowEnded)] == ["cancelled"]
    talk.say(YES)
    assert talk.moved() == {} and talk.events(ActionStarted) == []


def test_a_question_in_between_is_answered_and_the_flow_goes_on(talk: Talk) -> None:
    turn = talk.say("make a transfer", "what is my balance")
    assert "available" in turn.reply and turn.reply.endswith("Which account shall the money come from?")
    assert turn.choices[0].title == "Everyday Checking ending in 4821"
    asked = talk.say("checking", "200", "what is the atm fee")
    assert asked.reply.startswith("Withdrawals at our own network") and asked.blocks[-2].kind == "confirmation"
    assert talk.say(YES).kind == "act" and talk.moved()[SAVINGS] == Decimal("200.00")


def test_what_was_asked_before_a_question_is_answered_after_it(talk: Talk) -> None:
    # A place among the choices answers nothing else.
    assert talk.say("make a transfer", "what is my balance", "2").reply == "How much shall I move?"
    assert ("From", "Steady Savings ending in 7730") in talk.say("200").blocks[0].rows


def test_an_amount_that_is_not_there_is_asked_for_again(talk: Talk) -> None:
    there = f"${talk.before[CHECKING]:,.2f}"
    turn = talk.say("make a transfer", "checking", "99999")
    assert turn.reply == f"You have {there} available there. How much shall I move?" and is_traced(turn)
    assert talk.say("5 euros").reply.startswith("I can only do this in US dollars")
    assert talk.say("20").kind == "confirm"


def test_a_payment_needs_its_code_which_is_kept_nowhere(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert talk.say("start my transfer", "Tunde", "1", "20").kind == "confirm"
    asked = talk.say(YES)
    assert "one-time code" in asked.reply and talk.moved() == {}
    code = talk.code()
    assert talk.say("000000" if code != "000000" else "000001").reason == "pay asks for a code, which was wrong"
    receipt = talk.say(f"it's {code[:3]} {code[3:]}, thanks")
    assert receipt.kind == "act" and talk.moved() == {CHECKING: Decimal("-20.00")}
    assert receipt.message == "it's [one-time code], thanks" and receipt.masked == ("one-time code",)
    assert [event.verdict for event in talk.events(CodeTried)] == ["wrong", "right"]
    assert len(talk.events(CodeSent)) == 1
    # It is good once.
    assert talk.say(code).reply == "Nothing is waiting for a code right now."
    assert talk.events(MessageReceived)[-1].text == "[one-time code]"
    engine = talk.assistant.parts.records.engine
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        kept = "\n".join(str(row) for name in tables for row in connection.execute(text(f'SELECT * FROM "{name}"')))
    assert "one-time code" in kept and len(tables) > 8
    for written in (kept, caplog.text):
        assert not re.search(rf"(?<!\w){code[:3]} ?{code[3:]}(?!\w)", written)


def test_five_wrong_codes_end_it(talk: Talk) -> None:
    talk.say("start my transfer", "Tunde", "1", "20", YES)
    wrong = str((int(talk.code()) + 1) % 10**6).zfill(6)
    said = [talk.say(wrong).reply for _ in range(5)]
    assert all(reply.startswith("That code isn't right") for reply in said[:4]) and "too many tries" in said[4]
    assert [event.verdict for event in talk.events(CodeTried)] == [*["wrong"] * 4, "spent"]
    assert talk.say(talk.code()).reply == "Nothing is waiting for a code right now."
    assert talk.moved() == {} and talk.events(ActionStarted) == [] and talk.events(FlowEnded)[0].outcome == "refused"


def test_a_refusal_of_the_bank_is_told_in_the_flows_words(talk: Talk) -> None:
    talk.say("start my transfer", "Tunde", "1", "4000", YES)
    turn = talk.say(talk.code())
    assert turn.reply == "There is not that much in your Everyday Checking, so nothing was sent."
    assert talk.moved() == {} and talk.events(ActionRefused)[0].reason == "insufficient"
    assert talk.events(FlowEnded)[0].outcome == "refused"


@pytest.mark.parametrize("said", [(), TRANSFER])
def test_while_the_bank_is_away_a_person_takes_over(own_flow_home: Path, said: tuple[str, ...]) -> None:
    talk = Talk(open_assistant(own_flow_home))
    if said:
        talk.say(*said)
    talk.bank.engine.dispose()
    (own_flow_home / "var" / "bank.db").rename(own_flow_home / "away.db")
    turn = talk.say(YES if said else "make a transfer")
    assert turn.kind == "hand off" and turn.reference and "$" not in turn.reply
    assert talk.events(ActionStarted) == [] and [one.outcome for one in talk.events(FlowEnded)] == ["handed off"]


@pytest.mark.parametrize(
    "text",
    ["maybe", "hmm", "what is my balance", "yes but tomorrow", "not yet", "is that ok?", "the 2nd of may", "3000"],
)
def test_nothing_is_done_without_a_yes(talk: Talk, text: str) -> None:
    talk.say(*TRANSFER)
    talk.say(text)
    assert talk.moved() == {} and talk.events(ActionConfirmed) == [] == talk.events(ActionStarted)


def test_a_yes_that_comes_twice_does_it_once(talk: Talk) -> None:
    talk.say(*TRANSFER, YES)
    assert talk.say(YES).reply == "That is done already; your receipt is above."
    assert talk.moved() == {CHECKING: Decimal("-200.00"), SAVINGS: Decimal("200.00")}


def test_nothing_is_started_for_who_is_not_signed_in(assistant: Assistant) -> None:
    turn = assistant.reply("make a transfer", None, "nobody")
    assert turn.kind == "ask" and "signed in" in turn.reply
    assert not [one for one in assistant.parts.records.events("nobody", None) if isinstance(one, FlowStarted)]


@pytest.mark.parametrize("hears", [True, False])
def test_what_the_bank_does_not_tell_is_told_later(talk: Talk, hears: bool) -> None:
    talk.say(*TRANSFER)
    talk.bank.hears, talk.bank.answers = hears, False
    turn = talk.say(YES)
    assert turn.reply.startswith("Our systems haven't said yet") and turn.choices == ()
    # Neither a yes nor a no changes anything of it, and it is not begun anew.
    for text_ in (YES, "cancel", "make a transfer"):
        assert talk.say(text_).reply == turn.reply
    assert "available" in talk.say("what is my balance").reply
    # What else the customer wants goes on meanwhile.
    assert talk.say("i have a lost card", "2").kind == "confirm"
    talk.bank.hears = talk.bank.answers = True
    told = talk.say("No, leave it")
    first, _, second = told.reply.partition("\n\n")
    assert second == "All right, we'll leave it at that; nothing was changed." and is_traced(told)
    if hears:
        (done,) = talk.events(ActionDone)
        assert first.startswith("Done, the money is moved:\n- Amount: $200.00") and done.reference in first
        assert told.blocks[0].kind == "receipt" and len(talk.events(ActionConfirmed)) == 1
        assert talk.moved() == {CHECKING: Decimal("-200.00"), SAVINGS: Decimal("200.00")}
    else:
        assert first == "That didn't go through; nothing was changed." and talk.moved() == {}
        assert len(talk.events(ActionRefused)) == 1 and talk.events(ActionDone) == []
    assert len(talk.events(ActionStarted)) == len(talk.events(ActionUnknown)) == 1
    # It is told once.
    assert first not in talk.say("what is my balance").reply
    assert talk.say("make a transfer").reply == "Which account shall the money come from?"


def test_a_turn_that_died_is_ended_by_what_the_bank_says(talk: Talk) -> None:
    talk.say(*TRANSFER)

    def die() -> None:
        raise Killed

    talk.bank.meanwhile = die

    def take() -> TurnView:
        return take_turn(talk.assistant.parts, YES, ADA, talk.conversation, name="died")

    with pytest.raises(Killed):
        take()
    talk.bank.meanwhile = None
    # The server may be slow only: for now nobody does it again, whatever else is said.
    with pytest.raises(TurnTakenError):
        take()
    for text_ in (YES, "cancel", "make a transfer"):
        assert talk.say(text_).reply.startswith("I'm still waiting to hear from our systems")
    talk.abandon()
    with pytest.raises(TurnTakenError):
        take()
    turn = talk.assistant.parts.records.find_turn("died", ADA.id)
    assert turn and view(turn).message == YES and view(turn).reply.startswith("Done, the money is moved:")
    assert view(turn).kind == "act" and view(turn).blocks[0].kind == "receipt"
    assert [len(talk.events(kind)) for kind in (ActionConfirmed, ActionStarted, ActionDone, FlowEnded)] == [1, 1, 1, 1]
    assert talk.moved() == {CHECKING: Decimal("-200.00"), SAVINGS: Decimal("200.00")}
    assert talk.say(YES).reply == "That is done already; your receipt is above."


def test_what_is_said_while_the_bank_acts_changes_nothing_of_it(talk: Talk) -> None:
    talk.say(*TRANSFER)
    said: list[str] = []
    talk.bank.meanwhile = lambda: said.extend(talk.say(text).reply for text in ("cancel", "make a transfer", "250"))
    assert talk.say(YES).kind == "act"
    assert len(said) == 3 and all("I'm still waiting to hear" in reply for reply in said)
    assert talk.moved() == {CHECKING: Decimal("-200.00"), SAVINGS: Decimal("200.00")}
    assert [event.outcome for event in talk.events(FlowEnded)] == ["done"]


def test_a_flow_that_is_begun_while_the_bank_acts_goes_on(talk: Talk) -> None:
    talk.say(*TRANSFER)
    talk.bank.meanwhile = lambda: talk.say("i have a lost card", "2")
    assert talk.say(YES).kind == "act"
    talk.bank.meanwhile = None
    assert talk.say("No, leave it").reply == "All right, we'll leave it at that; nothing was changed."
    assert [(one.flow, one.outcome) for one in talk.events(FlowEnded)] == [("move", "done"), ("freeze", "cancelled")]


def test_a_server_that_was_only_slow_adds_nothing_to_what_another_has_told(talk: Talk) -> None:
    talk.say(*TRANSFER)

    def settle_elsewhere() -> None:
        talk.abandon()
        settle(talk.assistant.parts, None)

    talk.bank.meanwhile = settle_elsewhere
    with pytest.raises(TurnTakenError):
        talk.say(YES)
    assert [len(talk.events(kind)) for kind in (ActionConfirmed, ActionStarted, ActionDone)] == [1, 1, 1]
    assert talk.moved() == {CHECKING: Decimal("-200.00"), SAVINGS: Decimal("200.00")}


def test_a_release_without_the_flow_takes_nothing_up_while_the_bank_acts(talk: Talk) -> None:
    talk.say(*TRANSFER)
    talk.bank.answers = False
    unknown = talk.say(YES).reply
    parts = talk.assistant.parts
    flows = parts.project.flows
    changed = flows["move"].model_copy(update={"steps": flows["move"].steps[:-1]})
    for kept in ({**flows, "move": changed}, {name: flow for name, flow in flows.items() if name != "move"}):
        responses = {**parts.project.responses}
        responses["transfer_money"] = responses["transfer_money"].model_copy(update={"flow": None, "reply": "Call us."})
        project = replace(parts.project, flows=kept, responses=responses)
        other = Talk(Assistant(talk.assistant.manifest, replace(parts, project=project)), talk.conversation)
        said = other.say(YES).reply
        assert said == unknown
    talk.bank.answers = True
    assert "That went through" in talk.say("what is my balance").reply or talk.events(ActionDone)
    assert talk.moved() == {CHECKING: Decimal("-200.00"), SAVINGS: Decimal("200.00")}
