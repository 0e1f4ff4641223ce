"""Moving money and paying payees: balances to the cent, limits, payees."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest

from demo_bank import TODAY, Acting, value, values
from tellerbot.bank import demo_schema as t
from tellerbot.errors import RefusedError
from tellerbot.types import Period, Receipt

CHECKING, SAVINGS = "Everyday Checking", "Steady Savings"
TOMORROW = TODAY + timedelta(days=1)


def give(acting: Acting, account: str, amount: str) -> None:
    """Let an account hold this."""
    with acting.bank.engine.begin() as connection:
        held = {"available": Decimal(amount), "current": Decimal(amount)}
        connection.execute(t.accounts.update().where(t.accounts.c.id == account).values(**held))


def move(acting: Acting, amount: str, source: str = CHECKING, target: str = SAVINGS, **given: Any) -> Receipt:
    return acting.act("move_money", "ada", account=source, to_account=target, amount=Decimal(amount), **given)


def pay(acting: Acting, amount: str, payee: str = "Mom", **given: Any) -> Receipt:
    return acting.act("pay_payee", "ada", account=CHECKING, payee=payee, amount=Decimal(amount), **given)


def not_moved(acting: Acting, amount: str, **given: Any) -> RefusedError:
    return acting.refused(
        "move_money", "ada", **{"account": CHECKING, "to_account": SAVINGS, **given}, amount=Decimal(amount)
    )


def not_paid(acting: Acting, amount: str, **given: Any) -> RefusedError:
    return acting.refused("pay_payee", "ada", **{"account": CHECKING, "payee": "Mom", **given}, amount=Decimal(amount))


def test_money_moved_is_in_the_other_account_at_once(acting: Acting) -> None:
    number = len(acting.rows(t.transactions))
    receipt = move(acting, "250.10")
    assert acting.balances("ACC-1001") == (Decimal("2431.90"), Decimal("2474.55"))
    assert acting.balances("ACC-1002") == (Decimal("11700.22"), Decimal("11700.22"))
    booked = acting.rows(t.transactions)[number:]
    assert sorted((row.account_id, row.payee, row.amount, row.day, row.category, row.pending) for row in booked) == [
        ("ACC-1001", "Transfer to Steady Savings", Decimal("-250.10"), TODAY, "own transfers", False),
        ("ACC-1002", "Transfer from Everyday Checking", Decimal("250.10"), TODAY, "own transfers", False),
    ]
    shown = values(receipt)
    assert (shown["amount"], shown["day"]) == (Decimal("250.10"), TODAY)
    assert (shown["account"], shown["last4"], shown["available"]) == (CHECKING, "4821", Decimal("2431.90"))
    assert (shown["to_account"], shown["to_last4"], shown["to_available"]) == (SAVINGS, "7730", Decimal("11700.22"))
    assert receipt.facts["amount"].source.ref == f"transactions/{booked[-1].id}/amount"
    assert receipt.facts["to_available"].source.ref == "accounts/ACC-1002/available"
    # Nothing is spent by it.
    assert value(acting.ask("total", "ada", period=Period(TODAY, TODAY)), "total") == Decimal("42.65")


def test_all_that_is_available_can_be_moved_and_no_cent_more(acting: Acting) -> None:
    short = not_moved(acting, "2682.01")
    assert (short.reason, values(short)["available"]) == ("insufficient", Decimal("2682.00"))
    move(acting, "2682.00")
    assert acting.balances("ACC-1001") == (Decimal("0.00"), Decimal("42.65"))
    assert not_moved(acting, "0.01").reason == "insufficient"


@pytest.mark.parametrize(
    ("amount", "given"),
    [
        ("0", {}),
        ("0.001", {}),
        ("10.005", {}),
        ("10", {"to_account": CHECKING}),
        ("10", {"day": TODAY - timedelta(days=1)}),
    ],
)
def test_what_makes_no_sense_is_not_moved(acting: Acting, amount: str, given: dict[str, Any]) -> None:
    assert not_moved(acting, amount, **given).reason == "not_possible"


def test_a_cd_gives_nothing_out_and_takes_nothing_in(acting: Acting) -> None:
    for source, target in (("Twelve-month CD", CHECKING), (CHECKING, "Twelve-month CD")):
        given = {"account": source, "to_account": target, "amount": Decimal(10)}
        for day in (TODAY, TOMORROW):
            assert acting.refused("move_money", "ernest", **given, day=day).reason == "not_possible"


def test_money_can_be_moved_on_a_later_day(acting: Acting) -> None:
    day = TODAY + timedelta(days=3)
    receipt = move(acting, "9000", day=day)
    assert (values(receipt)["state"], values(receipt)["day"]) == ("scheduled", day)
    assert acting.balances("ACC-1001") == (Decimal("2682.00"), Decimal("2724.65"))
    rows = acting.ask("scheduled_payments", "ada").rows
    assert [(row["payee"].value, row["amount"].value) for row in rows] == [
        (SAVINGS, Decimal("9000.00")), (SAVINGS, Decimal("150.00")),
    ]  # fmt: skip
    # What goes to an own account is no payment to come.
    assert SAVINGS not in [row["payee"].value for row in acting.ask("upcoming_payments", "ada").rows]


def test_a_run_and_a_day_have_limits(acting: Acting) -> None:
    give(acting, "ACC-1001", "90000.00")
    over = not_moved(acting, "25000.01")
    assert (over.reason, values(over)) == ("amount_limit", {"limit": Decimal("25000.00")})
    move(acting, "25000")
    move(acting, "24999.99")
    over = not_moved(acting, "0.02")
    assert (over.reason, values(over)["limit"]) == ("day_limit", Decimal("50000.00"))
    assert values(over)["remaining"] == Decimal("0.01")
    assert len(over.facts["remaining"].source.rows) == 2
    move(acting, "0.01")
    # Another day, and another customer, has limits of its own; a transfer to come counts for its day.
    move(acting, "25000", day=TOMORROW)
    move(acting, "25000", today=TOMORROW)
    assert not_moved(acting, "1", today=TOMORROW).reason == "day_limit"
    give(acting, "ACC-5001", "90000.00")
    acting.act("move_money", "ernest", account=CHECKING, to_account=SAVINGS, amount=Decimal(1))


def test_a_payment_is_pending_and_lowers_what_is_available(acting: Acting) -> None:
    receipt = pay(acting, "20")
    assert acting.balances("ACC-1001") == (Decimal("2662.00"), Decimal("2724.65"))
    shown = values(receipt)
    assert (shown["payee"], shown["payee_last4"], shown["bank"]) == ("Grace Okafor", "8407", "Pinetree Savings")
    assert (shown["amount"], shown["state"], shown["available"]) == (Decimal("20.00"), "pending", Decimal("2662.00"))
    newest = acting.rows(t.transactions)[-1]
    assert (newest.payee, newest.amount, newest.kind, newest.category) == (
        "Grace Okafor", Decimal("-20.00"), "transfer", "transfers",
    )  # fmt: skip
    assert newest.pending
    pending = acting.ask("pending_transactions", "ada").rows
    assert "Grace Okafor" in [row["payee"].value for row in pending]


def test_a_payment_can_be_made_on_a_later_day(acting: Acting) -> None:
    day = TODAY + timedelta(days=8)
    before = value(acting.ask("upcoming_payments", "ada"), "total")
    receipt = pay(acting, "4000", day=day)
    assert values(receipt)["state"] == "scheduled"
    assert acting.balances("ACC-1001") == (Decimal("2682.00"), Decimal("2724.65"))
    sheet = acting.ask("upcoming_payments", "ada", payee=acting.named("payee", "Mom", "ada"))
    assert [(row["kind"].value, row["day"].value) for row in sheet.rows] == [("scheduled transfer", day)]
    assert value(acting.ask("upcoming_payments", "ada"), "total") == before + Decimal(4000)  # type: ignore[operator]
    left = acting.ask("left_after", "ada", payee=acting.named("payee", "Mom", "ada"))
    assert (value(left, "leaves"), value(left, "rest")) == ("leaves it short by", Decimal("1318.00"))
    # Once its day is over it is to come no more.
    assert "Grace Okafor" not in [
        row["payee"].value
        for row in acting.bank.query("upcoming_payments", acting.customers["ada"], {}, day + timedelta(1)).rows
    ]


def test_only_saved_payees_are_paid_and_not_out_of_a_cd(acting: Acting) -> None:
    assert not_paid(acting, "10", payee="Casco Coffee").reason == "not_possible"
    assert not_paid(acting, "10", day=TODAY - timedelta(days=1)).reason == "not_possible"
    assert not_paid(acting, "10.001").reason == "not_possible"
    assert not_paid(acting, "2682.01").reason == "insufficient"
    given = {"account": "Twelve-month CD", "payee": "Lucy Whitlock", "amount": Decimal(10)}
    assert acting.refused("pay_payee", "ernest", **given).reason == "not_possible"


def test_payments_have_the_limits_of_the_policy_by_day_and_by_month(acting: Acting) -> None:
    give(acting, "ACC-1001", "90000.00")
    assert (not_paid(acting, "5000.01").reason, values(not_paid(acting, "5000.01"))) == (
        "amount_limit", {"limit": Decimal("5000.00")},
    )  # fmt: skip
    pay(acting, "3000.50")
    pay(acting, "1000", payee="Tunde Okafor")
    over = not_paid(acting, "999.51")
    assert (over.reason, values(over)) == (
        "day_limit", {"limit": Decimal("5000.00"), "remaining": Decimal("999.50")},
    )  # fmt: skip
    limits = acting.ask("action_limits", "ada")
    assert (value(limits, "limit"), value(limits, "remaining")) == (Decimal("5000.00"), Decimal("999.50"))
    assert (value(limits, "month_limit"), value(limits, "month_remaining")) == (
        Decimal("20000.00"),
        Decimal("15999.50"),
    )
    assert value(acting.ask("action_limits", "ben"), "remaining") == Decimal("5000.00")
    for number in range(1, 4):
        pay(acting, "5000", day=TODAY + timedelta(days=number))
    over = not_paid(acting, "999.51", day=TODAY + timedelta(days=9))
    assert (over.reason, values(over)["limit"]) == ("amount_limit", Decimal("20000.00"))
    assert values(over)["remaining"] == Decimal("999.50")
    pay(acting, "5000", day=date(2026, 4, 1))


def test_a_new_payee_can_be_named_and_paid(acting: Acting) -> None:
    receipt = acting.act("add_payee", "ada", name=" Lena Hart ", bank="Harbor Trust", number="0012 3456-789")
    assert receipt.made is not None and receipt.made == acting.named("payee", "Lena Hart", "ada")
    assert values(receipt) == {"payee": "Lena Hart", "bank": "Harbor Trust", "payee_last4": "6789"}
    pay(acting, "5", payee="Lena Hart")
    assert "Lena Hart" not in [named.name for named in acting.bank.names(acting.customers["ben"])]
    again = acting.refused("add_payee", "ada", name="lena hart", bank="Harbor Trust", number="999996789")
    assert again.reason == "no_change"
    # A further account of that name is called by its last digits, so that each name is one account.
    other = acting.act("add_payee", "ada", name="Lena Hart", bank="Harbor Trust", number="555000111")
    assert other.made is not None and other.made.name == "Lena Hart (0111)"
    assert acting.refused("add_payee", "ada", name="Lena Hart", bank="B", number="555000111").reason == "no_change"
    pay(acting, "6", payee="Lena Hart (0111)")


@pytest.mark.parametrize("number", ["12345", "1" * 18, "12345a", "١٢٣٤٥٦٧"])
def test_a_number_of_an_account_has_six_to_seventeen_digits(acting: Acting, number: str) -> None:
    assert acting.refused("add_payee", "ada", name="Eve", bank="B", number=number).reason == "not_possible"


def test_so_many_new_payees_are_enough_for_a_day(acting: Acting) -> None:
    for number in range(5):
        acting.act("add_payee", "ada", name=f"Name {number}", bank="B", number="123456")
    over = acting.refused("add_payee", "ada", name="One more", bank="B", number="123456")
    assert (over.reason, values(over)) == ("count_limit", {"limit": 5})
    acting.act("add_payee", "ada", name="One more", bank="B", number="123456", today=TOMORROW)


def test_customers_call_payees_by_nicknames_and_a_first_name_may_fit_two(acting: Acting) -> None:
    grace = acting.named("payee", "Grace Okafor", "ada")
    assert grace.aliases == ("Mom", "Mum", "Mother")
    (row,) = [row for row in acting.ask("payees", "ada").rows if row["payee"].value == "Grace Okafor"]
    assert row["nickname"].value == "Mom"
    payees = [row["payee"].value for row in acting.ask("payees", "ben").rows]
    assert [one for one in payees if str(one).startswith("Karin")] == ["Karin Holm", "Karin Lindqvist"]


def test_money_adds_up_to_the_cent_whatever_happens_at_once(acting: Acting) -> None:
    chance = random.Random(7)  # noqa: S311 - a seed makes it the same each time
    total = sum(row.current for row in acting.rows(t.accounts))
    before = {row.id: row for row in acting.rows(t.accounts)}
    number = len(acting.rows(t.transactions))
    ways = [(CHECKING, SAVINGS), (SAVINGS, CHECKING)]

    def attempt(wanted: tuple[str, str, str, bool]) -> str:
        source, target, amount, pays = wanted
        try:
            if pays:
                pay(acting, amount)
            else:
                move(acting, amount, source, target)
        except RefusedError as refusal:
            return refusal.reason
        return "done"

    wanted = [(*chance.choice(ways), f"{chance.uniform(0.01, 1500):.2f}", chance.random() < 0.3) for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = [*pool.map(attempt, wanted)]
    assert outcomes.count("done") > 10 and set(outcomes) <= {"done", "insufficient", "day_limit"}
    booked = acting.rows(t.transactions)[number:]
    assert len(booked) == sum(
        1 if pays else 2 for (*_, pays), outcome in zip(wanted, outcomes, strict=True) if outcome == "done"
    )
    assert sum(row.current for row in acting.rows(t.accounts)) == total
    booked.sort(key=lambda row: row.account_id)
    moved = {account: [*rows] for account, rows in groupby(booked, key=lambda row: row.account_id)}
    for row in acting.rows(t.accounts):
        own = moved.get(row.id, [])
        assert row.available == before[row.id].available + sum(one.amount for one in own)
        assert row.current == before[row.id].current + sum(one.amount for one in own if not one.pending)
        assert not own or row.available >= 0


@pytest.mark.parametrize(
    ("action", "held", "amount", "possible"),
    [("move_money", "100.00", "60.00", 1), ("pay_payee", "90000.00", "2000.00", 2)],
)
def test_what_exceeds_the_balance_or_the_day_together_is_not_done_together(
    acting: Acting, action: str, held: str, amount: str, possible: int
) -> None:
    give(acting, "ACC-1001", held)
    target = {"to_account": SAVINGS} if action == "move_money" else {"payee": "Mom"}
    given = acting.arguments("ada", {"account": CHECKING, **target, "amount": Decimal(amount)})

    def attempt(_: int) -> str:
        try:
            acting.act(action, "ada", **given)
        except RefusedError as refusal:
            return refusal.reason
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = [*pool.map(attempt, range(8))]
    assert outcomes.count("done") == possible
    assert set(outcomes) == {"done", "insufficient" if action == "move_money" else "day_limit"}
    assert acting.balances("ACC-1001")[0] == Decimal(held) - possible * Decimal(amount)
