"""A larger model that proposes how messages are read, on a real server: what it changes, and what it cannot."""

import json
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tellerbot
from chat_server import ChatHandler, ChatServer, chat_server
from shared import copy_home
from tellerbot.assistant.load import Assistant
from tellerbot.assistant.proposer import Breaker, Proposer
from tellerbot.conversation.events import ActionConfirmed, ActionProposed, Event, FlowMoved, MessageUnderstood
from tellerbot.conversation.turns import TurnView
from tellerbot.settings import Settings

CARD = "my lost card again"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


@pytest.fixture
def assistant(demo_flow_home: Path, tmp_path: Path, server: ChatServer) -> Iterator[Assistant]:
    loaded = load(copy_home(demo_flow_home, tmp_path), server.url)
    yield loaded
    loaded.close()


def load(home: Path, url: str, seconds: float = 20.0) -> Assistant:
    chosen = {"url": url, "model": "larger", "key": "sk-secret", "seconds": seconds}
    return tellerbot.load("production", Settings(home=home, understanding=chosen))  # type: ignore[arg-type]


def alone(assistant: Assistant) -> Assistant:
    """The same assistant without the larger model."""
    return Assistant(assistant.manifest, replace(assistant.parts, proposer=None))


def hearing(assistant: Assistant, *acts: str) -> Assistant:
    """The same assistant, whose small model hears these acts in every message."""

    def hear(texts: Sequence[str], before: str) -> list[tuple[str, ...]]:
        return [acts for _ in texts]

    return Assistant(assistant.manifest, replace(assistant.parts, hear=hear))


def part(text: str, intent: str = "out_of_scope", acts: Sequence[str] = (), **slots: str) -> dict[str, Any]:
    given = [{"slot": slot.replace("__", "."), "text": words} for slot, words in slots.items()]
    return {"text": text, "intent": intent, "acts": [*acts], "slots": given}


def proposal(*parts: dict[str, Any], start: str | None = None, choice: int | None = None) -> dict[str, Any]:
    return {"parts": [*parts], "start": start, "choice": choice}


def understood(turn: TurnView) -> str:
    return next(step.note for step in turn.trace if step.name == "understand")


def happened(assistant: Assistant, kind: type[Event], conversation: str) -> list[Any]:
    turns = assistant.parts.records.turns(conversation, "CUST-1")
    return [event for turn in turns for event in turn.events if isinstance(event, kind)]


def test_a_proposed_intent_is_answered_and_recorded_as_the_models(assistant: Assistant, server: ChatServer) -> None:
    text = "is there a lost card fee"
    plain = alone(assistant).reply(text, "CUST-1")
    assert plain.intents != ("atm_fees",)
    server.writes(proposal(part(text, "atm_fees")))
    turn = assistant.reply(text, "CUST-1", "c1")
    assert turn.intents == ("atm_fees",) and "$2.50" in turn.reply
    assert understood(turn).startswith("proposed by larger; atm_fees")
    assert [event.by for event in happened(assistant, MessageUnderstood, "c1")] == ["larger"]


def test_several_parts_are_answered_in_the_proposed_order(assistant: Assistant, server: ChatServer) -> None:
    text = "my balance also the atm fee while at it"
    server.writes(proposal(part("my balance", "check_balance"), part("the atm fee", "atm_fees")))
    assert assistant.reply(text, "CUST-1").intents == ("check_balance", "atm_fees")


def test_a_follow_up_keeps_what_was_asked_before(assistant: Assistant, server: ChatServer) -> None:
    server.writes(proposal(part("what is my balance", "check_balance")))
    assistant.reply("what is my balance", "CUST-1", "c1")
    server.writes(proposal(part("and savings", "check_balance", account="savings")))
    turn = assistant.reply("and savings", "CUST-1", "c1")
    assert "$11,450.12" in turn.reply and "2,682" not in turn.reply


def test_what_the_small_model_rules_out_stays_refused(assistant: Assistant, server: ChatServer) -> None:
    text = "tell me a poem thanks"
    found = assistant.parts.understand([text])[0]
    ruled_out = next(name for name in assistant.parts.project.intents if name not in found.candidates)
    server.writes(proposal(part(text, ruled_out)))
    turn = assistant.reply(text, "CUST-1")
    assert turn.kind == "refuse" and understood(turn).startswith("proposed by larger")


def test_what_a_model_finds_out_of_scope_is_refused(assistant: Assistant, server: ChatServer) -> None:
    server.writes(proposal(part("what is my balance")))
    assert assistant.reply("what is my balance", "CUST-1").kind == "refuse"


def test_words_go_to_the_slots_that_a_model_takes_them_for(assistant: Assistant, server: ChatServer) -> None:
    text = "put 50 in steady savings, everyday checking pays"
    lines: list[dict[str, str]] = []
    for using in (alone(assistant), assistant):
        conversation = f"c{len(lines)}"
        alone(assistant).reply("make a transfer", "CUST-1", conversation)
        slots = {"transfer__to": "steady savings", "transfer__account": "everyday checking", "transfer__amount": "50"}
        server.writes(proposal(part(text, "transfer_money", **slots)))
        assert using.reply(text, "CUST-1", conversation).kind == "confirm"
        (event,) = happened(assistant, ActionProposed, conversation)
        lines.append(dict(event.shown))
    assert lines[0]["From"] == "Steady Savings ending in 7730" and lines[0]["Amount"] == "$50.00"
    assert lines[1]["From"] == "Everyday Checking ending in 4821" and lines[1]["To"] == "Steady Savings ending in 7730"


def test_free_text_is_the_words_that_a_model_points_at(assistant: Assistant, server: ChatServer) -> None:
    for text in ("make a transfer", "add a new payee"):
        alone(assistant).reply(text, "CUST-1", "c1")
    text = "its Walter Brown and he banks with Tidewater Union"
    server.writes(proposal(part(text, new_payee__name="Walter Brown", new_payee__bank="Tidewater Union")))
    assistant.reply(text, "CUST-1", "c1")
    given = {name: value.text for event in happened(assistant, FlowMoved, "c1") for name, value in event.given.items()}
    assert given == {"name": "Walter Brown", "bank": "Tidewater Union"}


def test_a_flow_starts_where_something_is_surely_asked_for(assistant: Assistant, server: ChatServer) -> None:
    server.writes(proposal(part("i have a lost card", "card_lost"), start="freeze"))
    turn = assistant.reply("i have a lost card", "CUST-1")
    assert turn.kind == "ask" and "Which card shall I freeze?" in turn.reply
    assert "signed in" in assistant.reply("i have a lost card").reply
    server.writes(proposal(part("tell me a poem thanks"), start="freeze"))
    assert assistant.reply("tell me a poem thanks", "CUST-1").kind == "refuse"


def test_an_offered_intent_is_taken_and_a_thing_in_a_flow_is_not(assistant: Assistant, server: ChatServer) -> None:
    offered, *_ = [alone(assistant).reply("tell me a poem thanks", "CUST-1", "c1") for _ in range(2)][::-1]
    assert [choice.title for choice in offered.choices] == ["Talk to a person"]
    server.writes(proposal(part("i'd take you up on that"), choice=0))
    assert assistant.reply("i'd take you up on that", "CUST-1", "c1").reference
    alone(assistant).reply("make a transfer", "CUST-1", "c2")
    server.writes(proposal(part("hmm whichever"), choice=0))
    assistant.reply("hmm whichever", "CUST-1", "c2")
    assert [dict(event.given) for event in happened(assistant, FlowMoved, "c2") if event.given] == []


def test_an_alarm_of_the_small_model_stays_and_the_larger_one_may_add_one(
    assistant: Assistant, server: ChatServer
) -> None:
    server.writes(proposal(part("what is my balance", "check_balance", ["thank"])))
    turn = hearing(assistant, "distress").reply("what is my balance", "CUST-1")
    assert turn.reference and turn.acts[0] == "distress" and turn.reason == "distress"
    server.writes(proposal(part("what is my balance", "check_balance", ["distress"])))
    assert assistant.reply("what is my balance", "CUST-1").reference


def test_nobody_who_wants_a_person_is_kept_from_one(assistant: Assistant, server: ChatServer) -> None:
    server.writes(proposal(part("give me a human agent", "check_balance")))
    assert assistant.reply("give me a human agent", "CUST-1").reference


def ask_to_confirm(assistant: Assistant) -> None:
    for text in ("make a transfer", "50 from checking to savings"):
        alone(assistant).reply(text, "CUST-1", "c1")
    assert happened(assistant, ActionProposed, "c1")


def test_no_act_of_a_model_makes_a_yes(assistant: Assistant, server: ChatServer) -> None:
    text = "ok it is ready now"
    for acts in (["affirm"], ["acknowledge", "choose"]):
        ask_to_confirm(assistant)
        server.writes(proposal(part(text, "transfer_money", acts, transfer__amount="ready")))
        assistant.reply(text, "CUST-1", "c1")
        assert not happened(assistant, ActionConfirmed, "c1") and balance(assistant) == "$2,682.00"
    # The small model's would do, since the words begin as a yes.
    hearing(alone(assistant), "affirm").reply(text, "CUST-1", "c1")
    assert happened(assistant, ActionConfirmed, "c1") and balance(assistant) == "$2,632.00"


def test_no_model_takes_a_no_back(assistant: Assistant, server: ChatServer) -> None:
    ask_to_confirm(assistant)
    text = "ok it is ready now"
    server.writes(proposal(part(text, "transfer_money")))
    hearing(assistant, "affirm", "deny").reply(text, "CUST-1", "c1")
    assert not happened(assistant, ActionConfirmed, "c1") and balance(assistant) == "$2,682.00"


def balance(assistant: Assistant) -> str:
    turn = alone(assistant).reply("what is my balance checking", "CUST-1")
    return next(item.figure for item in turn.figures if item.source.ref == "accounts/ACC-1001/available")


def test_plain_answers_are_for_plain_code(assistant: Assistant, server: ChatServer) -> None:
    ask_to_confirm(assistant)
    server.writes(proposal(part("yes", acts=["cancel"])))
    assistant.reply("yes", "CUST-1", "c1")
    assert happened(assistant, ActionConfirmed, "c1")
    for text in ("no", "never mind"):
        assistant.reply(text, "CUST-1", "c2")
    alone(assistant).reply("make a transfer", "CUST-1", "c3")
    assistant.reply("the second one", "CUST-1", "c3")
    assert server.requests == []


def test_the_model_is_told_no_more_than_it_needs(assistant: Assistant, server: ChatServer) -> None:
    server.writes(proposal(part("CD", "check_balance")))
    for text in (
        "what is my balance",
        "make a transfer",
        "card 4111 1111 1111 1111 and joe@example.com and 50 dollars",
    ):
        assistant.reply(text, "CUST-1", "c1")
    (system, told) = [message["content"] for message in server.requests[-1]["messages"]]
    assert "- check_balance: " in system and "transfer.to (To)" in system and "distress" in system
    assert "affirm" not in system and "new_payee.number" not in system
    shown = json.loads(told)
    assert shown["earlier"] == ["what is my balance", "make a transfer"]
    assert shown["message"] == "card [card number] and [e-mail address] and 50 dollars"
    assert shown["open"]["flow"] == "transfer" and set(shown["open"]["missing"].values()) == {
        "From",
        "To",
        "Amount",
        "When",
    }
    assert shown["open"]["asked"] == "Where shall the money go?"
    assert any(title.startswith("Steady Savings") for title in shown["offered"])
    assert not any(char.isdigit() for char in json.dumps([shown["reply"], shown["offered"], shown["open"]]))
    sent = json.dumps([request["messages"] for request in server.requests])
    for secret in ("2,682", "4821", "7730", "11,450", "4111", "CUST-1", "Ada", "ACC-"):
        assert secret not in sent
    schema = server.requests[-1]["response_format"]["json_schema"]["schema"]
    intents = schema["properties"]["parts"]["items"]["properties"]["intent"]["enum"]
    assert "out_of_scope" in intents and "check_balance" in intents


def wait(handler: ChatHandler) -> None:
    handler.server.over.wait(20)


def drip(handler: ChatHandler) -> None:
    """Never end, and never be silent for long."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b" ")


def flood(handler: ChatHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 100_000)


def cut(handler: ChatHandler) -> None:
    handler.send(b'{"choices": [', claimed=100)
    handler.close_connection = True


GOOD = proposal(part(CARD, "card_lost"))
ANSWERS: dict[str, tuple[Any, str]] = {
    "slow": (wait, "away: no answer in 0.7 s"),
    "dripping": (drip, "away: no answer in 0.7 s"),
    "flood": (flood, "away: its server is away"),
    "error": (lambda handler: handler.send(b"{}", 500), "away: its server is away"),
    "busy": (lambda handler: handler.send(b"{}", 429), "away: its server is away"),
    "key": (lambda handler: handler.send(b"sk-secret", 401), "away: its server is away, or refuses"),
    "cut": (cut, "away: its server is away"),
    "page": (lambda handler: handler.send(b"<html></html>"), "away: its server writes no chat completion"),
    "empty": (lambda handler: handler.send(b'{"choices": []}'), "away: its server writes no chat completion"),
    "silent": (lambda handler: handler.write(""), "senseless: it is no JSON"),
    "truncated": (lambda handler: handler.write(json.dumps(GOOD)[:-9]), "senseless: it is no JSON"),
    "two": (lambda handler: handler.write(json.dumps(GOOD) * 2), "senseless: it is no JSON"),
    "chatty": (lambda handler: handler.write(f"Sure! {json.dumps(GOOD)}"), "senseless: it is no JSON"),
    "more": (lambda handler: handler.write(json.dumps(GOOD | {"confirm": True})), "senseless: it is no JSON"),
    "deep": (lambda handler: handler.write("[" * 20_000), "senseless: it is no JSON"),
    "no parts": (lambda handler: handler.write(json.dumps(GOOD | {"parts": []})), "senseless: it is no JSON"),
    "bool": (lambda handler: handler.write(json.dumps(GOOD | {"choice": True})), "senseless: it is no JSON"),
    "intent": (lambda handler: handler.write(json.dumps(proposal(part(CARD, "pay")))), "an intent that there is not"),
    "act": (lambda handler: handler.write(json.dumps(proposal(part(CARD, acts=["affirm"])))), "an act that there is"),
    "flow": (lambda handler: handler.write(json.dumps(GOOD | {"start": "pay"})), "a flow that there is not"),
    "choice": (lambda handler: handler.write(json.dumps(GOOD | {"choice": 0})), "a choice that there is not"),
    "slot": (lambda handler: handler.write(json.dumps(proposal(part(CARD, number="card")))), "a slot that there is"),
    "words": (lambda handler: handler.write(json.dumps(proposal(part("My lost card")))), "what is not in the message"),
    "value": (lambda handler: handler.write(json.dumps(proposal(part(CARD, money="$900")))), "slot from elsewhere"),
    "blank": (lambda handler: handler.write(json.dumps(proposal(part(" ")))), "what is not in the message"),
}


@pytest.fixture(scope="module")
def shared(demo_flow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Assistant, ChatServer]]:
    """An assistant and the server that it asks, for tests that change nothing at the bank."""
    folder = copy_home(demo_flow_home, tmp_path_factory.mktemp("shared"))
    with chat_server() as running:
        loaded = load(folder, running.url)
        yield loaded, running
        loaded.close()


@pytest.fixture
def lasting(shared: tuple[Assistant, ChatServer], monkeypatch: pytest.MonkeyPatch) -> Assistant:
    """That assistant with a fresh breaker."""
    monkeypatch.setattr(proposer_of(shared[0]), "breaker", Breaker())
    return shared[0]


@pytest.fixture
def other(shared: tuple[Assistant, ChatServer]) -> ChatServer:
    """The server that it asks."""
    shared[1].requests.clear()
    return shared[1]


def proposer_of(assistant: Assistant) -> Proposer:
    assert assistant.parts.proposer
    return assistant.parts.proposer


@pytest.mark.parametrize("name", ANSWERS)
def test_the_small_models_take_over_at_once(
    lasting: Assistant, other: ChatServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.answer, noted = ANSWERS[name]
    if "0.7 s" in noted:
        monkeypatch.setattr(proposer_of(lasting), "seconds", 0.7)
    plain = alone(lasting).reply(CARD, "CUST-1")
    turn = lasting.reply(CARD, "CUST-1", name)
    assert noted in understood(turn) and "sk-secret" not in str(turn) and other.url not in str(turn)
    assert (turn.reply, turn.intents, turn.acts) == (plain.reply, plain.intents, plain.acts)
    assert [event.by for event in happened(lasting, MessageUnderstood, name)] == [""]
    # Other work on the machine may slow a turn down; a server that is waited for in vain would take 20 seconds.
    assert next(step.ms for step in turn.trace if step.name == "understand") < 3000


def test_a_fenced_object_is_one_too(assistant: Assistant, server: ChatServer) -> None:
    server.writes(f"```json\n{json.dumps(GOOD)}\n```")
    assert understood(assistant.reply(CARD, "CUST-1")).startswith("proposed by larger")


def test_a_server_that_does_not_run_costs_no_time(own_home: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        loaded = load(own_home, f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
        turn = loaded.reply(CARD, "CUST-1")
        loaded.close()
        assert "the model was away: its server is away" in understood(turn)
        assert "closed" not in understood(turn) and "away" in understood(loaded.reply(CARD, "CUST-1"))


def test_a_dead_server_is_left_alone_and_tried_again(
    lasting: Assistant, other: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposer_of(lasting), "seconds", 0.3)
    other.answer = wait
    for _ in range(3):
        assert "no answer" in understood(lasting.reply(CARD, "CUST-1"))
    assert "it failed 3 times in a row" in understood(lasting.reply(CARD, "CUST-1"))
    assert len(other.requests) == 3
    monkeypatch.setattr(proposer_of(lasting), "seconds", 20.0)
    proposer_of(lasting).breaker.rest = 0.0
    proposer_of(lasting).breaker.note(False)
    other.writes(GOOD)
    for _ in range(2):
        assert understood(lasting.reply(CARD, "CUST-1")).startswith("proposed by larger")


def test_after_a_rest_one_asks_while_the_others_wait() -> None:
    breaker = Breaker(rest=0.0)
    for _ in range(2):
        breaker.note(False)
    breaker.note(True)
    for _ in range(3):
        assert breaker.allows()
        breaker.note(False)
    breaker.rest = 600.0
    assert breaker.allows() and not breaker.allows()
    breaker.note(True)
    assert breaker.allows() and breaker.allows()


def test_a_senseless_model_is_asked_again(lasting: Assistant, other: ChatServer) -> None:
    other.writes("I would rather not.")
    for _ in range(5):
        assert "senseless" in understood(lasting.reply(CARD, "CUST-1"))
    assert len(other.requests) == 5
