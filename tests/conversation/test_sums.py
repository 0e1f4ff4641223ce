"""Sums over figures that were just said."""

from decimal import Decimal

import pytest

from tellerbot.conversation.sums import NO_FIGURES, ReplyFigures, find_sum, read_reply, whole_amount
from tellerbot.types import FigureSource, Money, Slot, Source


def reply(text: str, *figures: str, kind: str = "bank") -> ReplyFigures:
    return read_reply(text, [FigureSource(figure, Source(kind, f"records/{figure}")) for figure in figures])  # type: ignore[arg-type]


OCTOBER = reply("You paid $103.51 in October 2026, in 14 payments.", "$103.51", "14")
SEPTEMBER = reply("You paid $58.96 in September 2026, in 9 payments.", "$58.96", "9")
BALANCES = reply(
    "Your balances:\n- Checking: $2,682.00 available ($2,724.65 on the books)\n- Savings: $11,450.12 available",
    "$2,682.00",
    "$2,724.65",
    "$11,450.12",
)
WITH_TOTAL = reply(
    "Checking: $376.17\n\nSavings: $1,140.00\n\nTogether: $1,516.17", "$376.17", "$1,140.00", "$1,516.17"
)
PAYMENTS = reply("These:\n- Pantry Lane, -$42.65\n- Casco Coffee, -$6.40", "$42.65", "$6.40")
FEES = reply("You paid $5.00 in fees:\n- ATM fee, -$2.50\n- Other fee, -$2.50", "$5.00", "$2.50")


@pytest.mark.parametrize(
    ("text", "last", "earlier", "result", "formula"),
    [
        ("so the two together?", SEPTEMBER, OCTOBER, "162.47", "103.51 + 58.96"),
        ("what does that come to", BALANCES, NO_FIGURES, "14132.12", "2682.00 + 11450.12"),
        ("and all in?", WITH_TOTAL, NO_FIGURES, "1516.17", "376.17 + 1140.00"),
        ("add them up", PAYMENTS, NO_FIGURES, "49.05", "42.65 + 6.40"),
        ("how much more is that", SEPTEMBER, OCTOBER, "44.55", "103.51 - 58.96"),
        ("whats the difference", BALANCES, NO_FIGURES, "8768.12", "11450.12 - 2682.00"),
        ("up by what percent", SEPTEMBER, OCTOBER, "75.6", "(103.51 - 58.96) / 58.96"),
        ("and whats that a year", SEPTEMBER, NO_FIGURES, "707.52", "12 x 58.96"),
        ("times 3", SEPTEMBER, NO_FIGURES, "176.88", "3 x 58.96"),
        ("half of it", SEPTEMBER, NO_FIGURES, "29.48", "58.96 / 2"),
        ("twice that", SEPTEMBER, NO_FIGURES, "117.92", "2 x 58.96"),
        ("per coffee?", SEPTEMBER, OCTOBER, "6.55", "58.96 / 9"),
    ],
)
def test_a_sum_is_over_what_was_said(
    text: str, last: ReplyFigures, earlier: ReplyFigures, result: str, formula: str
) -> None:
    found = find_sum(text, [], last, earlier)
    assert found
    assert (found.result.value, found.result.source.ref) == (Decimal(result), formula)
    assert found.result.source.kind == "formula"
    assert found.result.source.rows


@pytest.mark.parametrize(
    ("text", "slot", "result"),
    [
        ("take 300 off that", Slot("count", 5, 8, "300", 300), "1216.17"),
        ("minus $16.17", Slot("money", 6, 12, "$16.17", Money(Decimal("16.17"), "USD")), "1500.00"),
        ("plus another 100", Slot("count", 13, 16, "100", 100), "1616.17"),
        ("add the 2 together", Slot("count", 8, 9, "2", 2), "1516.17"),
    ],
)
def test_an_amount_of_the_message_is_taken_off_or_added(text: str, slot: Slot, result: str) -> None:
    found = find_sum(text, [slot], WITH_TOTAL, NO_FIGURES)
    assert found and found.result.value == Decimal(result)


@pytest.mark.parametrize("text", ["so the two together?", "how much more", "by what percent", "times 2", "each?"])
def test_nothing_is_reckoned_where_nothing_was_said(text: str) -> None:
    assert find_sum(text, [], NO_FIGURES, NO_FIGURES) is None


def test_one_amount_alone_is_no_sum_and_no_share() -> None:
    for text in ("add it up", "what's the difference", "how many percent"):
        assert find_sum(text, [], SEPTEMBER, NO_FIGURES) is None


def test_a_total_above_its_rows_is_the_reply_s_amount() -> None:
    assert [amount.value for amount in FEES.amounts] == [Decimal("5.00")]
    assert whole_amount(PAYMENTS) and whole_amount(BALANCES)
    assert (whole_amount(BALANCES) or pytest.fail()).value == Decimal("14132.12")
    assert whole_amount(NO_FIGURES) is None


def test_a_policy_s_amount_counts_where_no_record_gives_one() -> None:
    policy = Source("passage", "fees#wires")
    both = read_reply("A wire costs $22.00.\n\nAbroad it is $38.00.", [
        FigureSource("$22.00", Source("bank", "fees/wire")), FigureSource("$38.00", policy),
    ])  # fmt: skip
    assert [amount.value for amount in both.amounts] == [Decimal("22.00")]
    alone = read_reply("Abroad it is $38.00.", [FigureSource("$38.00", policy)])
    assert [amount.value for amount in alone.amounts] == [Decimal("38.00")]
