"""A connector of one's own that answers wrongly: what is said of it."""

import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tellerbot.bank.connect import connect_bank
from tellerbot.bank.facts import record_facts
from tellerbot.bank.own import METHODS, OwnBank
from tellerbot.errors import ConfigError, RefusedError, UnavailableError
from tellerbot.types import ActionSpec, Customer, Fact, FactSheet, QuerySpec, Receipt, Source

TODAY = date(2026, 3, 10)
ADA = Customer("C-1", "Ada")
SPEC = ActionSpec((), (), (), (), "cards")


FEES = Source("bank", "fees/wire")


def fact(value: Any, kind: Any = "money", source: Any = FEES) -> Mapping[str, Fact]:
    return {"fee": Fact("fee", kind, value, source)}


class Connector:
    """Answers what it is given to answer."""

    def __init__(self, url: str = "", answer: Any = None) -> None:
        if url == "broken":
            raise KeyError("host")
        self.answer = answer

    def queries(self) -> Any:
        return {"fees": QuerySpec(is_public=True)}

    def actions(self) -> Any:
        return {"freeze": SPEC}

    def query(self, *_: Any) -> Any:
        return self.answer() if callable(self.answer) else self.answer

    authenticate = find = find_user = names = act = outcome = send_code = ping = query


def query(answer: Any) -> Any:
    return OwnBank(Connector(answer=answer), "mybank").query("fees", ADA, {}, TODAY)


def raise_key_error() -> None:
    raise KeyError("Ada's secret")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"fee": 25}, "query 'fees': expected FactSheet, found dict"),
        (None, "query 'fees': expected FactSheet, found NoneType"),
        (FactSheet(fact(25.0)), "query 'fees', fact 'fee': expected Decimal for money, found float"),
        (FactSheet(fact("25")), "query 'fees', fact 'fee': expected Decimal for money, found str"),
        (FactSheet(fact(Decimal("NaN"))), "query 'fees', fact 'fee': expected a finite Decimal, found another"),
        (FactSheet(fact(True, "count")), "query 'fees', fact 'fee': expected int for count, found bool"),
        (FactSheet(fact(datetime.now(UTC), "date")), "fact 'fee': expected date for date, found datetime"),
        (FactSheet(fact("25", "amount")), "fact 'fee': expected a kind among text, label, .*, found 'amount'"),
        (FactSheet(fact(Decimal(1), source="fees")), "query 'fees', fact 'fee', source: expected Source, found str"),
        (FactSheet({"fee": 25}), "query 'fees', fact 'fee': expected Fact, found int"),  # type: ignore[dict-item]
        (FactSheet(rows=(fact(Decimal(1)), fact(1))), "query 'fees', row 2, fact 'fee': expected Decimal for money"),
        (FactSheet(records=(fact(1),)), "query 'fees', record 1, fact 'fee': expected Decimal for money, found int"),
        (raise_key_error, r"query 'fees': expected FactSheet, found KeyError at .*test_own\.py:\d+"),
    ],
)
def test_what_a_query_answers_wrongly_is_named(caplog: pytest.LogCaptureFixture, answer: Any, said: str) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(UnavailableError) as error:
        query(answer)
    assert re.search(f"Bank connector 'mybank', .*{said}", str(error.value)), str(error.value)
    assert caplog.messages == [str(error.value)] and "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("receipt", "said"),
    [
        ("done", "action 'freeze': expected Receipt, found str"),
        (Receipt("REF", datetime.now(UTC), fact(2.5)), "action 'freeze', fact 'fee': expected Decimal for money"),
        (Receipt("REF", datetime(2026, 1, 1)), "action 'freeze', at: expected a datetime with its time zone"),
        (Receipt(7, datetime.now(UTC)), "action 'freeze', reference: expected str, found int"),  # type: ignore[arg-type]
        (raise_key_error, "action 'freeze': expected Receipt, found KeyError at "),
    ],
)
def test_what_an_action_answers_wrongly_is_named(receipt: Any, said: str) -> None:
    with pytest.raises(UnavailableError) as error:
        OwnBank(Connector(answer=receipt), "mybank").act("freeze", ADA, {}, "key", TODAY)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda bank: bank.find("C-1"), "find: expected Customer | None, found int"),
        (lambda bank: bank.authenticate("ada", "x"), "authenticate: expected Customer | None, found int"),
        (lambda bank: bank.names(ADA), "names: expected Sequence, found int"),
        (lambda bank: bank.outcome(ADA, "key"), "outcome: expected Receipt | None, found int"),
    ],
)
def test_every_answer_is_checked(ask: Callable[[OwnBank], Any], said: str) -> None:
    with pytest.raises(UnavailableError) as error:
        ask(OwnBank(Connector(answer=7), "mybank"))
    assert said in str(error.value)


def test_right_answers_and_refusals_pass() -> None:
    sheet = FactSheet(record_facts("fees/wire", fee=("money", Decimal(25)), until=("date", TODAY), days=("count", 3)))
    assert query(sheet) is sheet

    def refuse() -> None:
        raise RefusedError("insufficient")

    with pytest.raises(RefusedError):
        OwnBank(Connector(answer=refuse), "mybank").act("freeze", ADA, {}, "key", TODAY)


def test_missing_methods_and_wrong_specs_are_told_at_once() -> None:
    with pytest.raises(ConfigError, match=r"found no authenticate, find, .*ping in object"):
        OwnBank(object(), "mybank")

    class Wrong(Connector):
        def actions(self) -> Any:
            return {"freeze": QuerySpec(is_public=False)}

    with pytest.raises(ConfigError, match="actions, 'freeze': expected ActionSpec, found QuerySpec"):
        OwnBank(Wrong(), "mybank")
    assert len(METHODS) == 11


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `mybank` with the connector of these tests."""
    (tmp_path / "mybank_connector.py").write_text("from bank.test_own import Connector\n")
    info = tmp_path / "mybank-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mybank\nVersion: 1.0\n")
    points = "[tellerbot.banks]\nmybank = mybank_connector:Connector\nlost = mybank_nowhere:Connector\n"
    (info / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_an_installed_connector_is_opened_and_checked(installed: Path) -> None:
    bank = connect_bank("mybank", "")
    assert [*bank.queries()] == ["fees"]
    with pytest.raises(UnavailableError, match="query 'fees': expected FactSheet, found NoneType"):
        bank.query("fees", None, {}, TODAY)
    with pytest.raises(ConfigError, match=r"mybank_connector:Connector to open .*, found KeyError: 'host' \(.*:\d+\)"):
        connect_bank("mybank", "broken")
    with pytest.raises(ConfigError, match=r"'lost': .*ModuleNotFoundError: No module named 'mybank_nowhere'"):
        connect_bank("lost", "")


def test_a_connector_is_closed_where_it_can_be() -> None:
    closed: list[bool] = []
    connector = Connector()
    OwnBank(connector, "mybank").close()
    connector.close = lambda: closed.append(True)  # type: ignore[attr-defined]
    OwnBank(connector, "mybank").close()
    assert closed == [True]
