"""Queries tell customers of what is theirs only, and refuse what they do not take."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from demo_bank import TODAY, USERS, Asking
from tellerbot.bank import demo_schema as t
from tellerbot.bank.queries import NameNotFoundError
from tellerbot.errors import ConfigError, DataError
from tellerbot.types import Customer, Named, Period

FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
NEVER = Period(date(2019, 1, 1), date(2019, 12, 31))
# Filled from every kind of argument, so that each is tried.
SOMETHING: dict[str, Any] = {
    "period": FEBRUARY, "other_period": NEVER, "kind": "purchase", "minimum": Decimal("10"), "maximum": Decimal("90.5"),
    "order": "largest", "limit": 3, "day": date(2026, 1, 31), "amount": Decimal("6000"), "term": 24,
    "income": Decimal("4000"),
}  # fmt: skip
TABLES = {
    "accounts", "cards", "loans", "payees", "transactions", "direct_debits", "standing_orders", "statements",
    "disputes", "card_bills", "loan_payments", "scheduled_payments", "appointments", "profiles",
}  # fmt: skip


def owners(asking: Asking) -> dict[str, str]:
    """The customer's id by record."""
    found: dict[str, str] = {}
    with asking.bank.engine.connect() as connection:
        accounts = {row.id: row.customer_id for row in connection.execute(select(t.accounts))}
        cards = {row.id: row.customer_id for row in connection.execute(select(t.cards))}
        loans = {row.id: row.customer_id for row in connection.execute(select(t.loans))}
        for table in (t.accounts, t.cards, t.loans, t.payees, t.appointments):
            found |= {f"{table.name}/{row.id}": row.customer_id for row in connection.execute(select(table))}
        of_accounts = (
            t.transactions, t.direct_debits, t.standing_orders, t.scheduled_payments, t.statements, t.disputes,
        )  # fmt: skip
        for table in of_accounts:
            found |= {f"{table.name}/{row.id}": accounts[row.account_id] for row in connection.execute(select(table))}
        profiles = connection.execute(select(t.profiles)).all()
        found |= {f"profiles/{row.customer_id}": row.customer_id for row in profiles}
        found |= {f"card_bills/{row.card_id}": cards[row.card_id] for row in connection.execute(select(t.card_bills))}
        found |= {f"loan_payments/{x.id}": loans[x.loan_id] for x in connection.execute(select(t.loan_payments))}
    return found


@pytest.mark.slow
def test_no_query_returns_anothers_row_and_all_together_return_all_of_ones_own(asking: Asking) -> None:
    owner = owners(asking)
    for user in USERS:
        principal = asking.customers[user]
        own = {(named.kind, named): None for named in asking.bank.names(principal)}
        seen: set[str] = set()
        for query, spec in asking.bank.queries().items():
            if spec.is_public:
                continue
            choices: list[dict[str, Any]] = [{}, {name: v for name, v in SOMETHING.items() if name in spec.arguments}]
            choices += [{kind: named} for kind, named in own if kind in spec.arguments]
            needed = {name: SOMETHING[name] for name in spec.required}
            for arguments in choices:
                sheet = asking.bank.query(query, principal, {**needed, **arguments}, TODAY)
                facts = [*sheet.values.values(), *(fact for row in sheet.rows for fact in row.values())]
                refs = [ref for fact in facts for ref in (fact.source.ref, *fact.source.rows)]
                seen |= {"/".join(ref.split("/")[:2]) for ref in refs if ref.split("/")[0] in TABLES}
        assert seen == {record for record, whose in owner.items() if whose == principal.id}


def test_an_id_that_is_nobodys_gets_nothing(asking: Asking) -> None:
    for key in ("", "%", "CUST-", "cust-1", "CUST-1 ", "CUST-1' OR '1'='1", "CUST-99"):
        nobody = Customer(key, "Ada Okafor")
        for query, spec in asking.bank.queries().items():
            if not spec.is_public:
                needed = {name: SOMETHING[name] for name in spec.required}
                sheet = asking.bank.query(query, nobody, needed, TODAY)
                assert sheet.rows == ()
                assert not any(fact.kind == "money" and fact.value for fact in sheet.values.values())
        assert not any(named.kind in ("account", "card", "payee") for named in asking.bank.names(nobody))


@pytest.mark.parametrize("kind", ["account", "card", "payee"])
def test_what_is_anothers_and_what_there_is_not_are_refused_alike(asking: Asking, kind: Any) -> None:
    query = {"account": "balances", "card": "cards", "payee": "total"}[kind]
    theirs = {named.ref for named in asking.bank.names(asking.customers["ada"]) if named.kind == kind}
    others = [
        x for user in USERS for x in asking.bank.names(asking.customers[user]) if x.kind == kind and x.ref not in theirs
    ]
    messages = set()
    for named in (others[0], others[-1], Named(kind, "no such", others[0].name), Named(kind, "", "")):
        with pytest.raises(NameNotFoundError) as caught:
            asking.ask(query, "ada", **{kind: named})
        assert isinstance(caught.value, DataError)
        assert not any(word in str(caught.value) for word in (others[0].name, others[-1].name, "no such"))
        messages.add(str(caught.value))
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("query", "arguments", "message"),
    [
        ("balances", {"balance": 1}, r"balances: expected account, day, found 'balance'\. Leave it out"),
        ("phones", {"day": TODAY}, r"phones: expected no argument, found 'day'"),
        ("balances", {"day": "yesterday"}, r"balances, day: expected a value of type date, found str"),
        ("total", {"period": TODAY}, r"expected a value of type Period, found date"),
        ("transactions", {"limit": True}, r"expected a value of type int, found bool"),
        ("transactions", {"limit": -1}, r"expected a number from 0 to 1000000000, found -1"),
        ("total", {"period": Period(TODAY, FEBRUARY.start)}, r"begins before it ends, found 2026-03-10 to 2026-02-01"),
        ("total", {"minimum": Decimal("NaN")}, r"expected a number from 0"),
        ("total", {"minimum": Decimal("1e30")}, r"expected a number from 0"),
        ("transactions", {"order": "random"}, r"expected one of newest, oldest, largest, smallest, found 'random'"),
        ("total", {"kind": "'; DROP TABLE"}, r"expected one of purchase, .*interest, found"),
        ("balances", {"account": Named("card", "CARD-11", "Debit")}, r"the name of a account, found that of a card"),
        ("deposit_projection", {}, r"deposit_projection: expected amount, found no amount\. Ask for it first"),
        ("loan_estimate", {"amount": Decimal(1)}, r"expected amount, term, found no term"),
        ("loan_estimate", {"amount": Decimal(9000), "term": 0}, r"expected a number from 1"),
    ],
)
def test_wrong_arguments_say_what_was_expected(
    asking: Asking, query: str, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        asking.ask(query, "ada", **arguments)


@pytest.mark.parametrize(
    ("name", "principal"), [("balances", None), ("cards", None), ("pay", Customer("CUST-1", "Ada")), ("", None)]
)
def test_private_queries_need_a_customer_and_unknown_ones_are_refused(
    asking: Asking, name: str, principal: Customer | None
) -> None:
    with pytest.raises(ConfigError, match=r"Expected a query among balances, .*with a customer; found"):
        asking.bank.query(name, principal, {}, TODAY)
