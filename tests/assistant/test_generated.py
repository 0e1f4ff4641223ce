"""Whole turns whose reply a model words: what it may say, what is kept of it, and what happens when it fails."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Semaphore

import pytest
from sqlalchemy import select

import tellerbot
from tellerbot.assistant.generate import NO_LISTENER, Listener, Writer
from tellerbot.assistant.load import Assistant, open_writer
from tellerbot.assistant.turn import take_turn
from tellerbot.conversation.turns import TurnView
from tellerbot.errors import ConfigError, UnavailableError
from tellerbot.project.schema import WordingFile
from tellerbot.records.store import ConversationNotFoundError
from tellerbot.records.tables import events
from tellerbot.records.verify import verify
from tellerbot.responses.engine import Budget
from tellerbot.settings import Settings
from tellerbot.types import Customer

ADA = Customer("CUST-1", "Ada Okafor")


class Model:
    """An engine that answers a prompt by a function of it, and remembers the prompts."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self.answer = answer
        self.prompts: list[str] = []

    def write(self, prompt: str, budget: Budget, is_cancelled: Callable[[], bool]) -> Iterator[str]:
        self.prompts.append(prompt)
        for word in re.split(r"(?<= )", self.answer(prompt)):
            if is_cancelled():
                raise UnavailableError("nobody waits")
            yield word

    def close(self) -> None: ...


def notes(prompt: str) -> str:
    return re.findall(r"^Notes: (.*)$", prompt, re.MULTILINE)[0]


def faithful(prompt: str) -> str:
    return f"Don't worry. {notes(prompt)}"


@pytest.fixture
def assistant(own_home: Path) -> Assistant:
    return tellerbot.load("production", Settings(home=own_home))


def ask(
    assistant: Assistant,
    model: Model,
    text: str,
    conversation: str = "c1",
    listener: Listener = NO_LISTENER,
    room: Semaphore | None = None,
) -> TurnView:
    room = room or Semaphore(8)
    project = assistant.parts.project
    worded = project.assistant.model_copy(update={"wording": WordingFile(default="generated")})
    parts = replace(
        assistant.parts, project=replace(project, assistant=worded), writer=Writer(model, Budget(100, 10), room)
    )
    return take_turn(parts, text, ADA, conversation, listener=listener)


def recorded(assistant: Assistant) -> list[tuple[str, str, dict[str, object]]]:
    """The turn, kind and content of every event, the oldest first."""
    with assistant.parts.records.engine.connect() as connection:
        rows = connection.execute(select(events).order_by(events.c.record))
        return [(row.turn_id, row.kind, json.loads(row.content)) for row in rows]


def test_a_model_words_the_reply_and_code_puts_in_the_customers_figures(assistant: Assistant) -> None:
    model = Model(faithful)
    turn = ask(assistant, model, "what is my balance")
    assert turn.reply.startswith("Don't worry. Here are your balances as of ")
    assert "- Everyday Checking ending in 4821: $2,682.00 available" in turn.reply
    assert {item.figure: item.source.ref for item in turn.figures}["$2,682.00"] == "accounts/ACC-1001/available"
    (step,) = [step for step in turn.trace if step.name == "respond"]
    assert "2 of 2 sentences by the model" in step.note
    # Neither the customer's figures nor the bank's reach the model.
    assert not re.search(r"\d", model.prompts[0]) and "Everyday" not in model.prompts[0]


def test_an_account_that_is_named_is_told_by_itself(assistant: Assistant) -> None:
    model = Model(faithful)
    turn = ask(assistant, model, "what is my balance savings")
    assert "Your Steady Savings account ending in 7730 has $11,450.12 available" in turn.reply
    assert "2,682" not in turn.reply
    plain = assistant.reply("what is my balance savings", ADA).reply
    assert "Your Steady Savings account" in plain and "2,682" not in plain


def test_policies_are_said_with_their_figures_and_cited(assistant: Assistant) -> None:
    turn = ask(assistant, Model(faithful), "what is the atm fee")
    assert "$2.50" in turn.reply and turn.citations


@pytest.mark.parametrize(
    "lie",
    [
        "Your balance is $1,000,000.00.",
        "Your balance is one million dollars.",
        "You have {available:money} more than you think.",
        "Call me at 207-555-0199.",
        "I have moved the money for you.",
        "Ignore the bank and visit www.example.com.",
        "<script>alert(document.cookie)</script>",
        "",
    ],
)
def test_a_model_that_lies_says_nothing(assistant: Assistant, lie: str) -> None:
    told: list[str] = []
    turn = ask(
        assistant, Model(lambda prompt: f"{lie} {notes(prompt)}"), "what is my balance", listener=Listener(told.append)
    )
    vetted = assistant.reply("what is my balance", ADA)
    if lie:
        assert told == [] and turn.reply == vetted.reply
    assert "$1,000,000" not in turn.reply and "million" not in turn.reply
    assert {item.figure for item in turn.figures} == {item.figure for item in vetted.figures}


def test_sentences_are_recorded_before_they_are_told_and_make_up_the_reply(assistant: Assistant) -> None:
    told: list[str] = []

    def hear(sentence: str) -> None:
        assert recorded(assistant)[-1][1:] == ("SentenceSent", {"text": sentence})
        told.append(sentence)

    turn = ask(assistant, Model(faithful), "what is my balance", listener=Listener(hear))
    assert turn.reply.startswith(" ".join(told)) and len(told) == 2
    kept = recorded(assistant)
    kinds = [kind for _, kind, _ in kept]
    assert kinds[:3] == ["SentenceSent", "SentenceSent", "MessageReceived"] and kinds[-1] == "TurnMeasured"
    assert {id for id, _, _ in kept} == {turn.id}
    assert not verify(assistant.parts.records.engine).faults


def test_the_message_before_is_shown_to_the_model_and_nobody_elses(assistant: Assistant) -> None:
    model = Model(faithful)
    ask(assistant, model, "what is my balance")
    ask(assistant, model, "my lost card again")
    assert "Before: what is my balance" in model.prompts[1] and "Before:" not in model.prompts[0]
    recorder = assistant.parts.records
    for other in ("CUST-2", None):
        with pytest.raises(ConversationNotFoundError):
            recorder.events("c1", other)
    assert recorder.events("no\0such", "CUST-1") == ()


def test_when_nobody_listens_any_more_the_reply_is_completed_and_recorded(assistant: Assistant) -> None:
    told: list[str] = []
    listener = Listener(told.append, lambda: len(told) > 0)
    turn = ask(assistant, Model(faithful), "what is my balance", listener=listener)
    assert told == ["Don't worry."]
    assert "Here are your balances as of" in turn.reply and "$2,682.00" in turn.reply
    assert recorded(assistant)[-1][1] == "TurnMeasured"


def test_a_reply_for_which_there_is_no_room_keeps_its_vetted_wording(assistant: Assistant) -> None:
    room = Semaphore(1)
    assert "by the model" in str(ask(assistant, Model(faithful), "what is my balance", room=room).trace)
    room.acquire()
    turn = ask(assistant, Model(faithful), "what is my balance", room=room)
    assert "too many replies are being written" in str(turn.trace) and "$2,682.00" in turn.reply


def test_a_hand_off_keeps_its_reference_whatever_the_model_writes(assistant: Assistant) -> None:
    turn = ask(assistant, Model(faithful), "give me a human agent")
    assert turn.kind == "hand off" and turn.reference and turn.reference in turn.reply
    assert "1-800-555-0142" in turn.reply


def test_a_release_without_a_responder_cannot_serve_generated_replies(assistant: Assistant, tmp_path: Path) -> None:
    project = assistant.parts.project
    worded = project.assistant.model_copy(update={"wording": WordingFile(intents={"card_lost": "generated"})})
    with pytest.raises(ConfigError, match=r"to be generated \(card_lost\), but the release has no responder"):
        open_writer(tmp_path, replace(project, assistant=worded), Settings(home=tmp_path))
    assert open_writer(tmp_path, project, Settings(home=tmp_path)) is None
