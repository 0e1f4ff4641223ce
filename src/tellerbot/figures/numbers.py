"""Written numbers: in digits of several countries, with fractions, and in words."""

import re
import unicodedata
from fractions import Fraction

from tellerbot.figures.words import ORDINALS, PARTS, SCALES, UNITS, WORDS, one_of, word_values

# Groups are bounded, so that a long row of them costs no more than its length.
_DIGITS = (
    r"\d{1,3}(?:\.\d{3}){1,6},\d{1,2}(?!\d)"  # 1.234,56
    r"|\d{1,3}(?:\.\d{3}){1,6},--?(?!\d)|\d{1,6},--?(?=[ ]?(?:€|eur\b|chf\b))"  # 1.234,-
    r"|\d{1,3}(?:\.\d{3}){2,6}(?![\d.])"  # 1.234.567
    r"|\d{1,3}(?:['’]\d{3}){1,6}(?:[.,]\d{1,2}(?!\d))?(?!\d)"  # 1'234.50
    r"|\d{1,2}(?:,\d{2}){1,6},\d{3}(?:\.\d+)?(?!\d)"  # 1,00,000
    r"|\d{1,3}(?:,\d{3}){1,6}(?:\.\d+)?"  # 1,234.50
    r"|(?<![\d,])0,\d{1,40}(?![\d,])"  # 0,125
    r"|\d{1,40}(?:\.\d{1,40})?|(?<!\w)\.\d{1,40}"
)
# In these the comma is certainly no mark between thousands, or the dot none before decimals.
_DECIMAL_COMMA = re.compile(
    r"0,\d+|[\d.]+,-+|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:[ '’]\d{3})*,\d{1,2}"
)
VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_ABOVE = "⁰¹²³⁴⁵⁶⁷⁸⁹"
# A fraction in small digits: ¹/₂, ³⁄₁₆.
RAISED = rf"[{_ABOVE}]{{1,3}}[/⁄][₀-₉]{{1,3}}"
_DRAWN = rf"[{VULGAR}]|{RAISED}|\d{{1,3}}⁄\d{{1,3}}"
_SLASHED = r"(?:1/[2-9]|2/[35]|3/[458]|4/5|5/[68]|7/8|\d{1,2}/(?:10|12|16|32|64|100))(?![\d/])"
_FRACTION = rf"{_DRAWN}|{_SLASHED}"
# A fraction in plain digits alone may be a date or two numbers, unless it is a share of something.
_SHARE = r"(?=[ -]?(?:%|per[ ]?cent|(?:of|off|point)\b)|(?:[ ]?-[ ]?|[ ]to[ ])\d{1,2}/\d{1,2}[ ]?%)"
_PART = one_of(PARTS)
_COUNT = rf"an?|{one_of(word for word, value in UNITS.items() if value)}|\d{{1,2}}"
_SELDOM = ("second", "third", "fourth", "fifth", "sixth")
_PERIOD = "day|week|month|quarter|year"
_ONCE = (
    rf"once(?=[ -](?:an?|per|each|every|in[ ](?:an?|every)[ ](?:{_PERIOD})"
    r"|daily|weekly|monthly|quarterly|yearly|annually)\b)"
)
# A whole number in digits before a part in words: "2 and one half".
_WHOLE = rf"\d{{1,4}}(?=[ ](?:and|&)[ ](?:{_COUNT})[ -])"
_MEASURE = r"percent|per cent|basis point|dollars?|bucks?|euros?|pounds?|cents?|grand|fortnight|decade"

NUMBER = re.compile(
    # Most characters begin no number.
    rf"(?=[\d.{VULGAR}{_ABOVE}]|\b[a-z])(?:"
    rf"(?P<ratio>(?<![\d/.,⁄])(?:(?P<whole>{_DIGITS}|{WORDS}(?=[ ]and[ ]\d))"
    rf"(?:(?:[ -]|[ ](?:and|&)[ ]|(?={_DRAWN}))(?P<rest>{_FRACTION})|[ -](?:and|&)[ -]an?[ -](?P<last>half|quarter)\b)"
    rf"|(?P<alone>{_DRAWN}|{_SLASHED}{_SHARE})))"
    rf"|(?P<mixed>\b(?:(?P<before>{WORDS}|{_WHOLE})[ -](?:and|&)[ -])?"
    rf"(?:(?P<count>{_COUNT})(?P<gap>[ -]))?(?P<part>{_PART})\b)"
    rf"|(?P<digits>{_DIGITS})(?:st|nd|rd|th)?"
    rf"|(?P<words>{WORDS})"
    rf"|\b(?P<multiple>twice|thrice|{_ONCE}"
    r"|(?:double|triple|treble|quadruple|halve)[sd]?(?=[ ](?:the|your|this|that|its|our|their)\b)"
    rf"|a[ ](?:couple|pair)(?=[ ]of\b)|every[ ](?:other|{one_of(_SELDOM)})(?=[ ](?:{_PERIOD})\b)"
    r"|fortnight(?:ly)?\b)"
    rf"|\b(?P<fold>{one_of(UNITS)})fold\b"
    rf"|\b(?P<article>an?)(?=[ ](?:{_MEASURE})\b(?![ ](?:amount|value|sign|figure)))"
    r"|\b(?P<vague>hundreds|thousands|millions|billions)[ ]of(?=[ ](?:dollars|euros|pounds)\b))"
)
_MULTIPLES = {
    "once": 1, "twice": 2, "thrice": 3, "double": 2, "triple": 3, "treble": 3, "quadruple": 4, "halve": Fraction(1, 2),
    "a couple": 2, "a pair": 2, "fortnight": 14, "fortnightly": 14,
    "every other": 2, **{f"every {name}": ORDINALS[name] for name in _SELDOM},
}  # fmt: skip
# What follows a part of something: "a third of it", but "a third party".
_OF = re.compile(
    r"[ -](?:of|off|less|more|the|your|points?|percent\w*|per[ ]cent|hours?"
    rf"|(?:an?[ ])?(?:{one_of(SCALES)}|percent|cents?|dollars?))\b|[.,;:!?)\n]|[ ]?$"
)
# Quarters after these are three months each: "the last three quarters".
_PERIODS = re.compile(r"\b(?:first|last|past|prior|next|previous|trailing|following|recent|all|every)[ ]$")
# Before these "quarter" needs no count, and no plural: "quarter-point", "three-quarter percent".
_QUARTER_POINT = re.compile(r"[ -](?:(?:percentage[ -])?points?|percent|per[ -]cent)\b")
# A quarter after these is three months: "$5 a quarter".
_EACH = re.compile(r"(?:[\d%]|\b(?:once|twice|times|dollars?|cents?|euros?|pounds?|fee|percent))[ ]$")


def read_number(text: str, match: re.Match[str]) -> list[Fraction]:
    """Return the values that a match of NUMBER in `text` stands for.

    There are none where it is no number, as in "a third party".
    """
    part = match.groupdict()
    if part["ratio"]:
        if part["alone"]:
            return [_fraction(part["alone"])]
        rest = Fraction(1, PARTS[part["last"]]) if part["last"] else _fraction(part["rest"])
        return [_whole(part["whole"]) + rest]
    if part["mixed"]:
        return _read_mixed(text, match)
    if part["digits"]:
        return [read_digits(part["digits"])]
    if part["words"]:
        return word_values(part["words"])
    if part["multiple"]:
        return [Fraction(_MULTIPLES[re.sub("(?<=e)[sd]$", "", part["multiple"])])]
    if part["fold"]:
        return [Fraction(UNITS[part["fold"]])]
    return [Fraction(SCALES[part["vague"][:-1]] if part["vague"] else 1)]


def read_digits(digits: str) -> Fraction:
    """Return the values of `1,234.50`, `1.234,50`, `1.234,-`, `1'234.50`, `1 234,50` and `1,00,000`."""
    if _DECIMAL_COMMA.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    return Fraction(re.sub(r"[,'’ -]", "", digits))


def _whole(written: str) -> Fraction:
    return read_digits(written) if re.match(r"\.?\d", written) else word_values(written)[-1]


def _fraction(written: str) -> Fraction:
    above, below = unicodedata.normalize("NFKC", written).replace("⁄", "/").split("/")
    return Fraction(int(above), int(below) or 1)


def _read_mixed(text: str, match: re.Match[str]) -> list[Fraction]:
    """Read `one and a half`, `two thirds`, `a third of`; nothing for "a third party" and "once a quarter"."""
    part = match.groupdict()
    name, count = part["part"], part["count"]
    many = count not in (None, "a", "an", "one", "1")
    periods = _PERIODS.search(text, max(0, match.start() - 12), match.start())
    if name.startswith("quarter") and many and (periods or count not in ("three", "3")):
        return []
    if name == "quarter" and count is None and _QUARTER_POINT.match(text, match.end()):
        return [Fraction(1, 4)]
    singular = many and (part["gap"] == "-" or _QUARTER_POINT.match(text, match.end()))
    if name not in ("half", "halves") and (count is None or (name.endswith("s") != many and not singular)):
        return []
    if name not in ("half", "halves") and not many and part["gap"] == " " and not part["before"]:
        each = name == "quarter" and _EACH.search(text, max(0, match.start() - 9), match.start())
        if each or not _OF.match(text, match.end()):
            return []
    value = Fraction(1, PARTS[name])
    if count and count.isdigit():
        value *= int(count)
    elif count and count not in ("a", "an"):
        value *= UNITS[count]
    return [value + (_whole(part["before"]) if part["before"] else 0)]
