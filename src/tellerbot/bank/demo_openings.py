"""Opening a savings account or a CD, funded from an account that the customer has."""

import secrets

from sqlalchemy import Connection, insert, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import NONE, Action, ActionResult, read_amount
from tellerbot.bank.demo_booking import account_facts, find_account, read_account, refuse_cd, require
from tellerbot.bank.demo_names import find_names
from tellerbot.bank.demo_pay import transfer
from tellerbot.bank.facts import record_facts
from tellerbot.bank.formulas import months_before
from tellerbot.bank.queries import Request
from tellerbot.errors import RefusedError
from tellerbot.types import ActionSpec


def _open(connection: Connection, request: Request) -> ActionResult:
    """Make an account of a savings product, and move the first amount into it."""
    amount, source = read_amount(request), find_account(connection, request)
    product = connection.execute(select(t.rates).where(t.rates.c.code == request.get("product").ref)).one()
    if product.family != "savings":
        raise RefusedError("not_possible")
    refuse_cd(connection, source)
    place = f"rates/{product.code}"
    if product.minimum is not None and amount < product.minimum:
        raise RefusedError("not_possible", record_facts(place, minimum=("money", product.minimum)))
    require(source, amount)
    key = _next_id(connection, request.customer)
    connection.execute(
        insert(t.accounts).values(
            id=key, customer_id=request.customer, product=product.product, last4=_make_last4(connection),
            available=NONE, current=NONE, opening=NONE, opened=request.today,
        )
    )  # fmt: skip
    facts = record_facts(place, rate=("percent", product.rate))
    if product.months_from:
        matures = months_before(request.today, -product.months_from)
        values = {"account_id": key, "rate": product.rate, "months": product.months_from, "matures": matures}
        connection.execute(insert(t.cds).values(values))
        facts |= record_facts(f"accounts/{key}", matures=("date", matures))
    ref = transfer(connection, source, read_account(connection, key), amount, request.today)
    facts |= record_facts(ref, amount=("money", amount), day=("date", request.today))
    own = account_facts(read_account(connection, source.id))
    (made,) = [named for named in find_names(connection, request.customer) if named.ref == key]
    return ActionResult({**facts, **own, **account_facts(read_account(connection, key), "to_")}, made)


def _next_id(connection: Connection, customer: str) -> str:
    """Make a key that comes after those of the customer's other accounts."""
    known = set(connection.execute(select(t.accounts.c.id)).scalars())
    own = connection.execute(select(t.accounts.c.id).where(t.accounts.c.customer_id == customer)).scalars()
    number = max(int(key.removeprefix("ACC-")) for key in own)
    while f"ACC-{number}" in known:
        number += 1
    return f"ACC-{number}"


def _make_last4(connection: Connection) -> str:
    """Make last digits that no account or card has, so that they name one thing."""
    known = {*connection.execute(select(t.accounts.c.last4)).scalars()}
    known |= {*connection.execute(select(t.cards.c.last4)).scalars()}
    return secrets.choice([f"{number:04d}" for number in range(10_000) if f"{number:04d}" not in known])


ACTIONS = {
    "open_savings": Action(
        _open,
        ActionSpec(
            ("product", "account", "amount"),
            ("product", "account", "amount"),
            reads=("accounts", "rates"),
            changes=("accounts", "cds", "transactions"),
            scope="products",
        ),
    )
}
