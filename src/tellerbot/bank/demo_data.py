"""Invented records for the demo bank, laid out around the day they are made."""

import secrets
from datetime import date, time, timedelta
from decimal import Decimal

from pwdlib import PasswordHash
from sqlalchemy import Connection, insert

from tellerbot.bank import demo_schema as t

CUSTOMERS = {"ada": "Ada Okafor", "ben": "Ben Lindqvist", "carmen": "Carmen Reyes"}
FEES = {
    "atm_out_of_network": "2.50", "atm_inquiry": "1.00", "atm_abroad": "5.00", "overdraft": "25.00",
    "wire_domestic": "22.00", "wire_international": "38.00", "wire_international_in": "12.00",
    "monthly_everyday": "8.00", "monthly_premier": "20.00", "card_rush": "20.00", "stop_payment": "28.00",
    "cashiers_check": "8.00",
}  # fmt: skip
RATES = [
    ("steady", "savings", "Steady Savings", "3.10", "25.00"),
    ("goal", "savings", "Goal Saver", "3.60", "5000.00"),
    ("cd6", "savings", "Six-month CD", "3.85", "1000.00"),
    ("cd12", "savings", "Twelve-month CD", "4.10", "1000.00"),
    ("cd24", "savings", "Two-year CD", "3.75", "1000.00"),
    ("personal", "loans", "Personal loan", "8.49", None),
    ("auto_new", "loans", "Auto loan, new car", "5.79", None),
    ("auto_used", "loans", "Auto loan, used car", "6.49", None),
    ("mortgage30", "mortgages", "Thirty-year fixed mortgage", "6.35", None),
    ("mortgage15", "mortgages", "Fifteen-year fixed mortgage", "5.70", None),
    ("equity", "mortgages", "Home equity line", "7.90", None),
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
}  # fmt: skip
ACCOUNTS = [
    ("ACC-1001", "ada", "Everyday Checking", "4821", "2682.00", "2724.65"),
    ("ACC-1002", "ada", "Steady Savings", "7730", "11450.12", "11450.12"),
    ("ACC-2001", "ben", "Premier Checking", "0359", "-36.20", "-36.20"),
    ("ACC-2002", "ben", "Goal Saver", "6114", "18200.00", "18200.00"),
    ("ACC-3001", "carmen", "Everyday Checking", "9047", "803.77", "918.77"),
]
CARDS = [
    ("CARD-11", "ada", "Debit card", "5512", "active", "600.00", "3000.00"),
    ("CARD-12", "ada", "Travel credit card", "8890", "active", None, None),
    ("CARD-21", "ben", "Debit card", "2204", "frozen", "600.00", "3000.00"),
    (
        "CARD-31",
        "carmen",
        "Debit card",
        "7716",
        "blocked until tomorrow after wrong PINs",
        "600.00",
        "3000.00",
    ),
]
LOANS = [
    ("LOAN-1", "ben", "Auto loan", "14210.55", "412.30", 9, "5.79"),
    ("LOAN-2", "carmen", "Personal loan", "3120.00", "148.90", 17, "9.25"),
]
# Account, days ago, payee, amount, kind, pending.
TRANSACTIONS = [
    ("ACC-1001", 0, "Harborview Grocers", "-42.65", "purchase", True),
    ("ACC-1001", 1, "Casco Coffee", "-6.40", "purchase", False),
    ("ACC-1001", 3, "Transfer to Steady Savings", "-250.00", "transfer", False),
    ("ACC-1001", 5, "Pinecone Publishing payroll", "2140.00", "salary", False),
    ("ACC-1001", 6, "Northeast Light and Power", "-88.13", "direct debit", False),
    ("ACC-1001", 9, "ATM withdrawal", "-80.00", "cash", False),
    ("ACC-1001", 19, "Pinecone Publishing payroll", "2140.00", "salary", False),
    ("ACC-1002", 3, "Transfer from Everyday Checking", "250.00", "transfer", False),
    ("ACC-2001", 0, "Transfer to an outside account", "-400.00", "transfer", True),
    ("ACC-2001", 2, "Overdraft fee", "-25.00", "fee", False),
    ("ACC-2001", 2, "Bay Street Books", "-61.20", "purchase", False),
    ("ACC-2001", 12, "Lighthouse Dental payroll", "3015.44", "salary", False),
    ("ACC-3001", 0, "Sunrise Fuel", "-115.00", "purchase", True),
    ("ACC-3001", 2, "Maple Pharmacy", "-23.18", "purchase", False),
    ("ACC-3001", 4, "Streamly", "-15.99", "purchase", False),
    ("ACC-3001", 4, "Streamly", "-15.99", "purchase", False),
]
DIRECT_DEBITS = [
    ("ACC-1001", "Northeast Light and Power", "88.13", 24),
    ("ACC-1001", "Granite Mobile", "45.00", 6),
    ("ACC-2001", "Coastal Fitness", "39.00", 3),
    ("ACC-3001", "Streamly", "15.99", 26),
]


def seed(connection: Connection, today: date) -> dict[str, str]:
    """Fill empty tables. Returns the passwords made for the demo customers, by user name."""
    hasher = PasswordHash.recommended()
    passwords = {username: "-".join(secrets.token_hex(2) for _ in range(3)) for username in CUSTOMERS}
    customer_id = {username: f"CUST-{number}" for number, username in enumerate(CUSTOMERS, 1)}

    def add(table: object, rows: list[dict[str, object]]) -> None:
        connection.execute(insert(table), rows)  # type: ignore[arg-type]

    add(
        t.customers,
        [
            {
                "id": customer_id[key],
                "username": key,
                "name": name,
                "password_hash": hasher.hash(passwords[key]),
            }
            for key, name in CUSTOMERS.items()
        ],
    )
    add(
        t.accounts,
        [
            {"id": key, "customer_id": customer_id[who], "product": product, "last4": last4,
             "available": Decimal(available), "current": Decimal(current)}
            for key, who, product, last4, available, current in ACCOUNTS
        ],
    )  # fmt: skip
    add(
        t.cards,
        [
            {"id": key, "customer_id": customer_id[who], "product": product, "last4": last4, "status": status,
             "atm_limit": atm and Decimal(atm), "purchase_limit": buy and Decimal(buy)}
            for key, who, product, last4, status, atm, buy in CARDS
        ],
    )  # fmt: skip
    add(
        t.transactions,
        [
            {"account_id": account, "day": today - timedelta(days=ago), "payee": payee, "amount": Decimal(amount),
             "kind": kind, "pending": pending}
            for account, ago, payee, amount, kind, pending in TRANSACTIONS
        ],
    )  # fmt: skip
    add(
        t.direct_debits,
        [
            {
                "account_id": account,
                "payee": payee,
                "amount": Decimal(amount),
                "next_day": today + timedelta(days=days),
            }
            for account, payee, amount, days in DIRECT_DEBITS
        ],
    )
    add(
        t.loans,
        [
            {"id": key, "customer_id": customer_id[who], "product": product, "owed": Decimal(owed),
             "payment": Decimal(payment), "due": today + timedelta(days=days), "apr": Decimal(apr)}
            for key, who, product, owed, payment, days, apr in LOANS
        ],
    )  # fmt: skip
    add(
        t.fees,
        [{"code": code, "kind": "money", "amount": Decimal(amount)} for code, amount in FEES.items()]
        + [{"code": "foreign_transaction", "kind": "percent", "amount": Decimal("2.5")}],
    )
    add(
        t.rates,
        [
            {"code": code, "family": family, "product": product, "rate": Decimal(rate),
             "minimum": minimum and Decimal(minimum)}
            for code, family, product, rate, minimum in RATES
        ],
    )  # fmt: skip
    add(
        t.branches,
        [dict(zip(("id", "name", "address", "opens", "closes", "saturday"), row, strict=True)) for row in BRANCHES],
    )
    add(t.phones, [{"code": code, "number": number} for code, number in PHONES.items()])
    return passwords
