"""An assistant from Python: `tellerbot.load` and what its replies give."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tellerbot
from tellerbot.assistant.load import Assistant
from tellerbot.errors import DataError
from tellerbot.settings import Settings
from tellerbot.types import Customer


@pytest.fixture
def assistant(own_home: Path) -> Any:
    with tellerbot.load("production", Settings(home=own_home)) as loaded:
        yield loaded


def test_what_there_is_can_be_listed() -> None:
    assert {"load", "train", "__version__"} <= {*dir(tellerbot)}
    assert callable(tellerbot.load) and callable(tellerbot.train)
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        tellerbot.lod  # type: ignore[attr-defined]  # noqa: B018


def test_an_assistant_shows_what_it_is(assistant: Assistant) -> None:
    assert repr(assistant) == "<Assistant 'Fernhollow Assistant' 1.0.0 of Fernhollow Bank: 5 intents, 35 policies>"


def test_a_customer_has_a_user_name_and_an_id(assistant: Assistant) -> None:
    for name in ("ada", "CUST-1"):
        assert "$2,682.00" in assistant.reply("what is my balance", name).reply
    with pytest.raises(DataError, match="Expected the user name or id of a customer of the bank, found 'eve'"):
        assistant.reply("what is my balance", "eve")


def test_a_user_name_that_is_the_id_of_another_is_refused(assistant: Assistant) -> None:
    class Bank:
        """Two customers, one of whom is called by the other's id."""

        def find(self, customer_id: str) -> Customer | None:
            return {"7": Customer("7", "Ada"), "8": Customer("8", "Ben")}.get(customer_id)

        def find_user(self, username: str) -> Customer | None:
            return {"8": Customer("7", "Ada"), "7": Customer("7", "Ada")}.get(username)

    bank: Any = Bank()
    mixed = Assistant(assistant.manifest, replace(assistant.parts, bank=bank))
    assert mixed.find_customer("7").name == "Ada"
    with pytest.raises(DataError, match="'8' is a user name and another's id"):
        mixed.find_customer("8")


def test_a_turn_is_short_to_look_at_and_whole_as_json(assistant: Assistant) -> None:
    turn = assistant.reply("what is my balance", "ada")
    assert repr(turn).startswith("TurnView(message='what is my balance', reply='Here are your balances")
    whole = json.loads(json.dumps(turn.as_dict()))
    assert whole["reply"] == turn.reply and whole["at"].startswith(str(turn.at.year))
    assert whole["figures"][0]["source"]["kind"] == "bank"
    assert {one["figure"] for one in whole["figures"]} >= {"$2,682.00"}
    named = assistant.reply("what is my balance in steady savings", "ada").as_dict()
    assert named["slots"] and json.dumps(named)


def test_closing_lets_go_of_the_records_and_the_bank(own_home: Path) -> None:
    with tellerbot.load("production", Settings(home=own_home)) as assistant:
        assistant.reply("what is my balance", "ada")
        engines: list[Any] = [assistant.parts.records.engine, assistant.parts.bank.engine]  # type: ignore[attr-defined]
        assert all(engine.pool.checkedin() > 0 for engine in engines)
    assert all(engine.pool.checkedin() == 0 for engine in engines)
