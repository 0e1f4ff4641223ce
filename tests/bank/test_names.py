"""What customers may call things."""

from collections import Counter

import pytest

from demo_bank import USERS, Asking
from tellerbot.bank.demo_names import CATEGORIES
from tellerbot.bank.demo_people import CUSTOMERS


def test_anyone_may_name_branches_and_products_and_nothing_else(asking: Asking) -> None:
    names = asking.bank.names(None)
    assert Counter(named.kind for named in names) == {"branch": 4, "product": 11}
    assert asking.named("branch", "portland").name == "Old Port"
    assert asking.named("product", "one year cd").ref == "cd12"


@pytest.mark.parametrize("user", USERS)
def test_customers_name_what_is_theirs(asking: Asking, user: str) -> None:
    names = asking.bank.names(asking.customers[user])
    refs = [(named.kind, named.ref) for named in names]
    assert len(set(refs)) == len(refs)
    accounts = {named.ref for named in names if named.kind == "account"}
    shown = {row["available"].source.ref.split("/")[1] for row in asking.ask("balances", user).rows}
    assert accounts == shown
    payees = {named.name for named in names if named.kind == "payee"}
    assert {row["payee"].value for row in asking.ask("direct_debits", user).rows} <= payees
    assert {row["payee"].value for row in asking.ask("standing_orders", user).rows} <= payees
    assert not payees & {"Interest", "ATM withdrawal", "Overdraft fee", "Transfer to Steady Savings"}
    assert {named.ref for named in names if named.kind == "category"} == set(CATEGORIES)


@pytest.mark.parametrize("user", USERS)
def test_every_category_of_a_transaction_has_a_name(asking: Asking, user: str) -> None:
    rows = [
        row
        for at in ("newest", "oldest", "largest")
        for row in asking.ask("transactions", user, order=at, limit=100).rows
    ]
    assert {row["category"].value for row in rows} <= set(CATEGORIES)


@pytest.mark.parametrize("user", CUSTOMERS)
def test_an_alias_names_one_payee_or_category(asking: Asking, user: str) -> None:
    names = [named for named in asking.bank.names(asking.customers[user]) if named.kind in ("payee", "category")]
    words = Counter(word.lower() for named in names for word in {named.name, *named.aliases})
    assert [word for word, times in words.items() if times > 1] == []
    assert not any(set(named.aliases) & {named.name} for named in names)


def test_accounts_and_cards_have_their_last_digits_and_usual_words(asking: Asking) -> None:
    assert asking.named("account", "7730", "ada") == asking.named("account", "savings", "ada")
    assert asking.named("card", "debit", "ada").aliases[-1] == "5512"
    assert asking.named("payee", "light bill", "ada").name == "Northeast Light and Power"
    assert asking.named("category", "supermarket", "ada").ref == "groceries"
