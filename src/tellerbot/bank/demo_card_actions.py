"""What a customer may change about a card."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select, update

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import Action, ActionResult, limit_fact
from tellerbot.bank.demo_booking import add_record, take_fee
from tellerbot.bank.facts import by_name, computed_fact, record_facts
from tellerbot.bank.formulas import to_cents
from tellerbot.bank.holidays import business_day
from tellerbot.bank.queries import Request
from tellerbot.errors import RefusalReason, RefusedError
from tellerbot.types import ActionSpec, Fact, Scope

_ACTIVE, _FROZEN, _NEW = "active", "frozen", "not activated yet"
_REPORTED = "reported"
REASONS = ("lost", "stolen")
# Business days until a new card arrives, at the latest (the policy on debit cards).
_ARRIVES = {"standard": 7, "rush": 2}
_AGAIN = timedelta(days=10)
# What the bank sets without a look at the account (the policy on card limits).
_MOST = {"atm": Decimal("600.00"), "purchase": Decimal("3000.00")}
# The longest that a travel notice covers.
_LONGEST_TRIP = 90


def find_card(connection: Connection, request: Request) -> Row[Any]:
    """Find the customer's card that a request names. Raises RefusedError where there is none."""
    query = select(t.cards).where(t.cards.c.id == request.get("card").ref, t.cards.c.customer_id == request.customer)
    row = connection.execute(query).first()
    if row is None:
        raise RefusedError("not_theirs")
    return row


def _card_facts(row: Row[Any], status: str) -> dict[str, Fact]:
    return record_facts(
        f"cards/{row.id}", card=("label", row.product), last4=("digits", row.last4), status=("label", status)
    )


def _turn(before: str, after: str) -> Callable[[Connection, Request], ActionResult]:
    """Make a change of status from one to another; a card in a third one stays in it."""

    def run(connection: Connection, request: Request) -> ActionResult:
        row = find_card(connection, request)
        if row.status != before:
            reason: RefusalReason = "no_change" if row.status == after else "not_possible"
            raise RefusedError(reason, _card_facts(row, row.status))
        return _set_status(connection, row, after)

    return run


def _report(connection: Connection, request: Request) -> ActionResult:
    """Block a lost or stolen card for good."""
    row = find_card(connection, request)
    if row.status.startswith(_REPORTED):
        raise RefusedError("no_change", _card_facts(row, row.status))
    return _set_status(connection, row, f"{_REPORTED} {request.get('reason')}")


def _set_status(connection: Connection, row: Row[Any], status: str) -> ActionResult:
    connection.execute(update(t.cards).where(t.cards.c.id == row.id).values(status=status))
    return ActionResult(_card_facts(row, status))


def _order(connection: Connection, request: Request) -> ActionResult:
    """Send a replacement, a rush delivery for a fee from the checking account; not two within some days."""
    row, delivery, table = find_card(connection, request), request.get("delivery"), t.card_orders
    latest = select(table).where(table.c.card_id == row.id, table.c.day > request.today - _AGAIN)
    if ordered := connection.execute(latest.order_by(table.c.id.desc())).first():
        raise RefusedError("no_change", record_facts(f"card_orders/{ordered.id}", arrives=("date", ordered.arrives)))
    facts = _card_facts(row, row.status)
    if delivery == "rush":
        own = t.accounts.c.customer_id == request.customer
        checking = select(t.accounts).where(own, t.accounts.c.product.endswith("Checking")).order_by(t.accounts.c.id)
        account = connection.execute(checking).first()
        if account is None:
            raise RefusedError("not_possible")
        paid = take_fee(connection, request, account, "card_rush", "Rush card delivery fee")
        facts |= {name: paid[name] for name in ("fee", "account", "available")}
    arrives = business_day(request.today, _ARRIVES[delivery])
    ref = add_record(connection, table, card_id=row.id, day=request.today, delivery=delivery, arrives=arrives)
    return ActionResult({**facts, **record_facts(ref, delivery=("label", delivery), arrives=("date", arrives))})


def _change_limit(connection: Connection, request: Request) -> ActionResult:
    """Change a debit card's daily limit for cash or for purchases, up to what the bank sets at once."""
    row, kind, amount = find_card(connection, request), request.get("kind"), request.get("amount")
    column = f"{kind}_limit"
    before: Decimal | None = getattr(row, column)
    if before is None or row.status.startswith(_REPORTED) or amount != to_cents(amount):
        raise RefusedError("not_possible", _card_facts(row, row.status))
    ref = f"cards/{row.id}"
    if amount == before:
        raise RefusedError("no_change", record_facts(ref, limit=("money", before)))
    if amount > _MOST[kind]:
        raise RefusedError("amount_limit", by_name(limit_fact("limits/change_card_limit", kind, _MOST[kind])))
    connection.execute(update(t.cards).where(t.cards.c.id == row.id).values({column: to_cents(amount)}))
    shown = {"limit": ("money", to_cents(amount)), "limit_before": ("money", before)}
    facts = record_facts(ref, **shown)  # type: ignore[arg-type]
    return ActionResult({**_card_facts(row, row.status), **facts})


def _notice(connection: Connection, request: Request) -> ActionResult:
    """Note where the customer pays abroad and when, for one card or all."""
    row = find_card(connection, request) if request.get("card") else None
    period, place = request.get("period"), request.get("place").strip()
    if row is not None and row.status.startswith(_REPORTED):
        raise RefusedError("not_possible", _card_facts(row, row.status))
    if period.start is None or period.end is None or period.start < request.today:
        raise RefusedError("not_possible")
    if (period.end - period.start).days >= _LONGEST_TRIP:
        most = computed_fact("most_days", "count", _LONGEST_TRIP, "most days of a travel notice")
        raise RefusedError("not_possible", by_name(most))
    values = {"customer_id": request.customer, "place": place, "start": period.start, "end": period.end}
    values |= {"card_id": row.id if row else None}
    table = t.travel_notices
    alike = select(table.c.id).where(*(table.c[name].is_not_distinct_from(one) for name, one in values.items()))
    if connection.execute(alike).first():
        raise RefusedError("no_change")
    ref = add_record(connection, table, **values)
    facts = record_facts(ref, place=("text", place), start=("date", period.start), end=("date", period.end))
    return ActionResult({**facts, **(_card_facts(row, row.status) if row else {})})


def _spec(
    arguments: tuple[str, ...],
    *changes: str,
    required: tuple[str, ...] | None = None,
    second_factor: bool = False,
    undo: str = "",
) -> ActionSpec:
    scope: Scope = "cards"
    return ActionSpec(
        arguments, arguments if required is None else required, ("cards",), changes, scope,
        second_factor=second_factor, undo=undo,
    )  # fmt: skip


ACTIONS = {
    "freeze_card": Action(_turn(_ACTIVE, _FROZEN), _spec(("card",), "cards", undo="unfreeze_card")),
    "unfreeze_card": Action(_turn(_FROZEN, _ACTIVE), _spec(("card",), "cards", second_factor=True, undo="freeze_card")),
    "activate_card": Action(_turn(_NEW, _ACTIVE), _spec(("card",), "cards")),
    "report_card": Action(_report, _spec(("card", "reason"), "cards"), {"reason": REASONS}),
    "order_card": Action(
        _order, _spec(("card", "delivery"), "card_orders", "accounts", "transactions"), {"delivery": tuple(_ARRIVES)}
    ),
    "change_card_limit": Action(
        _change_limit, _spec(("card", "kind", "amount"), "cards", second_factor=True), {"kind": tuple(_MOST)}
    ),
    "set_travel_notice": Action(
        _notice, _spec(("card", "place", "period"), "travel_notices", required=("place", "period"))
    ),
}
