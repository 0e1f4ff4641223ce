"""The bank's records and its policies: the demo's agree, and each change of a record is found."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tellerbot.bank.demo import DemoBank
from tellerbot.knowledge.passages import read_policies
from tellerbot.project.load import load_project
from tellerbot.project.scaffold import init_project
from tellerbot.responses.records import Record, find_contradictions, records_of
from tellerbot.types import Fact, FactSheet, Passage, Source


@pytest.fixture(scope="module")
def passages(tmp_path_factory: pytest.TempPathFactory) -> list[Passage]:
    folder = tmp_path_factory.mktemp("demo") / "bank"
    init_project(folder)
    readings = read_policies(load_project(folder).policies)
    return [passage for reading in readings for passage in reading.passages if passage.in_force(date(2026, 11, 29))]


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FactSheet]:
    folder = tmp_path_factory.mktemp("bank")
    bank = DemoBank(f"sqlite:///{folder}/bank.db")
    bank.prepare(folder / "passwords", date(2026, 11, 29))
    public = [name for name, spec in bank.queries().items() if spec.is_public and not spec.required]
    return {name: bank.query(name, None, {}, date(2026, 11, 29)) for name in public}


def records(sheets: dict[str, FactSheet]) -> list[Record]:
    return [record for query, sheet in sheets.items() for record in records_of(query, sheet)]


def with_value(sheets: dict[str, FactSheet], ref: str, value: object) -> dict[str, FactSheet]:
    """The sheets with another value for the fact that has this reference."""

    def changed(row: dict[str, Fact]) -> dict[str, Fact]:
        return {
            name: replace(fact, value=value) if fact.source.ref == ref else fact  # type: ignore[arg-type]
            for name, fact in row.items()
        }

    return {
        query: FactSheet(changed({**sheet.values}), tuple(changed({**row}) for row in sheet.rows))
        for query, sheet in sheets.items()
    }


def test_the_demos_records_and_policies_agree(sheets: dict[str, FactSheet], passages: list[Passage]) -> None:
    known = records(sheets)
    assert len(known) > 30 and not list(find_contradictions(known, known, passages))


@pytest.mark.parametrize(
    ("ref", "value", "passage", "written"),
    [
        ("fees/atm_out_of_network", Decimal("2.00"), "fees#atm-withdrawals", "$2.50"),
        ("fees/atm_inquiry", Decimal("1.50"), "fees#atm-withdrawals", "$1.00"),
        ("fees/atm_abroad", Decimal("6.00"), "fees#atm-withdrawals", "$5.00"),
        ("fees/overdraft", Decimal("30.00"), "fees#overdraft-fees", "$25.00"),
        ("fees/wire_domestic", Decimal("20.00"), "wires#what-a-wire-costs", "$22.00"),
        ("fees/wire_international_in", Decimal("15.00"), "wires#what-a-wire-costs", "$12.00"),
        ("fees/monthly_premier", Decimal("25.00"), "fees#monthly-maintenance-fees", "$20.00"),
        ("fees/card_rush", Decimal("18.00"), "fees#card-check-and-statement-charges", "$20.00"),
        ("fees/cashiers_check", Decimal("10.00"), "fees#card-check-and-statement-charges", "$8.00"),
        ("fees/foreign_transaction", Decimal("3"), "credit-cards#which-credit-card-suits-you", "2.5%"),
        ("rates/steady/rate", Decimal("3.20"), "savings#steady-savings", "3.10%"),
        ("rates/goal/rate", Decimal("3.70"), "savings#savings-rates-at-a-glance", "3.60%"),
        ("rates/cd6/rate", Decimal("3.95"), "savings#savings-rates-at-a-glance", "3.85%"),
        ("rates/cd12/minimum", Decimal("500.00"), "savings#savings-rates-at-a-glance", "$1,000.00"),
        ("rates/auto_new/rate", Decimal("5.99"), "loans#auto-loans", "5.79%"),
        ("rates/mortgage30/rate", Decimal("6.45"), "mortgages#mortgage-rates", "6.35%"),
        ("phones/lending", "1-800-555-0999", "loans#how-to-apply-for-a-loan", "1-800-555-0188"),
    ],
)
def test_a_record_that_a_policy_contradicts_is_found(
    sheets: dict[str, FactSheet], passages: list[Passage], ref: str, value: object, passage: str, written: str
) -> None:
    known = records(with_value(sheets, ref, value))
    found = list(find_contradictions(known, known, passages))
    assert (passage, written) in {(one.passage, one.figures[1]) for one in found if one.record == ref}


def sentence(text: str, title: str = "Fees") -> list[Passage]:
    return [Passage("p#s", "p", title, title, "1", date(2026, 1, 1), None, text, (text,))]


def fee(name: str, amount: str) -> Iterator[Record]:
    fact = Fact(name, "money", Decimal(amount), Source("bank", f"fees/{name}"))
    return records_of("fees", FactSheet({name: fact}))


@pytest.mark.parametrize(
    "text",
    [
        "The stop payment fee is $28.00, and copies cost $4.00.",
        "A stop payment order costs $4.00 and later $28.00.",
        "The daily stop payment limit is $4.00.",
        "A paper statement costs $4.00.",
        "We stop a payment within 4 days for free.",
        "A stop payment costs $20.00 to $30.00.",
    ],
)
def test_a_figure_of_another_thing_is_no_contradiction(text: str) -> None:
    used = list(fee("stop_payment", "28.00"))
    assert not list(find_contradictions(used, used, sentence(text)))


def test_a_figure_that_another_record_explains_is_no_contradiction() -> None:
    used = list(fee("wire_abroad", "38.00"))
    text = sentence("An incoming wire from abroad costs $12.00.")
    assert len(list(find_contradictions(used, used, text))) == 1
    assert not list(find_contradictions(used, [*used, *fee("wire_abroad_incoming", "12.00")], text))
