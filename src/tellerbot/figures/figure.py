"""The value that a figure is."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

FigureKind = Literal["money", "percent", "date", "time", "phone", "number"]

# Digits kept of a value without an end, such as a third.
_PLACES = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: `value` is canonical, `text` is how it was written.

    Values: money `USD 2682`, percent `3.1`, date `2026-11-22` (`*` for a missing year or day), time `17:00`, phone
    `8005550142`, number `42`.
    """

    kind: FigureKind
    value: str
    text: str

    def matches(self, known: "Figure") -> bool:
        """Return whether `known` is a source for this figure; a date may leave out the year or the day."""
        if self.kind != known.kind:
            return False
        if self.kind != "date":
            return self.value == known.value
        pairs = zip(self.value.split("-"), known.value.split("-"), strict=True)
        return all(mine in ("*", theirs) for mine, theirs in pairs)


class PlacedFigure(NamedTuple):
    """A figure's kind and canonical value, and where it starts and ends in a text."""

    kind: FigureKind
    value: str
    start: int
    end: int


def plain_number(value: Fraction) -> str:
    """Return the canonical form of a number: `2682`, `3.1`, `0.3333333333` for a third."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    text = format(exact if rest == 1 else round(exact, _PLACES), "f")
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text
