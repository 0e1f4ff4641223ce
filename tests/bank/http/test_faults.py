"""A bank that answers slowly, wrongly, twice and not at all."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bank.open_bank import PASSWORDS  # pyright: ignore[reportMissingImports]
from bank.open_bank_server import Server  # pyright: ignore[reportMissingImports]
from tellerbot.bank.http.bank import HttpBank
from tellerbot.errors import RefusedError, UnavailableError
from tellerbot.types import Customer, FactSheet, Named, Receipt

TODAY = date.today()
ADA = Customer("C-1", "Ada Okafor")
SAVINGS, EVERYDAY = Named("account", "A-2", "Savings"), Named("account", "A-1", "Everyday")
CODE, PURPOSE = "482913", "pay Tunde"
FEES = "/fees"


def fees(bank: HttpBank) -> FactSheet:
    return bank.query("fees", None, {}, TODAY)


def move(bank: HttpBank, key: str = "key-1", amount: str = "5.00") -> Receipt:
    arguments = {"account": SAVINGS, "to_account": EVERYDAY, "amount": Decimal(amount)}
    return bank.act("move_money", ADA, arguments, key, TODAY)


def moved(server: Server) -> Decimal:
    """What has been moved out of the savings."""
    return Decimal("11450.12") - server.bank.accounts["A-2"]["balance"]


def settle(bank: HttpBank, key: str = "key-1") -> Receipt | None:
    """What the bank says in the end."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return bank.outcome(ADA, key)
        except UnavailableError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_read_is_tried_again_when_the_bank_is_away_for_a_moment(server: Server, connect: Callable[..., HttpBank]):
    bank = connect(breaker={"failures": 100, "seconds": 1})
    faults: list[dict[str, Any]] = [{"how": "answer", "status": status} for status in (502, 503, 504)]
    faults += [{"how": "close"}, {"how": "answer", "status": 429, "headers": {"Retry-After": "0"}}]
    for fault in faults:
        before = server.count(FEES)
        server.control(FEES, **fault, times=2)
        assert fees(bank).values["overdraft"].value == Decimal("25.1")
        assert server.count(FEES) == before + 3


@pytest.mark.parametrize(
    "fault",
    [
        {"how": "answer", "status": 500}, {"how": "answer", "status": 429}, {"how": "slow", "seconds": 2.5},
        {"how": "answer", "status": 429, "headers": {"Retry-After": "3600"}}, {"how": "answer", "status": 404},
        {"how": "answer", "status": 429, "headers": {"Retry-After": "Wed, 21 Oct 2037 07:28:00 GMT"}},
        {"how": "answer", "status": 302, "headers": {"Location": "/health"}}, {"how": "answer", "text": "{"},
    ],
)  # fmt: skip
def test_a_read_is_not_tried_again_where_that_is_of_no_use(
    server: Server, http_bank: HttpBank, fault: dict[str, Any]
) -> None:
    server.control(FEES, **fault)
    with pytest.raises(UnavailableError):
        fees(http_bank)
    assert server.count(FEES) == 1
    assert fees(http_bank)


def test_the_pauses_grow_and_end(server: Server, connect: Callable[..., HttpBank]) -> None:
    bank = connect(
        retries={"times": 3, "first_wait": 0.1, "longest_wait": 0.2}, breaker={"failures": 100, "seconds": 1}
    )
    server.control(FEES, "answer", status=503, times=4)
    began = time.monotonic()
    with pytest.raises(UnavailableError, match=r"queries\.fees: expected an answer of the bank, found HTTP status 503"):
        fees(bank)
    # Half of 0.1, 0.2 and 0.2 seconds at the least.
    assert time.monotonic() - began >= 0.25
    assert server.count(FEES) == 4


def test_the_bank_says_how_long_to_wait(server: Server, connect: Callable[..., HttpBank]) -> None:
    bank = connect(retries={"times": 1, "first_wait": 0.01, "longest_wait": 1})
    server.control(FEES, "answer", status=429, headers={"Retry-After": "1"})
    began = time.monotonic()
    assert fees(bank)
    assert time.monotonic() - began >= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        {"how": "answer", "status": 503}, {"how": "answer", "status": 502}, {"how": "answer", "status": 500},
        {"how": "answer", "status": 429, "headers": {"Retry-After": "0"}}, {"how": "close"},
        {"how": "answer", "status": 418}, {"how": "answer", "status": 302, "headers": {"Location": "/transfers"}},
        {"how": "answer", "status": 422, "text": "<html>"},
    ],
)  # fmt: skip
def test_an_action_is_never_tried_again_and_was_not_done(
    server: Server, http_bank: HttpBank, fault: dict[str, Any]
) -> None:
    server.control("/transfers", **fault)
    with pytest.raises(UnavailableError):
        move(http_bank)
    assert server.count("/transfers") == 1
    assert settle(http_bank) is None
    assert moved(server) == 0
    with pytest.raises(RefusedError):
        move(http_bank)
    assert server.count("/transfers") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        {"how": "answer", "status": 500}, {"how": "answer", "status": 503}, {"how": "close"},
        {"how": "slow", "seconds": 2.5}, {"how": "answer", "status": 200, "text": "{}"},
        {"how": "answer", "status": 201, "text": "not JSON"}, {"how": "answer", "status": 204},
        {"how": "answer", "status": 201, "text": json.dumps({"Data": {"PaymentId": "PAY-0001", "Status": "Pending"}})},
    ],
)  # fmt: skip
def test_what_was_done_without_an_answer_is_found_by_its_key(
    server: Server, http_bank: HttpBank, fault: dict[str, Any]
) -> None:
    server.control("/transfers", **fault, done=True)
    with pytest.raises(UnavailableError):
        move(http_bank)
    found = settle(http_bank)
    assert found and found.reference == "PAY-0001" and found.facts["amount"].value == 5
    assert move(http_bank) == found
    assert moved(server) == 5


def test_what_the_bank_gets_twice_it_does_once(server: Server, http_bank: HttpBank) -> None:
    server.control("/transfers", "twice")
    assert move(http_bank).reference == "PAY-0001"
    assert moved(server) == 5


def test_it_is_not_said_that_it_was_not_done_while_it_may_arrive(server: Server, http_bank: HttpBank) -> None:
    server.control("/transfers", "late")
    with pytest.raises(UnavailableError):
        move(http_bank)
    with pytest.raises(UnavailableError, match="a request may still arrive"):
        http_bank.outcome(ADA, "key-1")
    # It arrives in time.
    assert server.late and server.bank.answer(server.late.pop())[0] == 201
    found = http_bank.outcome(ADA, "key-1")
    assert found and found.reference == "PAY-0001"


@pytest.mark.slow
def test_after_no_outcome_a_request_that_arrives_changes_nothing(server: Server, http_bank: HttpBank) -> None:
    server.control("/transfers", "late")
    with pytest.raises(UnavailableError):
        move(http_bank)
    assert settle(http_bank) is None
    status, content = server.bank.answer(server.late.pop())
    assert (status, content["Errors"]) == (422, [{"ErrorCode": "Expired"}])
    assert moved(server) == 0


@pytest.mark.slow
def test_a_key_of_another_process_may_arrive_for_as_long(server: Server, connect: Callable[..., HttpBank]) -> None:
    sender, other = connect(), connect()
    server.control("/transfers", "late")
    with pytest.raises(UnavailableError):
        move(sender)
    with pytest.raises(UnavailableError, match="a request may still arrive"):
        other.outcome(ADA, "key-1")
    assert settle(other) is None
    assert server.bank.answer(server.late.pop())[0] == 422


@pytest.mark.slow
def test_the_breaker_opens_and_closes(server: Server, connect: Callable[..., HttpBank]) -> None:
    bank = connect(retries={"times": 0})
    server.control(FEES, "answer", status=500, times=5)
    for _ in range(4):
        with pytest.raises(UnavailableError, match="HTTP status 500"):
            fees(bank)
    for _ in range(3):
        with pytest.raises(UnavailableError, match="4 failures in a row"):
            bank.ping()
    assert (server.count(FEES), server.count("/health")) == (4, 0)
    time.sleep(1.6)
    # One to try, which fails.
    with pytest.raises(UnavailableError, match="HTTP status 500"):
        fees(bank)
    with pytest.raises(UnavailableError, match="5 failures in a row"):
        fees(bank)
    assert server.count(FEES) == 5
    time.sleep(1.6)
    assert fees(bank) and fees(bank)
    assert server.count(FEES) == 7


@pytest.mark.slow
def test_only_one_tries_while_the_breaker_is_open(server: Server, connect: Callable[..., HttpBank]) -> None:
    bank = connect(retries={"times": 0}, breaker={"failures": 1, "seconds": 1.5}, timeouts={"connect": 2, "answer": 9})
    server.control(FEES, "close")
    with pytest.raises(UnavailableError):
        fees(bank)
    time.sleep(1.6)
    server.control(FEES, "slow", seconds=1)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: attempt(bank), range(8)))
    assert results.count(True) == 1
    assert server.count(FEES) == 2


def attempt(bank: HttpBank) -> bool:
    """Whether the bank answers."""
    try:
        return bool(fees(bank))
    except UnavailableError:
        return False


def test_refusals_and_faulty_answers_open_no_breaker(server: Server, http_bank: HttpBank) -> None:
    server.bank.accounts["A-2"]["balance"] = Decimal(10)
    for at in range(6):
        with pytest.raises(RefusedError):
            move(http_bank, f"key-{at}", "11.00")
    server.control(FEES, "answer", text="[]", times=6)
    for _ in range(6):
        with pytest.raises(UnavailableError):
            fees(http_bank)
    assert fees(http_bank)


@pytest.mark.slow
def test_so_many_requests_run_at_once_and_more_wait_a_while(server: Server, connect: Callable[..., HttpBank]) -> None:
    patient = connect(at_once={"requests": 3, "wait": 30}, timeouts={"connect": 2, "answer": 9})
    patient.ping()
    server.control(FEES, "slow", seconds=0.1, times=12)
    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(lambda _: attempt(patient), range(12)))
    assert server.most_running == 3
    hasty = connect(at_once={"requests": 2, "wait": 0.2}, timeouts={"connect": 2, "answer": 9})
    hasty.ping()
    server.control(FEES, "slow", seconds=2, times=6)
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: attempt(hasty), range(6)))
    assert results.count(True) == 2
    assert attempt(hasty)


@pytest.mark.slow
def test_an_answer_that_trickles_in_is_not_waited_for(server: Server, http_bank: HttpBank) -> None:
    server.control(FEES, "drip", seconds=0.3)
    began = time.monotonic()
    with pytest.raises(UnavailableError, match="takes too long"):
        fees(http_bank)
    assert time.monotonic() - began < 30


def test_a_bank_that_is_not_there_is_away(server: Server, connect: Callable[..., HttpBank]) -> None:
    bank = connect()
    server.shutdown()
    server.server_close()
    for call in (bank.ping, lambda: fees(bank), lambda: bank.find("C-1"), lambda: bank.names(None), lambda: move(bank)):
        with pytest.raises(UnavailableError):
            call()


def test_a_token_is_fetched_once_and_renewed_once_when_it_is_refused(server: Server, http_bank: HttpBank) -> None:
    for _ in range(3):
        fees(http_bank)
    assert server.count("/oauth/token") == 1
    server.bank.tokens.clear()
    assert fees(http_bank)
    assert server.count("/oauth/token") == 2
    http_bank.names(ADA)
    server.bank.tokens.clear()
    # What the bank has not let in it has not done.
    assert move(http_bank).reference == "PAY-0001"
    assert (server.count("/oauth/token"), server.count("/transfers"), moved(server)) == (3, 2, 5)
    server.control(FEES, "answer", status=401, times=3)
    with pytest.raises(UnavailableError, match="see auth"):
        fees(http_bank)
    assert server.count("/oauth/token") == 4


def test_a_wrong_password_renews_no_token_and_is_sent_once(server: Server, http_bank: HttpBank) -> None:
    assert http_bank.authenticate("ada", "wrong") is None
    assert (server.count("/oauth/token"), server.count("/sign-in")) == (1, 1)
    server.control("/sign-in", "answer", status=503)
    with pytest.raises(UnavailableError):
        http_bank.authenticate("ada", PASSWORDS["ada"])
    assert server.count("/sign-in") == 2


def test_a_code_is_sent_once(server: Server, http_bank: HttpBank) -> None:
    http_bank.send_code(ADA, CODE, PURPOSE)
    assert server.bank.messages == [{"CustomerId": "C-1", "Text": "482913 is your code to pay Tunde."}]
    server.control("/messages", "close", done=True)
    with pytest.raises(UnavailableError):
        http_bank.send_code(ADA, CODE, PURPOSE)
    assert len(server.bank.messages) == 2
