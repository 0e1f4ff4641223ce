"""What every bank keeps to, whatever it is behind: the demo bank on both databases, and one behind HTTP."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from bank.open_bank import PASSWORDS  # pyright: ignore[reportMissingImports]
from postgres import fresh_database
from tellerbot.bank.demo import DemoBank
from tellerbot.errors import ConfigError, DataError, RefusedError, UnavailableError
from tellerbot.types import Bank, Customer, Fact, Named, QuerySpec, Receipt

TODAY = date.today()
ONE = Decimal("1.00")
ACTIONS = {
    "move_money": ("account", "to_account", "amount"), "pay_payee": ("account", "payee", "amount"),
    "freeze_card": ("card",), "unfreeze_card": ("card",),
}  # fmt: skip


@dataclass
class Tried:
    """A bank with two of its customers, ada and ben, and their passwords."""

    bank: Bank
    passwords: dict[str, str]

    def __post_init__(self) -> None:
        self.ada, self.ben = self.customer("ada"), self.customer("ben")

    def customer(self, username: str) -> Customer:
        found = self.bank.find_user(username)
        assert found
        return found

    def named(self, kind: str, customer: Customer) -> list[Named]:
        return [named for named in self.bank.names(customer) if named.kind == kind]

    def available(self, customer: Customer) -> dict[str, Decimal]:
        """What is in each account, by its ref."""
        rows = self.bank.query("balances", customer, {}, TODAY).rows
        facts = [row["available"] for row in rows]
        return {fact.source.ref.split("/")[1]: cast(Decimal, fact.value) for fact in facts}

    def act(self, name: str, customer: Customer, key: str, **arguments: Any) -> Receipt:
        return self.bank.act(name, customer, arguments, key, TODAY)

    def move(self, key: str, amount: Decimal = ONE, customer: Customer | None = None) -> Receipt:
        """Move money from ada's savings, the fuller account."""
        source, target = self.accounts()
        return self.act("move_money", customer or self.ada, key, account=source, to_account=target, amount=amount)

    def accounts(self) -> tuple[Named, Named]:
        """Ada's account with the most in it, and the one with the least."""
        available = self.available(self.ada)
        ordered = sorted(self.named("account", self.ada), key=lambda named: available[named.ref])
        return ordered[-1], ordered[0]

    def outcome(self, key: str, customer: Customer | None = None) -> Receipt | None:
        """What the bank says in the end of the action with this key."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return self.bank.outcome(customer or self.ada, key)
            except UnavailableError:
                assert time.monotonic() < deadline
                time.sleep(0.05)


@dataclass
class Prepared:
    """A demo bank that is filled, and not to be changed."""

    url: str
    passwords: dict[str, str]

    @classmethod
    def at(cls, url: str, folder: Path) -> "Prepared":
        bank = DemoBank(url)
        bank.prepare(folder / "passwords.txt", TODAY)
        bank.engine.dispose()
        lines = (folder / "passwords.txt").read_text().splitlines()
        return cls(url, dict(line.split() for line in lines))

    @contextmanager
    def copied_to(self, url: str) -> Iterator[Tried]:
        """The bank in a copy of the database."""
        bank = DemoBank(url)
        try:
            yield Tried(cast(Bank, bank), self.passwords)
        finally:
            bank.engine.dispose()


@pytest.fixture(scope="module")
def sqlite_demo(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("demo")
    return Prepared.at(f"sqlite:///{folder / 'bank.db'}", folder)


@pytest.fixture(scope="module")
def postgres_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    with fresh_database() as url:
        yield Prepared.at(url, tmp_path_factory.mktemp("demo"))


@pytest.fixture(params=["SQLite", "PostgreSQL", "HTTP"])
def tried(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tried]:
    """A bank of the test's own."""
    if request.param == "HTTP":
        yield Tried(request.getfixturevalue("http_bank"), PASSWORDS)
    elif request.param == "SQLite":
        demo: Prepared = request.getfixturevalue("sqlite_demo")
        shutil.copy(demo.url.removeprefix("sqlite:///"), tmp_path / "bank.db")
        with demo.copied_to(f"sqlite:///{tmp_path / 'bank.db'}") as tried:
            yield tried
    else:
        demo = request.getfixturevalue("postgres_demo")
        with fresh_database(like=demo.url) as url, demo.copied_to(url) as tried:
            yield tried


@pytest.fixture
def acting(tried: Tried) -> Tried:
    if not hasattr(tried.bank, "act"):
        pytest.skip("the demo bank has no actions yet")
    return tried


@pytest.mark.slow
def test_customers_sign_in_with_their_passwords_only(tried: Tried) -> None:
    assert tried.bank.authenticate("ada", tried.passwords["ada"]) == tried.ada
    for username, password in (
        ("ada", tried.passwords["ben"]), ("ada", ""), ("nobody", "x"), ("", ""), ("ada\0", "x"), ("\ud800", "x"),
        ("ada", "' OR '1'='1"), ("a" * 500, "b" * 500),
    ):  # fmt: skip
        assert tried.bank.authenticate(username, password) is None


def test_customers_are_found_by_their_ids_and_user_names(tried: Tried) -> None:
    assert tried.bank.find(tried.ada.id) == tried.ada
    assert tried.ada.name != tried.ben.name
    for wrong in (
        "",
        "nobody",
        "../health",
        f"{tried.ada.id}/",
        f"{tried.ada.id} ",
        "a\0b",
        "\ud800",
        "å",
        "?x=1",
        "%2e",
    ):
        assert tried.bank.find(wrong) is None
        assert tried.bank.find_user(wrong) is None


def test_queries_tell_with_sources_what_is_the_principals_only(tried: Tried) -> None:
    assert isinstance(tried.bank.queries()["balances"], QuerySpec)
    for customer, other in ((tried.ada, tried.ben), (tried.ben, tried.ada)):
        sheet = tried.bank.query("balances", customer, {}, TODAY)
        facts = [fact for row in sheet.rows for fact in row.values()]
        own = {named.ref for named in tried.named("account", customer)}
        assert facts and {fact.source.ref.split("/")[1] for fact in facts} == own
        assert all(fact.source.kind == "bank" and fact.source.ref.endswith(f"/{fact.name}") for fact in facts)
        assert all(isinstance(row["available"].value, Decimal) for row in sheet.rows)
        assert not own & tried.available(other).keys()


def test_a_query_about_one_account_tells_of_it_alone(tried: Tried) -> None:
    first, second = tried.named("account", tried.ada)
    for account in (first, second):
        [row] = tried.bank.query("balances", tried.ada, {"account": account}, TODAY).rows
        assert row["available"].source.ref == f"accounts/{account.ref}/available"


def test_what_is_anothers_and_what_there_is_not_are_refused_alike(tried: Tried) -> None:
    messages = set()
    for account in (tried.named("account", tried.ben)[0], Named("account", "none", "None"), Named("account", "", "")):
        with pytest.raises(DataError) as caught:
            tried.bank.query("balances", tried.ada, {"account": account}, TODAY)
        messages.add(str(caught.value))
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("no_such", {}), ("balances", {"colour": "red"}), ("balances", {"account": "A-1"}),
        ("balances", {"account": Named("card", "K-1", "Debit card")}),
    ],
)  # fmt: skip
def test_queries_refuse_what_they_do_not_take(tried: Tried, name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        tried.bank.query(name, tried.ada, arguments, TODAY)


def test_without_a_sign_in_only_what_is_public_can_be_asked(tried: Tried) -> None:
    public = [name for name, spec in tried.bank.queries().items() if spec.is_public]
    assert "fees" in public and "balances" not in public
    fees = [fact for fact in tried.bank.query("fees", None, {}, TODAY).values.values() if fact.kind == "money"]
    assert fees and all(isinstance(fact.value, Decimal) for fact in fees)
    with pytest.raises(ConfigError):
        tried.bank.query("balances", None, {}, TODAY)


def test_customers_name_what_is_theirs_and_anyone_the_banks_own(tried: Tried) -> None:
    own = {kind: {named.ref for named in tried.named(kind, tried.ada)} for kind in ("account", "card", "payee")}
    assert all(own.values())
    assert not own["account"] & {named.ref for named in tried.named("account", tried.ben)}
    assert not own["card"] & {named.ref for named in tried.named("card", tried.ben)}
    public = tried.bank.names(None)
    assert public and {named.kind for named in public} <= {"branch", "product"}
    assert set(public) <= set(tried.bank.names(tried.ada))
    last4 = [alias for named in tried.named("account", tried.ada) for alias in named.aliases if alias.isdecimal()]
    assert len(last4) == len(own["account"])


def test_a_bank_that_is_there_answers(tried: Tried) -> None:
    tried.bank.ping()


def test_actions_say_what_they_take_and_need(acting: Tried) -> None:
    for name, arguments in ACTIONS.items():
        spec = acting.bank.actions()[name]
        assert set(spec.required) == set(arguments) and set(arguments) <= set(spec.arguments)
        assert spec.scope == ("cards" if "card" in name else "payments")
        assert spec.changes
    assert acting.bank.actions()["freeze_card"].undo == "unfreeze_card"
    assert acting.bank.actions()["unfreeze_card"].undo == "freeze_card"


def test_money_is_moved_between_a_customers_accounts(acting: Tried) -> None:
    source, target = acting.accounts()
    before, others = acting.available(acting.ada), acting.available(acting.ben)
    receipt = acting.move("key-1", Decimal("12.34"))
    after = acting.available(acting.ada)
    assert after[source.ref] == before[source.ref] - Decimal("12.34")
    assert after[target.ref] == before[target.ref] + Decimal("12.34")
    assert acting.available(acting.ben) == others
    assert receipt.reference and receipt.reference == receipt.reference.upper()
    assert receipt.at.utcoffset() is not None and abs(time.time() - receipt.at.timestamp()) < 60
    assert all(isinstance(fact, Fact) and fact.name == name for name, fact in receipt.facts.items())


def test_payees_are_paid(acting: Tried) -> None:
    source, _ = acting.accounts()
    before = acting.available(acting.ada)[source.ref]
    # Those that have been paid by card or direct debit are payees in name only.
    receipts = []
    for at, payee in enumerate(acting.named("payee", acting.ada)):
        try:
            receipts.append(acting.act("pay_payee", acting.ada, f"pay-{at}", account=source, payee=payee, amount=ONE))
        except RefusedError:
            continue
    assert receipts
    assert acting.available(acting.ada)[source.ref] == before - len(receipts)


def test_an_action_runs_once_for_its_key(acting: Tried) -> None:
    before = acting.available(acting.ada)
    first = acting.move("the-same", Decimal("5.00"))
    assert acting.move("the-same", Decimal("5.00")) == first
    source, target = acting.accounts()
    after = acting.available(acting.ada)
    assert after[source.ref] == before[source.ref] - 5 and after[target.ref] == before[target.ref] + 5
    assert acting.move("another", Decimal("5.00")) != first
    assert acting.available(acting.ada)[source.ref] == before[source.ref] - 10


def test_an_action_runs_once_for_its_key_from_eight_threads(acting: Tried) -> None:
    source, _ = acting.accounts()
    before = acting.available(acting.ada)[source.ref]
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: acting.move("together", Decimal("3.00")), range(8)))
    assert len({receipt.reference for receipt in receipts}) == 1
    assert acting.available(acting.ada)[source.ref] == before - 3


def test_a_freeze_runs_once_for_its_key_and_can_be_taken_back(acting: Tried) -> None:
    [card, *_] = acting.named("card", acting.ada)
    frozen = acting.act("freeze_card", acting.ada, "freeze-1", card=card)
    # It is so already, but by this very key.
    assert acting.act("freeze_card", acting.ada, "freeze-1", card=card) == frozen
    with pytest.raises(RefusedError) as caught:
        acting.act("freeze_card", acting.ada, "freeze-2", card=card)
    assert caught.value.reason == "no_change"
    assert acting.act("unfreeze_card", acting.ada, "freeze-3", card=card).reference != frozen.reference
    with pytest.raises(RefusedError) as caught:
        acting.act("unfreeze_card", acting.ada, "freeze-4", card=card)
    assert caught.value.reason == "no_change"


def refused(acting: Tried, name: str, customer: Customer, **arguments: Any) -> RefusedError:
    """How the bank refuses an action, which must change nothing."""
    before = acting.available(acting.ada), acting.available(acting.ben)
    with pytest.raises(RefusedError) as caught:
        acting.act(name, customer, f"refused-{time.monotonic_ns()}", **arguments)
    assert (acting.available(acting.ada), acting.available(acting.ben)) == before
    return caught.value


def test_more_than_there_is_is_refused(acting: Tried) -> None:
    most = acting.bank.actions()["move_money"].limits.amount or Decimal(10**6)
    source, target = acting.accounts()
    emptiest = acting.available(acting.ada)[target.ref]
    while emptiest + ONE > most:
        acting.act("move_money", acting.ada, f"drain-{emptiest}", account=target, to_account=source, amount=most)
        emptiest -= most
    amount = emptiest + ONE
    error = refused(acting, "move_money", acting.ada, account=target, to_account=source, amount=amount)
    assert error.reason == "insufficient"


def test_more_than_one_run_may_move_is_refused(acting: Tried) -> None:
    source, target = acting.accounts()
    most = acting.bank.actions()["move_money"].limits.amount
    assert most
    error = refused(acting, "move_money", acting.ada, account=source, to_account=target, amount=most + ONE)
    assert error.reason == "amount_limit"
    assert error.facts["limit"].value == most


def test_what_is_anothers_is_refused(acting: Tried) -> None:
    source, target = acting.accounts()
    theirs, nobodys = acting.named("account", acting.ben)[0], Named("account", "none", "None")
    for account, to_account in ((theirs, target), (source, theirs), (nobodys, target), (source, nobodys)):
        error = refused(acting, "move_money", acting.ada, account=account, to_account=to_account, amount=ONE)
        assert error.reason == "not_theirs"
    card = acting.named("card", acting.ben)[0]
    assert refused(acting, "freeze_card", acting.ada, card=card).reason == "not_theirs"


def test_what_is_not_in_the_scopes_is_refused(acting: Tried) -> None:
    source, target = acting.accounts()
    reader = replace(acting.ada, scopes=frozenset({"cards"}))
    error = refused(acting, "move_money", reader, account=source, to_account=target, amount=ONE)
    assert error.reason == "not_allowed"
    acting.act("freeze_card", reader, "cards-only", card=acting.named("card", acting.ada)[0])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("no_such", {}), ("move_money", {"amount": None}), ("move_money", {"amount": 1.5}),
        ("move_money", {"amount": True}), ("move_money", {"amount": Decimal("NaN")}),
        ("move_money", {"amount": Decimal("-1")}), ("move_money", {"amount": Decimal("Infinity")}),
        ("move_money", {"account": "A-1"}), ("move_money", {"payee": Named("payee", "P-1", "Tunde")}),
        ("move_money", {"to_account": Named("card", "K-1", "Debit card")}),
    ],
)  # fmt: skip
def test_actions_refuse_what_they_do_not_take(acting: Tried, name: str, change: dict[str, Any]) -> None:
    source, target = acting.accounts()
    before = acting.available(acting.ada)
    arguments = {"account": source, "to_account": target, "amount": ONE, **change}
    given = {key: value for key, value in arguments.items() if value is not None}
    with pytest.raises(ConfigError):
        acting.act(name, acting.ada, "wrong", **given)
    assert acting.available(acting.ada) == before


@pytest.mark.slow
def test_the_outcome_of_what_was_done_is_its_receipt(acting: Tried) -> None:
    moved = acting.move("done")
    frozen = acting.act("freeze_card", acting.ada, "cold", card=acting.named("card", acting.ada)[0])
    assert acting.outcome("done") == moved
    assert acting.outcome("cold") == frozen
    # Nothing of it is for others.
    assert acting.outcome("done", acting.ben) is None
    assert acting.move("done") == moved


@pytest.mark.slow
def test_after_no_outcome_a_late_request_changes_nothing(acting: Tried) -> None:
    before = acting.available(acting.ada)
    assert acting.outcome("never-sent") is None
    with pytest.raises(RefusedError):
        acting.move("never-sent")
    assert acting.outcome("never-sent") is None
    assert acting.available(acting.ada) == before


@pytest.mark.slow
def test_the_outcome_of_what_was_refused_is_none(acting: Tried) -> None:
    source, target = acting.accounts()
    theirs = acting.named("account", acting.ben)[0]
    with pytest.raises(RefusedError):
        acting.act("move_money", acting.ada, "refused", account=source, to_account=theirs, amount=ONE)
    assert acting.outcome("refused") is None
    with pytest.raises(RefusedError):
        acting.act("move_money", acting.ada, "refused", account=source, to_account=target, amount=ONE)


def test_codes_are_sent(acting: Tried) -> None:
    acting.bank.send_code(acting.ada, "482913", "pay Tunde $1.00")
