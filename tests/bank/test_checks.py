"""Stopping a check at the demo bank."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from demo_bank import TODAY, Acting, values

CHECK: dict[str, Any] = {"account": "Everyday Checking", "check": "1043", "amount": Decimal("650")}


def test_a_check_is_stopped_for_six_months_and_a_fee(acting: Acting) -> None:
    receipt = acting.act("stop_check", "ada", **CHECK)
    shown = values(receipt)
    assert (shown["number"], shown["amount"], shown["fee"]) == ("1043", Decimal(650), Decimal(28))
    assert shown["until"] == date(TODAY.year, TODAY.month + 6, TODAY.day)
    assert values(acting.refused("stop_check", "ada", **CHECK))["until"] == shown["until"]
    # Another one, or the same when the order has run out.
    assert acting.act("stop_check", "ada", **{**CHECK, "check": "1044"})
    assert acting.act("stop_check", "ada", **CHECK, today=date(TODAY.year, TODAY.month + 7, 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("user", "changes", "reason"),
    [
        ("ada", {"account": "Steady Savings"}, "not_possible"), ("ada", {"check": "12a"}, "not_possible"),
        ("ada", {"check": "1234567"}, "not_possible"), ("ada", {"check": "١٢"}, "not_possible"),
        ("ada", {"amount": Decimal(0)}, "not_possible"), ("ben", {"account": "checking"}, "insufficient"),
    ],
)  # fmt: skip
def test_it_is_refused(acting: Acting, user: str, changes: dict[str, Any], reason: str) -> None:
    before = acting.everything()
    assert acting.refused("stop_check", user, **{**CHECK, **changes}).reason == reason
    assert acting.everything() == before
