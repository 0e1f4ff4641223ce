"""What a figure is: finding amounts, percentages, dates, times, phone numbers and numbers in a text.

Figures are found in digits and in words, and brought to one canonical value, so that `$2,682.00`,
`2682 dollars` and `two thousand six hundred and eighty-two dollars` are the same figure. When in doubt
something counts as a figure: a reply with an untraced figure is not sent, so a miss would be the worse error.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

FigureKind = Literal["money", "percent", "date", "time", "phone", "number"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: `value` is canonical, `text` is how it was written.

    Values: money `USD 2682`, percent `3.1`, date `2026-11-22` (`*` for a missing year or day),
    time `17:00`, phone `8005550142`, number `42`.
    """

    kind: FigureKind
    value: str
    text: str

    def matches(self, known: "Figure") -> bool:
        """Whether `known` is a source for this figure; a date may leave out the year or the day."""
        if self.kind != known.kind:
            return False
        if self.kind != "date":
            return self.value == known.value
        pairs = zip(self.value.split("-"), known.value.split("-"), strict=True)
        return all(mine in ("*", theirs) for mine, theirs in pairs)


UNITS = {
    "zero": 0, "oh": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
UNITS |= {f"{ten}{one}": TENS[ten] + UNITS[one] for ten in TENS for one in list(UNITS)[2:11]}
SCALES = {
    "hundred": 100, "dozen": 12, "thousand": 10**3, "grand": 10**3, "million": 10**6, "billion": 10**9,
    "trillion": 10**12, "quadrillion": 10**15,
}  # fmt: skip
PARTS = {"half": Decimal("0.5"), "quarter": Decimal("0.25")}
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
    "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1,
    )
    for name in names.split()
}  # fmt: skip
CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pound": "GBP",
    "pounds": "GBP", "¥": "JPY", "jpy": "JPY", "yen": "JPY", "₹": "INR", "inr": "INR", "rupee": "INR",
    "rupees": "INR", "chf": "CHF", "cad": "CAD", "aud": "AUD",
}  # fmt: skip
# After these a lone "one" is an amount, not a pronoun.
MEASURES = (
    "dollar|cent|percent|per cent|business|calendar|working|day|week|month|year|hour|minute|account|card|"
    "payment|transfer|transaction|withdrawal|fee|charge|hundred|thousand|million"
)

_WORD = "|".join(sorted([*UNITS, *TENS, *SCALES], key=len, reverse=True))
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True))
_JOIN = r"(?:[ ]*-[ ]*|[ ]+and[ ]+|,?[ ]+|[ ]+point[ ]+)"
_WORDS = rf"\b(?:an?[ ](?=(?:{'|'.join(SCALES)})\b))?(?:{_WORD})(?:{_JOIN}(?:{_WORD}))*\b"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_MONTH = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|(?:(?:twenty|thirty)[ -])?(?:{_ORDINAL})|twentieth|thirtieth)"
_YEAR = r"(?:19|20)\d\d"
_DATES = (
    re.compile(rf"\b(?P<y>{_YEAR})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})\b"),
    re.compile(rf"\b(?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})[-/.](?P<y>{_YEAR}|\d\d)\b"),
    re.compile(rf"\b(?P<month>{_MONTH})[ ]+(?:the[ ]+)?(?P<day>{_DAY})\b(?:,?[ ]+(?P<y>{_YEAR})\b)?(?!:\d|\.\d|[ ]?%)"),
    re.compile(rf"\b(?P<day>{_DAY})[ ]+(?:of[ ]+)?(?P<month>{_MONTH})(?:,?[ ]+(?P<y>{_YEAR})\b)?"),
    re.compile(rf"\b(?P<month>{_MONTH}),?[ ]+(?P<y>{_YEAR})\b"),
)
_TIMES = (
    re.compile(r"\b(?P<h>\d{1,2})(?::(?P<min>[0-5]\d))?[ ]?(?P<half>[ap])\.?m\b\.?"),
    re.compile(r"\b(?P<h>[01]?\d|2[0-3]):(?P<min>[0-5]\d)\b"),
    re.compile(r"\b(?P<noon>noon|midnight)\b"),
)
_PHONE = re.compile(r"(?<![\d.,])(?:\+?\d{1,3}[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b|(?<![\d.,])\+\d{8,15}\b")
_NAMES = "|".join(re.escape(name) for name in CURRENCIES if len(name) > 1)
_BEFORE = re.compile(rf"(?:(?<![\w])({_NAMES})|((?<![a-z])[a-z]{{0,3}}\$|[€£¥₹]))[ ]?-?$")
_ELSEWHERE = "canadian|australian|hong kong|new zealand|singapore|egyptian|turkish"
_WORDS_FOR_MONEY = "|".join(name for name in CURRENCIES if name.isalpha())
_AFTER_CURRENCY = re.compile(
    rf"[ -]?(?:(?P<where>{_ELSEWHERE})[ ]|us[ ]|u\.s\.[ ])?(?P<name>{_WORDS_FOR_MONEY})\b"
    r"|[ ]?(?P<sign>[€£¥₹])|(?P<dollar>\$)(?!\d)"
)
_AFTER_CENTS = re.compile(r"[ -]?(?:(?:cents?|penny|pennies)\b|¢)")
_AFTER_PERCENT = re.compile(r"[ -]?(?:%|per[ ]?cent\b|percentage points?\b|pct\b)")
_MULTIPLIER = re.compile(rf"[ ]?(k|m|mm|bn|{'|'.join(SCALES)})\b")
_MULTIPLIERS = {"k": 10**3, "m": 10**6, "mm": 10**6, "bn": 10**9, **SCALES}
_NUMBER = re.compile(rf"(?P<digits>{_DIGITS})(?:st|nd|rd|th)?|(?P<words>{_WORDS})")
_UNIT = r"(?P<unit>percent|per cent|dollars?|bucks?|euros?|pounds?|cents?|grand)\b(?![ ](?:amount|value|sign|figure))"
_FRACTIONS = (
    re.compile(rf"\b(?P<whole>{_DIGITS}|{_WORDS})[ ]and[ ]an?[ ](?P<part>half|quarter)\b(?:[ ]{_UNIT})?"),
    re.compile(rf"\b(?:an?[ ])?(?P<part>half|quarter)(?:[ ]of)?(?:[ ](?:an?|one))?[ ]{_UNIT}"),
    re.compile(rf"\ban?[ ]{_UNIT}"),
    re.compile(r"\b(?P<vague>hundreds|thousands|millions|billions)[ ]of[ ](?P<unit>dollars|euros|pounds)\b"),
)


def find_figures(text: str) -> list[Figure]:
    """Every figure in `text`: dates, phones, times and fractions first, then amounts and numbers, each in order."""
    _, placed = place_figures(text)
    return [figure for figure, _, _ in placed]


def place_figures(text: str) -> tuple[str, list[tuple[Figure, int, int]]]:
    """The text in plain characters, and the figures of `find_figures` with where they start and end in it."""
    shown = _normalise(text)
    clean = "".join(char.lower() if len(char.lower()) == 1 else char for char in shown)
    placed: list[tuple[FigureKind, str, int, int]] = []
    for pattern, read in (
        *((pattern, _date) for pattern in _DATES),
        (_PHONE, _phone),
        *((pattern, _time) for pattern in _TIMES),
        *((pattern, _fraction) for pattern in _FRACTIONS),
    ):
        for match in list(pattern.finditer(clean)):
            found = read(match)
            if found:
                placed.append((*found, match.start(), match.end()))
                # What is read already must not be read again as a plain number.
                clean = clean[: match.start()] + "~" * len(match[0]) + clean[match.end() :]
    placed += _amounts(clean)
    return shown, [
        (Figure(kind, value, _as_written(shown[start:end])), start, end) for kind, value, start, end in placed
    ]


def _normalise(text: str) -> str:
    folded = re.sub("[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFKC", text))
    visible = "".join(char for char in folded if unicodedata.category(char) != "Cf")
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in visible)
    return re.sub(r"\s", " ", digits)


def _as_written(text: str) -> str:
    """Without the full stop of the sentence, but with that of `a.m.`"""
    text = text.strip()
    return text[:-1] if text.endswith(".") and not re.search(r"[ap]\.m\.$", text, re.IGNORECASE) else text


def _date(match: re.Match[str]) -> tuple[FigureKind, str] | None:
    part = match.groupdict()
    year = part.get("y") or "*"
    month = int(part["m"]) if part.get("m") else MONTHS[part["month"].rstrip(".")]
    day = int(part.get("d") or 0) or (_day(part["day"]) if part.get("day") else 0)
    if not 1 <= month <= 12 or day > 31:
        return None
    if len(year) == 2:
        year = f"20{year}"
    return "date", f"{year}-{month:02d}-{f'{day:02d}' if day else '*'}"


def _day(written: str) -> int:
    if written[0].isdigit():
        return int(re.sub(r"\D", "", written))
    parts = re.split(r"[ -]", written)
    return sum(TENS.get(part, 0) or ORDINALS[part] for part in parts)


def _phone(match: re.Match[str]) -> tuple[FigureKind, str]:
    digits = re.sub(r"\D", "", match[0])
    return "phone", digits[1:] if len(digits) == 11 and digits[0] == "1" else digits


def _time(match: re.Match[str]) -> tuple[FigureKind, str] | None:
    part = match.groupdict()
    if part.get("noon"):
        return "time", "12:00" if part["noon"] == "noon" else "00:00"
    hour, minute = int(part["h"]), int(part.get("min") or 0)
    if part.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if part["half"] == "p" else 0)
    return "time", f"{hour:02d}:{minute:02d}"


def _fraction(match: re.Match[str]) -> tuple[FigureKind, str]:
    """`one and a half percent`, `half a percent`, `a dollar`, `thousands of dollars`."""
    part = match.groupdict()
    value = PARTS.get(part.get("part") or "", Decimal(1))
    if vague := part.get("vague"):
        value = Decimal(SCALES[vague[:-1]])
    if whole := part.get("whole"):
        value += Decimal(whole.replace(",", "")) if whole[-1].isdigit() else sum(_word_values(whole), Decimal())
    unit = part.get("unit")
    if unit is None:
        return "number", _plain(value)
    if unit.startswith("per"):
        return "percent", _plain(value)
    if unit.startswith("cent"):
        return "money", f"USD {_plain(value / 100)}"
    return "money", f"{CURRENCIES.get(unit, 'USD')} {_plain(value * SCALES.get(unit, 1))}"


def _amounts(text: str) -> Iterator[tuple[FigureKind, str, int, int]]:
    """Kind, value, start and end of each amount and number."""
    at = 0
    while match := _NUMBER.search(text, at):
        start, at = match.start(), match.end()
        digits = match["digits"] or ""
        for value in _values(match):
            if match["words"] == "oh" or (match["words"] == "one" and not _is_amount(text, match)):
                continue
            if times := _MULTIPLIER.match(text, at):
                value, at = value * _MULTIPLIERS[times[1]], times.end()
            kind, canonical, begin, at = _classify(text, value, start, at)
            # 0359 names something; it is not the number 359.
            yield kind, digits if kind == "number" and re.match(r"0\d", digits) else canonical, begin, at


def _is_amount(text: str, match: re.Match[str]) -> bool:
    before = bool(_BEFORE.search(text[max(0, match.start() - 8) : match.start()]))
    return before or bool(re.match(rf"[ ]?%|[ -](?:{MEASURES})", text[match.end() :]))


def _classify(text: str, value: Decimal, start: int, end: int) -> tuple[FigureKind, str, int, int]:
    before = _BEFORE.search(text[max(0, start - 8) : start])
    after = _AFTER_CURRENCY.match(text, end)
    if before or after:
        begin = start - len(before[0]) if before else start
        end = after.end() if after else end
        # "2 dollars and 50 cents" is one amount.
        rest = re.match(rf"(?:[ ]+and)?[ ]+(?P<cents>\d{{1,2}}|{_WORDS})[ ]+cents?\b", text[end:])
        if rest and not before:
            cents = rest["cents"]
            value += (Decimal(cents) if cents.isdigit() else sum(_word_values(cents), Decimal())) / 100
            end += rest.end()
        inside = bool(before and before[0].endswith("-"))
        value = -value if inside or _is_negative(text[:begin], text[end:]) else value
        return "money", f"{_currency(before, after)} {_plain(value)}", begin, end
    if after := _AFTER_CENTS.match(text, end):
        return "money", f"USD {_plain(value / 100)}", start, after.end()
    if after := _AFTER_PERCENT.match(text, end):
        value = -value if _is_negative(text[:start], text[after.end() :]) else value
        return "percent", _plain(value), start, after.end()
    return "number", _plain(value), start, end


def _currency(before: re.Match[str] | None, after: re.Match[str] | None) -> str:
    """The currency's code; what is written before and after must agree, or it is a currency of its own."""
    named = [next(group for group in match.groups() if group) for match in (before, after) if match]
    return "/".join(dict.fromkeys(CURRENCIES.get(name, name.upper()) for name in named))


def _is_negative(before: str, after: str) -> bool:
    """`-$5`, `minus $5` and `$5-` are negative; the dash of `$3-$5` is not a sign, nor are brackets in prose."""
    if re.match(r"-(?![\w$])", after):
        return True
    return before.endswith(("minus ", "negative ")) or bool(re.search(r"(?:^|[^\w%])-$", before))


def _values(match: re.Match[str]) -> list[Decimal]:
    if match["digits"]:
        return [Decimal(match["digits"].replace(",", ""))]
    return _word_values(match["words"])


def _word_values(words: str) -> list[Decimal]:
    """Number words -> values; words that make no single number (`five five five`) give one each."""
    values: list[Decimal] = []
    total, group, last, decimals = 0, 0, 0, ""
    started = False
    for word in re.findall(r"[a-z]+", words):
        if word in ("a", "an", "and"):
            group = group or (1 if word != "and" else group)
            started = True
            continue
        if word == "point":
            decimals = "."
            continue
        if decimals and word not in SCALES:
            # "point twenty-five" is .25, "point two five" too.
            tens = last in TENS.values() and word in UNITS and 0 < UNITS[word] < 10
            decimals = decimals[:-1] + str(UNITS[word]) if tens else decimals + str(UNITS.get(word, TENS.get(word)))
            last = UNITS.get(word, TENS.get(word, 0))
            continue
        if decimals:
            return [*values, Decimal(f"{total + group}{decimals}") * SCALES[word]]
        if word in SCALES:
            scale = SCALES[word]
            if scale in (100, 12):
                group = max(group, 1) * scale
            else:
                total, group = total + max(group, 1) * scale, 0
            last = scale
        else:
            number = UNITS.get(word, TENS.get(word, 0))
            fits = not started or last >= 100 or (last in TENS.values() and number < 10)
            if not fits:
                values.append(Decimal(total + group))
                total = group = 0
            group, last = group + number, number
        started = True
    values.append(Decimal(f"{total + group}{decimals if len(decimals) > 1 else ''}"))
    return values


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text
