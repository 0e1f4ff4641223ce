"""The demo bank on SQLite and PostgreSQL: facts with sources, and only the customer's own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from pwdlib import PasswordHash
from sqlalchemy import inspect, text

from tellerbot.bank.demo import FIRST_TABLES, DemoBank
from tellerbot.errors import ConfigError, TellerbotError, UnavailableError
from tellerbot.types import Customer, Fact, FactSheet, Named

TODAY = date(2026, 3, 10)
ADA, BEN, CARMEN = Customer("CUST-1", "Ada Okafor"), Customer("CUST-2", "Ben Lindqvist"), Customer("CUST-3", "Carmen")
TYPES = {"money": Decimal, "percent": Decimal, "date": date, "time": time, "count": int}
REQUIRED = {
    "deposit_projection": {"amount": Decimal(5000)},
    "loan_estimate": {"amount": Decimal(5000), "term": 24},
    "enough": {"amount": Decimal(100)},
    "loan_extra": {"amount": Decimal(1000)},
    "loan_check": {"amount": Decimal(5000), "term": 24, "income": Decimal(4000)},
    "free_appointments": {"branch": Named("branch", "old-port", "Old Port")},
}  # fmt: skip
PUBLIC = {
    "fees", "savings_rates", "loan_rates", "mortgage_rates", "branches", "open_branches", "phones",
    "exchange_rates", "product_comparison", "deposit_projection", "loan_estimate", "free_appointments",
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path / 'bank.db'}"


@pytest.fixture
def open_bank(url: str) -> Iterator[Callable[[], DemoBank]]:
    banks: list[DemoBank] = []

    def opened() -> DemoBank:
        banks.append(DemoBank(url))
        return banks[-1]

    yield opened
    for bank in banks:
        bank.engine.dispose()


@pytest.fixture
def bank(open_bank: Callable[[], DemoBank], tmp_path: Path) -> DemoBank:
    bank = open_bank()
    bank.prepare(tmp_path / "passwords.txt", TODAY)
    return bank


# What matters here of the first version's tables.
OLD = [
    "CREATE TABLE customers (id VARCHAR PRIMARY KEY, username VARCHAR NOT NULL, name VARCHAR NOT NULL, "
    "password_hash VARCHAR NOT NULL)",
    *(f"CREATE TABLE {name} (id VARCHAR)" for name in sorted(FIRST_TABLES - {"customers", "accounts"})),
    "CREATE TABLE accounts (id VARCHAR PRIMARY KEY, customer_id VARCHAR NOT NULL REFERENCES customers (id))",
    "INSERT INTO customers VALUES ('CUST-1', 'ada', 'Ada Okafor', :hash)",
    "INSERT INTO accounts VALUES ('ACC-1001', 'CUST-1')",
]


def passwords(path: Path) -> dict[str, str]:
    return dict(line.split(" ") for line in path.read_text().splitlines())


def facts(sheet: FactSheet) -> list[Fact]:
    return [*sheet.values.values(), *(fact for row in sheet.rows for fact in row.values())]


def answers(bank: DemoBank) -> dict[tuple[str, str], FactSheet]:
    """What every query says to every customer, with the arguments it needs."""
    found = {}
    for query, spec in bank.queries().items():
        for user in ("ada", "ben", "carmen", "dina", "ernest"):
            principal = None if spec.is_public else bank.find_user(user)
            found[query, user] = bank.query(query, principal, REQUIRED.get(query, {}), TODAY)  # type: ignore[arg-type]
    return found


@pytest.mark.slow
def test_every_query_gives_typed_facts_with_a_source(bank: DemoBank):
    assert {query for query, spec in bank.queries().items() if spec.is_public} == PUBLIC
    given: dict[str, int] = dict.fromkeys(bank.queries(), 0)
    for (query, _), sheet in answers(bank).items():
        given[query] += len(facts(sheet))
        for fact in facts(sheet):
            assert fact.source.ref
            assert type(fact.value) is TYPES.get(fact.kind, str), fact
            assert fact.value != ""
            assert fact.source.kind == "bank" or query not in ("cards", "recent_transactions", "fees")
    assert all(given.values()), given


@pytest.mark.slow
def test_postgresql_and_sqlite_answer_alike(bank: DemoBank, tmp_path: Path):
    other = DemoBank(f"sqlite:///{tmp_path / 'other.db'}")
    other.prepare(tmp_path / "others.txt", TODAY)
    assert answers(bank) == answers(other)
    for customer in (None, ADA):
        assert bank.names(customer) == other.names(customer)
    other.engine.dispose()


def test_the_customers_see_their_records_as_they_are(bank: DemoBank):
    checking = bank.query("balances", BEN, {}, TODAY).rows[0]
    assert (checking["last4"].value, checking["available"].value) == ("0359", Decimal("-36.20"))
    assert checking["available"].source.ref == "accounts/ACC-2001/available"
    assert [row["state"].value for row in bank.query("pending_transactions", CARMEN, {}, TODAY).rows] == ["pending"]
    days = [row["day"].value for row in bank.query("recent_transactions", ADA, {}, TODAY).rows]
    assert days == sorted(days, reverse=True)  # type: ignore[type-var]
    assert days[0] == TODAY
    travel = bank.query("cards", ADA, {}, TODAY).rows[1]
    assert "atm_limit" not in travel
    assert bank.query("fees", None, {}, TODAY).values["foreign_transaction"].value == Decimal("2.5")
    assert bank.query("branches", None, {}, TODAY).rows[0]["opens"].value == time(8, 30)
    salaries = [bank.query("salary", customer, {}, TODAY) for customer in (ADA, BEN, CARMEN)]
    assert [row["amount"].value for row in salaries[0].rows] == [Decimal("2140.00"), Decimal("2140.00")]
    assert [row["amount"].value for row in salaries[1].rows] == [Decimal("3015.44"), Decimal("3015.44")]
    assert salaries[2] == FactSheet()


@pytest.mark.slow
def test_customers_sign_in_with_their_own_password_only(bank: DemoBank, tmp_path: Path):
    file = tmp_path / "passwords.txt"
    assert file.stat().st_mode & 0o777 == 0o600
    known = passwords(file)
    assert bank.authenticate("ada", known["ada"]) == ADA == bank.find_user("ada") == bank.find("CUST-1")
    wrong = [("ada", known["ben"]), ("ADA", known["ada"]), ("ada", ""), ("eve", known["ada"]), ("", ""), ("ada\0", "x")]
    assert [bank.authenticate(*pair) for pair in wrong] == [None] * len(wrong)
    with bank.engine.connect() as connection:
        assert not any(known["ada"] in str(row) for row in connection.execute(text("SELECT * FROM customers")))


def test_preparing_again_changes_nothing(bank: DemoBank, open_bank: Callable[[], DemoBank], tmp_path: Path):
    before = (tmp_path / "passwords.txt").read_text()
    open_bank().prepare(tmp_path / "passwords.txt", date(2026, 4, 1))
    assert (tmp_path / "passwords.txt").read_text() == before
    assert bank.query("recent_transactions", ADA, {}, TODAY).rows[0]["day"].value == TODAY


@pytest.mark.slow
def test_an_older_bank_is_made_anew_and_its_customers_keep_their_passwords(
    open_bank: Callable[[], DemoBank], tmp_path: Path
):
    file = tmp_path / "passwords.txt"
    bank = open_bank()
    with bank.engine.begin() as connection:
        for statement in OLD:
            connection.execute(text(statement), {"hash": PasswordHash.recommended().hash("old-secret")})
    file.write_text("ada old-secret\n")
    bank.prepare(file, TODAY)
    assert bank.authenticate("ada", "old-secret") == ADA
    assert [*passwords(file)] == ["ada", "ben", "carmen", "dina", "ernest"]
    assert passwords(file)["ada"] == "old-secret" and file.stat().st_mode & 0o777 == 0o600
    assert bank.authenticate("ernest", passwords(file)["ernest"]) == bank.find_user("ernest")
    assert len(bank.query("recent_transactions", ADA, {}, TODAY).rows) == 8


@pytest.mark.parametrize(
    "tables",
    [
        ["CREATE TABLE accounts (id VARCHAR PRIMARY KEY, balance INTEGER)"],
        ["CREATE TABLE customers (id VARCHAR PRIMARY KEY, email VARCHAR)", *OLD[1:-3]],
    ],
)
def test_the_tables_of_something_else_are_left_alone(
    open_bank: Callable[[], DemoBank], tmp_path: Path, tables: list[str]
):
    bank = open_bank()
    with bank.engine.begin() as connection:
        for statement in tables:
            connection.execute(text(statement))
    before = inspect(bank.engine).get_table_names()
    with pytest.raises(ConfigError, match=r"found tables of something else: .*Name another database"):
        bank.prepare(tmp_path / "passwords.txt", TODAY)
    assert inspect(bank.engine).get_table_names() == before


def test_a_bank_of_a_newer_version_is_refused(bank: DemoBank, tmp_path: Path):
    with bank.engine.begin() as connection:
        connection.execute(text("UPDATE demo_bank SET version = 99"))
    with pytest.raises(ConfigError, match=r"expected a demo bank of version 5, found 99.*Use that tellerbot"):
        bank.prepare(tmp_path / "passwords.txt", TODAY)
    assert bank.find("CUST-1") == ADA


@pytest.mark.slow
def test_a_bank_whose_passwords_could_not_be_written_is_made_the_next_time(
    open_bank: Callable[[], DemoBank], tmp_path: Path
):
    (tmp_path / "file").write_text("")
    bank = open_bank()
    with pytest.raises(TellerbotError, match="Expected to write"):
        bank.prepare(tmp_path / "file" / "passwords.txt", TODAY)
    bank.prepare(tmp_path / "passwords.txt", TODAY)
    assert bank.authenticate("ada", passwords(tmp_path / "passwords.txt")["ada"]) == ADA


def test_several_that_start_at_once_prepare_one_bank(open_bank: Callable[[], DemoBank], tmp_path: Path):
    banks = [open_bank() for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda bank: bank.prepare(tmp_path / "passwords.txt", TODAY), banks))
    assert banks[0].authenticate("ada", passwords(tmp_path / "passwords.txt")["ada"]) == ADA


@pytest.mark.parametrize(
    "use",
    [
        DemoBank.ping,
        lambda bank: bank.query("balances", ADA, {}, TODAY),
        lambda bank: bank.authenticate("ada", "x"),
        lambda bank: bank.find("CUST-1"),
        lambda bank: bank.prepare(Path("passwords.txt"), TODAY),
    ],
)
@pytest.mark.parametrize("where", ["nobody listens", "no database"])
def test_a_bank_that_is_away_says_so_without_its_password(
    use: Callable[[DemoBank], object], where: str, tmp_path: Path
):
    (tmp_path / "bank.db").write_bytes(b"no database " * 1000)
    away = "postgresql+psycopg://teller:hunter2@127.0.0.1:1/bank"
    bank = DemoBank(away if where == "nobody listens" else f"sqlite:///{tmp_path / 'bank.db'}")
    with pytest.raises(UnavailableError, match=r"cannot be used now: .*Check that it runs") as caught:
        use(bank)
    assert "hunter2" not in str(caught.value)
    bank.engine.dispose()
