"""Events survive being recorded as JSON, and what this version cannot read is refused."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import get_args

import pytest

from tellerbot.conversation.event_values import Block, Part, Question, Step, cite
from tellerbot.conversation.events import (
    KINDS,
    ActionConfirmed,
    ActionDone,
    ActionProposed,
    ActionRefused,
    ActionStarted,
    ActionUnknown,
    AgentReplied,
    CaseClaimed,
    CaseClosed,
    CaseDelivered,
    CaseOpened,
    CaseReturned,
    CodeSent,
    CodeTried,
    ConversationDeleted,
    ConversationRenamed,
    DecisionMade,
    Event,
    FactsQueried,
    FlowEnded,
    FlowMoved,
    FlowStarted,
    MessageReceived,
    MessageUnderstood,
    PassagesFound,
    ReplyRated,
    ReplySent,
    SentenceSent,
    TurnImported,
    TurnMeasured,
    decode,
    encode,
)
from tellerbot.errors import ArtefactError
from tellerbot.types import (
    Choice,
    FigureSource,
    Money,
    Named,
    Passage,
    Period,
    Private,
    Slot,
    SlotKind,
    SlotValue,
    Source,
    Text,
    Value,
)

PASSAGE = Passage(
    "fees#wires/2", "fees", "Fees", "Wires", "2", date(2026, 1, 1), None, "A wire costs $5.", ("A wire costs $5.",),
    page=3, path=("Fees", "Wires"),
)  # fmt: skip
VALUES: list[tuple[SlotKind, SlotValue]] = [
    ("money", Money(Decimal("12.50"), "GBP")),
    ("money", Money(Decimal("1000"))),
    ("date", date(2022, 3, 15)),
    ("period", Period(date(2022, 3, 7), None)),
    ("period", Period(None, None)),
    ("time", time(21, 10)),
    ("count", 6),
    ("count", 20220315),
    ("account", (Named("account", "ACC-1", "Steady Savings", ("savings",)), Named("account", "ACC-2", "Everyday"))),
    ("card", ()),
]
FLOW_VALUES: dict[str, Value] = {
    "amount": Money(Decimal("5.50"), "USD"),
    "day": date(2026, 3, 1),
    "time": time(9, 30),
    "period": Period(date(2026, 1, 1), None),
    "term": 24,
    "account": Named("account", "ACC-1", "Steady Savings", ("savings",)),
    "name": Text("2026-03-01"),
    "phone": Private("ending in 42", "token"),
}
EVENTS: list[Event] = [
    MessageReceived("naïve “quotes” \n\t\0 🙂 مرحبا", ("card number",), "1.0.0", datetime(2026, 3, 1, 9, tzinfo=UTC)),
    MessageUnderstood(
        (
            Part("and savings?", "check_balance", 0.1 + 0.2, 1e-9, True, ("affirm",), follows=True),
            Part("", "", 0, 1, False, slots=tuple(Slot(kind, 0, 4, "text", value) for kind, value in VALUES)),
        )
    ),
    DecisionMade("act", "facts from the bank", ("check_balance", "fees"), Question("and savings?", "check_balance")),
    FactsQueried("transactions", {"period": ["2022-03-07", None], "limit": 5}, ("transactions/1", "transactions/2")),
    PassagesFound(("fees#wires", "fees#wires/2")),
    SentenceSent("Here you are."),
    ReplySent(
        "A wire costs $5.",
        (FigureSource("$5", Source("formula", "sum of 2 transactions", ("transactions/1", "transactions/2"))),),
        (cite(PASSAGE),),
        (Block("table", "Your cards", (("Debit", "active"), ("Credit", "frozen")), ("card", "state")), Block("text")),
        (Choice("fees", "See fees"),),
    ),
    FlowStarted("transfer", "0123456789abcdef", "send 5 to Mom", (Slot("money", 5, 6, "5", Money(Decimal(5))),), "to"),
    FlowMoved("transfer", "confirm_pay", FLOW_VALUES, ("amount",), ("say", "do_pay")),
    FlowEnded("transfer", "lapsed"),
    ActionProposed("k", "pay_payee", FLOW_VALUES, (("Amount", "$5.00"), ("To", "“Mom”"))),
    ActionConfirmed("k", "pay_payee", FLOW_VALUES),
    CodeSent("k"),
    CodeTried("k", "wrong"),
    ActionStarted("k", "pay_payee"),
    ActionDone("k", "pay_payee", "BCDFGHJK", (("Amount", "$5.00"),), Named("payee", "Mom", "Mom")),
    ActionRefused("k", "pay_payee", "insufficient"),
    ActionUnknown("k", "pay_payee"),
    CaseOpened("QWRTZP", "asked for a person", 2),
    CaseDelivered("QWRTZP"),
    CaseClaimed("QWRTZP", "Kim"),
    AgentReplied("QWRTZP", "Kim", "Hello, this is Kim."),
    CaseReturned("QWRTZP", "Kim"),
    CaseClosed("QWRTZP", "Kim"),
    ConversationRenamed("About fees"),
    ConversationDeleted(),
    ReplyRated("turn-1", True),
    TurnMeasured((Step("redact", "nothing", 0.125),)),
    TurnImported("hello", "Hello!", {"kind": "answer", "figures": [{"figure": "$5"}], "reference": None}),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_read_as_it_was_recorded(event: Event) -> None:
    kind, content = encode(event)
    assert decode(kind, content) == event
    assert type(decode(kind, content)) is type(event)


def test_every_kind_is_tried_above() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event)) and len(KINDS) == len(EVENTS)


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=str)
def test_a_slots_value_keeps_its_type(kind: SlotKind, value: SlotValue) -> None:
    event = MessageUnderstood((Part("t", "i", 1, 1, True, slots=(Slot(kind, 0, 1, "t", value),)),))
    again = decode(*encode(event))
    assert isinstance(again, MessageUnderstood)
    assert again.parts[0].slots[0].value == value and type(again.parts[0].slots[0].value) is type(value)


def test_content_holds_no_control_character_that_a_database_refuses() -> None:
    assert "\0" not in encode(EVENTS[0])[1]


def test_a_kind_of_a_newer_version_is_refused() -> None:
    with pytest.raises(ArtefactError, match=r"found 'MoneyTeleported'.* install that version"):
        decode("MoneyTeleported", "{}")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"text": 5, "masked": [], "release": "secret words"}'])
def test_content_that_is_not_the_events_is_refused_without_repeating_it(content: str) -> None:
    with pytest.raises(ArtefactError, match="audit verify") as caught:
        decode("MessageReceived", content)
    assert "secret words" not in str(caught.value)


def test_a_citation_says_where_its_passage_is() -> None:
    citation = cite(PASSAGE)
    assert (citation.page, citation.path, citation.in_force_to) == (3, ("Fees", "Wires"), None)
