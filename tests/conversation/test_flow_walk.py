"""From what a flow holds to the step that it waits at."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from tellerbot.conversation.flows.open_flow import OpenFlow, Proposal
from tellerbot.conversation.flows.walk import Sight, Walk, arguments_of, lines_of, start_of, walk
from tellerbot.project.flow_check import find_flow_mistakes
from tellerbot.project.flow_schema import Call, Collect, Confirm, Do, Flow
from tellerbot.responses.template import MissingFactError, fill, say
from tellerbot.types import ActionSpec, Fact, FactSheet, Money, Named, Source, Text, Value

TODAY = date(2026, 3, 10)
CHECKING = Named("account", "ACC-1", "Everyday Checking", ("1111",))
SAVINGS = Named("account", "ACC-2", "Rainy Day Savings", ("2222",))
MARIA = Named("payee", "PAY-1", "Maria")
FAST, SLOW = Named("option", "way.fast", "Fast"), Named("option", "way.slow", "Slow", ("by mail",))
WAY = {"kind": "option", "label": "How", "options": {"fast": "Fast", "slow": {"title": "Slow", "words": ["by mail"]}}}
MONEY, ACCOUNT = {"kind": "money", "label": "Amount"}, {"kind": "account", "label": "From"}
NOTE, DAY = {"kind": "text", "label": "Note"}, {"kind": "date", "label": "When", "default": "today"}
PAY = ActionSpec(("amount", "account", "payee", "note", "day", "way"), (), (), (), "payments")
FIVE = Money(Decimal("5"), "USD")


def fact(name: str, kind: Any, value: Any, ref: str) -> Fact:
    return Fact(name, kind, value, Source("bank", ref))


class Bank:
    """Answers of a bank, and what was asked."""

    def __init__(self, available: str = "100", names: tuple[Named, ...] = (CHECKING, SAVINGS, MARIA)) -> None:
        self.available, self.names = Decimal(available), names
        self.asked: list[tuple[str, dict[str, Value], bool]] = []

    def ask(self, query: str, values: Mapping[str, Value], constants: Mapping[str, str], heard: bool) -> FactSheet:
        self.asked.append((query, {**values}, heard))
        accounts = [one for one in self.names if one.kind == "account" and values.get("account") in (None, one)]
        rows = [
            {
                "account": fact("account", "label", one.name, f"accounts/{one.ref}/name"),
                "available": fact("available", "money", self.available, f"accounts/{one.ref}/available"),
            }
            for one in accounts
        ]
        return FactSheet(rows=tuple(rows) if query == "balances" else ())

    def sight(self) -> Sight:
        return Sight(self.ask, lambda text, facts: fill(text, facts)[0], say, self.names, {"pay": PAY}, TODAY)


def flow(*steps: dict[str, Any], **slots: dict[str, Any]) -> Flow:
    return Flow.model_validate({"title": "T", "slots": slots, "steps": steps})


def collect(name: str, **more: Any) -> dict[str, Any]:
    return {"collect": name, "ask": f"{name}?", **more}


def walked(found: Flow, values: Mapping[str, Value] | None = None, bank: Bank | None = None, **more: Any) -> Walk:
    opened = OpenFlow("f", found.digest, values=values or {}, **more)
    return walk(found, opened, (bank or Bank()).sight())


CONFIRM = {"confirm": "pay", "ask": "Shall I?"}
DO = {"do": "pay", "receipt": "Done."}


def test_it_waits_at_the_first_slot_without_a_value() -> None:
    found = flow(collect("amount"), collect("note"), CONFIRM, DO, amount=MONEY, note=NOTE)
    assert walked(found).at == found.by_id["collect_amount"]
    assert walked(found, {"amount": FIVE}).at == found.by_id["collect_note"]
    assert walked(found, {"note": Text("x")}).at == found.by_id["collect_amount"]
    assert isinstance(walked(found, {"amount": FIVE, "note": Text("x")}).at, Confirm)


def test_a_confirmed_action_is_done_and_one_of_another_kind_is_not() -> None:
    found = flow(collect("amount"), CONFIRM, DO, amount=MONEY)
    values = {"amount": FIVE}
    yes = Proposal("k", "pay", {}, is_confirmed=True)
    assert isinstance(walked(found, values, proposal=yes).at, Do)
    assert isinstance(walked(found, values, proposal=Proposal("k", "pay", {})).at, Confirm)
    assert isinstance(walked(found, values, proposal=Proposal("k", "other", {}, is_confirmed=True)).at, Confirm)


def test_it_goes_on_behind_what_was_done_last() -> None:
    found = flow(
        collect("amount"), CONFIRM, DO, collect("note"), {"call": "f2"}, {"say": "Bye"}, amount=MONEY, note=NOTE
    )
    assert start_of(found, ()) == "collect_amount" and start_of(found, ("say", "do_pay")) == "collect_note"
    assert walked(found, {"amount": FIVE}, passed=("do_pay",)).at == found.by_id["collect_note"]
    call = walked(found, {"amount": FIVE, "note": Text("x")}, passed=("do_pay",))
    assert isinstance(call.at, Call)
    end = walked(found, {"amount": FIVE, "note": Text("x")}, passed=("do_pay", "call_f2"))
    assert end.at is None and end.outcome == "done" and end.says == ["Bye"] and end.passed == ["say"]
    assert walked(found, {}, passed=("call_f2", "say")).says == []


def test_a_saying_is_said_once() -> None:
    found = flow({"say": "Hello."}, collect("amount"), amount=MONEY)
    assert walked(found).says == ["Hello."] and walked(found, passed=("say",)).says == []


@pytest.mark.parametrize(("amount", "step"), [("5", "collect_note"), ("50", "collect_way")])
def test_a_branch_goes_where_its_condition_holds(amount: str, step: str) -> None:
    branch = {"branch": [{"if": "amount > 20", "next": "collect_way"}, {"next": "collect_note"}]}
    found = flow(collect("amount"), branch, collect("note", next="last"), collect("way"), {"id": "last",
    "end": "refused"},
                 amount=MONEY, note=NOTE, way=WAY)  # fmt: skip
    assert walked(found, {"amount": Money(Decimal(amount), "USD")}).at == found.by_id[step]
    ended = walked(found, {"amount": Money(Decimal(amount), "USD"), "note": Text("x"), "way": FAST})
    assert ended.at is None and ended.outcome == "refused"


def test_conditions_read_what_the_bank_says_and_the_kinds_of_things() -> None:
    query = {"query": "balances", "uses": {"account": "account"}, "prefix": "source"}
    branch = {
        "branch": [{"if": 'account_kind == "account" and source_rows == 1 and source_available > 50', "next": "rich"}]
    }
    found = flow(collect("account"), query, branch, {"say": "Poor."}, {"id": "rich", "say": "Go."}, account=ACCOUNT)
    assert walked(found, {"account": SAVINGS}).says == ["Go."]
    bank = Bank("50")
    assert walked(found, {"account": SAVINGS}, bank).says == ["Poor.", "Go."]
    assert ("balances", {"account": SAVINGS}, False) in bank.asked


def test_a_default_is_given_where_the_customer_gives_none() -> None:
    found = flow(collect("day"), collect("way"), day=DAY, way={**WAY, "default": "slow"})
    assert walked(found).given == {"day": TODAY, "way": SLOW}
    assert walked(found, {"day": date(2026, 4, 1), "way": FAST}).given == {}
    asked = flow(collect("day", ask_if_given=True), day=DAY)
    assert isinstance(walked(asked).at, Collect)


def test_of_one_thing_there_is_nothing_to_choose_but_where_another_can_be_made() -> None:
    one = Bank(names=(CHECKING,))
    assert walked(flow(collect("account"), account=ACCOUNT), bank=one).given == {"account": CHECKING}
    assert isinstance(walked(flow(collect("account", makes="f2"), account=ACCOUNT), bank=one).at, Collect)
    found = walked(flow(collect("account"), account=ACCOUNT))
    assert found.choices == {"Everyday Checking ending in 1111": CHECKING, "Rainy Day Savings ending in 2222": SAVINGS}


@pytest.mark.parametrize(("none", "outcome"), [(None, "empty"), ("You have none.", "refused")])
def test_of_nothing_nothing_can_be_chosen(none: str | None, outcome: str) -> None:
    step = collect("account", none=none) if none else collect("account")
    found = walked(flow(step, account=ACCOUNT), bank=Bank(names=()))
    assert found.at is None and found.outcome == outcome and found.says == ([none] if none else [])
    assert isinstance(walked(flow(collect("account", makes="f2"), account=ACCOUNT), bank=Bank(names=())).at, Collect)


def test_what_breaks_a_rule_is_forgotten_with_all_that_depends_on_it() -> None:
    rule = {"if": "amount <= available", "else": "You have {available:money}."}
    found = flow(
        collect("account"), {"query": "balances", "uses": {"account": "account"}}, collect("amount", valid=[rule]),
        collect("note"), collect("way"), account=ACCOUNT, amount=MONEY, note={**NOTE, "depends_on": ["amount"]},
        way=WAY,
    )  # fmt: skip
    values: dict[str, Value] = {
        "account": CHECKING,
        "amount": Money(Decimal("101"), "USD"),
        "note": Text("x"),
        "way": FAST,
    }
    broken = walked(found, values)
    assert broken.at == found.by_id["collect_amount"] and broken.problem == "You have $100.00."
    assert {*broken.forgotten} == {"amount", "note"} and broken.values == {"account": CHECKING, "way": FAST}
    assert walked(found, values, Bank("101")).at is None


def test_a_thing_that_may_not_be_chosen_is_a_stranger() -> None:
    found = flow(collect("account"), account=ACCOUNT)
    gone = walked(found, {"account": Named("account", "ACC-9", "Old one")})
    assert (
        gone.strangers == {"account": "Old one"}
        and gone.forgotten == ["account"]
        and gone.at == found.by_id["collect_account"]
    )
    renamed = walked(found, {"account": Named("account", "ACC-1", "Another name")})
    assert renamed.at is None and renamed.strangers == {}


def test_choices_are_the_rows_of_a_query_and_what_the_rules_allow() -> None:
    choices = {"query": "balances", "row": "{account:text} ({available:money})"}
    two = flow(
        collect("account", choices=choices),
        collect("to", choices=choices, valid=[{"if": "to != account", "else": "Another one."}]),
        account=ACCOUNT, to={"kind": "account", "label": "To"},
    )  # fmt: skip
    assert walked(two).choices == {"Everyday Checking ($100.00)": CHECKING, "Rainy Day Savings ($100.00)": SAVINGS}
    # The only other one needs no question.
    assert walked(two, {"account": CHECKING}).given == {"to": SAVINGS}
    same = walked(two, {"account": CHECKING, "to": CHECKING})
    assert same.strangers == {"to": "Everyday Checking"} and same.forgotten == ["to"]


def test_what_a_chosen_row_says_is_known_by_its_slot() -> None:
    choices = {"query": "balances", "row": "{account:text}"}
    found = flow(collect("account", choices=choices), {"say": "It has {account_available:money}."}, account=ACCOUNT)
    assert walked(found, {"account": SAVINGS}).says == ["It has $100.00."]


def test_who_comes_back_to_a_step_is_asked_again_and_for_all_behind_it() -> None:
    again = {"branch": [{"if": 'way == "fast"', "next": "collect_amount"}]}
    found = flow(collect("amount"), collect("note"), collect("way"), again, amount=MONEY, note=NOTE, way=WAY)
    assert list(find_flow_mistakes({"f": found})) == []
    back = walked(found, {"amount": FIVE, "note": Text("x"), "way": FAST})
    assert back.at == found.by_id["collect_amount"] and {*back.forgotten} == {"amount", "note", "way"}
    assert walked(found, {"amount": FIVE, "note": Text("x"), "way": SLOW}).at is None
    # Asked once more, they are asked to the end.
    assert walked(found, {"amount": FIVE}).at == found.by_id["collect_note"]


def test_an_action_gets_the_slots_of_its_arguments_and_shows_each_once() -> None:
    confirm = {**CONFIRM, "uses": {"payee": "to"}, "given": {"note": "Rent"}, "also": {"Fee": "{fee:money}"}}
    found = flow(collect("to"), collect("amount"), confirm, DO, to={"kind": "payee", "label": "To"}, amount=MONEY)
    bank = Bank()
    at = walked(found, {"to": MARIA, "amount": FIVE}, bank)
    assert isinstance(at.at, Confirm)
    assert arguments_of(at.at, at, bank.sight()) == {"note": Text("Rent"), "amount": FIVE, "payee": MARIA}
    with pytest.raises(MissingFactError):
        lines_of(found, at.at, at, bank.sight())
    at.learn({"fee": fact("fee", "money", Decimal("2"), "fees/x")})
    assert lines_of(found, at.at, at, bank.sight()) == (("Amount", "$5.00"), ("To", "Maria"), ("Fee", "$2.00"))


def test_a_fact_of_the_bank_takes_no_slots_name() -> None:
    found = flow(
        collect("account"),
        {"query": "balances", "uses": {"account": "account"}},
        {"say": "{account:text}"},
        account=ACCOUNT,
    )
    assert walked(found, {"account": SAVINGS}).says == ["Rainy Day Savings ending in 2222"]


def test_walking_twice_gives_the_same_and_changes_nothing() -> None:
    found = flow(collect("amount"), collect("day"), CONFIRM, DO, amount=MONEY, day=DAY)
    values: dict[str, Value] = {"amount": FIVE}
    assert walked(found, values) == walked(found, values) and values == {"amount": FIVE}


class Rows(Bank):
    """A bank whose queries give rows of their own, by record."""

    def __init__(self, **rows: tuple[str, Any, Any]) -> None:
        super().__init__(names=(Named("payee", "Granite Mobile", "Granite Mobile", ("granite",)),))
        self.rows = tuple({name: fact(name, kind, value, f"{record.replace('_', '/')}/{name}")}
                          for record, (name, kind, value) in rows.items())  # fmt: skip

    def ask(self, query: str, values: Mapping[str, Value], constants: Mapping[str, str], heard: bool) -> FactSheet:
        return FactSheet(rows=self.rows)


RECORD, TIME = {"kind": "record", "label": "Payment"}, {"kind": "time", "label": "Time"}
PAYEES = {"query": "payments", "row": "{payee:text}"}


def test_a_record_goes_by_the_short_names_of_whom_it_is_for() -> None:
    bank = Rows(debits_1=("payee", "label", "Granite Mobile"), debits_2=("payee", "label", "Seabright"))
    found = walked(flow(collect("payment", choices=PAYEES), payment=RECORD), bank=bank)
    assert [(one.ref, one.aliases) for one in found.choices.values()] == [
        ("debits/1", ("Granite Mobile", "granite")),
        ("debits/2", ()),
    ]
    assert found.offered == found.choices


def test_rows_that_read_alike_are_told_apart_and_where_all_do_there_is_nothing_to_choose() -> None:
    step = flow(collect("payment", choices=PAYEES), payment=RECORD)
    three = Rows(**{f"debits_{at}": ("payee", "label", "Coffee" if at < 3 else "Rent") for at in (1, 2, 3)})
    assert [*walked(step, bank=three).choices] == ["Coffee", "Coffee (2)", "Rent"]
    two = Rows(debits_1=("payee", "label", "Coffee"), debits_2=("payee", "label", "Coffee"))
    given = walked(step, bank=two).given["payment"]
    assert isinstance(given, Named) and given.ref == "debits/1"


def test_values_are_offered_and_others_are_not_taken() -> None:
    bank = Rows(free_1=("time", "time", time(9)), free_2=("time", "time", time(10, 30)))
    step = flow(collect("at", choices={"query": "free", "row": "{time:time}"}), at=TIME)
    found = walked(step, bank=bank)
    assert found.suggestions == ("9:00 am", "10:30 am") and found.choices == {}
    assert walked(step, {"at": time(10, 30)}, bank).at is None
    late = walked(step, {"at": time(21)}, bank)
    assert isinstance(late.at, Collect) and late.strangers == {"at": "9:00 pm"} and late.forgotten == ["at"]


def test_what_is_asked_in_any_case_is_asked_once() -> None:
    step = flow(collect("amount", ask_if_given=True), amount=MONEY)
    assert walked(step, {"amount": FIVE}).forgotten == ["amount"]
    assert walked(step, {"amount": FIVE}, asked=("collect_amount",)).at is None
