"""US social security numbers and the tax numbers of those who have none (ITIN)."""

from collections.abc import Iterator

from stdnum.us import itin, ssn

from tellerbot.privacy.context import Context
from tellerbot.privacy.digits import Run

_DIGITS = 9


def find_ssns(context: Context, run: Run) -> Iterator[tuple[int, int]]:
    """Yield nine digits written 3-2-4, also where further digits touch them; nine in one piece unless a reference.

    After words such as "SSN" any grouping will do.
    """
    for group, (first, last) in enumerate(run.groups):
        if last - first == _DIGITS:
            found, start = not context.is_other(*run.place(first, last)), first
        elif last - first >= 3 and _is_written(run, group):
            found, start = True, last - 3
        else:
            found, start = _is_named(context, run, first), first
        number = run.digits[start : start + _DIGITS]
        if found and (ssn.is_valid(number) or itin.is_valid(number)):
            yield run.place(start, start + _DIGITS)


def _is_written(run: Run, group: int) -> bool:
    """Return whether a group's last three digits, the next two and the first four of the third are written 3-2-4."""
    following = [end - start for start, end in run.groups[group + 1 : group + 3]]
    return len(following) == 2 and following[0] == 2 and following[1] >= 4


def _is_named(context: Context, run: Run, start: int) -> bool:
    """Return whether groups of nine digits in all follow a word such as "SSN"."""
    end = start + _DIGITS
    return end <= len(run.digits) and run.closes[end - 1] and context.role_before(run.spans[start][0]) == "SSN"
