"""The work grows with a message's length, whatever is in it."""

import time
from collections.abc import Callable
from datetime import date

import pytest

from tellerbot.slots import find_named, find_slots, join_periods
from tellerbot.types import Named

NAMES = (Named("account", "a", "Rainy Day Savings", ("7781",)), Named("payee", "b", "Brookfield Bakers"))
TODAY = date(2024, 5, 15)
PIECES = [
    "a", " ", "1", "1 ", "1,", "1.", "the ", "last ", "week before ", "3 may ", "from the 3rd to ", "and ", "5 to 6 ",
    "twenty ", "one hundred and ", "$1 ", "between 1 and ", "1/2", "12:", "a.m. ", "every ", "\u00a0", "éß", "'s ",
    "since ", "of ", "in the ", "q1 ", "half ", "pay ", "1,50 ", "more than ", "1st ", "-", "12 pounds fifty ",
    "savings ", "7781 ", "rainy day ", "savngs ", "brook ",
]  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("piece", PIECES)
def test_work_is_linear(piece: str) -> None:
    short, long = (piece * (length // len(piece)) for length in (1_000, 4_000))

    def read(text: str) -> None:
        join_periods(text, find_slots(text, TODAY))
        find_named(text, NAMES)

    # Four times the length; a quadratic pattern takes sixteen times as long.
    assert seconds(lambda: read(long)) < 8 * seconds(lambda: read(short)) + 0.02
