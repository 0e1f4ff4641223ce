"""What the demo bank offers, and filling its tables around the day they are made."""

import secrets
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal

from pwdlib import PasswordHash
from sqlalchemy import Connection, Table, insert

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_people import CUSTOMERS
from tellerbot.bank.demo_records import Record, customer_id, customer_records, to_records

FEES = {
    "atm_out_of_network": "2.50", "atm_inquiry": "1.00", "atm_abroad": "5.00", "overdraft": "25.00",
    "wire_domestic": "22.00", "wire_international": "38.00", "wire_international_in": "12.00",
    "monthly_everyday": "8.00", "monthly_premier": "20.00", "card_rush": "20.00", "stop_payment": "28.00",
    "cashiers_check": "8.00", "statement_copy": "4.00",
}  # fmt: skip
# Code, family, product, rate, least deposit, least and largest loan, shortest and longest term in months.
RATES = [
    ("steady", "savings", "Steady Savings", "3.10", "25.00", None, None, None, None),
    ("goal", "savings", "Goal Saver", "3.60", "5000.00", None, None, None, None),
    ("cd6", "savings", "Six-month CD", "3.85", "1000.00", None, None, 6, 6),
    ("cd12", "savings", "Twelve-month CD", "4.10", "1000.00", None, None, 12, 12),
    ("cd24", "savings", "Two-year CD", "3.75", "1000.00", None, None, 24, 24),
    ("personal", "loans", "Personal loan", "8.49", None, "2000.00", "40000.00", 24, 72),
    ("auto_new", "loans", "Auto loan, new car", "5.79", None, None, None, 12, 84),
    ("auto_used", "loans", "Auto loan, used car", "6.49", None, None, None, 12, 84),
    ("mortgage30", "mortgages", "Thirty-year fixed mortgage", "6.35", None, None, None, 360, 360),
    ("mortgage15", "mortgages", "Fifteen-year fixed mortgage", "5.70", None, None, None, 180, 180),
    ("equity", "mortgages", "Home equity line", "7.90", None, None, None, None, None),
]
# Code, currency, units, what we sell and buy these units for.
EXCHANGE_RATES = [
    ("eur", "euro", 100, "113.20", "104.90"),
    ("gbp", "British pound", 100, "131.60", "121.80"),
    ("cad", "Canadian dollar", 100, "75.10", "69.40"),
    ("mxn", "Mexican peso", 1000, "57.30", "51.20"),
    ("jpy", "Japanese yen", 10000, "67.90", "62.30"),
    ("chf", "Swiss franc", 100, "122.40", "113.10"),
]
BRANCHES = [
    ("old-port", "Old Port", "12 Quay Street, Portland, Maine", time(9), time(17), "9:00 am to 1:00 pm"),
    ("bangor", "Bangor", "210 Birch Avenue, Bangor, Maine", time(9), time(17), "closed"),
    (
        "brunswick",
        "Brunswick",
        "48 Mill Road, Brunswick, Maine",
        time(9, 30),
        time(17),
        "9:30 am to 12:30 pm",
    ),
    ("augusta", "Augusta", "5 Capitol Row, Augusta, Maine", time(8, 30), time(16, 30), "closed"),
]
PHONES = {
    "support": "1-800-555-0142", "cards": "1-800-555-0117", "fraud": "1-800-555-0163", "lending": "1-800-555-0188",
    "crisis": "988",
}  # fmt: skip


def seed(connection: Connection, today: date, known: Mapping[str, str], version: int) -> dict[str, str]:
    """Fill empty tables. Returns the new passwords, by user name: of customers without one of the `known` hashes."""
    hasher = PasswordHash.recommended()
    passwords = {name: "-".join(secrets.token_hex(2) for _ in range(3)) for name in CUSTOMERS if name not in known}
    hashes = {**known, **{name: hasher.hash(password) for name, password in passwords.items()}}
    customers: list[Record] = [
        {"id": customer_id(name), "username": name, "name": full, "password_hash": hashes[name]}
        for name, full in CUSTOMERS.items()
    ]
    rows = {**customer_records(today), **_offers(today), t.customers: customers, t.demo_bank: [{"version": version}]}
    # In the order of their references to each other.
    for table in t.metadata.sorted_tables:
        if table in rows:
            connection.execute(insert(table), rows[table])
    return passwords


def _offers(today: date) -> Mapping[Table, list[Record]]:
    """Return the records that are public."""
    fees: list[Record] = [{"code": code, "kind": "money", "amount": Decimal(amount)} for code, amount in FEES.items()]
    return {
        t.fees: [*fees, {"code": "foreign_transaction", "kind": "percent", "amount": Decimal("2.5")}],
        t.rates: to_records(t.rates, RATES, today),
        t.exchange_rates: to_records(t.exchange_rates, EXCHANGE_RATES, today),
        t.branches: to_records(t.branches, BRANCHES, today),
        t.phones: [{"code": code, "number": number} for code, number in PHONES.items()],
    }
