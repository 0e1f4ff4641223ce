"""How the phone numbers of a country are built and grouped, from the phonenumbers library's metadata."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

import phonenumbers
from phonenumbers import PhoneMetadata

_KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip
_LONGEST_PREFIX, _SHORTEST_BARE = 6, 8
_GROUP = re.compile(r"\(\\d(?:\{(\d{1,2})(?:,(\d{1,2}))?\})?\)")


@dataclass(frozen=True, slots=True)
class NationalNumber:
    """A number of a country: `digits` without the prefix (0, or the calling code), which `prefix` holds if written.

    `assigned` is False where only the number of digits and the first of them are right.
    """

    digits: str
    prefix: str
    assigned: bool


@dataclass(frozen=True, slots=True)
class Country:
    """One country's numbering plan.

    `shapes` are its groupings by number of digits, as the places between groups: {3, 6} for 415 555 2671, each with
    the first digits that it is for; `most_groups` is the number of groups of the longest. Where numbers need the
    trunk prefix, `bare` are those that do not, by number of digits and first digits: mobile ones in China.
    """

    code: str
    possible: re.Pattern[str]
    assigned: re.Pattern[str]
    trunk: re.Pattern[str] | None
    transform: str | None
    needs_trunk: bool
    bare: list[tuple[int, re.Pattern[str]]]
    lengths: frozenset[int]
    shortest: int
    longest: int
    shapes: dict[int, list[tuple[re.Pattern[str], frozenset[int]]]]
    most_groups: int

    def read(self, digits: str) -> NationalNumber | None:
        """Return the number that `digits` are in this country, or None."""
        found = None
        if not self.shortest <= len(digits) <= self.longest:
            return None
        for number, prefix in self._readings(digits):
            if len(number) in self.lengths and self.possible.fullmatch(number):
                if self.assigned.fullmatch(number):
                    return NationalNumber(number, prefix, assigned=True)
                found = found or NationalNumber(number, prefix, assigned=False)
        return found

    def may_begin(self, digits: str, start: int) -> bool:
        """Return whether a number may begin at `start`: where numbers need a prefix, only with it."""
        if not self.needs_trunk or self.bare or digits.startswith(self.code, start):
            return True
        return self.trunk is not None and bool(self.trunk.match(digits, start))

    def is_whole(self, number: NationalNumber) -> bool:
        """Return whether the number is written with the prefix that it needs."""
        if number.prefix or not self.needs_trunk:
            return True
        return any(length == len(number.digits) and first.match(number.digits) for length, first in self.bare)

    def _readings(self, digits: str) -> list[tuple[str, str]]:
        """Return the digits unchanged, and without a trunk or carrier prefix or the calling code."""
        readings = [(digits, "")]
        if self.trunk and (match := self.trunk.match(digits)):
            rest = digits[match.end() :]
            if self.transform and match.lastindex and match[match.lastindex]:
                rest = match.expand(self.transform) + rest
            readings.append((rest, match[0]))
        if digits.startswith(self.code):
            readings.append((digits[len(self.code) :], self.code))
        return readings


@lru_cache
def country(region: str) -> Country:
    """Return the numbering plan of an ISO 3166 region that phonenumbers knows."""
    data: Any = PhoneMetadata.metadata_for_region(region)
    # Countries that share a calling code share one plan: Puerto Rico's numbers are dialled as the US's own are. The
    # first country has the forms of all.
    shared: list[Any] = [
        PhoneMetadata.metadata_for_region(region)
        for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[data.country_code]
    ]
    kinds = [getattr(one, name) for one in shared for name in _KINDS]
    patterns = dict.fromkeys(kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern)
    shapes: dict[int, list[tuple[re.Pattern[str], frozenset[int]]]] = {}
    needs_trunk, bare = False, []
    for form in data.number_format or shared[0].number_format:
        leading = re.compile("".join(form.leading_digits_pattern[-1:]))
        has_trunk = (
            "0" in (form.national_prefix_formatting_rule or "") and not form.national_prefix_optional_when_formatting
        )
        needs_trunk = needs_trunk or has_trunk
        for shape in _shapes(form.pattern):
            if not has_trunk and sum(shape) >= _SHORTEST_BARE:
                bare.append((sum(shape), leading))
            shapes.setdefault(sum(shape), []).append((leading, frozenset(accumulate(shape[:-1]))))
    trunk, code = data.national_prefix_for_parsing, str(data.country_code)
    # A trunk prefix that is a pattern may take in a carrier's digits.
    prefix = max(len(code), len(trunk or "") if (trunk or "0").isdigit() else _LONGEST_PREFIX)
    lengths = frozenset(data.general_desc.possible_length)
    return Country(
        code=code,
        possible=re.compile(data.general_desc.national_number_pattern),
        assigned=re.compile("|".join(patterns)),
        trunk=re.compile(trunk) if trunk else None,
        transform=data.national_prefix_transform_rule,
        needs_trunk=needs_trunk,
        bare=bare,
        lengths=lengths,
        shortest=min(lengths),
        longest=max(lengths) + prefix,
        shapes=shapes,
        most_groups=max((len(places) for some in shapes.values() for _, places in some), default=0) + 1,
    )


@lru_cache
def countries_of_code(code: str) -> tuple[Country, ...]:
    """Return the countries that share a calling code such as "44", the main one first; none for a code not in use."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code[0] != "0" else ()
    return tuple(country(region) for region in regions if region in phonenumbers.SUPPORTED_REGIONS)


def _shapes(pattern: str) -> list[tuple[int, ...]]:
    r"""Return the groupings that a format's pattern stands for: "(\d{2})(\d{3,4})" gives (2, 3) and (2, 4)."""
    found: list[tuple[int, ...]] = [()]
    for least, most in _GROUP.findall(pattern):
        lengths = range(int(least or 1), int(most or least or 1) + 1)
        found = [(*shape, length) for shape in found for length in lengths]
    return found
