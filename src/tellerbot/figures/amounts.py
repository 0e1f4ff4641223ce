"""Amounts of money, percentages and plain numbers."""

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

from tellerbot.figures.figure import PlacedFigure, plain_number
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
        "KES", "RUB", "UAH", "VND", "ARS", "CLP", "TWD", "PKR", "BDT", "LKR", "EGP", "QAR", "KWD", "ISK", "GHS", "RSD",
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
# Words between a part and its whole: "half of a percent", "half a million".
_OF = r"(?:[ ]of)?(?:[ ](?:an?|one|1))?"
_AFTER_CURRENCY = re.compile(
    rf"[ \n-]{{0,2}}(?:(?P<where>{_ELSEWHERE})[ ]|us[ ]|u\.s\.[ ])?(?P<name>{_WORDS_FOR_MONEY})\b"
    rf"|[ ]{{0,2}}(?P<sign>[{_SIGNS.replace('$', '')}])|[ ]?(?P<dollar>\$)(?!\d)"
)
_AFTER_CENTS = re.compile(r"[ -]{0,2}(?:(?:cents?|penny|pennies)\b|¢)")
_AFTER_PERCENT = re.compile(
    r"[ -]{0,2}(?:(?P<whole>%|per[ -]?cent\b|percentage[ -]points?\b|pct\b)|(?P<mille>‰|per[ ]mil(?:le)?\b)"
    r"|(?P<basis>‱|(?:basis[ -]points?|bps?)\b))"
)
_POINT = re.compile(r"[ ](?:an?[ ])?(?P<basis>basis[ -]points?|bps?)\b")
_MULTIPLIERS = {
    "k": 10**3, "m": 10**6, "mm": 10**6, "bn": 10**9, "lacs": 10**5, **SCALES,
    "mio": 10**6, "mln": 10**6, "mrd": 10**9, "mld": 10**9,
    "fortnight": 14, "fortnights": 14, "decade": 10, "decades": 10,
}  # fmt: skip
_MULTIPLIER = re.compile(rf"(?:[ ]?|-(?=[a-z]{{3}}))({one_of(_MULTIPLIERS)})\b(?:\.(?=[ ]?[{_SIGNS}]))?")
# Letters that multiply money only: `$1B`; and rupees only: `₹5 Cr`, but `$5.00 CR` is a credit.
_MONEY_ONLY = {"b": 10**9, "t": 10**12, "mil": 10**6, "mill": 10**6}
_AFTER_MONEY = re.compile(rf"(?:(?=[bt])|[ ]?(?=mil))({one_of(_MONEY_ONLY)})\b")
_LAKH_OR_CRORE = re.compile(r"[ ]?(?:(?P<crore>crs?)|l)\b")
_SHARE_OF = re.compile(
    rf"{_OF}(?=[ -](?:{one_of(SCALES)}|{_WORDS_FOR_MONEY}|cents?|per[ -]?cent|percentage|basis)\b|[ ]?%)"
)
# Digits that go on after a comma or spaces, as other countries write them: `12,50 €`, `1 234,56 €`.
_GOES_ON = re.compile(r"(?:[ ]\d{3}){1,6}(?:,\d{1,2})?(?!\d)|,\d{1,2}(?![\d,])")
# Numbers that are items of a list: "sections 1,2", "1,2 and 3", but "3,5 and 4,5 %".
_LISTED = re.compile(
    r"(?:,|\b(?:sections|pages|items|steps|clauses|rows|lines|articles|paragraphs|questions|notes|tables|levels)[ ])$"
)
_LIST_GOES_ON = re.compile(r"(?:,|,?[ ](?:and|or)|[ ]?&)[ ]?\d{1,40}(?![\d]|,\d)")
# A word for what a number counts.
_COUNTS = re.compile(r"[ -](?!(?:an?|per|each|every|or|and|for|to|in|on|by|from|if|when|is|are)\b)[a-z]")
_CENTS_TOO = re.compile(rf"(?:[ ]and)?[ ](?P<cents>\d{{1,2}}|{WORDS})[ ]cents?\b")
_TIMES_A = re.compile(r"[ ]times(?=[ ](?:an?|per|each|every)\b)")
_SIGN = re.compile(rf"[{_SIGNS}](?![ ]?\d)")
_TRAILING_SIGN = re.compile(rf"-(?![\w{_SIGNS}]|[ ][\d{_SIGNS}])")
_WINDOW = 16


def find_amounts(text: str) -> Iterator[PlacedFigure]:
    """Yield each amount, percentage and number of a text in lower case, in order."""
    at = 0
    while match := NUMBER.search(text, at):
        values = read_number(text, match)
        start, at = match.start(), match.end()
        if not values:
            # "thirty and third parties" holds no third, but thirty.
            group = "before" if match["before"] else "count"
            if values := _count(match[group]):
                at = match.end(group)
        if match["digits"]:
            values, at = _other_countries(text, start, at, values)
        for value in values:
            alone = text[start:at]
            if alone == "oh" or (alone == "one" and not _is_amount(text, start, at)):
                continue
            if (match["part"] or match["alone"]) and (share := _SHARE_OF.match(text, at)):
                at = share.end()
            value, at = _scale(text, value, start, at)
            found = _classify(text, value, start, at)
            at = found.end
            # 0359 names something; it is not the number 359.
            named = found.kind == "number" and re.match(r"0\d", match["digits"] or "")
            yield found._replace(value=match["digits"]) if named else found


def _count(written: str | None) -> list[Fraction]:
    """Return how many: `2`, `two`; nothing for `a` and no count at all."""
    if written is None or written in ("a", "an"):
        return []
    return [Fraction(written)] if written.isdigit() else word_values(written)


def _scale(text: str, value: Fraction, start: int, end: int) -> tuple[Fraction, int]:
    """Return the value times what multiplies it, and where that ends.

    Examples: `5 million`, `5 hundred thousand`, `₹5 Cr`, `$1B`.
    """
    while times := _MULTIPLIER.match(text, end):
        value, end = value * _MULTIPLIERS[times[1]], times.end()
    if (times := _AFTER_MONEY.match(text, end)) and _before(text, start):
        return value * _MONEY_ONLY[times[1]], times.end()
    if times := _LAKH_OR_CRORE.match(text, end):
        before, after = _before(text, start), _AFTER_CURRENCY.match(text, times.end())
        if (before or after) and _currency(before, after) == "INR":
            return value * 10 ** (7 if times["crore"] else 5), times.end()
    return value, end


def _other_countries(text: str, start: int, end: int, values: list[Fraction]) -> tuple[list[Fraction], int]:
    """Return a number with the decimal comma or the spaces that its neighbours show to be its own."""
    more = _GOES_ON.match(text, end)
    if not more or not text[start:end].isdigit():
        return values, end
    before = _before(text, start)
    after = _AFTER_CURRENCY.match(text, more.end()) or _AFTER_PERCENT.match(text, more.end())
    if more[0][0] == ",":
        listed = _LISTED.search(text[max(0, start - _WINDOW) : start]) or _LIST_GOES_ON.match(text, more.end())
        one = bool(before or after or _MULTIPLIER.match(text, more.end()) or not listed)
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


def _classify(text: str, value: Fraction, start: int, end: int) -> PlacedFigure:
    # `12,50- €`, as account statements write it.
    taken = text.startswith("- ", end) and _SIGN.match(text, end + 2)
    end += 1 if taken else 0
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
        value = -value if inside or taken or _is_negative(text, begin, end) else value
        return PlacedFigure("money", f"{_currency(before, after)} {plain_number(value)}", begin, end)
    if after := _AFTER_CENTS.match(text, end):
        return PlacedFigure("money", f"USD {plain_number(value / 100)}", start, after.end())
    if after := _AFTER_PERCENT.match(text, end) or _POINT.match(text, end):
        part = after.groupdict()
        value /= 100 if part.get("basis") else 10 if part.get("mille") else 1
        value = -value if _is_negative(text, start, after.end()) else value
        return PlacedFigure("percent", plain_number(value), start, after.end())
    times = _TIMES_A.match(text, end)
    return PlacedFigure("number", plain_number(value), start, times.end() if times else end)


def _currency(before: re.Match[str] | None, after: re.Match[str] | None) -> str:
    """Return the currency's code; what is written before and after must agree, or it is a currency of its own."""
    named = [next(group for group in match.groups() if group) for match in (before, after) if match]
    return "/".join(dict.fromkeys(CURRENCIES.get(name, name.upper()) for name in named))


def _is_negative(text: str, start: int, end: int) -> bool:
    """Return whether an amount is negative: `-$5`, `minus $5`, `$5-`.

    The dash of `$3-$5` is not a sign, nor are brackets in prose.
    """
    if _TRAILING_SIGN.match(text, end):
        return True
    before = text[max(0, start - _WINDOW) : start]
    return before.endswith(("minus ", "negative ")) or bool(re.search(r"(?:^|[^\w%])-$", before))
