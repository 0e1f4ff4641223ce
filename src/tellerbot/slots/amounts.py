"""Amounts of money and counts, from the figures of a text."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from tellerbot.figures import Figure, locate_figures
from tellerbot.figures.words import WORDS, one_of, word_values
from tellerbot.slots.money_words import is_money, is_name
from tellerbot.types import Money, Slot

# "12 pounds fifty", "12 quid 50": the cents after the currency's name, but not "12 pounds 30 days".
_CENTS = re.compile(rf"[ ](?P<cents>\d\d|{WORDS})(?![\w%]|[ ]?%|[ ](?:days?|weeks?|months?|years?|times?|\w+s)\b)")
_SLANG = {"quid": "GBP", "buck": "USD", "bucks": "USD"}
_SLANG_AFTER = re.compile(rf"[ ]{{0,2}}({one_of(_SLANG)})\b")
_NOTES = {"fiver": 5, "tenner": 10}
_NOTE = re.compile(rf"\b(?:a|(?P<n>two|three|four))[ ](?P<note>{one_of(_NOTES)})s?\b")
# Numbers that other countries read otherwise: 1.000,50, 12,50, 1.234.
_UNCLEAR = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:\.\d{3})+,\d{1,2}|\d{1,6},\d{1,2}|[1-9]\d{0,2}\.\d{3})(?![\w]|[.,]\d)")
_CENTS_AFTER_COMMA = re.compile(r",\d{1,2}$")
_EURO = re.compile(r"€|\beur(?:os?)?\b", re.IGNORECASE)
_RANGE = re.compile(r"[ ](?:and|to|or)[ ]|[ ]?-[ ]?")
_TIMES = ("once", "twice", "thrice")
# Names of tax forms and plans, and numbers too long to count anything.
_NOT_COUNTS = frozenset({"1099", "1098", "401", "529", "911"})
_MOST_DIGITS = 5


class _Number(NamedTuple):
    figure: Figure
    start: int
    end: int


def find_amounts(text: str, flat: str) -> Iterator[Slot]:
    """Yield the amounts and counts of a text, by place; `flat` is the text in lower case, of the same length."""
    unclear = {at for match in _unclear(text) for at in range(*match.span())}
    waiting: _Number | None = None
    figures = locate_figures(text)
    # Words that make no single number have several figures at one place: "five five five".
    at_place = Counter((start, end) for _, start, end in figures)
    for figure, start, end in figures:
        if figure.kind not in ("money", "number") or at_place[start, end] > 1:
            continue
        if not unclear.isdisjoint(range(start, end)):
            continue
        end = start + len(text[start:end].rstrip(" ."))
        money = _read_money(flat, figure, start, end)
        if waiting:
            # "Between 50 and 100 dollars": both are dollars.
            is_range = money and _RANGE.fullmatch(flat, waiting.end, start)
            currency = money[0].currency if money and is_range else None
            yield from _read_number(text, flat, waiting, currency)
        waiting = None if money else _Number(figure, start, end)
        if money:
            yield Slot("money", start, money[1], text[start : money[1]], money[0])
    if waiting:
        yield from _read_number(text, flat, waiting, None)
    for match in _NOTE.finditer(flat):
        amount = _NOTES[match["note"]] * (int(word_values(match["n"])[0]) if match["n"] else 1)
        yield Slot("money", *match.span(), text[slice(*match.span())], Money(Decimal(amount), "GBP"))


def unclear_amounts(text: str) -> list[str]:
    """Return the numbers of a text that other countries read otherwise, such as `1.000,50`; no slot holds them."""
    return [match[0] for match in _unclear(text)]


def _unclear(text: str) -> Iterator[re.Match[str]]:
    for match in _UNCLEAR.finditer(text):
        beside = f"{text[max(0, match.start() - 5) : match.start()]}|{text[match.end() : match.end() + 6]}"
        # With the euro a comma can only be before cents.
        if not (_EURO.search(beside) and _CENTS_AFTER_COMMA.search(match[0])):
            yield match


def _read_money(flat: str, figure: Figure, start: int, end: int) -> tuple[Money, int] | None:
    """Return the amount that names its currency, and where it ends."""
    if figure.kind == "money":
        code, written = figure.value.split(" ")
        currency = code if len(code) == 3 else None
    elif slang := _SLANG_AFTER.match(flat, end):
        written, currency, end = figure.value, _SLANG[slang[1]], slang.end()
    else:
        return None
    value = _decimal(written)
    if value is None:
        return None
    if flat[end - 1].isalpha() and value == int(value) and (rest := _CENTS.match(flat, end)):
        cents = [int(rest["cents"])] if rest["cents"].isdigit() else [int(part) for part in word_values(rest["cents"])]
        if len(cents) == 1 and 10 <= cents[0] < 100:
            value, end = value + Decimal(cents[0]) / 100, rest.end()
    return Money(abs(value), currency), end


def _read_number(text: str, flat: str, number: _Number, currency: str | None) -> Iterator[Slot]:
    """Yield the count, or the amount without a currency of its own, that a number is.

    Nothing where it names a thing.
    """
    figure, start, end = number
    value, digits = _decimal(figure.value), re.sub(r"\D", "", figure.text)
    beside = flat[max(0, start - 1) : start] + flat[end : end + 1]
    if value is None or value < 0 or any(char.isalpha() or char == "/" for char in beside) or is_name(flat, start, end):
        return
    if re.match(r"0\d", digits) or figure.text in _NOT_COUNTS or re.match(r"401[ ]?\(?k", flat[start : end + 2]):
        return
    # "Charged $6.40 twice" has a frequency.
    if currency or (flat[start:end] not in _TIMES and is_money(flat, start, end, value)):
        yield Slot("money", start, end, text[start:end], Money(value, currency))
    elif value == int(value) and len(digits) <= _MOST_DIGITS and "/" not in figure.text:
        yield Slot("count", start, end, text[start:end], int(value))


def _decimal(value: str) -> Decimal | None:
    return Decimal(value) if re.fullmatch(r"-?\d{1,12}(?:\.\d+)?", value) else None
