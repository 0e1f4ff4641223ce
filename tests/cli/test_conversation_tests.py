"""`tellerbot test`: conversations that pass and fail, what is printed and written, and mistakes in the tests."""

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from typer.testing import CliRunner

from tellerbot.cli.main import app
from tellerbot.errors import DataError, GateError
from tellerbot.project.load import load_project
from tellerbot.release.build import build_release
from tellerbot.release.registry import Registry
from tellerbot.settings import Settings

PASSING = [
    {
        "customer": "ada",
        "turns": [
            {
                "say": "what is my balance",
                "expect": {
                    "kind": "act",
                    "intents": ["check_balance"],
                    "contains": ["$2,682.00", "STEADY SAVINGS"],
                    "excludes": ["$18,200.00"],
                    "facts": ["$11,450.12"],
                    "slots": {},
                    "choices": [],
                    "hand_off": False,
                    "events": ["MessageReceived", "FactsQueried", "ReplySent"],
                },
            },
            {
                "say": "and savings?",
                "expect": {"intent": "check_balance", "slots": {"account": "Steady Savings"}, "excludes": ["2,682"]},
            },
        ],
    },
    {"say": "what is the atm fee", "expect": {"facts": ["$2.50"], "cites": "fees#atm-withdrawals"}},
    {"say": "what is the atm fee", "expect": {"cites": "fees"}},
    {"say": "give me a human agent", "customer": "ada", "expect": {"hand_off": True, "events": ["CaseOpened"]}},
]
FAILING = [
    {
        "customer": "ada",
        "turns": [
            {"say": "what is my balance", "expect": {"contains": ["$2,682.00"]}},
            {
                "say": "what is my balance",
                "expect": {
                    "kind": "refuse",
                    "intent": "atm_fees",
                    "intents": ["check_balance", "atm_fees"],
                    "acts": ["greet"],
                    "slots": {"account": "Steady Savings"},
                    "contains": ["a pot of gold"],
                    "excludes": ["steady savings"],
                    "facts": ["$7.77"],
                    "choices": ["Lost card"],
                    "cites": "fees",
                    "hand_off": True,
                    "events": ["CaseOpened"],
                },
            },
        ],
    },
    {"say": "what is my balance", "customer": "ada", "expect": {"facts": []}},
]


def read_suite(path: Path) -> ElementTree.Element:
    # The file is our own.
    return ElementTree.parse(path).getroot()[0]  # noqa: S314


@pytest.fixture
def play(own_home: Path, tiny_project: Path, tiny_run: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Build a release whose project has these tests, and play it."""
    monkeypatch.setenv("TELLERBOT_HOME", str(own_home))

    def run(tests: list[Any], *options: object) -> Any:
        project = own_home / "bank"
        shutil.copytree(tiny_project, project)
        (project / "tests" / "conversations.yaml").write_text(yaml.safe_dump(tests, sort_keys=False))
        (own_home / "releases").unlink()
        settings = Settings(home=own_home)
        manifest = build_release(project, tiny_run.folder, Registry.at(settings), var=settings.var)
        return CliRunner().invoke(app, ["test", manifest.version, *map(str, options)])

    return run


def test_conversations_that_pass_and_their_coverage(play: Any, tmp_path: Path) -> None:
    result = play(PASSING, "--json", tmp_path / "out.json", "--junit", tmp_path / "out.xml")
    assert result.exit_code == 0, result.output
    assert "All 5 turns passed." in result.output
    assert "intents: 3 of 5 met\n    not met: card_lost; transfer_money" in result.output
    out = json.loads((tmp_path / "out.json").read_text())
    assert (out["passed"], out["failed"]) == (5, 0)
    assert out["coverage"]["replies"]["check_balance"] and not out["coverage"]["replies"]["check_balance, case 1"]
    suite = read_suite(tmp_path / "out.xml")
    assert suite.attrib["tests"] == "5" and suite.attrib["failures"] == "0"


def test_a_failed_turn_is_shown_with_what_was_expected_and_found(play: Any, tmp_path: Path) -> None:
    result = play(FAILING, "--json", tmp_path / "out.json", "--junit", tmp_path / "out.xml")
    assert isinstance(result.exception, GateError) and result.exception.exit_code == 4
    results = json.loads((tmp_path / "out.json").read_text())["results"]
    assert [len(each["differences"]) for each in results] == [0, 12, 1]
    assert "FAILED  conversations.yaml:1, turn 2, signed in as ada\n    > what is my balance\n" in result.output
    for line in (
        "- kind: expected refuse\n    + kind: found act (facts from the bank)",
        "- intents: expected check_balance, atm_fees\n    + intents: found check_balance",
        "- contains: expected a pot of gold\n    + contains: found not in the reply",
        "- slots: expected account Steady Savings\n    + slots: found none",
        "- facts: expected none\n    + facts: found ",
    ):
        assert line in result.output
    cases = read_suite(tmp_path / "out.xml").findall("testcase")
    assert [case.find("failure") is not None for case in cases] == [False, True, True]
    assert cases[1].attrib == {"classname": "conversations.yaml:1", "name": "turn 2: what is my balance"}
    failure = cases[1].find("failure")
    assert failure is not None and "kind: expected refuse, found act" in failure.attrib["message"]


def test_text_that_no_xml_may_hold_is_replaced(play: Any, tmp_path: Path) -> None:
    play([{"say": "what is\u0001 my balance", "expect": {"kind": "refuse"}}], "--junit", tmp_path / "out.xml")
    (case,) = read_suite(tmp_path / "out.xml")
    assert case.attrib["name"] == "turn 1: what is\ufffd my balance"


@pytest.mark.parametrize(
    "test, message",
    [
        ({"say": "hi", "customer": "eve", "expect": {}}, "conversations.yaml:1: Expected a user name that the bank"),
        ({"say": "x" * 2001, "expect": {}}, "conversations.yaml:1: Expected a message of at most 2000 characters"),
    ],
)
def test_a_test_that_cannot_be_played_is_named(play: Any, test: Any, message: str) -> None:
    result = play([test])
    assert isinstance(result.exception, DataError) and message in str(result.exception)


@pytest.mark.parametrize(
    "content, message",
    [
        ("- say: hi\n  expect:\n    contans: [x]\n", "conversations.yaml:3: 0.expect.contans: Extra inputs"),
        ("- turns:\n  - say: hi\n    expect: {intent: no_such}\n", "conversations.yaml:3: 'no_such' is no intent"),
        ("- say: hi\n", "conversations.yaml:1: 0: Value error, expected either turns, or say and expect"),
        ("- say: hi\n  expect: {}\n  turns: [{say: hi, expect: {}}]\n", "expected either turns, or say and expect"),
        ("- say: hi\n  expect: {slots: {colour: red}}\n", "conversations.yaml:2: 0.expect.slots.colour"),
    ],
)
def test_mistakes_name_file_and_line(tiny_project: Path, tmp_path: Path, content: str, message: str) -> None:
    folder = tmp_path / "bank"
    shutil.copytree(tiny_project, folder)
    (folder / "tests" / "conversations.yaml").write_text(content)
    with pytest.raises(DataError) as error:
        load_project(folder)
    assert message in "\n".join(map(str, error.value.problems))
