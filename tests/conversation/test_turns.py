"""What is shown of a turn, made from its events."""

from datetime import UTC, datetime

from tellerbot.conversation.events import (
    Block,
    CaseOpened,
    DecisionMade,
    Event,
    FactsQueried,
    MessageReceived,
    MessageUnderstood,
    Part,
    ReplySent,
    SentenceSent,
    Step,
    TurnMeasured,
)
from tellerbot.conversation.turns import Turn, TurnView, last_attempt, view
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
