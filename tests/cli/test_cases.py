"""`tellerbot cases`, as an agent at the command line uses it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tellerbot
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


def run(home: Path, *arguments: object, user: str = "kim") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tellerbot", "cases", *map(str, arguments)],
        env={**os.environ, "TELLERBOT_HOME": str(home), "USER": user},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_case_from_the_list_to_its_end(own_home: Path, reference: str, tmp_path: Path) -> None:
    assert reference in run(own_home, "list").stdout
    assert "claimed, Kim" in run(own_home, "claim", reference, "--agent", "Kim").stdout
    written = run(own_home, "reply", reference, "Hello, mail me at kim@bank.example", "--agent", "Kim")
    assert "Masked: e-mail address. The customer reads: Hello, mail me at [e-mail address]" in written.stdout
    other = run(own_home, "close", reference)
    assert (
        other.returncode == 1 and f"Expected that kim has the case {reference}, found that Kim has it" in other.stderr
    )
    assert "returned;" in run(own_home, "return", reference, "--agent", "Kim").stdout
    assert "claimed, kim" in run(own_home, "claim", reference).stdout  # from $USER
    run(own_home, "show", reference, "--json", tmp_path / "case.json")
    kept = json.loads((tmp_path / "case.json").read_text())
    assert (kept["reference"], kept["agent"], kept["turns"][2]["agent"]) == (reference, "kim", "Kim")
    shown = run(own_home, "show", reference).stdout
    assert "customer> give me a human agent now" in shown and "Kim> Hello" in shown and "kim has joined" in shown
    assert run(own_home, "close", reference).returncode == 0
    assert "No cases." in run(own_home, "list").stdout
    listed = run(own_home, "list", "--status", "closed", "--json", tmp_path / "list.json")
    assert reference in listed.stdout
    assert [case["status"] for case in json.loads((tmp_path / "list.json").read_text())["cases"]] == ["closed"]


def test_what_is_wrong_is_said_with_its_exit_code(own_home: Path, reference: str) -> None:
    for arguments, code, said in (
        (("claim", "NOSUCH"), 1, "Expected the reference of a case"),
        (("list", "--status", "lost"), 2, "--status: expected one of open, claimed, returned, closed"),
        (("reply", reference, " "), 3, "Expected a message"),
        (("claim", reference, "--agent", "a\nb"), 3, "agent: expected a name"),
    ):
        result = run(own_home, *arguments)
        assert result.returncode == code and said in result.stderr, result.stderr


def test_a_home_without_records_is_told(tmp_path: Path) -> None:
    result = run(tmp_path, "list")
    assert result.returncode == 1 and "Start the server once" in result.stderr
