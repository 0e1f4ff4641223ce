"""Numbers of payment cards, by the Luhn check and the issuers' prefixes and lengths (ISO/IEC 7812)."""

from collections.abc import Iterator
from itertools import accumulate

from tellerbot.privacy.context import Context
from tellerbot.privacy.digits import Run

_ANY_LENGTH = (16, 15, 19, 18, 17, 14, 13)
_BY_FIRST = {"4": (16, 19, 13), "5": (16, 19), "6": (16, 19, 18, 17)}
_BY_TWO = {
    **{str(two): (16,) for two in range(22, 28)},
    "34": (15,),
    "37": (15,),
    "35": (16,),
    "30": (14, 16),
    "36": (14, 16),
    "38": (14, 16),
    "39": (14, 16),
}
_WRITTEN = ((4, 4, 4, 4), (4, 6, 5))


def find_cards(context: Context, run: Run) -> Iterator[tuple[int, int]]:
    """Yield every stretch that passes the Luhn check and may be an issuer's; 15 or 16 digits alone also when mistyped.

    Each start is tried, so that digits before or after hide nothing: overlapping stretches are all yielded.
    """
    digits = run.digits
    if len(digits) < 13:
        return
    named = context.role_before(run.spans[0][0]) == "card"
    sums = _luhn_sums(digits)
    for start in range(len(digits) - 12):
        for length in _ANY_LENGTH if named else _lengths(digits, start):
            end = start + length
            passes = end <= len(digits) and (sums[end % 2][end] - sums[end % 2][start]) % 10 == 0
            if passes and _is_written_as_one(context, run, start, end):
                yield run.place(start, end)
    if len(digits) in (15, 16) and (named or len(digits) in _lengths(digits, 0)) and _is_mistyped(context, run):
        yield run.place(0, len(digits))


def _lengths(digits: str, start: int) -> tuple[int, ...]:
    """Return how many digits the cards have whose issuer's prefix is at `start`."""
    return _BY_FIRST.get(digits[start]) or _BY_TWO.get(digits[start : start + 2], ())


def _luhn_sums(digits: str) -> tuple[list[int], list[int]]:
    """Return running sums of the digits, with those at even places doubled, and with those at odd places.

    The digits `start` to `end` pass the check when the sum that doubles the places of `end`'s parity is divisible by
    ten, whose difference costs the same at any length.
    """
    values = [int(digit) for digit in digits]
    doubled = [2 * value - 9 * (value > 4) for value in values]

    def sums(parity: int) -> list[int]:
        chosen = (doubled[at] if at % 2 == parity else values[at] for at in range(len(values)))
        return [0, *accumulate(chosen)]

    return sums(0), sums(1)


def _is_written_as_one(context: Context, run: Run, start: int, end: int) -> bool:
    """Return whether groups begin and end with the stretch; where digits touch it, it must be grouped as cards are."""
    if run.opens[start] and run.closes[end - 1]:
        return not _are_round(run, start, end) or context.role_before(run.spans[start][0]) == "card"
    shape = run.shape(start, end)
    is_grouped = shape in _WRITTEN or shape in ((15,), (16,))
    return is_grouped and context.role_before(run.spans[start][0]) != "other"


def _is_mistyped(context: Context, run: Run) -> bool:
    """Return whether 15 or 16 digits that fail the check look like a card, not like amounts or a reference."""
    first, last = run.place(0, len(run.digits))
    role = context.role_before(first)
    if role == "card":
        return True
    # Amounts in a row are parted by commas, or round; no amount has 15 digits.
    are_amounts = role == "amount" and "," in context.text[first:last]
    if are_amounts or context.is_other(first, last) or "+" in context.text[first:last]:
        return False
    if _are_round(run, 0, len(run.digits)):
        return False
    shape = run.shape(0, len(run.digits))
    return len(shape) == 1 or shape in _WRITTEN or set(shape) == {1}


def _are_round(run: Run, start: int, end: int) -> bool:
    """Return whether groups of digits are round amounts in a row, such as 4000 1500 2300 1000."""
    if run.digits[end - 2 : end] != "00":
        return False
    ends = [start + length for length in accumulate(run.shape(start, end))]
    return len(ends) > 1 and all(run.digits[at - 2 : at] == "00" for at in ends)
