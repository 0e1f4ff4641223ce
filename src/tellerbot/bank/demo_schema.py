"""The demo bank's tables."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, MetaData, Numeric, String, Table, Time

from tellerbot.bank.journal import journal

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


def _to_account() -> Column[str]:
    """Make the column of the customer's own account that the money goes to, None where it goes elsewhere.

    It references nothing, so that a join with the accounts is one with those that pay.
    """
    return Column("to_account_id", String)


def _saved_payee() -> Column[int]:
    """Make the column of the customer's payee that the money goes to, None where it goes elsewhere."""
    return Column("payee_id", ForeignKey("payees.id"))


def _ends() -> Column[object]:
    return Column("ends", Date)


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
    _text("category"), Column("pending", Boolean, nullable=False), _saved_payee(),
    # A number is never used again: a pending one may go.
    sqlite_autoincrement=True,
)  # fmt: skip
# `ends` is the last day on which payments are made, None until further notice.
direct_debits = Table(
    "direct_debits", metadata, _number(), _account(), _text("payee"), _money("amount"), _day("next_day"), _ends(),
)  # fmt: skip
standing_orders = Table(
    "standing_orders", metadata, _number(), _account(), _text("payee"), _money("amount"), _day("next_day"),
    _text("every"), _to_account(), _saved_payee(), _ends(),
)  # fmt: skip
# Transfers to come, each of which is made once.
scheduled_payments = Table(
    "scheduled_payments", metadata, _number(), _account(), _text("payee"), _money("amount"), _day("next_day"),
    _to_account(), _saved_payee(), _ends(),
)  # fmt: skip
statements = Table(
    "statements", metadata, _number(), _account(), _day("start"), _day("end"), _money("opening"), _money("closing"),
    _day("ready"),
)  # fmt: skip
# `nicknames` are what the customer calls the payee, with commas between them.
payees = Table(
    "payees", metadata, _number(), _customer(), _text("payee"), _text("bank"), Column("last4", String(4)),
    Column("nicknames", String),
)  # fmt: skip
disputes = Table(
    "disputes", metadata, _number(), _account(), _day("day"), _text("payee"), _money("amount"), _day("charged"),
    _text("state"), Column("decision", Date), Column("transaction_id", ForeignKey("transactions.id"), nullable=False),
)  # fmt: skip
stopped_checks = Table(
    "stopped_checks", metadata, _number(), _account(), _text("number"), _money("amount"), _day("ends"),
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
# Where the bank writes and calls.
profiles = Table(
    "profiles", metadata, Column("customer_id", ForeignKey("customers.id"), primary_key=True), _text("address"),
    _text("phone"),
)  # fmt: skip
card_orders = Table(
    "card_orders", metadata, _number(), Column("card_id", ForeignKey("cards.id"), nullable=False, index=True),
    _day("day"), _text("delivery"), _day("arrives"),
)  # fmt: skip
# A notice without a card is for all of them.
travel_notices = Table(
    "travel_notices", metadata, _number(), _customer(), Column("card_id", ForeignKey("cards.id")), _text("place"),
    _day("start"), _day("end"),
)  # fmt: skip
statement_orders = Table(
    "statement_orders", metadata, _number(), Column("statement_id", ForeignKey("statements.id"), nullable=False),
    _text("way"), _day("day"),
)  # fmt: skip
appointments = Table(
    "appointments", metadata, _number(), _customer(), Column("branch_id", ForeignKey("branches.id"), nullable=False),
    _day("day"), Column("time", Time, nullable=False), _text("topic"), Column("cancelled", Boolean, nullable=False),
)  # fmt: skip
bank_actions = journal.to_metadata(metadata)
# The text messages that went to customers' phones.
phone_messages = Table("phone_messages", metadata, _number(), _customer(), _text("text"), _text("at"))
