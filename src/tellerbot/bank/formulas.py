"""What the bank computes for customers, as pure functions. Money is rounded to cents, half up; rates are in percent."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """Round an amount to cents."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def balance_before(balance: Decimal, later: Iterable[Decimal]) -> Decimal:
    """Compute the booked balance before the `later` transactions, which are in `balance`."""
    return balance - sum(later, Decimal(0))


def deposit_value(amount: Decimal, apy: Decimal, months: int) -> Decimal:
    """Compute what a deposit has become after some months: amount x (1 + apy)^(months / 12).

    An annual percentage yield includes the compounding (12 CFR 1030, appendix A), so that daily and monthly compounding
    come to the same here.
    """
    return to_cents(amount * (1 + apy / 100) ** (Decimal(months) / 12))


def earnings(amount: Decimal, apy: Decimal, days: int) -> Decimal:
    """Compute the interest of a deposit in some days: amount x (1 + apy)^(days / 365) - amount."""
    return to_cents(amount * (1 + apy / 100) ** (Decimal(days) / 365)) - amount


def days_of_interest(amount: Decimal, rate: Decimal, days: int) -> Decimal:
    """Compute simple interest of some days, as early withdrawals are charged: amount x rate x days / 365."""
    return to_cents(amount * rate / 100 * days / 365)


def loan_payment(amount: Decimal, apr: Decimal, months: int) -> Decimal:
    """Compute the monthly payment that repays a loan in equal parts.

    It is amount x r / (1 - (1 + r)^-months) with r = apr / 12.
    """
    rate = apr / 1200
    return to_cents(amount * rate / (1 - (1 + rate) ** -months) if rate else amount / months)


def payments_left(owed: Decimal, apr: Decimal, payment: Decimal) -> int | None:
    """Compute how many monthly payments repay a loan: `loan_payment` solved for its months.

    The last payment may be smaller.

    None where a payment does not even cover a month's interest.
    """
    rate = apr / 1200
    if payment <= owed * rate:
        return None
    number = -(1 - owed * rate / payment).ln() / (1 + rate).ln() if rate else owed / payment
    return int(number.to_integral_value(ROUND_CEILING))


def percent_change(before: Decimal, after: Decimal) -> Decimal | None:
    """Compute by how many whole percent `after` is more than `before`; None where `before` is nothing."""
    return ((after - before) / before * 100).quantize(Decimal(1), ROUND_HALF_UP) if before else None


def months_before(day: date, months: int) -> date:
    """Return the same day some months before, or the last of a shorter month. Negative months go forward."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, _days_in(year, month + 1)))


def months_in(start: date, end: date) -> Decimal:
    """Compute how many months a period lasts, both days included.

    A whole number for calendar months, else days / 30.4375.
    """
    after = end + timedelta(days=1)
    if start.day == after.day == 1:
        return Decimal((after.year - start.year) * 12 + after.month - start.month)
    return (Decimal((after - start).days) / Decimal("30.4375")).quantize(CENT, ROUND_HALF_UP)


def days_before(start: date, end: date) -> tuple[date, date]:
    """Return the first and last day of the same length of time before: whole months where it begins with one."""
    after = end + timedelta(days=1)
    if start.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        # A whole month comes after a whole month, however long.
        last = months_before(after, months) - timedelta(days=1) if after.day == 1 else months_before(end, months)
        return months_before(start, months), last
    return start - (after - start), start - timedelta(days=1)


def _days_in(year: int, month: int) -> int:
    after = date(year + month // 12, month % 12 + 1, 1)
    return (after - date(year, month, 1)).days
