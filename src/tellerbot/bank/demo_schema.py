"""The demo bank's tables."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, MetaData, Numeric, String, Table, Time

metadata = MetaData()
money = Numeric(12, 2)

customers = Table(
    "customers",
    metadata,
    Column("id", String, primary_key=True),
    Column("username", String, unique=True, nullable=False),
    Column("name", String, nullable=False),
    Column("password_hash", String, nullable=False),
)
accounts = Table(
    "accounts",
    metadata,
    Column("id", String, primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("product", String, nullable=False),
    Column("last4", String(4), nullable=False),
    Column("available", money, nullable=False),
    Column("current", money, nullable=False),
)
cards = Table(
    "cards",
    metadata,
    Column("id", String, primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("product", String, nullable=False),
    Column("last4", String(4), nullable=False),
    Column("status", String, nullable=False),
    Column("atm_limit", money),
    Column("purchase_limit", money),
)
transactions = Table(
    "transactions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("payee", String, nullable=False),
    Column("amount", money, nullable=False),
    Column("kind", String, nullable=False),
    Column("pending", Boolean, nullable=False),
)
direct_debits = Table(
    "direct_debits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("payee", String, nullable=False),
    Column("amount", money, nullable=False),
    Column("next_day", Date, nullable=False),
)
loans = Table(
    "loans",
    metadata,
    Column("id", String, primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("product", String, nullable=False),
    Column("owed", money, nullable=False),
    Column("payment", money, nullable=False),
    Column("due", Date, nullable=False),
    Column("apr", Numeric(5, 2), nullable=False),
)
fees = Table(
    "fees",
    metadata,
    Column("code", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("amount", money, nullable=False),
)
rates = Table(
    "rates",
    metadata,
    Column("code", String, primary_key=True),
    Column("family", String, nullable=False, index=True),
    Column("product", String, nullable=False),
    Column("rate", Numeric(5, 2), nullable=False),
    Column("minimum", money),
)
branches = Table(
    "branches",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("address", String, nullable=False),
    Column("opens", Time, nullable=False),
    Column("closes", Time, nullable=False),
    Column("saturday", String, nullable=False),
)
phones = Table(
    "phones",
    metadata,
    Column("code", String, primary_key=True),
    Column("number", String, nullable=False),
)
