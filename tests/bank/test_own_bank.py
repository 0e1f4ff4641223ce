"""The connector in docs/how-to/connector.md does what every bank does."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pwdlib import PasswordHash
from sqlalchemy import text

from tellerbot.bank.journal import journal
from tellerbot.database import begin_write
from tellerbot.errors import ConfigError, DataError, RefusedError, UnavailableError
from tellerbot.types import Bank, Customer, Named, Receipt

TODAY = date(2026, 3, 10)
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "connector.md"
ADA = Customer("C-1", "Ada")
EVERYDAY, SAVINGS = Named("account", "A-1", "Everyday"), Named("account", "A-2", "Savings")
HASHES = {name: PasswordHash.recommended().hash(name) for name in ("ada", "ben")}
TABLES = (
    "CREATE TABLE customers (id TEXT PRIMARY KEY, username TEXT, name TEXT, hash TEXT)",
    "CREATE TABLE accounts (id TEXT PRIMARY KEY, customer TEXT, product TEXT, cents BIGINT)",
    "INSERT INTO accounts VALUES ('A-1', 'C-1', 'Everyday', 18200), ('A-2', 'C-1', 'Savings', 1145012)",
    "INSERT INTO accounts VALUES ('A-3', 'C-2', 'Everyday', 5000)",
)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def bank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bank]:
    is_sqlite = request.param == "SQLite"
    url = f"sqlite:///{tmp_path / 'own.db'}" if is_sqlite else request.getfixturevalue("postgres_url")
    scope: dict[str, Any] = {}
    exec(compile(_code(), str(HOW_TO), "exec"), scope)  # noqa: S102
    own = scope["MyBank"](url)
    journal.create(own.engine)
    with begin_write(own.engine) as db:
        for statement in TABLES:
            db.execute(text(statement))
        for at, name in enumerate(HASHES, 1):
            row = {
                "id": f"C-{at}",
                "username": name,
                "name": name.title(),
                "hash": PasswordHash.recommended().hash(name),
            }
            db.execute(text("INSERT INTO customers VALUES (:id, :username, :name, :hash)"), row)
    yield own
    own.engine.dispose()


def _code(part: str = "class MyBank") -> str:
    blocks = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(), re.DOTALL)
    return next(block for block in blocks if part in block)


def available(bank: Bank, customer: Customer = ADA) -> dict[str, object]:
    rows = bank.query("balances", customer, {}, TODAY).rows
    return {row["available"].source.ref: row["available"].value for row in rows}


def move(
    bank: Bank, key: str, amount: str = "10.50", source: Named = SAVINGS, customer: Customer = ADA,
    target: Named = EVERYDAY,
) -> Receipt:  # fmt: skip
    arguments = {"account": source, "to_account": target, "amount": Decimal(amount)}
    return bank.act("move_money", customer, arguments, key, TODAY)


def test_it_is_short() -> None:
    assert len([line for line in _code().splitlines() if line.strip()]) <= 60


def test_it_has_all_that_a_bank_has(bank: Bank) -> None:
    assert all(callable(getattr(bank, name)) for name in vars(Bank) if not name.startswith("_"))
    bank.ping()
    with pytest.raises(ConfigError):
        bank.send_code(ADA, "1", "2")


def test_it_knows_its_customers(bank: Bank) -> None:
    assert bank.authenticate("ada", "ada") == bank.find("C-1") == bank.find_user("ada") == ADA
    for username, password in (("ada", "ben"), ("eve", "eve"), ("ada\0", "ada"), ("ada", "\ud800")):
        assert bank.authenticate(username, password) is None
    assert bank.find("ada") is None and bank.find_user("C-1") is None


def test_it_tells_whats_theirs(bank: Bank) -> None:
    everything = {"accounts/A-1/available": Decimal(182), "accounts/A-2/available": Decimal("11450.12")}
    assert available(bank) == everything
    assert available(bank, Customer("C-2", "Ben")) == {"accounts/A-3/available": Decimal(50)}
    assert bank.names(ADA) == [EVERYDAY, SAVINGS] and not bank.names(None)
    [row] = bank.query("balances", ADA, {"account": SAVINGS}, TODAY).rows
    assert row["available"].value == Decimal("11450.12")
    with pytest.raises(DataError):
        bank.query("balances", ADA, {"account": Named("account", "A-3", "Everyday")}, TODAY)


def test_it_does_an_action_once(bank: Bank) -> None:
    with ThreadPoolExecutor(8) as pool:
        receipts = set(pool.map(lambda _: move(bank, "key").reference, range(8)))
    assert len(receipts) == 1 and move(bank, "key").reference in receipts
    assert bank.outcome(ADA, "key") == move(bank, "key")
    assert available(bank) == {
        "accounts/A-1/available": Decimal("192.5"),
        "accounts/A-2/available": Decimal("11439.62"),
    }


def test_money_goes_into_an_account_below_zero(bank: Bank) -> None:
    with begin_write(bank.engine) as db:  # type: ignore[attr-defined]
        db.execute(text("UPDATE accounts SET cents = -5000 WHERE id = 'A-1'"))
    move(bank, "key")
    assert available(bank)["accounts/A-1/available"] == Decimal("-39.5")


def test_after_no_outcome_it_does_nothing(bank: Bank) -> None:
    before = available(bank)
    assert bank.outcome(ADA, "key") is None
    with pytest.raises(RefusedError) as caught:
        move(bank, "key")
    assert caught.value.reason == "not_possible" and bank.outcome(ADA, "key") is None
    assert available(bank) == before


def test_it_refuses_and_changes_nothing(bank: Bank) -> None:
    before = available(bank)
    reader = Customer("C-1", "Ada", frozenset({"cards"}))
    for reason, amount, source, customer in (
        ("insufficient", "182.01", EVERYDAY, ADA), ("amount_limit", "2000.01", SAVINGS, ADA),
        ("not_allowed", "1", SAVINGS, reader), ("not_theirs", "1", Named("account", "A-3", "Everyday"), ADA),
        ("not_possible", "1", EVERYDAY, ADA),
    ):  # fmt: skip
        with pytest.raises(RefusedError) as caught:
            move(bank, reason, amount, source, customer, SAVINGS if reason == "insufficient" else EVERYDAY)
        assert caught.value.reason == reason
    assert available(bank) == before


@pytest.mark.parametrize("amount", ["0", "0.001"])
def test_it_moves_whole_cents(bank: Bank, amount: str) -> None:
    with pytest.raises(RefusedError) as caught:
        move(bank, "key", amount)
    assert caught.value.reason == "not_possible"


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity"])
def test_it_takes_amounts_only(bank: Bank, amount: str) -> None:
    with pytest.raises(ConfigError):
        move(bank, "key", amount)
    arguments: dict[str, Any]
    for name, arguments in (
        ("move_money", {"account": SAVINGS}), ("pay", {}), ("balances", {}),
        ("move_money", {"account": SAVINGS, "to_account": EVERYDAY, "amount": 1.5}),
    ):  # fmt: skip
        with pytest.raises(ConfigError):
            bank.act(name, ADA, arguments, "key", TODAY)
    for name, customer, arguments in (
        ("move_money", ADA, {}),
        ("balances", None, {}),
        ("balances", ADA, {"day": TODAY}),
    ):
        with pytest.raises(ConfigError):
            bank.query(name, customer, arguments, TODAY)


def test_a_database_that_is_away_is_not_there(bank: Bank, tmp_path: Path) -> None:
    away = type(bank)(f"sqlite:///{tmp_path}")  # type: ignore[call-arg]
    for ask in (away.ping, lambda: away.find("C-1"), lambda: move(away, "key"), lambda: away.outcome(ADA, "key")):
        with pytest.raises(UnavailableError):
            ask()


@pytest.mark.parametrize("is_wrong", [False, True])
def test_it_is_tried_as_the_guide_says(tmp_path: Path, is_wrong: bool) -> None:
    package = tmp_path / "mybank"
    package.mkdir()
    right, wrong = "Decimal(row.cents) / 100", "row.cents / 100"
    assert right in _code()
    (package / "connector.py").write_text(_code().replace(right, wrong) if is_wrong else _code())
    info = tmp_path / "mybank-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mybank\nVersion: 1.0\n")
    points = re.search(r'\[project\.entry-points\."(tellerbot\.banks)"\]\nmybank = "(.*?)"', HOW_TO.read_text())
    assert points
    (info / "entry_points.txt").write_text(f"[{points[1]}]\nmybank = {points[2]}\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    result = subprocess.run(
        [sys.executable, "-c", _code('connect_bank("mybank"')],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = (
        "Bank connector 'mybank', query 'balances', row 1, fact 'available': expected Decimal for money, found float. "
        "Mend the connector.\n"
    )
    assert said.strip() in HOW_TO.read_text()
    if is_wrong:
        assert result.returncode == 1 and result.stderr.endswith(said)
    else:
        assert (result.returncode, result.stdout) == (0, "accounts/A-1/available 182\n"), result.stderr
