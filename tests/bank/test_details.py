"""A customer's own details, statements that are ordered, text messages, and what a loan would take of an income."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from demo_bank import TODAY, Acting, Asking, value, values
from tellerbot.bank import demo_schema as t
from tellerbot.bank.formulas import loan_payment
from tellerbot.types import Customer, Period

CHECKING = "Everyday Checking"
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))


def test_a_profile_shows_the_address_and_of_the_phone_the_end(asking: Asking) -> None:
    sheet = asking.ask("profile", "ada")
    assert value(sheet, "address") == "27 Munjoy Street, Apartment 3, Portland, Maine 04101"
    assert (value(sheet, "phone_end"), sheet.values["phone_end"].kind) == ("42", "digits")


def test_an_address_and_a_phone_are_changed(acting: Acting) -> None:
    shown = values(acting.act("change_address", "ada", address="  1 New Street,  Bath, Maine "))
    assert shown == {"address": "1 New Street, Bath, Maine"}
    assert values(acting.act("change_phone", "ada", phone="(207) 555-0199")) == {"phone_end": "99"}
    sheet = acting.ask("profile", "ada")
    assert (value(sheet, "address"), value(sheet, "phone_end")) == ("1 New Street, Bath, Maine", "99")
    assert value(acting.ask("profile", "ben"), "phone_end") == "87"
    assert acting.refused("change_address", "ada", address="1 New Street, Bath, Maine").reason == "no_change"
    assert acting.refused("change_phone", "ada", phone="(207) 555-0199").reason == "no_change"


@pytest.mark.parametrize("phone", ["555-01", "1" * 16, "call me 2075550199", "none"])
def test_a_phone_number_is_one(acting: Acting, phone: str) -> None:
    assert acting.refused("change_phone", "ada", phone=phone).reason == "not_possible"


def test_a_statement_costs_its_fee_on_paper_and_nothing_at_a_branch(acting: Acting) -> None:
    shown = values(acting.act("order_statement", "ada", account=CHECKING, period=FEBRUARY, way="paper"))
    assert (shown["fee"], shown["available"]) == (Decimal("4.00"), Decimal("2678.00"))
    assert (shown["start"], shown["end"], shown["way"]) == (FEBRUARY.start, FEBRUARY.end, "paper")
    assert acting.balances("ACC-1001") == (Decimal("2678.00"), Decimal("2720.65"))
    assert acting.rows(t.transactions)[-1].kind == "fee"
    free = values(acting.act("order_statement", "ada", account=CHECKING, period=FEBRUARY, way="branch"))
    assert "fee" not in free and free["available"] == Decimal("2678.00")
    assert len(acting.rows(t.statement_orders)) == 2
    premier = {"account": "Premier Checking", "period": FEBRUARY}
    assert acting.refused("order_statement", "ben", **premier, way="paper").reason == "insufficient"
    acting.act("order_statement", "ben", **premier, way="branch")


@pytest.mark.parametrize(
    "period",
    [
        Period(date(2026, 3, 1), date(2026, 3, 31)),
        Period(date(2026, 1, 1), date(2026, 2, 28)),
        Period(date(2026, 2, 2), date(2026, 2, 28)),
        Period(date(2019, 2, 1), date(2019, 2, 28)),
        Period(date(2026, 2, 1), None),
        Period(None, None),
    ],
)
def test_a_month_without_a_statement_has_none(acting: Acting, period: Period) -> None:
    refusal = acting.refused("order_statement", "ada", account=CHECKING, period=period, way="branch")
    assert refusal.reason == "not_possible"


def test_a_statement_is_there_from_the_day_it_is_ready(acting: Acting) -> None:
    given = {"account": CHECKING, "period": FEBRUARY, "way": "branch"}
    assert acting.refused("order_statement", "ada", **given, today=date(2026, 3, 3)).reason == "not_possible"
    acting.act("order_statement", "ada", **given, today=date(2026, 3, 4))


def test_a_code_goes_to_the_terminal_and_to_the_customers_phone_for_a_day(
    acting: Acting, capsys: pytest.CaptureFixture[str]
) -> None:
    ada, ben = acting.customers["ada"], acting.customers["ben"]
    assert acting.bank.messages(ada.id) == []
    acting.bank.send_code(ada, "123456", "pay Grace Okafor $20.00")
    acting.bank.send_code(ada, "654321", "change your address")
    acting.bank.send_code(ben, "111111", "unfreeze your card")
    line = "Demo bank: one-time code for Ada Okafor (pay Grace Okafor $20.00): 123456\n"
    printed = capsys.readouterr()
    assert printed.err.startswith(line) and printed.out == ""
    texts = [message.text for message in acting.bank.messages(ada.id)]
    assert texts == ["Demo bank: one-time code for Ada Okafor (change your address): 654321", line.rstrip()]
    assert all(datetime.now(UTC) - message.at < timedelta(minutes=5) for message in acting.bank.messages(ada.id))
    with acting.bank.engine.begin() as connection:
        old = (datetime.now(UTC) - timedelta(days=1, minutes=1)).isoformat()
        connection.execute(t.phone_messages.update().values(at=old))
    assert acting.bank.messages(ada.id) == []
    acting.bank.send_code(ada, "222222", "x")
    assert len(acting.rows(t.phone_messages)) == 1


def test_a_loan_is_likely_where_payments_take_a_third_of_the_income(asking: Asking) -> None:
    # Carmen pays $148.90 a month for another loan.
    payment = loan_payment(Decimal(10000), Decimal("8.49"), 36)
    least = (payment + Decimal("148.90")) / Decimal("0.36")
    for income, verdict in ((least + 1, "likely"), (least - 1, "unlikely")):
        sheet = asking.ask("loan_check", "carmen", amount=Decimal(10000), term=36, income=income)
        assert (value(sheet, "verdict"), value(sheet, "payment")) == (verdict, payment)
        assert value(sheet, "share") == Decimal("36.0")
        source = sheet.values["share"].source
        assert source.kind == "formula" and "loans/LOAN-2/payment" in source.rows
        assert source.ref == f"({payment} + 148.90) / {income:.2f}"
    free = asking.ask("loan_check", "ada", amount=Decimal(10000), term=36, income=least)
    assert value(free, "share") < 36  # type: ignore[operator]


@pytest.mark.parametrize(
    ("amount", "term", "income"),
    [(1999, 36, 4000), (40001, 36, 4000), (5000, 23, 4000), (5000, 73, 4000), (5000, 36, 0)],
)
def test_a_loan_that_there_is_not_has_bounds_and_no_verdict(
    asking: Asking, amount: int, term: int, income: int
) -> None:
    sheet = asking.ask("loan_check", "ada", amount=Decimal(amount), term=term, income=Decimal(income))
    assert not {"verdict", "share", "payment"} & set(sheet.values)
    bounds = [value(sheet, name) for name in ("least", "most", "shortest", "longest")]
    assert bounds == [Decimal("2000.00"), Decimal("40000.00"), 24, 72]


def test_who_is_no_customer_is_told_nothing(asking: Asking) -> None:
    nobody = Customer("CUST-99", "Ada Okafor")
    given = {"amount": Decimal(5000), "term": 36, "income": Decimal(4000)}
    assert asking.bank.query("loan_check", nobody, given, TODAY).values == {}
    assert asking.bank.query("action_limits", nobody, {}, TODAY).values == {}
