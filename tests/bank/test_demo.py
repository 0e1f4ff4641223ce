"""The demo bank on SQLite and PostgreSQL: facts with sources, and only the customer's own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from tellerbot.bank.demo import DemoBank
from tellerbot.errors import ConfigError, TellerbotError, UnavailableError
from tellerbot.types import Customer, Fact, FactSheet

TODAY = date(2026, 3, 10)
ADA, BEN, CARMEN = Customer("CUST-1", "Ada Okafor"), Customer("CUST-2", "Ben Lindqvist"), Customer("CUST-3", "Carmen")
TYPES = {"money": Decimal, "percent": Decimal, "date": date, "time": time}
PRIVATE = {
    "balances", "recent_transactions", "pending_transactions", "recent_transfers", "salary", "cards", "direct_debits",
    "loans",
}  # fmt: skip
PUBLIC = {"fees", "savings_rates", "loan_rates", "mortgage_rates", "branches", "phones"}


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


def passwords(path: Path) -> dict[str, str]:
    return dict(line.split(" ") for line in path.read_text().splitlines())


def facts(sheet: FactSheet) -> list[Fact]:
    return [*sheet.values.values(), *(fact for row in sheet.rows for fact in row.values())]


def records(sheet: FactSheet) -> set[tuple[str, str]]:
    """(table, id) of each row."""
    refs = [next(iter(row.values())).source.ref.split("/") for row in sheet.rows]
    return {(ref[0], ref[1]) for ref in refs}


def test_every_query_gives_typed_facts_with_a_source(bank: DemoBank):
    assert set(bank.queries()) == PRIVATE | PUBLIC
    for query in bank.queries():
        assert bank.queries()[query].is_public == (query in PUBLIC)
        found = [
            fact
            for customer in (ADA, BEN, CARMEN)
            for fact in facts(bank.query(query, None if query in PUBLIC else customer, {}, TODAY))
        ]
        assert found, query
        for fact in found:
            assert fact.source.kind == "bank"
            assert fact.source.ref
            assert type(fact.value) is TYPES.get(fact.kind, str), fact
            assert fact.value != ""


def test_no_customer_sees_anothers_rows_and_each_sees_all_of_their_own(bank: DemoBank):
    with bank.engine.connect() as connection:
        owner = {
            (table, str(row.id)): row.customer_id
            for table in ("accounts", "cards", "loans")
            for row in connection.execute(text(f"SELECT id, customer_id FROM {table}"))
        }
        for table in ("transactions", "direct_debits"):
            joined = f"SELECT {table}.id, customer_id FROM {table} JOIN accounts ON accounts.id = account_id"
            owner |= {(table, str(row.id)): row.customer_id for row in connection.execute(text(joined))}
    for customer in (ADA, BEN, CARMEN):
        seen = set().union(*(records(bank.query(query, customer, {}, TODAY)) for query in PRIVATE))
        assert seen == {record for record, whose in owner.items() if whose == customer.id}


def test_an_id_that_is_nobodys_gets_nothing(bank: DemoBank):
    for customer_id in ("", "%", "CUST-", "cust-1", "CUST-1 ", "CUST-1' OR '1'='1", "CUST-99"):
        assert all(bank.query(query, Customer(customer_id, "Ada Okafor"), {}, TODAY).rows == () for query in PRIVATE)
        assert bank.find(customer_id) is None


@pytest.mark.parametrize("query, customer", [("balances", None), ("cards", None), ("pay", ADA), ("", None)])
def test_private_queries_need_a_customer_and_unknown_ones_are_refused(query: str, customer: Customer | None):
    with pytest.raises(ConfigError, match=r"Expected a query among balances, .*with a customer; found"):
        DemoBank("sqlite://").query(query, customer, {}, TODAY)


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
    assert [row["amount"].value for row in bank.query("salary", ADA, {}, TODAY).rows] == [
        Decimal("2140.00"),
        Decimal("2140.00"),
    ]
    assert [row["amount"].value for row in bank.query("salary", BEN, {}, TODAY).rows] == [Decimal("3015.44")]
    assert bank.query("salary", CARMEN, {}, TODAY) == FactSheet()


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
