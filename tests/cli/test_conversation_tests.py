"""`tellerbot test`: conversations that pass and fail, what is printed and written, and mistakes in the tests."""

import json
import re
import shutil
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from typer.testing import CliRunner

from tellerbot.assistant.load import Assistant, load_release, open_bank, open_store
from tellerbot.assistant.play import Coverage
from tellerbot.assistant.play import play as play_tests
from tellerbot.assistant.sandbox import Sandbox, open_sandbox
from tellerbot.cli.main import app
from tellerbot.errors import ConfigError, DataError, GateError
from tellerbot.project.conversation_tests import ConversationTest
from tellerbot.project.load import load_project
from tellerbot.release.build import build_release
from tellerbot.release.registry import Registry
from tellerbot.settings import BankSettings, Settings

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
FREEZE = {
    "title": "Freeze a card",
    "slots": {"card": {"kind": "card", "label": "Card"}},
    "steps": [
        {"collect": "card", "ask": "Which card?", "choices": {"query": "cards", "row": "{card:text} {last4:digits}"}},
        {"confirm": "freeze_card", "ask": "Shall I freeze this card?"},
        {"do": "freeze_card", "receipt": "Done:", "lines": {"Status": "{status:text}"}},
    ],
}
PAYEE = {
    "title": "Add a payee",
    "slots": {
        "name": {"kind": "text", "label": "Name"},
        "bank": {"kind": "text", "label": "Bank"},
        "number": {"kind": "number", "label": "Account number"},
    },
    "steps": [
        *({"collect": name, "ask": f"What is the {name}?"} for name in ("name", "bank", "number")),
        {"confirm": "add_payee", "ask": "Shall I save it?"},
        {"do": "add_payee", "receipt": "Done:", "lines": {"Payee": "{payee:text}"}},
    ],
}
FROZEN = [
    {"say": "lost card help", "expect": {"flow": "freeze", "step": "collect_card", "did": []}},
    {"say": "the debit card", "expect": {"step": "confirm_freeze_card", "card": {"Card": "Debit card ending in 5512"}}},
    {"say": "yes", "expect": {"flow": "", "did": ["freeze_card"], "card": {"Status": "frozen"}}},
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


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for one project after the other, whose policies are read and embedded once."""
    return tmp_path_factory.mktemp("workshop")


@pytest.fixture
def play(own_home: Path, workshop: Path, tiny_project: Path, tiny_run: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Build a release whose project has these tests, and play it."""
    monkeypatch.setenv("TELLERBOT_HOME", str(own_home))

    def run(tests: list[Any], *options: object, today: date | None = None, **flows: Any) -> Any:
        project = workshop / "bank"
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(tiny_project, project)
        if flows:
            _add_flows(project, flows)
        (project / "tests" / "conversations.yaml").write_text(yaml.safe_dump(tests, sort_keys=False))
        if today:
            assistant = project / "assistant.yaml"
            text, changed = re.subn("tests_today: .*", f"tests_today: {today}", assistant.read_text())
            assert changed == 1
            assistant.write_text(text)
        (own_home / "releases").unlink()
        settings = Settings(home=own_home)
        manifest = build_release(project, tiny_run.folder, Registry.at(settings), var=workshop / "var")
        return CliRunner().invoke(app, ["test", manifest.version, *map(str, options)])

    return run


def _add_flows(project: Path, flows: dict[str, Any]) -> None:
    """Let a lost card start the first flow, and a transfer the last one."""
    (project / "flows").mkdir()
    (project / "flows" / "all.yaml").write_text(yaml.safe_dump(flows, sort_keys=False))
    responses = yaml.safe_load((project / "responses.yaml").read_text())
    responses |= {"card_lost": {"flow": next(iter(flows))}, "transfer_money": {"flow": [*flows][-1]}}
    (project / "responses.yaml").write_text(yaml.safe_dump(responses))


@pytest.mark.slow
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


@pytest.mark.slow
def test_conversations_are_played_as_on_the_projects_day_or_their_own(play: Any) -> None:
    """The message is read, and the bank asked, as on the day: `this month` and the newest record are of then."""
    asked = {"say": "what is my balance this month", "customer": "ada"}
    tests = [
        {**asked, "expect": {"slots": {"period": "2026-03-01 to 2026-03-31"}}},
        {**asked, "today": date(2028, 2, 29), "expect": {"slots": {"period": "2028-02-01 to 2028-02-29"}}},
    ]
    result = play(tests, today=date(2026, 3, 1))
    assert result.exit_code == 0, result.output
    assert "All 2 turns passed." in result.output


def test_a_demo_bank_has_its_history_up_to_the_day_it_is_opened_on(tmp_path: Path) -> None:
    banks = open_sandbox(Settings(), tmp_path, is_sandbox=False)
    for day in (date(2026, 1, 1), date(2028, 2, 29), date(2026, 1, 1)):
        with banks.open(day) as bank:
            newest = bank.query("recent_transactions", bank.find_user("ada"), {}, day).rows[0]["day"].value
            assert isinstance(newest, date) and timedelta(0) <= day - newest < timedelta(days=4)


@pytest.mark.slow
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


@pytest.mark.slow
def test_text_that_no_xml_may_hold_is_replaced(play: Any, tmp_path: Path) -> None:
    play([{"say": "what is\u0001 my balance", "expect": {"kind": "refuse"}}], "--junit", tmp_path / "out.xml")
    (case,) = read_suite(tmp_path / "out.xml")
    assert case.attrib["name"] == "turn 1: what is\ufffd my balance"


@pytest.mark.slow
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


@pytest.mark.slow
def test_each_conversation_acts_at_a_demo_bank_of_its_own(play: Any, own_home: Path) -> None:
    shutil.rmtree(own_home / "var")
    result = play([{"customer": "ada", "turns": FROZEN}] * 2, freeze=FREEZE)
    assert result.exit_code == 0, result.output
    assert "All 6 turns passed." in result.output
    assert "flows: 1 of 1 met" in result.output and "actions: 1 of 1 met" in result.output
    # The bank that customers use has not even been made.
    assert not list(own_home.rglob("bank.db")) and not list(own_home.rglob("demo-passwords.txt"))


@pytest.mark.slow
def test_a_test_types_the_newest_code(play: Any) -> None:
    turns = [
        {"say": "make a transfer", "expect": {"flow": "payee", "step": "collect_name"}},
        *({"say": text, "expect": {"flow": "payee"}} for text in ("Joe Miller", "Harbor Trust", "12345678")),
        {"say": "yes", "expect": {"step": "code", "did": []}},
        {"say": "{code}", "expect": {"did": ["add_payee"], "flow": ""}},
        {"say": "{code}", "expect": {"did": []}},
    ]
    result = play([{"customer": "ada", "turns": turns}], payee=PAYEE)
    assert result.exit_code == 0, result.output


@pytest.mark.slow
def test_what_flows_were_expected_to_do_is_shown(play: Any) -> None:
    expect = {"flow": "", "step": "elsewhere", "did": ["freeze_card"], "refused": "too_late", "card": {"Card": "none"}}
    wrong = [FROZEN[0], {"say": "the debit card", "expect": expect}]
    result = play([{"customer": "ada", "turns": wrong}], freeze=FREEZE)
    for line in (
        "- flow: expected none\n    + flow: found freeze",
        "- step: expected elsewhere\n    + step: found confirm_freeze_card",
        "- did: expected freeze_card\n    + did: found none",
        "- refused: expected too_late\n    + refused: found none",
        "- card: expected Card: none\n    + card: found Card: Debit card ending in 5512",
    ):
        assert line in result.output, result.output


@pytest.mark.slow
def test_no_test_acts_at_a_bank_that_is_no_sandbox(play: Any, own_home: Path) -> None:
    """The demo bank stands for any other here: it would act."""
    play([{"customer": "ada", "turns": FROZEN}], freeze=FREEZE)
    settings = Settings(home=own_home)
    bank = open_bank(settings)
    newest = sorted(path.name for path in (own_home / "releases").iterdir())[-1]
    assistant = load_release(newest, settings, bank, open_store(settings))
    real = Sandbox(lambda day: nullcontext(bank), can_act=False)
    with pytest.raises(ConfigError, match="found one that is no sandbox"):
        list(play_tests(assistant, Coverage(assistant.parts.project), real))
    # A test that does not say what it does comes as far as the bank, which sees that it may do nothing.
    turns = [*FROZEN[:2], {"say": "yes", "expect": {"refused": "not_allowed"}}]
    test = ConversationTest.model_validate({"customer": "ada", "turns": turns})
    project = replace(assistant.parts.project, tests=[("here", test)])
    assistant = Assistant(assistant.manifest, replace(assistant.parts, project=project))
    played = list(play_tests(assistant, Coverage(project), real))
    assert [turn.differences for turn in played] == [(), (), ()]


def test_a_sandbox_has_a_url(tmp_path: Path) -> None:
    settings = Settings(bank=BankSettings(name="other"))
    with pytest.raises(ConfigError, match="TELLERBOT_BANK__URL: expected the URL of a sandbox"):
        open_sandbox(settings, tmp_path, is_sandbox=True)


@pytest.mark.parametrize(
    "content, message",
    [
        ("- say: hi\n  expect:\n    contans: [x]\n", "conversations.yaml:3: 0.expect.contans: Extra inputs"),
        ("- turns:\n  - say: hi\n    expect: {intent: no_such}\n", "conversations.yaml:3: 'no_such' is no intent"),
        ("- say: hi\n  expect: {flow: no_such}\n", "conversations.yaml:2: 'no_such' is no flow"),
        ("- say: hi\n  expect: {refused: bad_mood}\n", "conversations.yaml:2: 0.expect.refused"),
        ("- say: hi\n", "conversations.yaml:1: 0: Value error, expected either turns, or say and expect"),
        ("- say: hi\n  expect: {}\n  turns: [{say: hi, expect: {}}]\n", "expected either turns, or say and expect"),
        ("- say: hi\n  expect: {slots: {colour: red}}\n", "conversations.yaml:2: 0.expect.slots.colour"),
        ("- say: hi\n  today: 5\n  expect: {}\n", "conversations.yaml:2: 0.today: Input should be a valid date"),
        ("- say: hi\n  today: soon\n  expect: {}\n", "conversations.yaml:2: 0.today: Input should be a valid date"),
        ("- say: hi\n  today: 0202-01-01\n  expect: {}\n", "conversations.yaml:2: 0.today: Input should be greater"),
    ],
)
def test_mistakes_name_file_and_line(tiny_project: Path, tmp_path: Path, content: str, message: str) -> None:
    folder = tmp_path / "bank"
    shutil.copytree(tiny_project, folder)
    (folder / "tests" / "conversations.yaml").write_text(content)
    with pytest.raises(DataError) as error:
        load_project(folder)
    assert message in "\n".join(map(str, error.value.problems))
