"""No error and no log tells a secret, or what is personal."""

import json
import logging
import traceback
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bank.open_bank import CLIENT, PASSWORDS  # pyright: ignore[reportMissingImports]
from bank.open_bank_server import Server  # pyright: ignore[reportMissingImports]
from tellerbot.bank.http.bank import HttpBank
from tellerbot.errors import UnavailableError
from tellerbot.types import Customer, Named

TODAY = date.today()
ADA = Customer("C-1", "Ada Okafor")
SAVINGS, EVERYDAY = Named("account", "A-2", "Savings"), Named("account", "A-1", "Everyday")
CODE, PURPOSE, PASSWORD = "482913", "pay Tunde", PASSWORDS["ada"]
MOVE = {"account": SAVINGS, "to_account": EVERYDAY, "amount": Decimal("77.31")}
SECRETS = [*CLIENT, *PASSWORDS.values(), "Okafor", ADA.id, SAVINGS.ref, "11450", "77.31", CODE, "Tunde", "token-"]
ALL = " ".join(SECRETS)
CALLS: dict[str, Callable[[HttpBank], object]] = {
    "sign in": lambda bank: bank.authenticate("ada", PASSWORD), "find": lambda bank: bank.find(ADA.id),
    "query": lambda bank: bank.query("transactions", ADA, {"account": SAVINGS}, TODAY),
    "act": lambda bank: bank.act("move_money", ADA, MOVE, "key-1", TODAY),
    "outcome": lambda bank: bank.outcome(ADA, "key-2"), "code": lambda bank: bank.send_code(ADA, CODE, PURPOSE),
}  # fmt: skip
FAULTS: dict[str, dict[str, Any]] = {
    "error": {"how": "answer", "status": 500, "text": ALL}, "page": {"how": "answer", "status": 403, "text": ALL},
    "redirect": {"how": "answer", "status": 302, "headers": {"Location": f"http://127.0.0.1/?{ALL}"}},
    "values": {"how": "answer", "text": json.dumps({"Data": ALL, "CustomerId": [ALL]}), "status": 299},
    "other text": {"how": "answer", "text": ALL}, "close": {"how": "close"}, "slow": {"how": "slow", "seconds": 1.5},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*FAULTS, "no token"])
def test_no_error_and_no_log_tells_what_is_secret_or_personal(
    server: Server, connect: Callable[..., HttpBank], caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    bank = connect(breaker={"failures": 1000, "seconds": 1}, timeouts={"connect": 2, "answer": 1})
    for name, call in CALLS.items():
        # Names are known and fit, so that what comes after them is reached.
        bank.names(ADA)
        if fault == "no token":
            server.control("/oauth/token", "answer", status=400, text=ALL)
            server.bank.tokens.clear()
        else:
            server.control("/", **FAULTS[fault], times=3)
        if name == "code" and fault in ("values", "other text"):
            # What it answers is of no account.
            call(bank)
        else:
            with pytest.raises(UnavailableError) as caught:
                call(bank)
            told = "".join(traceback.format_exception(caught.value))
            assert not [secret for secret in SECRETS if secret in told]
        server.faults.clear()
    assert not [secret for secret in SECRETS if secret in caplog.text]
