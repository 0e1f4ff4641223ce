"""Twenty-four months of invented transactions, made backwards from what the customers hold today.

The same day gives the same records. Every account's balance today is what was in it at the start and the sum of its
posted transactions.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from tellerbot.bank.demo_lives import LIVES, Habit, Life, Regular
from tellerbot.bank.demo_people import ACCOUNTS, TRANSACTIONS
from tellerbot.bank.formulas import months_before

MONTHS = 24
# Annual yields in percent, by account product; the interest comes once a month.
_YIELDS = {"Steady Savings": 3.10, "Goal Saver": 3.60, "Twelve-month CD": 4.10}
_DAYS_A_MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction, its amount in cents."""

    account: str
    day: date
    payee: str
    cents: int
    kind: str
    category: str
    pending: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """All transactions, those of TRANSACTIONS first, and by account what was in it before them, in cents, and when."""

    entries: tuple[Entry, ...]
    openings: Mapping[str, tuple[int, date]]


def to_cents(amount: str) -> int:
    """Return the cents of an amount such as "-42.65"."""
    return round(float(amount) * 100)


def make_history(today: date) -> History:
    """Make the transactions of all customers up to a day."""
    listed = tuple(
        Entry(account, today - timedelta(days=ago), payee, to_cents(amount), kind, category, pending)
        for account, ago, payee, amount, kind, category, pending in TRANSACTIONS
    )
    products = {account: product for account, _, product, *_ in ACCOUNTS}
    made: list[Entry] = []
    openings: dict[str, tuple[int, date]] = {}
    for life in LIVES:
        ends = _month_ends(life.latest, today)
        lived = list(_live(life, today, ends[-1]))
        known = [entry for entry in listed if entry.account == life.account]
        made += [*lived, *_balance(life, products, [*lived, *known], ends)]
    for account, _, product, _, _, current in ACCOUNTS:
        own = [entry for entry in (*listed, *made) if entry.account == account and not entry.pending]
        ends = _month_ends(_latest(account), today)
        interest = _interest(account, _YIELDS[product], to_cents(current), own, ends) if product in _YIELDS else []
        made += interest
        before = to_cents(current) - sum(entry.cents for entry in (*own, *interest))
        openings[account] = (before, ends[-1])
    made.sort(key=lambda entry: entry.day)
    return History((*listed, *made), openings)


def _month_ends(latest: int, today: date) -> list[date]:
    """Return the last days of the months of a history, the newest first, and the day before it."""
    return [months_before(today - timedelta(days=latest), months) for months in range(MONTHS + 1)]


def _latest(account: str) -> int:
    """Return the age in days of the newest entry of an account that is not listed."""
    return next((life.latest for life in LIVES if account in (life.account, life.savings)), 0)


def _live(life: Life, today: date, start: date) -> Iterator[Entry]:
    """Yield the entries of a life after the day `start`, but for moves to and from savings."""
    chance = random.Random(life.account)  # noqa: S311 - invented records are no secrets
    for regular in life.regulars:
        for day in _days(regular, today, start):
            cents = round(to_cents(regular.amount) * (1 + chance.uniform(-regular.variation, regular.variation)))
            yield Entry(life.account, day, regular.payee, cents, regular.kind, regular.category)
    day = today - timedelta(days=life.latest)
    while day > start:
        for habit in life.habits:
            if chance.random() < habit.monthly / _DAYS_A_MONTH:
                yield _spend(life.account, habit, day, chance)
        day -= timedelta(days=1)


def _days(regular: Regular, today: date, start: date) -> Iterator[date]:
    latest = today - timedelta(days=regular.ago)
    number = regular.skip
    while True:
        every = timedelta(days=regular.every * number)
        day = latest - every if regular.every else months_before(latest, number)
        if day <= start:
            return
        yield day
        number += 1


def _spend(account: str, habit: Habit, day: date, chance: random.Random) -> Entry:
    cents = round(chance.uniform(habit.low, habit.high) * 100 / habit.step) * habit.step
    return Entry(account, day, chance.choice(habit.payees), -cents, habit.kind, habit.category)


def _balance(life: Life, products: Mapping[str, str], entries: Sequence[Entry], ends: Sequence[date]) -> list[Entry]:
    """Make the moves, month by month backwards, so that each month begins with about the same amount."""
    chance = random.Random(life.account)  # noqa: S311 - invented records are no secrets
    balance = next(to_cents(current) for account, *_, current in ACCOUNTS if account == life.account)
    balance -= sum(entry.cents for entry in entries if entry.day > ends[0] and not entry.pending)
    moves: list[Entry] = []
    for end, start in pairwise(ends):
        net = sum(entry.cents for entry in entries if start < entry.day <= end and not entry.pending)
        wanted = round(life.cushion * chance.uniform(0.85, 1.15)) * 100
        needed = round((balance - net - wanted) / 2500) * 2500
        made = list(_move(life, products, needed, start, end))
        moves += made
        balance -= net + sum(entry.cents for entry in made if entry.account == life.account)
    return moves


def _move(life: Life, products: Mapping[str, str], needed: int, start: date, end: date) -> Iterator[Entry]:
    """Yield the moves that bring the `needed` cents into the account in a month, or out where negative."""
    if needed > 0 and life.support:
        parts = len(life.support)
        for at, payee in enumerate(life.support):
            share = needed - needed // parts * (parts - 1) if at == 0 else needed // parts
            yield Entry(life.account, start + timedelta(days=1 + 9 * at), payee, share, "deposit", "income")
    elif needed and life.savings:
        # Money comes before it is spent, and goes when the month is over.
        day = start + timedelta(days=1) if needed > 0 else end
        one, other = ("from", "to") if needed > 0 else ("to", "from")
        ways = ((life.account, life.savings, one, needed), (life.savings, life.account, other, -needed))
        for account, opposite, way, cents in ways:
            yield Entry(account, day, f"Transfer {way} {products[opposite]}", cents, "transfer", "own transfers")


def _interest(account: str, annual: float, balance: int, own: Sequence[Entry], ends: Sequence[date]) -> list[Entry]:
    """Compute the monthly interest that leads to today's balance, month by month backwards."""
    balance -= sum(entry.cents for entry in own if entry.day > ends[0])
    made: list[Entry] = []
    for end, start in pairwise(ends):
        moved = sum(entry.cents for entry in own if start < entry.day <= end)
        before = round((balance - moved) / (1 + annual / 1200))
        made.append(Entry(account, end, "Interest", balance - moved - before, "interest", "interest"))
        balance = before
    return made
