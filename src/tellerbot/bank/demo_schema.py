"""The demo bank's tables."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, MetaData, Numeric, String, Table, Time

metadata = MetaData()
money = Numeric(12, 2)
percent = Numeric(5, 2)


def _text(name: str) -> Column[str]:
    return Column(name, String, nullable=False)


def _key(name: str = "id") -> Column[str]:
    return Column(name, String, primary_key=True)


def _number() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _customer() -> Column[str]:
    return Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True)


def _account() -> Column[str]:
    return Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True)


def _money(name: str) -> Column[object]:
    return Column(name, money, nullable=False)


def _day(name: str) -> Column[object]:
    return Column(name, Date, nullable=False)


# The layout of these tables, in its only row.
demo_bank = Table("demo_bank", metadata, Column("version", Integer, primary_key=True))
customers = Table(
    "customers",
    metadata,
    _key(),
    Column("username", String, unique=True, nullable=False),
    _text("name"),
    _text("password_hash"),
)
# `opening` is what was on the books before the first transaction, on the day `opened`.
accounts = Table(
    "accounts", metadata, _key(), _customer(), _text("product"), Column("last4", String(4), nullable=False),
    _money("available"), _money("current"), _money("opening"), _day("opened"),
)  # fmt: skip
cds = Table(
    "cds", metadata, Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("rate", percent, nullable=False), Column("months", Integer, nullable=False), _day("matures"),
)  # fmt: skip
cards = Table(
    "cards", metadata, _key(), _customer(), _text("product"), Column("last4", String(4), nullable=False),
    _text("status"), Column("atm_limit", money), Column("purchase_limit", money),
)  # fmt: skip
# What is to be paid for a credit card next.
card_bills = Table(
    "card_bills", metadata, Column("card_id", ForeignKey("cards.id"), primary_key=True), _money("credit_limit"),
    _money("owed"), _money("least"), _day("due"),
)  # fmt: skip
transactions = Table(
    "transactions", metadata, _number(), _account(), _day("day"), _text("payee"), _money("amount"), _text("kind"),
    _text("category"), Column("pending", Boolean, nullable=False),
)  # fmt: skip
direct_debits = Table(
    "direct_debits", metadata, _number(), _account(), _text("payee"), _money("amount"), _day("next_day")
)
standing_orders = Table(
    "standing_orders", metadata, _number(), _account(), _text("payee"), _money("amount"), _day("next_day")
)
statements = Table(
    "statements", metadata, _number(), _account(), _day("start"), _day("end"), _money("opening"), _money("closing"),
    _day("ready"),
)  # fmt: skip
payees = Table("payees", metadata, _number(), _customer(), _text("payee"), _text("bank"), Column("last4", String(4)))
disputes = Table(
    "disputes", metadata, _number(), _account(), _day("day"), _text("payee"), _money("amount"), _day("charged"),
    _text("state"), Column("decision", Date),
)  # fmt: skip
loans = Table(
    "loans", metadata, _key(), _customer(), _text("product"), _money("owed"), _money("payment"), _day("due"),
    Column("apr", percent, nullable=False),
)  # fmt: skip
loan_payments = Table(
    "loan_payments", metadata, _number(), Column("loan_id", ForeignKey("loans.id"), nullable=False, index=True),
    _day("day"), _money("payment"), _money("interest"),
)  # fmt: skip
fees = Table("fees", metadata, _key("code"), _text("kind"), _money("amount"))
# `minimum` is the least deposit; the other bounds are those of a loan's amount and of a term in months.
rates = Table(
    "rates", metadata, _key("code"), Column("family", String, nullable=False, index=True), _text("product"),
    Column("rate", percent, nullable=False), Column("minimum", money), Column("amount_from", money),
    Column("amount_to", money), Column("months_from", Integer), Column("months_to", Integer),
)  # fmt: skip
exchange_rates = Table(
    "exchange_rates", metadata, _key("code"), _text("currency"), Column("units", Integer, nullable=False),
    _money("we_sell"), _money("we_buy"),
)  # fmt: skip
branches = Table(
    "branches", metadata, _key(), _text("name"), _text("address"), Column("opens", Time, nullable=False),
    Column("closes", Time, nullable=False), _text("saturday"),
)  # fmt: skip
phones = Table("phones", metadata, _key("code"), _text("number"))
