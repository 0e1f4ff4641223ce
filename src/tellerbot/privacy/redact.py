"""Masking personal data before a text is logged, stored or sent to a model.

Written forms vary more than patterns can list, so the text is first brought to a plain form (compatibility
characters folded, invisible ones dropped, digits and digit words made ASCII digits) with a map back to the
original, and the check digits of the standards decide what a run of digits is.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import phonenumbers
from stdnum import iban, luhn
from stdnum.us import itin, ssn

MASKS = {
    "card number": "[card number]",
    "IBAN": "[IBAN]",
    "SSN": "[SSN]",
    "e-mail address": "[e-mail address]",
    "phone number": "[phone number]",
}
_DIGIT_WORDS = {
    word: digit
    for digit, words in enumerate(("zero oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"))
    for word in words.split()
}
_DIGIT = rf"\d|(?<![^\W\d_])(?:{'|'.join(_DIGIT_WORDS)})(?![^\W\d_])"
_RUN = re.compile(rf"(?:{_DIGIT})(?:[\s\-._/,:;|()\[\]*#+~=·•\\]{{0,5}}(?:{_DIGIT})){{8,}}", re.IGNORECASE)
_ONE_DIGIT = re.compile(_DIGIT, re.IGNORECASE)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[\s\-.]?\d[\s\-.]?\d(?:[\s\-.]?[A-Za-z0-9]){11,30}")
_EMAIL = re.compile(r"[\w.+\-]{1,64}\s?@\s?[\w\-]+(?:\.[\w\-]+)+")
# "joe (at) example.com", "joe at example dot com"; plain "at" with a plain dot would be ordinary prose.
_BRACKET_AT, _BRACKET_DOT = r"\s*[\[(<{]\s*at\s*[\])>}]\s*", r"\s*[\[(<{]\s*dot\s*[\])>}]\s*"
_SPELLED_EMAIL = re.compile(
    rf"[a-z0-9][\w.+\-]{{0,63}}(?:{_BRACKET_AT}[a-z0-9\-]+(?:(?:\.|\s+dot\s+|{_BRACKET_DOT})[a-z0-9\-]+)+|"
    rf"(?:\s+at\s+|\s*@\s*)[a-z0-9\-]+(?:(?:\s+dot\s+|{_BRACKET_DOT})[a-z0-9\-]+)+)",
    re.IGNORECASE,
)
_US_PHONE = re.compile(
    r"(?<![\d.,$])(?:\+?1[\s.\-]*)?(?:\([2-9]\d{2}\)|[2-9]\d{2})[\s.\-]{0,2}\d{3}[\s.\-]{1,2}\d{4}(?!\d)"
)
_ORDINARY = re.compile(
    r"(?<!\d)(?:\d{1,4}([-/.])\d{1,2}\1(?:\d{4}|\d{2})|\d{1,2}:\d{2}(?::\d{2})?|\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d+\.\d\d)(?!\d)"
)
_SSN = re.compile(r"(?<![\d.,$\-])\d{3}(?P<gap>[\s\-.]?)\d{2}(?P=gap)\d{4}(?!\d|[,.]\d)")


@dataclass(frozen=True, slots=True)
class Redacted:
    """The masked text, and the kinds of personal data that were masked."""

    text: str
    kinds: tuple[str, ...]


def redact(text: str) -> Redacted:
    """Mask card numbers, IBANs, SSNs, e-mail addresses and phone numbers, disguised ones included."""
    plain, origin = _plain(text)
    taken: list[tuple[int, int, str]] = []
    for start, end, kind in _findings(plain):
        if not any(start < other_end and other_start < end for other_start, other_end, _ in taken):
            taken.append((start, end, kind))
    result, at = [], 0
    for start, end, kind in sorted(taken):
        result += [text[at : origin[start]], MASKS[kind]]
        at = origin[end - 1] + 1
    kinds = dict.fromkeys(kind for _, _, kind in sorted(taken))
    return Redacted("".join([*result, text[at:]]), tuple(kinds))


def _plain(text: str) -> tuple[str, list[int]]:
    """The plain form, and for each of its characters the place it came from."""
    chars: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        if unicodedata.category(char) in ("Cf", "Mn"):
            continue
        for piece in unicodedata.normalize("NFKC", char):
            if piece.isdecimal():
                piece = str(unicodedata.decimal(piece))
            elif unicodedata.category(piece) == "Pd" or piece == "\u2212":
                piece = "-"
            chars.append(piece)
            origin.append(at)
    return "".join(chars), origin


def _findings(plain: str) -> Iterator[tuple[int, int, str]]:
    """Spans of personal data, the surest kinds first."""
    for pattern in (_EMAIL, _SPELLED_EMAIL):
        for match in pattern.finditer(plain):
            yield match.start(), match.end(), "e-mail address"
    yield from _ibans(plain)
    # Dates, times and amounts in a row are no card.
    runs = list(_RUN.finditer(_ORDINARY.sub(lambda match: "x" * len(match[0]), plain)))
    for run in runs:
        yield from _cards(run)
    for match in _SSN.finditer(plain):
        digits = re.sub(r"\D", "", match[0])
        if ssn.is_valid(digits) or itin.is_valid(digits):
            yield match.start(), match.end(), "SSN"
    for match in _US_PHONE.finditer(plain):
        yield match.start(), match.end(), "phone number"
    for found in phonenumbers.PhoneNumberMatcher(plain, "US"):
        opening = found.raw_string.startswith("(") and ")" not in found.raw_string
        yield found.start + opening, found.end, "phone number"
    for run in runs:
        yield from _spelled(run)


def _ibans(plain: str) -> Iterator[tuple[int, int, str]]:
    """Words that follow may have been matched too: the longest valid beginning is the number."""
    for match in _IBAN.finditer(plain):
        for end in range(match.end(), match.start() + 14, -1):
            if plain[end - 1].isalnum() and iban.is_valid(re.sub(r"[\s\-.]", "", plain[match.start() : end])):
                yield match.start(), end, "IBAN"
                break


def _digits(run: re.Match[str]) -> list[tuple[str, int, int]]:
    return [
        (
            str(_DIGIT_WORDS.get(match[0].lower(), match[0])),
            run.start() + match.start(),
            run.start() + match.end(),
        )
        for match in _ONE_DIGIT.finditer(run[0])
    ]


def _cards(run: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """Every stretch of 13 to 19 digits that passes the Luhn check; 15 or 16 alone also when mistyped."""
    digits = _digits(run)
    number = "".join(digit for digit, _, _ in digits)
    if len(number) in (15, 16) and number[0] in "23456":
        yield digits[0][1], digits[-1][2], "card number"
        return
    start = 0
    while start <= len(number) - 13:
        lengths = (16, 15, 19, 18, 17, 14, 13) if number[start] in "23456" else ()
        fits = (some for some in lengths if start + some <= len(number) and luhn.is_valid(number[start : start + some]))
        if length := next(fits, 0):
            yield digits[start][1], digits[start + length - 1][2], "card number"
        start += length or 1


def _spelled(run: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """SSNs and phone numbers in digit words, or one digit at a time."""
    digits = _digits(run)
    number = "".join(digit for digit, _, _ in digits)
    apart = all(left[2] < right[1] for left, right in pairwise(digits))
    if number == re.sub(r"\D", "", run[0]) and not apart:
        return
    if len(number) == 9 and ssn.is_valid(number):
        yield digits[0][1], digits[-1][2], "SSN"
    elif len(number) in (10, 11):
        yield digits[0][1], digits[-1][2], "phone number"
