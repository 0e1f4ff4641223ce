"""What customers call things: their accounts, cards, payees and categories, and the bank's branches and products."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Row, select, union

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_payments import split_nicknames
from tellerbot.bank.demo_transactions import OWN_TRANSFERS
from tellerbot.database import storable
from tellerbot.types import Named

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

_WITHOUT_PAYEE = ("cash", "fee", "interest", "card payment", "loan payment")


def is_customer(connection: Connection, customer: str) -> bool:
    """Whether the bank has a customer with this id."""
    query = select(t.customers.c.id).where(t.customers.c.id == customer)
    return storable(customer) and connection.execute(query).first() is not None


def find_names(connection: Connection, customer: str) -> list[Named]:
    """What the customer with this id may name; branches and products alone where it is ""."""
    names = [
        Named("branch", row.id, row.name, _BRANCHES.get(row.name, ()))
        for row in connection.execute(select(t.branches).order_by(t.branches.c.id))
    ]
    names += [
        Named("product", row.code, row.product, _PRODUCTS.get(row.product, ()))
        for row in connection.execute(select(t.rates).order_by(t.rates.c.code))
    ]
    return [*names, *_own_names(connection, customer)] if customer else names


def _own_names(connection: Connection, customer: str) -> Iterator[Named]:
    accounts = select(t.accounts).where(t.accounts.c.customer_id == customer).order_by(t.accounts.c.id)
    for row in connection.execute(accounts):
        yield Named("account", row.id, row.product, (*_PRODUCTS.get(row.product, ()), row.last4))
    cards = select(t.cards).where(t.cards.c.customer_id == customer).order_by(t.cards.c.id)
    for row in connection.execute(cards):
        yield Named("card", row.id, row.product, (*_CARDS.get(row.product, ()), row.last4))
    saved = connection.execute(select(t.payees).where(t.payees.c.customer_id == customer))
    nicknames = {row.payee: split_nicknames(row.nicknames) for row in saved}
    for row in _payees(connection, customer):
        yield Named("payee", row.payee, row.payee, (*_PAYEES.get(row.payee, ()), *nicknames.get(row.payee, ())))
    for category, aliases in CATEGORIES.items():
        yield Named("category", category, category, aliases)


def _payees(connection: Connection, customer: str) -> list[Row[tuple[str]]]:
    """Whom the customer has paid, been paid by, or saved to pay."""
    own = select(t.accounts.c.id).where(t.accounts.c.customer_id == customer)
    table = t.transactions.c
    # The bank's own entries and moves between a customer's accounts have no payee but in name.
    paid = select(table.payee).where(
        table.account_id.in_(own), table.kind.not_in(_WITHOUT_PAYEE), table.category != OWN_TRANSFERS
    )
    debits = select(t.direct_debits.c.payee).where(t.direct_debits.c.account_id.in_(own))
    saved = select(t.payees.c.payee).where(t.payees.c.customer_id == customer)
    return list(connection.execute(union(paid, debits, saved).order_by("payee")).all())
