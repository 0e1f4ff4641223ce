"""Answers become typed facts, and those that are not as the file says nothing at all."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bank.open_bank_server import Server  # pyright: ignore[reportMissingImports]
from tellerbot.bank.http.bank import HttpBank
from tellerbot.bank.http.client import LARGEST
from tellerbot.errors import DataError, RefusedError, UnavailableError
from tellerbot.types import Customer, Fact, Named, Period, Source

TODAY = date.today()
ADA, BEN = Customer("C-1", "Ada Okafor"), Customer("C-2", "Ben Lindqvist")
SAVINGS, EVERYDAY = Named("account", "A-2", "Savings"), Named("account", "A-1", "Everyday")
BALANCE = {
    "AccountId": "A-1", "Product": "Everyday", "Last4": "4821", "CreditDebitIndicator": "Credit",
    "Amount": {"Amount": "12.50", "Currency": "USD"},
}  # fmt: skip


def test_facts_have_types_signs_and_sources(http_bank: HttpBank) -> None:
    [overdrawn, _] = http_bank.query("balances", BEN, {}, TODAY).rows
    source = "accounts/A-3"
    assert overdrawn == {
        "account": Fact("account", "label", "Everyday", Source("bank", f"{source}/account")),
        "last4": Fact("last4", "digits", "0359", Source("bank", f"{source}/last4")),
        "available": Fact("available", "money", Decimal("-36.20"), Source("bank", f"{source}/available")),
    }
    first, second = http_bank.query("transactions", ADA, {"account": EVERYDAY}, TODAY).rows
    assert first["day"] == Fact("day", "date", date(2026, 3, 2), Source("bank", "transactions/A-1-T-1/day"))
    # One without a payee has no such fact.
    assert "payee" in first and "payee" not in second
    # A number with a point never becomes a float.
    assert repr(http_bank.query("fees", None, {}, TODAY).values["overdraft"].value) == "Decimal('25.1')"


def test_a_period_with_an_open_end_is_sent_without_it(server: Server, http_bank: HttpBank) -> None:
    for period, found in (
        (Period(date(2026, 3, 1), None), 1),
        (Period(None, date(2026, 2, 28)), 1),
        (Period(None, None), 2),
    ):
        arguments = {"account": EVERYDAY, "period": period}
        assert len(http_bank.query("transactions", ADA, arguments, TODAY).rows) == found
    sent = [asked.params for asked in server.requests if asked.path.endswith("/transactions")]
    assert sent == [{"from": "2026-03-01"}, {"to": "2026-02-28"}, {}]


@pytest.mark.parametrize("ref", ["../../fees", "A-1/../../cards", "a/b?x=1#y", "A-1%2F..", "å \n", "A-1;v=2", "{key}"])
def test_an_id_cannot_change_the_path(server: Server, http_bank: HttpBank, ref: str) -> None:
    server.bank.accounts[ref] = {"customer": "C-1", "Product": "Odd", "Last4": "1111", "balance": Decimal(5)}
    [odd] = [named for named in http_bank.names(ADA) if named.ref == ref]
    row, _ = http_bank.query("transactions", ADA, {"account": odd}, TODAY).rows
    assert row["day"].source.ref == f"transactions/{ref}-T-1/day"


@pytest.mark.parametrize("ref", [".", ".."])
def test_an_id_that_is_a_step_is_not_sent(server: Server, http_bank: HttpBank, ref: str) -> None:
    server.bank.accounts[ref] = {"customer": "C-1", "Product": "Odd", "Last4": "1111", "balance": Decimal(5)}
    with pytest.raises(UnavailableError, match="an id that can be part of a path"):
        http_bank.query("transactions", ADA, {"account": Named("account", ref, "Odd")}, TODAY)
    assert not [asked for asked in server.requests if asked.path.endswith("/transactions")]


def with_amount(amount: str) -> str:
    """The balance's answer with this JSON as the amount."""
    return json.dumps({"Data": {"Balance": [BALANCE]}}).replace('"12.50"', amount)


@pytest.mark.parametrize("amount", ['"12.50"', "12.50", "12.5e0", '"0012.50"', "1250e-2"])
def test_amounts_are_numbers_or_texts_of_them(server: Server, http_bank: HttpBank, amount: str) -> None:
    server.control("/balances", "answer", text=with_amount(amount))
    [row] = http_bank.query("balances", ADA, {}, TODAY).rows
    assert row["available"].value == Decimal("12.50") and isinstance(row["available"].value, Decimal)


def with_row(**change: Any) -> str:
    """The balance's answer with these fields."""
    return json.dumps({"Data": {"Balance": [BALANCE | change]}})


AMOUNTS = (
    "NaN", "Infinity", "-Infinity", "true", "null", '""', '"NaN"', '"12,50"', '"$12.50"', '"1e3"', '"12.50 USD"',
    '" 1"', "[12.50]", "{}", "1e999999999999999999999", "1e300", "1e-300", "9" * 5000, '"١٢"', '"+1"',
)  # fmt: skip
WRONG = {
    "no JSON": "<html>12.50</html>", "nothing": "", "cut": with_amount("12.50")[:-3], "a list": "[]",
    "a text": '"Data"', "no list": '{"Data": {"Balance": {}}}', "null": '{"Data": {"Balance": null}}',
    "rows of nothing": '{"Data": {"Balance": [null]}}', "a key twice": '{"Data": {"Balance": []}, "Data": 1}',
    "deep": "[" * 100_000, "no UTF-8": '{"Data": {"Balance": ["\udcff"]}}', "too large": " " * (LARGEST + 1) + "{}",
    **{f"amount {amount[:20]}": with_amount(amount) for amount in AMOUNTS},
    "another currency": with_row().replace("USD", "EUR"), "no currency": with_row().replace('"Currency"', '"Other"'),
    "no product": with_row(Product=None), "an empty product": with_row(Product=" "),
    "a number as product": with_row(Product=7), "no id": with_row(AccountId=None),
    "other digits": with_row(Last4="48x1"), "half a character": with_row(Product="\ud800"),
    "no sign": with_row(CreditDebitIndicator=None), "another sign": with_row(CreditDebitIndicator="Other"),
    "two signs": with_amount('"-12.50"'),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_nothing_is_guessed(server: Server, http_bank: HttpBank, text: str) -> None:
    server.control("/balances", "answer", text=text)
    with pytest.raises(UnavailableError, match=r"queries\.balances.*the bank's answer is not as configured"):
        http_bank.query("balances", ADA, {}, TODAY)
    assert http_bank.query("balances", ADA, {}, TODAY).rows


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "02/03/2026", "2026-03-02T99:00", 20260302, ""])
def test_no_day_is_guessed(server: Server, http_bank: HttpBank, day: object) -> None:
    row = {"TransactionId": "T-1", "BookingDateTime": day, "CreditDebitIndicator": "Debit"}
    row |= {"Amount": {"Amount": "1", "Currency": "USD"}}
    server.control("/accounts/A-1/", "answer", text=json.dumps({"Data": {"Transaction": [row]}}))
    with pytest.raises(UnavailableError, match=r"queries\.transactions\.rows\.day.*not as configured"):
        http_bank.query("transactions", ADA, {"account": EVERYDAY}, TODAY)


@pytest.mark.parametrize(
    "content",
    [
        {}, {"CustomerId": "C-1"}, {"CustomerId": "", "Name": "A", "Permissions": []},
        {"CustomerId": "C-1\n", "Name": "A", "Permissions": []}, {"CustomerId": True, "Name": "A", "Permissions": []},
        {"CustomerId": "C-1", "Name": "A", "Permissions": "payments"},
        {"CustomerId": "C-2", "Name": "A", "Permissions": []},
    ],
)  # fmt: skip
def test_no_customer_is_guessed(server: Server, http_bank: HttpBank, content: dict[str, Any]) -> None:
    server.control("/customers", "answer", text=json.dumps(content))
    with pytest.raises(UnavailableError, match=r"customers\.find.*not as configured"):
        http_bank.find("C-1")


def test_a_sign_in_may_do_what_its_consent_says(http_bank: HttpBank) -> None:
    cleo = http_bank.find_user("cleo")
    assert cleo and cleo.scopes == {"cards"}
    ada = http_bank.find_user("ada")
    assert ada and ada.scopes == {"payments", "cards", "details", "products"}


RECEIPT = {
    "PaymentId": "pay-1", "Status": "AcceptedSettlementCompleted", "CreationDateTime": "2026-03-02T09:30:00+01:00",
    "Amount": {"Amount": "5.00", "Currency": "USD"},
}  # fmt: skip


def move(bank: HttpBank, key: str = "key-1", amount: str = "5.00", user: Customer = ADA) -> Any:
    arguments = {"account": SAVINGS, "to_account": EVERYDAY, "amount": Decimal(amount)}
    return bank.act("move_money", user, arguments, key, TODAY)


def test_a_receipt_has_its_reference_in_capital_letters_and_its_time_in_utc(
    server: Server, http_bank: HttpBank
) -> None:
    server.control("/transfers", "answer", status=201, text=json.dumps({"Data": RECEIPT}))
    receipt = move(http_bank)
    assert (receipt.reference, receipt.at.isoformat()) == ("PAY-1", "2026-03-02T08:30:00+00:00")
    assert receipt.facts["amount"] == Fact("amount", "money", Decimal("5.00"), Source("bank", "payments/pay-1/amount"))


@pytest.mark.parametrize(
    "change",
    [
        {"PaymentId": None}, {"PaymentId": "<script>"}, {"PaymentId": ""}, {"Status": "Pending"}, {"Status": None},
        {"CreationDateTime": "2026-03-02T09:30:00"}, {"CreationDateTime": "now"}, {"CreationDateTime": 1772442000.5},
        {"Amount": {"Amount": "5.00", "Currency": "EUR"}}, {"Amount": None},
    ],
)  # fmt: skip
def test_no_receipt_is_guessed(server: Server, http_bank: HttpBank, change: dict[str, Any]) -> None:
    server.control("/transfers", "answer", status=201, text=json.dumps({"Data": RECEIPT | change}))
    with pytest.raises(UnavailableError):
        move(http_bank)


def test_an_answer_that_says_it_was_not_done_is_a_refusal(server: Server, http_bank: HttpBank) -> None:
    text = json.dumps({"Data": RECEIPT | {"Status": "Rejected"}})
    server.control("/transfers", "answer", status=201, text=text)
    with pytest.raises(RefusedError) as caught:
        move(http_bank)
    assert caught.value.reason == "not_possible"


def test_a_refusal_says_what_the_bank_says_of_it(server: Server, http_bank: HttpBank) -> None:
    server.bank.accounts["A-2"]["balance"] = Decimal("3.10")
    with pytest.raises(RefusedError) as caught:
        move(http_bank)
    source = Source("bank", "actions/move_money/available")
    assert caught.value.reason == "insufficient"
    assert caught.value.facts == {"available": Fact("available", "money", Decimal("3.10"), source)}


def test_the_bank_refuses_what_its_own_consent_lacks(http_bank: HttpBank) -> None:
    arguments = {"account": Named("account", "A-5", "Everyday"), "to_account": Named("account", "A-5", "Everyday")}
    everything = Customer("C-3", "Cleo Marsh")
    with pytest.raises(RefusedError) as caught:
        http_bank.act("move_money", everything, {**arguments, "amount": Decimal(1)}, "key-1", TODAY)
    assert caught.value.reason == "not_allowed"


def test_nothing_is_sent_where_it_is_known_that_it_is_refused(server: Server, http_bank: HttpBank) -> None:
    for reason, user, amount in (
        ("not_allowed", Customer("C-1", "Ada", frozenset({"cards"})), "5.00"), ("amount_limit", ADA, "2000.01"),
        ("not_theirs", BEN, "5.00"),
    ):  # fmt: skip
        with pytest.raises(RefusedError) as caught:
            move(http_bank, f"key-{reason}", amount, user)
        assert caught.value.reason == reason
    assert server.count("/transfers") == 0


def pay(bank: HttpBank, key: str, amount: str) -> Any:
    arguments = {"account": SAVINGS, "payee": Named("payee", "P-1", "Tunde Okafor"), "amount": Decimal(amount)}
    return bank.act("pay_payee", ADA, arguments, key, TODAY)


@pytest.mark.slow
def test_a_days_limits_are_held_against_what_was_paid(server: Server, http_bank: HttpBank) -> None:
    first = pay(http_bank, "key-1", "1500.00")
    pay(http_bank, "key-2", "1500.00")
    with pytest.raises(RefusedError) as caught:
        pay(http_bank, "key-3", "0.01")
    limit = Fact("limit", "money", Decimal(3000), Source("bank", "limits/pay_payee/day_sum"))
    remaining = Fact("remaining", "money", Decimal(0), Source("formula", "3000.00 - 3000.00"))
    assert (caught.value.reason, caught.value.facts) == ("day_limit", {"limit": limit, "remaining": remaining})
    # What was done within the limits is still known by its key.
    assert pay(http_bank, "key-1", "1500.00") == first
    assert server.count("/payments") - server.count("/payments/") == 2 + 4
    for payment in server.bank.payments:
        payment["CreationDateTime"] = "2026-01-01T00:00:00+00:00"
    for at in range(10):
        pay(http_bank, f"small-{at}", "1.00")
    with pytest.raises(RefusedError) as caught:
        pay(http_bank, "small-10", "1.00")
    assert (caught.value.reason, caught.value.facts["limit"].value) == ("count_limit", 10)


def test_what_cannot_be_held_against_a_days_limits_is_not_sent(server: Server, http_bank: HttpBank) -> None:
    server.control("/payments", "answer", text='{"Data": {"Payment": [{"Amount": {"Amount": null}}]}}')
    with pytest.raises(UnavailableError, match=r"paid_today.*not as configured"):
        pay(http_bank, "key-1", "5.00")
    assert not server.bank.payments


def test_names_are_kept_for_a_moment_and_by_customer(server: Server, http_bank: HttpBank) -> None:
    for _ in range(3):
        assert {named.ref for named in http_bank.names(ADA) if named.kind == "account"} == {"A-1", "A-2"}
        assert {named.ref for named in http_bank.names(BEN) if named.kind == "account"} == {"A-3", "A-4"}
        assert {named.kind for named in http_bank.names(None)} == {"branch"}
    assert (server.count("/accounts"), server.count("/branches")) == (2, 3)
    move(http_bank)
    http_bank.names(ADA)
    assert server.count("/accounts") == 3
    with pytest.raises(DataError):
        http_bank.query("balances", ADA, {"account": Named("account", "A-3", "Everyday")}, TODAY)


def test_a_thing_that_an_action_made_is_in_the_receipt(server: Server, connect: Callable[..., HttpBank]) -> None:
    shape = {"by_key": {"path": "/payments/by-key/{key}", "unknown": [{"status": 404}]}, "ref": "payees/{Data.Id}"}
    shape |= {
        "reference": "Data.Id",
        "time": "Data.At",
        "made": {"kind": "payee", "ref": "Data.Id", "name": "Data.Name"},
    }
    action = {"path": "/payees", "arguments": {"name": "text"}, "required": ["name"], "body": {"Name": "{name}"}}
    action |= {"scope": "payments", "receipt": "payee"}
    bank = connect(actions={"add_payee": action}, receipts={"payee": shape})
    made = {"Id": "P-9", "Name": "Rosa", "At": "2026-03-02T09:30:00Z"}
    server.control("/payees", "answer", status=201, text=json.dumps({"Data": made}))
    receipt = bank.act("add_payee", ADA, {"name": 'Rosa "R"'}, "key-1", TODAY)
    assert receipt.made == Named("payee", "P-9", "Rosa")
    assert json.loads(server.requests[-1].body) == {"Name": 'Rosa "R"'}
