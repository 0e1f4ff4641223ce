"""What customers call things: their accounts, cards, payees and categories, and the bank's branches and products."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, literal, select, union, union_all

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_payments import split_nicknames
from tellerbot.bank.demo_transactions import OWN_TRANSFERS
from tellerbot.database import is_storable
from tellerbot.types import Named, SlotKind

_PRODUCTS: Mapping[str, tuple[str, ...]] = {
    "Everyday Checking": ("checking", "checking account", "everyday", "current account", "chequing"),
    "Premier Checking": ("checking", "checking account", "premier", "current account"),
    "Steady Savings": ("savings", "savings account", "steady"),
    "Goal Saver": ("savings", "savings account", "goal savings", "goal account", "saver"),
    "Six-month CD": ("cd", "6 month cd", "six month cd", "half year cd"),
    "Twelve-month CD": ("cd", "12 month cd", "twelve month cd", "one year cd", "1 year cd", "year cd"),
    "Two-year CD": ("cd", "24 month cd", "two year cd", "2 year cd"),
    "Personal loan": ("personal loans",),
    "Auto loan, new car": ("new car loan", "auto loan new", "loan for a new car"),
    "Auto loan, used car": ("used car loan", "auto loan used", "loan for a used car"),
    "Thirty-year fixed mortgage": ("30 year mortgage", "thirty year mortgage", "30 year fixed"),
    "Fifteen-year fixed mortgage": ("15 year mortgage", "fifteen year mortgage", "15 year fixed"),
    "Home equity line": ("home equity", "heloc", "equity line"),
}
_CARDS: Mapping[str, tuple[str, ...]] = {
    "Debit card": ("debit", "debit card", "bank card", "atm card"),
    "Travel credit card": ("travel card", "credit card"),
    "Cashback credit card": ("cashback card", "credit card"),
}
_BRANCHES: Mapping[str, tuple[str, ...]] = {
    "Old Port": ("portland", "old port branch", "portland branch", "quay street"),
    "Bangor": ("bangor branch", "birch avenue"),
    "Brunswick": ("brunswick branch", "mill road"),
    "Augusta": ("augusta branch", "capitol row"),
}
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "groceries": (
        "food",
        "food shopping",
        "supermarket",
        "supermarkets",
        "grocery",
        "grocery shopping",
        "grocery store",
    ),
    "dining": ("eating out", "restaurants", "restaurant", "takeout", "dining out", "cafes"),
    "rent": ("housing", "rent payment"),
    "utilities": ("utility bills", "utility"),
    "transport": ("public transport", "bus", "train", "taxis", "rides", "transportation", "commuting"),
    "fuel": ("gas", "gas stations", "petrol", "gasoline"),
    "health": ("pharmacy", "pharmacies", "doctor", "medicine", "dentist", "healthcare", "medical"),
    "entertainment": ("movies", "cinema", "concerts", "games"),
    "subscriptions": ("streaming", "subscription", "streaming services", "memberships"),
    "shopping": ("clothes", "clothing", "online shopping", "electronics", "books"),
    "travel": ("hotels", "flights", "vacation", "trips", "airlines"),
    "cash": ("cash withdrawals", "atm withdrawals", "withdrawals"),
    "gifts": ("presents", "charity", "donations"),
    "education": ("tuition", "textbooks"),
    "insurance": ("insurances", "premiums", "car insurance"),
    "income": ("earnings", "wages"),
    "transfers": ("payments to people", "sent money"),
    "card payments": ("credit card payments", "card bill"),
    "loans": ("loan payments", "car payment"),
    "fees": ("bank fees", "service charges"),
    "interest": ("interest earned",),
    OWN_TRANSFERS: ("moved to savings", "between my accounts"),
}
_PAYEES: Mapping[str, tuple[str, ...]] = {
    "Harborview Grocers": ("harborview",),
    "Casco Coffee": ("casco", "coffee", "coffee shop"),
    "Northeast Light and Power": ("electric", "power", "light bill", "electricity", "electric bill", "power company"),
    "Granite Mobile": ("granite", "phone bill", "cell phone", "mobile"),
    "Coastal Fitness": ("gym", "gym membership", "fitness"),
    "Downeast Broadband": ("internet", "internet bill", "wifi", "broadband"),
    "Kennebec Water District": ("water", "water bill"),
    "Seabright Property Management": ("landlord", "seabright"),
    "Eastern Promenade Apartments": ("landlord", "apartment"),
    "Birchwood Rentals": ("landlord", "birchwood"),
    "Campus Housing Cooperative": ("landlord", "dorm", "housing cooperative"),
    "Pinecone Publishing payroll": ("pinecone", "employer", "paycheck", "salary"),
    "Lighthouse Dental payroll": ("lighthouse", "employer", "paycheck", "salary"),
    "University Library payroll": ("library job", "employer", "paycheck", "salary"),
    "Social Security benefit": ("social security", "ssa", "benefit"),
    "Maine Teachers Pension": ("pension", "teachers pension"),
    "Pine State Insurance": ("car insurance payment", "insurance company"),
}  # fmt: skip

_ALIASES: Mapping[SlotKind, Mapping[str, tuple[str, ...]]] = {
    "branch": _BRANCHES, "product": _PRODUCTS, "account": _PRODUCTS, "card": _CARDS,
}  # fmt: skip
_WITHOUT_PAYEE = ("cash", "fee", "interest", "card payment", "loan payment")


def is_customer(connection: Connection, customer: str) -> bool:
    """Return whether the bank has a customer with this id."""
    return is_storable(customer) and connection.execute(_KNOWN, {"customer": customer}).first() is not None


def find_names(connection: Connection, customer: str) -> list[Named]:
    """Find what the customer with this id may name; branches and products alone where it is ""."""
    names = [_name(*row) for row in connection.execute(_OFFERED)]
    if not customer:
        return names
    names += [_name(*row) for row in connection.execute(_OWNED, {"customer": customer})]
    names += [
        Named("payee", payee, payee, (*_PAYEES.get(payee, ()), *nicknames))
        for payee, nicknames in _payees(connection, customer).items()
    ]
    return [*names, *(Named("category", category, category, aliases) for category, aliases in CATEGORIES.items())]


def _name(kind: SlotKind, ref: str, name: str, last4: str) -> Named:
    return Named(kind, ref, name, (*_ALIASES[kind].get(name, ()), *filter(None, [last4])))


def _listed(kind: SlotKind, ref: ColumnElement[str], name: ColumnElement[str], last4: ColumnElement[str] | None) -> Any:
    shown = literal("") if last4 is None else last4
    return select(literal(kind).label("kind"), ref.label("ref"), name.label("name"), shown.label("last4"))


_OFFERED = union_all(
    _listed("branch", t.branches.c.id, t.branches.c.name, None),
    _listed("product", t.rates.c.code, t.rates.c.product, None),
).order_by("kind", "ref")
_OWNER = bindparam("customer")
_KNOWN = select(t.customers.c.id).where(t.customers.c.id == _OWNER)
_OWNED = union_all(
    _listed("account", t.accounts.c.id, t.accounts.c.product, t.accounts.c.last4).where(
        t.accounts.c.customer_id == _OWNER
    ),
    _listed("card", t.cards.c.id, t.cards.c.product, t.cards.c.last4).where(t.cards.c.customer_id == _OWNER),
).order_by("kind", "ref")
_OWN = select(t.accounts.c.id).where(t.accounts.c.customer_id == _OWNER)
_PAYEES_OF = union(
    # The bank's own entries and moves between a customer's accounts have no payee but in name.
    select(t.transactions.c.payee, literal("").label("nicknames")).where(
        t.transactions.c.account_id.in_(_OWN),
        t.transactions.c.kind.not_in(_WITHOUT_PAYEE),
        t.transactions.c.category != OWN_TRANSFERS,
    ),
    select(t.direct_debits.c.payee, literal("")).where(t.direct_debits.c.account_id.in_(_OWN)),
    select(t.payees.c.payee, t.payees.c.nicknames).where(t.payees.c.customer_id == _OWNER),
).order_by("payee", "nicknames")


def _payees(connection: Connection, customer: str) -> dict[str, tuple[str, ...]]:
    """List whom the customer paid, was paid by, or saved to pay, in order, with the customer's own names for them."""
    found = connection.execute(_PAYEES_OF, {"customer": customer})
    return {row.payee: split_nicknames(row.nicknames) for row in found}
