"""Phone numbers: international ones of any country, and national ones of the bank's countries."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from tellerbot.privacy.context import Context, Role
from tellerbot.privacy.digits import Run
from tellerbot.privacy.numbering import Country, NationalNumber, countries_of_code, country

_SHORTEST, _LONGEST, _MOST_GROUPS = 6, 20, 8
# Shorter numbers without words or signs of a phone before them are codes, counts and amounts.
_SHORTEST_UNNAMED, _SHORTEST_ABROAD = 8, 10
_PLUS = re.compile(r"\+[ (]{0,2}$")
_ABROAD = re.compile(r"00|011")
# Between the groups of a phone number; other signs part the items of a list.
_GAP = re.compile(r"[ \-./()·•_~]{0,4}(?:\(0\)[ \-./]{0,2})?")
_EXTENSION = re.compile(r"[ ,;]{0,3}(?:ext(?:ension|n)?|x|#)[.:= ]{0,3}\d{1,6}(?!\d)", re.IGNORECASE)


def find_phones(context: Context, run: Run, regions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the longest number that begins at each group of digits, with its "+", brackets and extension."""
    text, plans = context.text, [country(region) for region in regions]
    ends, reach = [end for _, end in run.groups], _reach(text, run)
    for first, (start, opened) in enumerate(run.groups):
        at = run.spans[start][0]
        lasts = _last_groups(ends, first, start, reach[first])
        plus = _PLUS.search(text, at - 3, at) if "+" in text[max(0, at - 3) : at] else None
        end = _international_end(run, start, opened, [ends[last] for last in lasts]) if plus else None
        if lasts and not end:
            end = _national_end(context, run, first, lasts, plans)
        if end:
            yield _with_signs(text, run, start, end, plus)


def _reach(text: str, run: Run) -> list[int]:
    """Return for each group the last one that only signs of a phone number part from it."""
    reach = list(range(len(run.groups)))
    for group in range(len(reach) - 2, -1, -1):
        _, end = run.groups[group]
        if _GAP.fullmatch(text, run.spans[end - 1][1], run.spans[end][0]):
            reach[group] = reach[group + 1]
    return reach


def _last_groups(ends: Sequence[int], first: int, start: int, reach: int) -> list[int]:
    """Return the groups that a number which begins with the `first` one may end with, the longest number first.

    Groups of one digit each are looked at together, in `redact`.
    """
    most = min(reach + 1, first + _MOST_GROUPS)
    shortest = bisect_left(ends, start + _SHORTEST, first, most)
    longest = bisect_right(ends, start + _LONGEST, shortest, most)
    return [group for group in range(longest - 1, shortest - 1, -1) if ends[group] - start > group - first + 1]


def _international_end(run: Run, start: int, opened: int, ends: Sequence[int]) -> int | None:
    """Return where a number behind a "+" ends.

    Its first group ends at `opened`; digits may touch the number's end.
    """
    within = range(min(opened - 1, start + 15), start + 8, -1)
    found = next((end for end in (*ends, *within) if _is_international(run.digits[start:end])), None)
    if found:
        return found
    # A "+" means a phone number, also where the country has not given it to anybody.
    long = (end for end in ends if end - start >= _SHORTEST_ABROAD)
    return next((end for end in long if _is_international(run.digits[start:end], assigned=False)), None)


def _is_international(digits: str, assigned: bool = True) -> bool:
    for length in (1, 2, 3):
        for plan in countries_of_code(digits[:length]):
            number = plan.read(digits[length:])
            if number and (number.assigned or not assigned):
                return True
    return False


def _national_end(context: Context, run: Run, first: int, lasts: Sequence[int], plans: Sequence[Country]) -> int | None:
    """Return where the countries' longest number that begins with a group ends; None where there is none."""
    start = run.groups[first][0]
    role = context.role_before(run.spans[start][0])
    plans = [plan for plan in plans if role == "phone" or plan.may_begin(run.digits, start)]
    abroad = _ABROAD.match(run.digits, start) if role != "other" else None
    shortest = _SHORTEST if role == "phone" else _SHORTEST_UNNAMED
    in_any_groups = role == "phone" or run.digits[start] == "0"
    for last in lasts:
        end = run.groups[last][1]
        length, more_groups = end - start, last - first
        for plan in plans if length >= shortest else ():
            # The prefix may be a group of its own.
            fits = plan.shortest <= length <= plan.longest and (in_any_groups or more_groups <= plan.most_groups)
            if fits and _is_national(context, run, first, last, plan, role):
                return end
        if abroad and length > _SHORTEST_ABROAD and _is_international(run.digits[abroad.end() : end]):
            return end
    return None


def _is_national(context: Context, run: Run, first: int, last: int, plan: Country, role: Role) -> bool:
    start, end = run.groups[first][0], run.groups[last][1]
    number = plan.read(run.digits[start:end])
    if number is None or (role != "phone" and not plan.is_whole(number)):
        return False
    # No amount begins with 0, so the country's prefix is evidence too.
    has_prefix = number.prefix.startswith("0")
    shape = [right - left for left, right in run.groups[first : last + 1]]
    if role == "phone":
        return number.assigned or has_prefix or _is_shaped(shape, number, plan)
    if len(shape) == 1:
        return number.assigned and not context.is_other(*run.place(start, end))
    if role == "other":
        return number.assigned and _is_shaped(shape, number, plan, fully=True)
    if _is_shaped(shape, number, plan, fully=not number.assigned):
        ends = [right for _, right in run.groups[first : last + 1]]
        return has_prefix or not all(run.digits[end - 2 : end] == "00" for end in ends)
    # With the prefix any grouping will do; "44 020 409" is an amount.
    goes_on = first > 0 and run.spans[start][0] - run.spans[start - 1][1] == 1 and set(shape) == {3}
    return number.assigned and has_prefix and min(shape[1:]) > 1 and not goes_on


def _is_shaped(shape: Sequence[int], number: NationalNumber, plan: Country, fully: bool = False) -> bool:
    """Return whether digits are parted only where the country parts its numbers, or `fully` where it parts this one."""
    cuts = {at - len(number.prefix) for at in accumulate(shape[:-1])} - {0}
    for leading, places in plan.shapes.get(len(number.digits), ()):
        if (cuts == places and leading.match(number.digits)) if fully else cuts <= places:
            return True
    return False


def _with_signs(text: str, run: Run, start: int, end: int, plus: re.Match[str] | None) -> tuple[int, int]:
    first, last = run.place(start, end)
    if plus:
        first = plus.start()
    if text[first - 1 : first] == "(" and text.count(")", first, last) > text.count("(", first, last):
        first -= 1
    extension = _EXTENSION.match(text, last)
    return first, extension.end() if extension else last
