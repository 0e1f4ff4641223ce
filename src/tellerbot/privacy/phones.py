"""Phone numbers: international ones of any country, and national ones of the bank's countries."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from tellerbot.privacy.context import Role, role_before
from tellerbot.privacy.digits import Run
from tellerbot.privacy.numbering import Country, National, countries_called, country

_SHORTEST, _LONGEST, _MOST_GROUPS = 6, 20, 8
# Shorter numbers without words or signs of a phone before them are codes, counts and amounts.
_SHORTEST_UNNAMED, _SHORTEST_ABROAD = 8, 10
_PLUS = re.compile(r"\+[ (]{0,2}$")
_ABROAD = re.compile(r"00|011")
# Between the groups of a phone number; other signs part the items of a list.
_GAP = re.compile(r"[ \-./()·•_~]{0,4}(?:\(0\)[ \-./]{0,2})?")
_EXTENSION = re.compile(r"[ ,;]{0,3}(?:ext(?:ension|n)?|x|#)[.:= ]{0,3}\d{1,6}(?!\d)", re.IGNORECASE)


def find_phones(text: str, run: Run, regions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The longest number that begins at each group of digits, with its "+", brackets and extension."""
    plans = [country(region) for region in regions]
    joined = [bool(_GAP.fullmatch(text, run.spans[end - 1][1], run.spans[end][0])) for _, end in run.groups[:-1]]
    for first, (start, opened) in enumerate(run.groups):
        at = run.spans[start][0]
        lasts = _last_groups(run, first, joined)
        plus = _PLUS.search(text, at - 3, at) if "+" in text[max(0, at - 3) : at] else None
        end = None
        if plus:
            # Digits may touch the number's end.
            ends = [run.groups[last][1] for last in lasts] + [*range(min(opened - 1, start + 15), start + 8, -1)]
            end = next((end for end in ends if _is_international(run.digits[start:end])), None)
        if lasts and not end:
            end = _national_end(run, first, lasts, plans, role_before(text, at))
        if end:
            yield _with_signs(text, run, start, end, plus)


def _last_groups(run: Run, first: int, joined: Sequence[bool]) -> list[int]:
    """The groups that a number which begins with the `first` one may end with, the longest number first."""
    start = run.groups[first][0]
    found: list[int] = []
    for group in range(first, min(first + _MOST_GROUPS, len(run.groups))):
        length = run.groups[group][1] - start
        if length > _LONGEST or (group > first and not joined[group - 1]):
            break
        # Digits one at a time are looked at together, in `redact`.
        if length >= _SHORTEST and length > group - first + 1:
            found.append(group)
    return found[::-1]


def _is_international(digits: str) -> bool:
    for length in (1, 2, 3):
        for plan in countries_called(digits[:length]):
            number = plan.read(digits[length:])
            if number and number.assigned:
                return True
    return False


def _national_end(run: Run, first: int, lasts: Sequence[int], plans: Sequence[Country], role: Role) -> int | None:
    """Where the longest number of the countries ends that begins with a group; None where there is none."""
    start = run.groups[first][0]
    plans = [plan for plan in plans if role == "phone" or plan.may_begin(run.digits, start)]
    abroad = _ABROAD.match(run.digits, start) if role != "other" else None
    for last in lasts:
        end = run.groups[last][1]
        if any(_is_national(run, first, last, plan, role) for plan in plans):
            return end
        if abroad and end - start > _SHORTEST_ABROAD and _is_international(run.digits[abroad.end() : end]):
            return end
    return None


def _is_national(run: Run, first: int, last: int, plan: Country, role: Role) -> bool:
    start, end = run.groups[first][0], run.groups[last][1]
    number = plan.read(run.digits[start:end])
    if number is None:
        return False
    shape = [right - left for left, right in run.groups[first : last + 1]]
    if role == "phone":
        return number.assigned or _is_shaped(shape, number, plan)
    if end - start < _SHORTEST_UNNAMED or (plan.needs_trunk and not number.prefix):
        return False
    if len(shape) == 1:
        return number.assigned and role != "other"
    if role == "other":
        return number.assigned and _is_shaped(shape, number, plan, fully=True)
    if _is_shaped(shape, number, plan, fully=not number.assigned):
        ends = [right for _, right in run.groups[first : last + 1]]
        return number.prefix.startswith("0") or not all(run.digits[end - 2 : end] == "00" for end in ends)
    # No amount begins with 0, so the country's prefix is evidence enough for any grouping; "44 020 409" is an amount.
    goes_on = first > 0 and run.spans[start][0] - run.spans[start - 1][1] == 1 and set(shape) == {3}
    return number.assigned and number.prefix.startswith("0") and min(shape[1:]) > 1 and not goes_on


def _is_shaped(shape: Sequence[int], number: National, plan: Country, fully: bool = False) -> bool:
    """Whether the digits are parted only where the country parts its numbers, or `fully` where it parts this one."""
    cuts = {at - len(number.prefix) for at in accumulate(shape[:-1])} - {0}
    for leading, usual in plan.shapes.get(len(number.digits), ()):
        places = set(accumulate(usual[:-1]))
        if (cuts == places and leading.match(number.digits)) if fully else cuts <= places:
            return True
    return False


def _with_signs(text: str, run: Run, start: int, end: int, plus: re.Match[str] | None) -> tuple[int, int]:
    first, last = run.place(start, end)
    if plus:
        first = plus.start()
    if text[first - 1 : first] == "(" and ")" in text[first:last]:
        first -= 1
    extension = _EXTENSION.match(text, last)
    return first, extension.end() if extension else last
