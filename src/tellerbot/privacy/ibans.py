"""International bank account numbers (ISO 13616), by their country's structure and the check digits (ISO 7064)."""

import re
from collections.abc import Iterator

from stdnum import numdb
from stdnum.iso7064 import mod_97_10

_CHARACTERS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
_LETTER = re.compile(r"[A-Za-z]")
_ALNUM = re.compile(r"[A-Za-z0-9]+")
_START = re.compile(r"(?=([A-Z]{2})[0-9]{2})")
# Signs of currency part amounts, also behind a word that ends like a country: "I see $26,381.89 91,211.44".
_GAP = re.compile(r"(?:[^\w$€£¥₹%]|_){0,5}")
_NAMED_BEFORE, _NAMED_BEHIND = 64, 32


def _structures() -> dict[str, re.Pattern[str]]:
    """Return the pattern of each country's numbers, which all have one length."""
    found: dict[str, re.Pattern[str]] = {}
    for _, country, _, properties, _ in numdb.get("iban").prefixes:
        parts = re.findall(r"(\d+)!([nac])", properties["bban"])
        body = "".join(f"{_CHARACTERS[kind]}{{{count}}}" for count, kind in parts)
        found[country] = re.compile(f"{country}[0-9]{{2}}{body}")
    return found


_STRUCTURES = _structures()


def find_ibans(text: str) -> Iterator[tuple[int, int]]:
    """Yield IBANs, whatever is before, between or behind their characters: words, digits, signs, line ends.

    Near the word "IBAN" a number is found also when it is mistyped.
    A number's length is its country's, so that each start costs a bounded number of steps.
    """
    if not _LETTER.search(text):
        return
    letters, places = _closed_up(text)
    for match in _START.finditer(letters):
        structure = _STRUCTURES.get(match[1])
        found = structure and structure.match(letters, match.start())
        if not found:
            continue
        start, end = places[found.start()], places[found.end() - 1] + 1
        around = (text[max(0, start - _NAMED_BEFORE) : start], text[end : end + _NAMED_BEHIND])
        named = any("iban" in words.lower() for words in around)
        if named or mod_97_10.is_valid(found[0][4:] + found[0][:4]):
            yield start, end


def _closed_up(text: str) -> tuple[str, list[int]]:
    """Return the text's letters and digits in capitals, closed up over at most five signs, and the place of each.

    A full stop marks more signs than that, or signs that no number has.
    """
    pieces: list[str] = []
    places: list[int] = []
    last = 0
    for match in _ALNUM.finditer(text):
        if not _GAP.fullmatch(text, last, match.start()):
            pieces.append(".")
            places.append(last)
        pieces.append(match[0].upper())
        places += range(match.start(), match.end())
        last = match.end()
    return "".join(pieces), places
