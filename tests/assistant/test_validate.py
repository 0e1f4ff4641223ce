"""The check of a whole project: what a release of it would trip over, each with its file and line."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from tellerbot.assistant.fills import FACTS_OF_SLOT
from tellerbot.assistant.validate import validate_project
from tellerbot.bank.demo import DemoBank
from tellerbot.errors import DataError, Problem
from tellerbot.types import SlotKind

FILES = {
    "assistant.yaml": (
        "name: Ada\nbank: Small Bank\nlocale: en-US\ncurrency: USD\nmessages:\n  welcome: Hello\n"
        "  refuse: [Sorry, Not here]\n  hand_off: One moment\n  sign_in: Sign in first\n  clarify: Which?\n"
        "topics: [check_balance]\nhand_off:\n  phone: support\n"
    ),
    "intents/main.yaml": (
        "intents:\n"
        "  check_balance:\n    title: check your balance\n    utterances: [how much do I have]\n"
        "  card_lost:\n    title: report a lost card\n    utterances: [my card is gone]\n"
        "  spending:\n    title: see what you spent\n    utterances: [what did I spend]\n"
    ),
    "responses.yaml": (
        "check_balance:\n  queries: [balances]\n  reply: 'You have, as of {as_of:date}:'\n"
        "  each: '- {account:text}: {available:money}'\n  empty: You have no account.\n"
        "card_lost:\n  flow: freeze\n"
        "spending:\n  queries: [total]\n  given: {period: this month}\n"
        "  reply: 'You spent {total:money}.'\n  empty: 'At {payee:text} you spent nothing.'\n"
    ),
    "flows/cards.yaml": (
        "freeze:\n"
        "  title: freeze a card\n"
        "  slots:\n    card: {kind: card, label: Card}\n"
        "  steps:\n"
        "    - collect: card\n"
        "      ask: Which card?\n"
        "      choices: {query: cards, row: '{card:text} ending in {last4:digits}'}\n"
        "    - branch:\n"
        "        - {if: card_status == 'frozen', next: done}\n"
        "    - confirm: freeze_card\n"
        "      ask: Shall I freeze your {card:text}?\n"
        "    - do: freeze_card\n"
        "      receipt: It is frozen.\n"
        "      lines: {Status: '{status:text}'}\n"
        "    - {id: done, end: done}\n"
    ),
    "policies/fees.md": (
        "---\ntitle: Fees\nversion: '1'\nin_force_from: 2026-01-01\n---\n# Fees\n\n## Wires\n\nA wire costs $20.\n"
    ),
    "tests/main.yaml": (
        "- say: how much do I have\n"
        "  expect:\n"
        "    {intent: check_balance, kind: act, acts: [greet], step: collect_card, did: [freeze_card],\n"
        "     cites: fees#wires, events: [FactsQueried]}\n"
    ),
}
Find = Callable[..., list[Problem]]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """Change (file, old, new) texts of a small project without mistakes; gives the mistakes found."""
    bank = DemoBank(f"sqlite:///{tmp_path / 'never-made.db'}")

    def check(*changes: tuple[str, str, str]) -> list[Problem]:
        for name, content in FILES.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            for file, old, new in changes:
                if file == name:
                    assert content.count(old) == 1
                    content = content.replace(old, new)
            (tmp_path / name).write_text(content)
        try:
            validate_project(tmp_path, bank)
        except DataError as error:
            return list(error.problems)
        return []

    return check


def test_a_project_without_mistakes_asks_the_bank_for_nothing(find: Find, tmp_path: Path) -> None:
    assert find() == [] and not (tmp_path / "never-made.db").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "what"),
    [
        ("responses.yaml", "queries: [balances]", "queries: [balance]", 2, "the bank has no query 'balance'"),
        ("responses.yaml", "{available:money}", "{availabel:money}", 4, "{availabel:money}. Near: available."),
        ("responses.yaml", "{available:money}", "{available:date}", 4, "of another kind: available:money."),
        ("responses.yaml", "{as_of:date}", "{available:money}", 3, "nothing here gives {available:money}"),
        ("responses.yaml", "{total:money}", "{sum:money}", 11, "nothing here gives {sum:money}"),
        ("responses.yaml", "period: this month", "period: some time", 10, "a period such as this month"),
        ("responses.yaml", "period: this month", "limit: ten", 10, "expected a whole number, found 'ten'"),
        ("responses.yaml", "period: this month", "perod: this month", 10, "its queries take no perod"),
        ("responses.yaml", "flow: freeze", "flow: freze", 7, "'freze', which is no flow"),
        ("responses.yaml", "no account.", "no account.\n  policy: [fees#wire]", 6, "no policy section 'fees#wire'"),
        ("responses.yaml", "no account.", "no account.\n  offer: card_gone", 6, "offers 'card_gone'"),
        ("flows/cards.yaml", "query: cards", "query: crads", 8, "the bank has no query 'crads'"),
        ("flows/cards.yaml", "{last4:digits}", "{last_4:digits}", 8, "{last_4:digits}. Near: last4"),
        ("flows/cards.yaml", "freeze your {card:text}", "freeze {crad:text}", 12, "{crad:text}. Near: card"),
        ("flows/cards.yaml", "card_status ==", "card_state ==", 10, "no value 'card_state' to compare"),
        ("flows/cards.yaml", "- confirm: freeze_card", "- confirm: freeze_crad", 11, "no action 'freeze_crad'"),
        ("flows/cards.yaml", "- do: freeze_card", "- do: freeze_crad", 13, "no action 'freeze_crad'"),
        ("flows/cards.yaml", "It is frozen", "Your {crad:text} is frozen", 14, "{crad:text}. Near: card"),
        ("flows/cards.yaml", "{status:text}", "{statsu:text}", 15, "{statsu:text}. Near: status"),
        ("tests/main.yaml", "intent: check_balance", "intent: old_balance", 2, "'old_balance' is no intent"),
        ("tests/main.yaml", "kind: act", "kind: acts", 3, "kind: 'acts' is none."),
        ("tests/main.yaml", "acts: [greet]", "acts: [great]", 3, "acts: 'great' is none."),
        ("tests/main.yaml", "step: collect_card", "step: ask_card", 3, "step: 'ask_card' is none."),
        ("tests/main.yaml", "did: [freeze_card]", "did: [freeze]", 3, "did: 'freeze' is none."),
        ("tests/main.yaml", "fees#wires", "fees#wire", 4, "no policy section 'fees#wire'"),
        ("tests/main.yaml", "FactsQueried", "FactAsked", 4, "events: 'FactAsked' is none."),
        ("tests/main.yaml", "how much do I have", "'\u200b'", 1, "found nothing to read"),
        ("assistant.yaml", "phone: support", "phone: suport", 13, "gives no suport_phone; it gives support_phone"),
        ("assistant.yaml", "[check_balance]", "[chek_balance]", 11, "'chek_balance' is no intent"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(
    find: Find, tmp_path: Path, file: str, old: str, new: str, line: int, what: str
) -> None:
    found = [problem for problem in find((file, old, new)) if what in problem.what]
    assert [(problem.file, problem.line) for problem in found] == [(str(tmp_path / file), line)]


def test_mistakes_of_all_kinds_are_told_at_once_and_lead_to_no_others(find: Find, tmp_path: Path) -> None:
    found = find(
        ("assistant.yaml", "name: Ada", "nam: Ada"),
        ("intents/main.yaml", "title: report a lost card", "titel: report a lost card"),
        ("responses.yaml", "{total:money}", "{total}"),
        ("responses.yaml", "  empty: You have no account.", "  emty: You have no account."),
        ("flows/cards.yaml", "ask: Which card?", "asks: Which card?"),
        ("tests/main.yaml", "kind: act", "knd: act"),
        ("policies/fees.md", "title: Fees\n", ""),
    )
    told = {(str(Path(problem.file).relative_to(tmp_path)), problem.what.split(":")[0]) for problem in found}
    assert told == {
        ("assistant.yaml", "name"),
        ("assistant.yaml", "nam"),
        ("intents/main.yaml", "intents.card_lost.title"),
        ("intents/main.yaml", "intents.card_lost.titel"),
        ("responses.yaml", "spending"),
        ("responses.yaml", "check_balance.emty"),
        ("flows/cards.yaml", "freeze.steps.0.collect.ask"),
        ("flows/cards.yaml", "freeze.steps.0.asks"),
        ("tests/main.yaml", "0.expect.knd"),
        ("policies/fees.md", "title"),
        ("policies", "Expected a policy in force today, found none."),
    }


@pytest.mark.slow
def test_the_demo_fits_the_demo_bank(tmp_path: Path) -> None:
    validate_project(Path(str(files("tellerbot.project") / "demo")), DemoBank(f"sqlite:///{tmp_path / 'bank.db'}"))


def test_every_slot_kind_says_what_facts_it_gives() -> None:
    assert set(FACTS_OF_SLOT) == set(get_args(SlotKind))
