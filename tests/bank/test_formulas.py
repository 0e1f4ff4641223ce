"""The bank's formulas, against values worked out by hand or published."""

from datetime import date
from decimal import Decimal

import pytest

from tellerbot.bank.formulas import (
    balance_before,
    days_before,
    deposit_value,
    loan_payment,
    months_before,
    months_in,
    payments_left,
    percent_change,
    to_cents,
)


@pytest.mark.parametrize(
    ("amount", "apy", "months", "value"),
    [
        ("5000", "4.10", 12, "5205.00"),
        ("1000", "3.75", 24, "1076.41"),  # 1000 x 1.0375 x 1.0375 = 1076.40625
        ("1000", "4.00", 6, "1019.80"),  # the root of 1.04 is 1.0198039
        ("0", "4.10", 12, "0.00"),
        ("1234.56", "0", 60, "1234.56"),
    ],
)
def test_a_deposit_grows_by_its_annual_yield(amount: str, apy: str, months: int, value: str) -> None:
    assert deposit_value(Decimal(amount), Decimal(apy), months) == Decimal(value)


@pytest.mark.parametrize(
    ("amount", "apr", "months", "payment"),
    [
        ("200000", "6.00", 360, "1199.10"),  # the textbook's mortgage
        ("10000", "12.00", 12, "888.49"),
        ("1200", "0", 12, "100.00"),
        ("100", "12.00", 1, "101.00"),
    ],
)
def test_a_loan_is_repaid_in_equal_payments(amount: str, apr: str, months: int, payment: str) -> None:
    assert loan_payment(Decimal(amount), Decimal(apr), months) == Decimal(payment)


@pytest.mark.parametrize(
    ("owed", "apr", "payment", "number"),
    [
        ("10000", "12.00", "888.49", 12),
        ("200000", "6.00", "1199.11", 360),
        ("1200", "0", "100.00", 12),
        ("1200.01", "0", "100.00", 13),
        ("100", "12.00", "500.00", 1),
        ("1000", "12.00", "10.00", None),  # the interest of a month
    ],
)
def test_a_loan_is_repaid_in_so_many_payments(owed: str, apr: str, payment: str, number: int | None) -> None:
    assert payments_left(Decimal(owed), Decimal(apr), Decimal(payment)) == number


def test_a_balance_is_what_was_there_before_the_later_transactions() -> None:
    assert balance_before(Decimal("100.00"), [Decimal("-20.00"), Decimal("50.00")]) == Decimal("70.00")
    assert balance_before(Decimal("-5.00"), []) == Decimal("-5.00")


def test_cents_are_rounded_half_up() -> None:
    assert [str(to_cents(Decimal(amount))) for amount in ("0.125", "-0.125", "2.344")] == ["0.13", "-0.13", "2.34"]


def test_a_change_is_in_whole_percent_of_what_was_before() -> None:
    assert percent_change(Decimal(200), Decimal(151)) == Decimal(-25)  # -24.5, half up
    assert percent_change(Decimal(50), Decimal(75)) == 50
    assert percent_change(Decimal(0), Decimal(75)) is None


def test_months_end_on_the_last_day_where_a_month_is_shorter() -> None:
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2028, 3, 31), 1) == date(2028, 2, 29)
    assert months_before(date(2026, 1, 15), 13) == date(2024, 12, 15)
    assert months_before(date(2025, 12, 31), -2) == date(2026, 2, 28)


def test_months_are_whole_for_calendar_months_and_parts_else() -> None:
    assert months_in(date(2026, 1, 1), date(2026, 2, 28)) == 2
    assert months_in(date(2025, 7, 1), date(2025, 12, 31)) == 6
    assert months_in(date(2026, 2, 2), date(2026, 3, 1)) == Decimal("0.92")


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), (date(2026, 2, 1), date(2026, 2, 28))),
        (date(2026, 3, 1), date(2026, 3, 10), (date(2026, 2, 1), date(2026, 2, 10))),
        (date(2026, 1, 1), date(2026, 12, 31), (date(2025, 1, 1), date(2025, 12, 31))),
        (date(2026, 3, 9), date(2026, 3, 15), (date(2026, 3, 2), date(2026, 3, 8))),
        (date(2026, 3, 10), date(2026, 3, 10), (date(2026, 3, 9), date(2026, 3, 9))),
    ],
)
def test_the_period_before_is_of_the_same_length(start: date, end: date, before: tuple[date, date]) -> None:
    assert days_before(start, end) == before
