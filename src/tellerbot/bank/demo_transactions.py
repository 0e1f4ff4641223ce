"""Queries over transactions: lists of them, by every condition a customer may name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.facts import by_name, computed_fact, record_facts
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import format_count
from tellerbot.types import Fact, FactSheet, Period, QuerySpec

RECENT = 8
# Rows of a list where the customer asks for no number of them, and at the most.
LISTED, MOST_LISTED = 20, 100
FILTERS = ("account", "period", "payee", "category", "kind", "minimum", "maximum")
# Moves between the customer's own accounts: nothing is spent by them.
OWN_TRANSFERS = "own transfers"

NEWEST = (t.transactions.c.day.desc(), t.transactions.c.id)
_ORDERS = {
    "newest": NEWEST,
    "oldest": (t.transactions.c.day, t.transactions.c.id.desc()),
    "largest": (func.abs(t.transactions.c.amount).desc(), t.transactions.c.day.desc(), t.transactions.c.id),
    "smallest": (func.abs(t.transactions.c.amount), t.transactions.c.day.desc(), t.transactions.c.id),
}


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day of what a query reads, never open."""

    start: date
    end: date


def select_transactions(request: Request, order: str = "newest") -> Select[Any]:
    """Select the customer's own transactions that meet the request's conditions, pending ones too."""
    table = t.transactions
    columns = (*table.c, t.accounts.c.product, t.accounts.c.last4)
    query = select(*columns).select_from(table.join(t.accounts)).where(t.accounts.c.customer_id == request.customer)
    if account := request.get("account"):
        query = query.where(table.c.account_id == account.ref)
    if payee := request.get("payee"):
        query = query.where(table.c.payee == payee.ref)
    if category := request.get("category"):
        query = query.where(table.c.category == category.ref)
    if kind := request.get("kind"):
        query = query.where(table.c.kind == kind)
    if (minimum := request.get("minimum")) is not None:
        query = query.where(func.abs(table.c.amount) >= minimum)
    if (maximum := request.get("maximum")) is not None:
        query = query.where(func.abs(table.c.amount) <= maximum)
    period = request.get("period") or Period(None, None)
    if period.start:
        query = query.where(table.c.day >= period.start)
    if period.end:
        query = query.where(table.c.day <= period.end)
    return query.order_by(*_ORDERS[order])


def find_span(connection: Connection, request: Request, period: Period | None) -> Span:
    """Find the days of a period with its open ends closed: from the day of the first record, up to today."""
    period = period or Period(None, None)
    opened = select(func.min(t.accounts.c.opened)).where(t.accounts.c.customer_id == request.customer)
    start = period.start or connection.execute(opened).scalar() or request.today
    # A period that is not over has nothing after today; one that has not begun is read as it is.
    end = min(period.end or request.today, request.today) if start <= request.today else period.end or start
    return Span(start, max(start, end))


def span_facts(span: Span, name: str = "") -> list[Fact]:
    """Make the facts `start` and `end` of what was read, their names with a prefix."""
    return [
        computed_fact(f"{name}start", "date", span.start, "first day of the period"),
        computed_fact(f"{name}end", "date", span.end, "last day of the period"),
    ]


def transaction_facts(row: Row[Any]) -> Mapping[str, Fact]:
    """Make the facts of one transaction."""
    return record_facts(
        ref_of(row),
        day=("date", row.day),
        payee=("text", row.payee),
        amount=("money", row.amount),
        paid=("money", abs(row.amount)),
        account=("label", row.product),
        last4=("digits", row.last4),
        state=("label", "pending" if row.pending else "posted"),
        category=("label", row.category),
        kind=("label", row.kind),
    )


def ref_of(row: Row[Any]) -> str:
    """Return the name of a transaction's record."""
    return f"transactions/{row.id}"


def _list(connection: Connection, request: Request) -> FactSheet:
    query = select_transactions(request, request.get("order") or "newest")
    number = connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar() or 0
    limit = request.get("limit")
    rows = connection.execute(query.limit(min(limit if limit is not None else LISTED, MOST_LISTED)))
    count = computed_fact("count", "count", number, f"number of {format_count(number, 'transaction')}")
    span = find_span(connection, request, request.get("period"))
    return FactSheet(by_name(count, *span_facts(span)), tuple(map(transaction_facts, rows)))


def _listing(connection: Connection, query: Select[Any]) -> FactSheet:
    return FactSheet({}, tuple(map(transaction_facts, connection.execute(query))))


def _recent(connection: Connection, request: Request) -> FactSheet:
    return _listing(connection, select_transactions(request).limit(RECENT))


def _received(connection: Connection, request: Request) -> FactSheet:
    """Find what others paid in, the newest first, without the customer's own moves."""
    query = select_transactions(request).where(t.transactions.c.amount > 0, t.transactions.c.category != OWN_TRANSFERS)
    return _listing(connection, query.where(t.transactions.c.kind != "interest").limit(request.get("limit") or RECENT))


def _pending(connection: Connection, request: Request) -> FactSheet:
    return _listing(connection, select_transactions(request).where(t.transactions.c.pending))


def _transfers(connection: Connection, request: Request) -> FactSheet:
    query = select_transactions(request).where(t.transactions.c.kind == "transfer")
    return _listing(connection, query.limit(RECENT))


def _salary(connection: Connection, request: Request) -> FactSheet:
    """Find the last two salaries; of one payer, also when the next comes if it takes as long as the last one did."""
    query = select_transactions(request).where(t.transactions.c.kind == "salary").limit(2)
    rows = connection.execute(query).all()
    if not rows:
        return FactSheet()
    last = rows[0]
    values = {f"last_{name}": fact for name, fact in transaction_facts(last).items()}
    if len(rows) == 2 and rows[1].payee == last.payee:
        days = (last.day - rows[1].day).days
        refs = [f"{ref_of(row)}/day" for row in rows]
        following = last.day + timedelta(days=days)
        values["interval"] = computed_fact("interval", "count", days, "days between the last two", refs)
        values["next_day"] = computed_fact("next_day", "date", following, f"last day + {days} days", refs)
    return FactSheet(values, tuple(map(transaction_facts, rows)))


SALARY = Query(_salary, QuerySpec(False))
QUERIES = {
    "transactions": Query(_list, QuerySpec(False, (*FILTERS, "order", "limit"))),
    "recent_transactions": Query(_recent, QuerySpec(False)),
    "received": Query(_received, QuerySpec(False, (*FILTERS, "limit"))),
    "pending_transactions": Query(_pending, QuerySpec(False, ("account",))),
    "recent_transfers": Query(_transfers, QuerySpec(False, ("account", "period"))),
    "salary": SALARY,
}
