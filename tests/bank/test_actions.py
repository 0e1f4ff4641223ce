"""What holds for every action: its arguments, its scope, whose things it touches, and that it runs once for its key."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from demo_bank import TODAY, Acting, Asking
from tellerbot.bank import demo_schema as t
from tellerbot.bank.journal import _CONSONANTS
from tellerbot.errors import ConfigError, RefusedError
from tellerbot.types import SCOPES, Customer, Named, Period, Receipt

CHECKING, SAVINGS = "Everyday Checking", "Steady Savings"
SOON = TODAY + timedelta(days=20)
TRIP = Period(TODAY + timedelta(days=5), TODAY + timedelta(days=15))
TYPES = {"money": Decimal, "percent": Decimal, "date": date, "time": time, "count": int}
# A thing that each action does: who asks for it, and with what.
EXAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "move_money": ("ada", {"account": CHECKING, "to_account": SAVINGS, "amount": Decimal("250.10")}),
    "pay_payee": ("ada", {"account": CHECKING, "payee": "Mom", "amount": Decimal("20")}),
    "add_payee": ("ada", {"name": "Lena Hart", "bank": "Harbor Trust", "number": "0012 3456 789"}),
    "set_standing_order": (
        "ada",
        {"account": CHECKING, "payee": "Mom", "amount": Decimal("50"), "day": SOON, "every": "month"},
    ),
    "cancel_standing_order": ("ada", {"record": "standing_orders/1"}),
    "cancel_direct_debit": ("ada", {"record": "direct_debits/1"}),
    "change_direct_debit": ("ada", {"record": "direct_debits/1", "account": SAVINGS}),
    "stop_payment": ("ada", {"record": "scheduled_payments/1"}),
    "stop_check": ("ada", {"account": CHECKING, "check": "1043", "amount": Decimal("650")}),
    "freeze_card": ("ada", {"card": "debit"}),
    "unfreeze_card": ("ben", {"card": "debit"}),
    "report_card": ("ada", {"card": "travel card", "reason": "stolen"}),
    "order_card": ("ada", {"card": "debit", "delivery": "rush"}),
    "activate_card": ("dina", {"card": "cashback card"}),
    "change_card_limit": ("ada", {"card": "debit", "kind": "atm", "amount": Decimal("200")}),
    "set_travel_notice": ("ada", {"card": "travel card", "place": "Portugal", "period": TRIP}),
    # The first purchase that is listed and posted.
    "dispute_transaction": ("ada", {"record": "transactions/2", "reason": "not_mine"}),
    "change_address": ("ada", {"address": "1 New Street, Bath, Maine 04530"}),
    "change_phone": ("ada", {"phone": "(207) 555-0199"}),
    "order_statement": (
        "ada",
        {"account": CHECKING, "period": Period(date(2026, 2, 1), date(2026, 2, 28)), "way": "paper"},
    ),
    "book_appointment": (
        "ada",
        {"branch": "Old Port", "day": date(2026, 3, 12), "time": time(14), "topic": "a mortgage"},
    ),
    "cancel_appointment": ("ben", {"record": "appointments/1"}),
    "open_savings": ("ada", {"product": "Six-month CD", "account": SAVINGS, "amount": Decimal("1000")}),
}  # fmt: skip


@pytest.mark.parametrize("action", EXAMPLES)
def test_each_is_done_once_for_its_key_and_changes_what_it_says(acting: Acting, action: str) -> None:
    user, given = EXAMPLES[action]
    spec = acting.bank.actions()[action]
    before = acting.everything()
    # The user's things as they are named now: the action may add another of that name.
    given = acting.arguments(user, given)
    receipt = acting.act(action, user, key="once", **given)
    after = acting.everything()
    changed = {name for name, rows in after.items() if rows != before[name]} - {"bank_actions"}
    assert changed and changed <= set(spec.changes)
    assert acting.act(action, user, key="once", **given) == receipt
    assert acting.bank.outcome(acting.customers[user], "once") == receipt
    assert acting.everything() == after
    assert receipt.facts or receipt.made
    for name, fact in receipt.facts.items():
        assert fact.name == name and fact.value != ""
        assert (fact.source.kind, type(fact.value)) == ("bank", TYPES.get(fact.kind, str))
        assert "/" in fact.source.ref
    assert abs(receipt.at - datetime.now(UTC)) < timedelta(minutes=5) and receipt.at.tzinfo == UTC


def test_there_is_an_example_of_each_and_what_undoes_it_is_one(acting: Acting) -> None:
    specs = acting.bank.actions()
    assert set(specs) == set(EXAMPLES)
    assert {spec.scope for spec in specs.values()} == SCOPES
    assert {spec.undo for spec in specs.values() if spec.undo} <= set(specs)
    assert {name for name, spec in specs.items() if spec.second_factor} == {
        "pay_payee", "set_standing_order", "add_payee", "unfreeze_card", "change_card_limit", "change_address",
        "change_phone",
    }  # fmt: skip


@pytest.mark.parametrize("action", EXAMPLES)
def test_it_needs_its_scope_and_is_for_customers_only(acting: Acting, action: str) -> None:
    user, given = EXAMPLES[action]
    customer, needed = acting.customers[user], acting.bank.actions()[action].scope
    narrow = replace(customer, scopes=SCOPES - {needed})
    assert acting.refused(action, narrow, **given).reason == "not_allowed"
    arguments = acting.arguments(user, given)
    for nobody in ("", "CUST-99", "CUST-1' OR '1'='1", "CUST-1\0"):
        with pytest.raises(RefusedError) as caught:
            acting.bank.act(action, Customer(nobody, "Ada Okafor"), arguments, "k", TODAY)
        assert caught.value.reason == "not_allowed"
    assert acting.act(action, replace(customer, scopes=frozenset({needed})), **given).reference


@pytest.mark.parametrize("action", EXAMPLES)
def test_anothers_things_are_refused_as_those_that_there_are_not(acting: Acting, action: str) -> None:
    user, given = EXAMPLES[action]
    given = acting.arguments(user, given)
    before = acting.everything()
    own = {name: one for name, one in given.items() if isinstance(one, Named)}
    for name, named in own.items():
        others = [Named(named.kind, "no such", "x"), Named(named.kind, "", ""), Named(named.kind, "records/1", "x")]
        if name == "record":
            table = named.ref.split("/")[0]
            numbers = [row.id for row in acting.rows(t.metadata.tables[table])]
            others += [Named("record", f"{table}/{number}", "x") for number in (numbers[-1] + 1, 0, -1, 10**30)]
            others += [Named("record", ref, "x") for ref in (f"{table}/", table, "accounts/ACC-1001", f"{table}/1.0")]
        for other in others:
            assert acting.refusal(action, user, **{**given, name: other}).reason == "not_theirs"
    stranger = next(name for name in ("carmen", "ernest") if name != user)
    theirs = {name for name, named in own.items() if named.kind in ("account", "card", "record")}
    if theirs:
        assert acting.refusal(action, stranger, **given).reason == "not_theirs"
    assert acting.everything() == before


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("move_money", {"amount": None}, "move_money: expected account, to_account, amount, found no amount"),
    ("move_money", {"amount": 20}, "amount: expected a value of type Decimal, found int"),
    ("move_money", {"amount": Decimal("NaN")}, "expected a number from 0"),
    ("move_money", {"amount": Decimal(-5)}, "expected a number from 0"),
    ("move_money", {"day": datetime(2026, 3, 11)}, "expected a value of type date, found datetime"),
    ("move_money", {"to_account": Named("card", "CARD-11", "Debit")}, "the name of a to_account, found that of a card"),
    ("move_money", {"key": "x", "memo": "y"}, "move_money: expected account, to_account, amount, day, found 'memo'"),
    ("freeze_card", {"card": Named("account", "ACC-1001", "x")}, "the name of a card, found that of a account"),
    ("report_card", {"reason": "eaten"}, "expected one of lost, stolen, found 'eaten'"),
    ("order_card", {"delivery": "pigeon"}, "expected one of standard, rush"),
    ("change_card_limit", {"kind": "purchase "}, "expected one of atm, purchase"),
    ("dispute_transaction", {"reason": ""}, "expected one of not_mine, twice"),
    ("set_standing_order", {"every": "day"}, "expected one of week, month"),
    ("order_statement", {"way": "fax"}, "expected one of paper, branch"),
    ("book_appointment", {"time": "14:00"}, "expected a value of type time, found str"),
    ("book_appointment", {"topic": "x" * 201}, "expected one line of 1 to 200 characters"),
    ("change_address", {"address": "1 Main Street\nBath"}, "expected one line of 1 to 200 characters"),
    ("change_address", {"address": " "}, "expected one line"),
    ("change_address", {"address": "\ud800"}, "expected one line"),
    ("add_payee", {"name": "Eve\0"}, "expected one line"),
    ("set_travel_notice", {"period": TODAY}, "expected a value of type Period, found date"),
    ("cancel_appointment", {"record": Named("card", "CARD-11", "x")}, "the name of a record, found that of a card"),
]


@pytest.mark.parametrize(("action", "change", "message"), WRONG)
def test_wrong_arguments_say_what_was_expected(
    asking: Asking, action: str, change: dict[str, Any], message: str
) -> None:
    user, given = EXAMPLES[action]
    acting = Acting(asking.bank)
    arguments = acting.arguments(user, {**given, **change})
    arguments.pop("key", None)
    arguments = {name: one for name, one in arguments.items() if one is not None}
    with pytest.raises(ConfigError, match=message):
        acting.bank.act(action, acting.customers[user], arguments, "k", TODAY)


@pytest.mark.parametrize(("action", "key"), [("pay", "k"), ("", "k"), ("freeze_card", ""), ("freeze_card", "a\0")])
def test_an_unknown_action_and_a_useless_key_are_mistakes(asking: Asking, action: str, key: str) -> None:
    with pytest.raises(ConfigError, match=r"expected a key|Expected an action among move_money, .*found"):
        asking.bank.act(action, asking.customers["ada"], {"card": asking.named("card", "debit", "ada")}, key, TODAY)


def test_a_key_belongs_to_one_customer_action_and_arguments(acting: Acting) -> None:
    user, given = EXAMPLES["move_money"]
    acting.act("move_money", user, key="k", **given)
    for action, who, other in (
        ("move_money", "ada", {**given, "amount": Decimal("250.11")}),
        ("move_money", "ada", {**given, "account": SAVINGS, "to_account": CHECKING}),
        ("freeze_card", "ada", {"card": "debit"}),
        ("freeze_card", "ernest", {"card": "debit"}),
    ):
        assert acting.refused(action, who, key="k", **other).reason == "not_possible"
    assert acting.bank.outcome(acting.customers["ernest"], "k") is None
    # The same amount written otherwise is the same.
    assert acting.act("move_money", user, key="k", **{**given, "amount": Decimal("250.100")}).reference


def test_what_was_asked_after_and_had_not_run_never_runs(acting: Acting) -> None:
    ada = acting.customers["ada"]
    assert acting.bank.outcome(ada, "late") is None
    assert acting.refused("freeze_card", "ada", key="late", card="debit").reason == "not_possible"
    assert acting.bank.outcome(ada, "late") is None
    # A refusal leaves its key as it was.
    assert acting.refused("unfreeze_card", "ada", key="again", card="debit").reason == "no_change"
    acting.act("freeze_card", "ada", card="debit")
    receipt = acting.act("unfreeze_card", "ada", key="again", card="debit")
    assert acting.bank.outcome(ada, "again") == receipt


def at_once(calls: list[Callable[[], Receipt]]) -> list[Receipt | RefusedError]:
    """What calls that begin at the same time come to."""

    def attempt(call: Callable[[], Receipt]) -> Receipt | RefusedError:
        try:
            return call()
        except RefusedError as refusal:
            return refusal

    with ThreadPoolExecutor(len(calls)) as pool:
        return [*pool.map(attempt, calls)]


def test_eight_calls_at_once_with_one_key_book_once(acting: Acting) -> None:
    user, given = EXAMPLES["pay_payee"]
    given = acting.arguments(user, given)
    number = len(acting.rows(t.transactions))
    found = at_once([lambda: acting.act("pay_payee", user, key="k", **given)] * 8)
    assert found == [found[0]] * 8 and isinstance(found[0], Receipt)
    assert len(acting.rows(t.transactions)) == number + 1
    assert acting.balances("ACC-1001") == (Decimal("2662.00"), Decimal("2724.65"))


def test_acting_and_asking_what_became_of_it_at_once_agree(acting: Acting) -> None:
    ada, given = acting.customers["ada"], acting.arguments("ada", EXAMPLES["pay_payee"][1])
    for number in range(6):
        key = f"k{number}"
        with ThreadPoolExecutor(2) as pool:
            acted = pool.submit(lambda key=key: at_once([lambda: acting.act("pay_payee", "ada", key=key, **given)]))
            asked = pool.submit(acting.bank.outcome, ada, key)
        (done,), outcome = acted.result(), asked.result()
        assert outcome == done if isinstance(done, Receipt) else outcome is None
        # What is said once stays so.
        assert acting.bank.outcome(ada, key) == outcome


def test_references_are_capital_consonants_and_all_others(acting: Acting) -> None:
    receipts = [acting.act("freeze_card" if n % 2 == 0 else "unfreeze_card", "ada", card="debit") for n in range(20)]
    references = {receipt.reference for receipt in receipts}
    assert len(references) == 20
    assert all(len(one) == 8 and set(one) <= set(_CONSONANTS) for one in references)
    assert not set(_CONSONANTS) & set("AEIOUY")
