"""What is shown of a turn, made from its events."""

from datetime import UTC, datetime

import pytest

from tellerbot.conversation.event_values import Block, Part, Step
from tellerbot.conversation.events import (
    AgentReplied,
    CaseClaimed,
    CaseClosed,
    CaseDelivered,
    CaseOpened,
    CaseReturned,
    DecisionMade,
    Event,
    FactsQueried,
    MessageReceived,
    MessageUnderstood,
    ReplySent,
    SentenceSent,
    TurnMeasured,
)
from tellerbot.conversation.turns import Turn, TurnView, last_attempt, view
from tellerbot.project.schema import Messages
from tellerbot.types import Choice, FigureSource, Slot, Source

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SAVINGS, TWICE = Slot("account", 4, 11, "savings", ()), Slot("count", 0, 5, "twice", 2)
TURN: list[Event] = [
    MessageReceived("thanks, and savings? how long does a wire take", ("card number",), "1.0.0"),
    MessageUnderstood(
        (
            Part("and savings?", "check_balance", 0.912345, 0.81239, True, ("thank",), (SAVINGS,), follows=True),
            Part("how long does a wire take", "wires", 0.5, 0.5, True, ("thank", "repeat"), (TWICE,)),
        )
    ),
    DecisionMade("act", "facts from the bank", ("check_balance",)),
    FactsQueried("balances", {"account": "ACC-2"}, ("accounts/ACC-2/available",)),
    DecisionMade("answer", "vetted reply", ("wires",)),
    ReplySent(
        "$5.", (FigureSource("$5", Source("bank", "x")),), (), (Block("text", "$5."),), (Choice("fees", "Fees"),)
    ),
    TurnMeasured((Step("redact", "nothing", 0.1),)),
]


def shown(*events: Event) -> TurnView:
    return view(Turn("t", "talk", AT, events))


def test_a_turn_of_two_parts_is_shown_whole() -> None:
    turn = shown(*TURN)
    assert (turn.id, turn.at, turn.message, turn.reply) == (
        "t",
        AT,
        "thanks, and savings? how long does a wire take",
        "$5.",
    )
    assert (turn.kind, turn.reason, turn.intents) == ("act", "facts from the bank", ("check_balance", "wires"))
    assert (turn.intent, turn.confidence, turn.scope_score) == ("check_balance", 0.9123, 0.8124)
    assert (turn.acts, turn.slots, turn.queries) == (("thank", "repeat"), (SAVINGS, TWICE), ("balances",))
    assert (turn.masked, turn.release, turn.reference) == (("card number",), "1.0.0", None)
    assert turn.choices == (Choice("fees", "Fees"),) and turn.blocks == (Block("text", "$5."),)
    assert turn.trace == (Step("redact", "nothing", 0.1),) and turn.figures[0].figure == "$5"


def test_a_part_that_is_handed_off_decides() -> None:
    handed = [*TURN[:5], DecisionMade("hand off", "asked for a person"), CaseOpened("QWRTZP", "why", 2), *TURN[5:]]
    turn = shown(*handed)
    assert (turn.kind, turn.reason, turn.reference) == ("hand off", "asked for a person", "QWRTZP")


def test_what_did_not_happen_is_empty() -> None:
    turn = shown(MessageReceived("hello", (), "1.0.0"))
    assert (turn.message, turn.reply, turn.kind, turn.intent, turn.trace, turn.slots) == ("hello", "", "", "", (), ())


def test_an_earlier_attempt_is_left_out() -> None:
    assert last_attempt([TURN[0], SentenceSent("He"), *TURN]) == tuple(TURN)
    assert last_attempt([SentenceSent("He"), *TURN]) == tuple(TURN) == last_attempt(TURN)
    assert last_attempt([SentenceSent("He")]) == (SentenceSent("He"),) and last_attempt([]) == ()


@pytest.mark.parametrize(("event", "agent", "reply", "notice"), [
    (CaseClaimed("QWRTZP", "Kim"), "Kim", "", "Kim is here."),
    (AgentReplied("QWRTZP", "Kim", "Hello {agent}."), "Kim", "Hello {agent}.", ""),
    (CaseReturned("QWRTZP", "Kim"), "Kim", "", "Kim has left this conversation, and I'm here again."),
    (CaseClosed("QWRTZP", "Kim"), "Kim", "", "Kim has closed this case. I'm here if you need anything else."),
    (CaseDelivered("QWRTZP"), "", "", ""),
])  # fmt: skip
def test_what_an_agent_does_is_shown_in_the_projects_words(event: Event, agent: str, reply: str, notice: str) -> None:
    messages = Messages(
        welcome="w", refuse=["a", "b"], hand_off="h", sign_in="s", clarify="c", agent_joined="{agent} is here."
    )
    turn = view(Turn("t", "talk", AT, (event, TurnMeasured(()))), messages)
    assert (turn.message, turn.agent, turn.reply, turn.notice) == ("", agent, reply, notice)
    assert (turn.kind, turn.reference, turn.has_content) == ("", None, bool(agent))


def test_a_message_to_an_agent_has_no_reply() -> None:
    turn = shown(MessageReceived("are you there?", (), "1.0.0"), TurnMeasured(()))
    assert (turn.message, turn.reply, turn.agent, turn.notice, turn.has_content) == ("are you there?", "", "", "", True)
