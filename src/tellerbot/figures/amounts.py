"""Amounts of money, percentages and plain numbers."""

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

from tellerbot.figures.figure import Placed, plain_number
from tellerbot.figures.numbers import NUMBER, read_digits, read_number
from tellerbot.figures.words import SCALES, WORDS, one_of, word_values

CURRENCIES = {
    "$": "USD", "us$": "USD", "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD",
    "€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "pound": "GBP", "pounds": "GBP", "¥": "JPY", "yen": "JPY",
    "₹": "INR", "rupee": "INR", "rupees": "INR", "rs": "INR", "franc": "CHF", "francs": "CHF",
} | {
    code.lower(): code
    for code in (
        "USD", "EUR", "GBP", "JPY", "INR", "CHF", "CAD", "AUD", "NZD", "SGD", "HKD", "CNY", "SEK", "NOK", "DKK", "PLN",
        "CZK", "HUF", "RON", "BGN", "ILS", "AED", "SAR", "ZAR", "BRL", "MXN", "KRW", "THB", "PHP", "IDR", "MYR", "NGN",
        "KES",
    )
}  # fmt: skip
_SIGNS = "".join(char for char in map(chr, range(0x20D0)) if unicodedata.category(char) == "Sc" and char != "¢")
# After these a lone "one" is an amount, not a pronoun.
_MEASURES = (
    "dollar|cent|percent|per cent|business|calendar|working|day|week|month|year|hour|minute|account|card|"
    "payment|transfer|transaction|withdrawal|fee|charge|hundred|thousand|million"
)
_IS_AMOUNT = re.compile(rf"[ ]?%|[ -](?:{_MEASURES})")

_NAMES = one_of(name for name in CURRENCIES if len(name) > 1)
_BEFORE = re.compile(rf"(?:(?<![\w])({_NAMES})\.?|((?<![a-z])[a-z]{{0,3}}\$|[{_SIGNS}]))[ ]?-?$")
_ELSEWHERE = "canadian|australian|hong kong|new zealand|singapore|egyptian|turkish"
_WORDS_FOR_MONEY = one_of(name for name in CURRENCIES if name.isalpha() and name != "rs")
# What stands between a part and what it is a part of: "half of a percent", "half a million".
_OF = r"(?:[ ]of)?(?:[ ]an?|[ ]one)?"
_AFTER_CURRENCY = re.compile(
    rf"[ -]{{0,2}}(?:(?P<where>{_ELSEWHERE})[ ]|us[ ]|u\.s\.[ ])?(?P<name>{_WORDS_FOR_MONEY})\b"
    rf"|[ ]{{0,2}}(?P<sign>[{_SIGNS.replace('$', '')}])|[ ]?(?P<dollar>\$)(?!\d)"
)
_AFTER_CENTS = re.compile(r"[ -]{0,2}(?:(?:cents?|penny|pennies)\b|¢)")
_AFTER_PERCENT = re.compile(
    r"[ -]{0,2}(?:(?P<whole>%|per[ ]?cent\b|percentage points?\b|pct\b)|(?P<mille>‰)|(?P<basis>basis[ ]points?|bps?)\b)"
)
_POINT = re.compile(r"[ ](?:an?[ ])?(?P<basis>basis[ ]points?|bps?)\b")
_MULTIPLIERS = {
    "k": 10**3, "m": 10**6, "mm": 10**6, "bn": 10**9, "cr": 10**7, "lacs": 10**5, **SCALES,
    "fortnight": 14, "fortnights": 14, "decade": 10, "decades": 10,
}  # fmt: skip
_MULTIPLIER = re.compile(rf"[ ]?({one_of(_MULTIPLIERS)})\b")
_SHARE_OF = re.compile(rf"{_OF}(?=[ ](?:{one_of(SCALES)}|{_WORDS_FOR_MONEY}|cents?|per[ ]?cent|percentage|basis)\b)")
# Digits that go on after a comma or spaces, as other countries write them: `12,50 €`, `1 234,56 €`.
_GOES_ON = re.compile(r"(?:[ ]\d{3}){1,6}(?:,\d{1,2})?(?!\d)|,\d{1,2}(?![\d,])")
# A word that says what a number counts.
_COUNTS = re.compile(r"[ -](?!(?:an?|per|each|every|or|and|for|to|in|on|by|from|if|when|is|are)\b)[a-z]")
_CENTS_TOO = re.compile(rf"(?:[ ]and)?[ ](?P<cents>\d{{1,2}}|{WORDS})[ ]cents?\b")
_TIMES_A = re.compile(r"[ ]times(?=[ ](?:an?|per|each|every)\b)")
_WINDOW = 16


def find_amounts(text: str) -> Iterator[Placed]:
    """Each amount, percentage and number of a text in lower case, in order."""
    at = 0
    while match := NUMBER.search(text, at):
        values = read_number(text, match)
        start, at = match.start(), match.end()
        if not values and match["count"] and match["count"][0] in "123456789":
            values, at = [Fraction(match["count"])], match.end("count")
        elif not values and match["count"] and len(match["count"]) > 2:
            values, at = word_values(match["count"]), match.end("count")
        if match["digits"]:
            values, at = _other_countries(text, start, at, values)
        for value in values:
            alone = match["words"] or (match["count"] if at == match.end("count") else "")
            if alone == "oh" or (alone == "one" and not _is_amount(text, start, at)):
                continue
            if match["part"] and (share := _SHARE_OF.match(text, at)):
                at = share.end()
            if times := _MULTIPLIER.match(text, at):
                value, at = value * _MULTIPLIERS[times[1]], times.end()
            found = _classify(text, value, start, at)
            at = found.end
            # 0359 names something; it is not the number 359.
            named = found.kind == "number" and re.match(r"0\d", match["digits"] or "")
            yield found._replace(value=match["digits"]) if named else found


def _other_countries(text: str, start: int, end: int, values: list[Fraction]) -> tuple[list[Fraction], int]:
    """A number with the decimal comma or the spaces that what is beside it shows to be its own."""
    more = _GOES_ON.match(text, end)
    if not more or not text[start:end].isdigit():
        return values, end
    before = _before(text, start)
    after = _AFTER_CURRENCY.match(text, more.end()) or _AFTER_PERCENT.match(text, more.end())
    if more[0][0] == ",":
        one = bool(before or after)
    else:
        # No number begins with a zero. `$5 100 days` may be two figures, and `€5 100` is one.
        grouped = more[0].startswith(" 0") or "," in more[0] or (more[0].count(" ") > 1 and before)
        alone = before and "$" not in before[0] and not _COUNTS.match(text, more.end())
        one = end - start <= 3 and bool(after or grouped or alone)
    return ([read_digits(text[start : more.end()])], more.end()) if one else (values, end)


def _is_amount(text: str, start: int, end: int) -> bool:
    return bool(_before(text, start)) or bool(_IS_AMOUNT.match(text, end))


def _before(text: str, start: int) -> re.Match[str] | None:
    return _BEFORE.search(text[max(0, start - _WINDOW) : start])


def _classify(text: str, value: Fraction, start: int, end: int) -> Placed:
    before = _before(text, start)
    after = _AFTER_CURRENCY.match(text, end)
    if before or after:
        begin = start - len(before[0]) if before else start
        end = after.end() if after else end
        # "2 dollars and 50 cents" is one amount.
        rest = _CENTS_TOO.match(text, end)
        if rest and not before:
            cents = rest["cents"]
            value += (Fraction(cents) if cents.isdigit() else sum(word_values(cents), Fraction())) / 100
            end = rest.end()
        inside = bool(before and before[0].endswith("-"))
        value = -value if inside or _is_negative(text, begin, end) else value
        return Placed("money", f"{_currency(before, after)} {plain_number(value)}", begin, end)
    if after := _AFTER_CENTS.match(text, end):
        return Placed("money", f"USD {plain_number(value / 100)}", start, after.end())
    if after := _AFTER_PERCENT.match(text, end) or _POINT.match(text, end):
        part = after.groupdict()
        value /= 100 if part.get("basis") else 10 if part.get("mille") else 1
        value = -value if _is_negative(text, start, after.end()) else value
        return Placed("percent", plain_number(value), start, after.end())
    times = _TIMES_A.match(text, end)
    return Placed("number", plain_number(value), start, times.end() if times else end)


def _currency(before: re.Match[str] | None, after: re.Match[str] | None) -> str:
    """The currency's code; what is written before and after must agree, or it is a currency of its own."""
    named = [next(group for group in match.groups() if group) for match in (before, after) if match]
    return "/".join(dict.fromkeys(CURRENCIES.get(name, name.upper()) for name in named))


def _is_negative(text: str, start: int, end: int) -> bool:
    """`-$5`, `minus $5` and `$5-` are negative; the dash of `$3-$5` is not a sign, nor are brackets in prose."""
    if re.match(r"-(?![\w$])", text[end : end + 2]):
        return True
    before = text[max(0, start - _WINDOW) : start]
    return before.endswith(("minus ", "negative ")) or bool(re.search(r"(?:^|[^\w%])-$", before))
