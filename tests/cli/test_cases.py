"""`tellerbot cases`, as an agent at the command line uses it."""

import json
import subprocess
from pathlib import Path

import pytest

import tellerbot
from command import run  # pyright: ignore[reportMissingImports]
from records.conftest import add_turn  # pyright: ignore[reportMissingImports]
from tellerbot.assistant.load import open_store
from tellerbot.settings import Settings


@pytest.fixture
def reference(own_home: Path) -> str:
    """A case in a home with a release."""
    assistant = tellerbot.load("production", Settings(home=own_home))
    turn = assistant.reply("give me a human agent now", "CUST-1", "talk")
    assistant.parts.records.engine.dispose()
    assistant.close()
    assert turn.reference
    return turn.reference


def run_cases(home: Path, *arguments: object, user: str = "kim") -> subprocess.CompletedProcess[str]:
    return run(home, "cases", *arguments, USER=user, LOGNAME=user)


@pytest.mark.slow
def test_a_case_from_the_list_to_its_end(own_home: Path, reference: str, tmp_path: Path) -> None:
    assert reference in run_cases(own_home, "list").stdout
    assert "claimed, Kim" in run_cases(own_home, "claim", reference, "--agent", "Kim").stdout
    written = run_cases(own_home, "reply", reference, "Hello, mail me at kim@bank.example", "--agent", "Kim")
    assert "Masked: e-mail address. The customer reads: Hello, mail me at [e-mail address]" in written.stdout
    other = run_cases(own_home, "close", reference)
    assert (
        other.returncode == 1 and f"Expected that kim has the case {reference}, found that Kim has it" in other.stderr
    )
    assert "returned;" in run_cases(own_home, "return", reference, "--agent", "Kim").stdout
    assert "claimed, kim" in run_cases(own_home, "claim", reference).stdout  # from $USER
    run_cases(own_home, "show", reference, "--json", tmp_path / "case.json")
    kept = json.loads((tmp_path / "case.json").read_text())
    assert (kept["reference"], kept["agent"], kept["turns"][2]["agent"]) == (reference, "kim", "Kim")
    shown = run_cases(own_home, "show", reference).stdout
    assert "customer> give me a human agent now" in shown and "Kim> Hello" in shown and "kim has joined" in shown
    assert run_cases(own_home, "close", reference).returncode == 0
    assert "No cases." in run_cases(own_home, "list").stdout
    listed = run_cases(own_home, "list", "--status", "closed", "--json", tmp_path / "list.json")
    assert reference in listed.stdout
    assert [case["status"] for case in json.loads((tmp_path / "list.json").read_text())["cases"]] == ["closed"]


def test_a_long_conversation_is_shown_a_page_at_a_time(own_home: Path, reference: str, tmp_path: Path) -> None:
    store = open_store(Settings(home=own_home))
    for number in range(200):
        add_turn(store, message=f"message {number}")
    first = store.turns("talk", "CUST-1")[1].id
    store.engine.dispose()
    shown = run_cases(own_home, "show", reference).stdout
    assert "message 0\n" in shown and "give me a human agent now" not in shown
    assert f"tellerbot cases show {reference} --before {first}\n" in shown
    earlier = run_cases(own_home, "show", reference, "--before", first, "--json", tmp_path / "case.json").stdout
    assert "give me a human agent now" in earlier and "message" not in earlier and "--before" not in earlier
    kept = json.loads((tmp_path / "case.json").read_text())
    assert [turn["message"] for turn in kept["turns"]] == ["give me a human agent now"] and kept["turns"][0]["id"]


def test_what_is_wrong_is_said_with_its_exit_code(own_home: Path, reference: str) -> None:
    for arguments, code, said in (
        (("claim", "NOSUCH"), 1, "Expected the reference of a case"),
        (("list", "--status", "lost"), 2, "--status: expected one of open, claimed, returned, closed"),
        (("reply", reference, " "), 3, "Expected a message"),
        (("claim", reference, "--agent", "a\nb"), 3, "agent: expected a name"),
    ):
        result = run_cases(own_home, *arguments)
        assert result.returncode == code and said in result.stderr, result.stderr


def test_a_home_without_records_is_told(tmp_path: Path) -> None:
    result = run_cases(tmp_path, "list")
    assert result.returncode == 1 and "Start the server once" in result.stderr
