"""Numbers as they are written: in digits of several countries, with fractions, and in words."""

import re
import unicodedata
from fractions import Fraction

from tellerbot.figures.words import PARTS, SCALES, UNITS, WORDS, one_of, word_values

# Groups are bounded, so that a long row of them costs no more than its length.
_DIGITS = (
    r"\d{1,3}(?:\.\d{3}){1,6},\d{1,2}(?!\d)"  # 1.234,56
    r"|\d{1,3}(?:\.\d{3}){2,6}(?![\d.])"  # 1.234.567
    r"|\d{1,3}(?:['’]\d{3}){1,6}(?:[.,]\d{1,2}(?!\d))?(?!\d)"  # 1'234.50
    r"|\d{1,2}(?:,\d{2}){1,6},\d{3}(?:\.\d+)?(?!\d)"  # 1,00,000
    r"|\d{1,3}(?:,\d{3}){1,6}(?:\.\d+)?"  # 1,234.50
    r"|\d{1,40}(?:\.\d{1,40})?|\.\d{1,40}"
)
# In these the comma is certainly no mark between thousands, or the dot none before decimals.
_DECIMAL_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:[ '’]\d{3})*,\d{1,2}")
VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_SLASHED = r"\d{1,3}⁄\d{1,3}|(?:1/[2-9]|2/[35]|3/[458]|4/5|5/[68]|7/8|\d{1,2}/(?:10|12|16|32|64|100))(?![\d/])"
_FRACTION = rf"[{VULGAR}]|{_SLASHED}"
# A fraction in plain digits alone may be a date or two numbers, unless it is a share of something.
_SHARE = r"(?=[ -]?(?:%|per[ ]?cent|(?:of|off|point)\b))"
_PART = one_of(PARTS)
_COUNT = rf"an?|{one_of(word for word, value in UNITS.items() if value)}|\d{{1,2}}"
_MEASURE = r"percent|per cent|basis point|dollars?|bucks?|euros?|pounds?|cents?|grand|fortnight|decade"

NUMBER = re.compile(
    # Most characters begin no number.
    rf"(?=[\d.{VULGAR}]|\b[a-z])(?:"
    rf"(?P<ratio>(?<![\d/.,⁄])(?:(?P<whole>{_DIGITS})"
    rf"(?:[ -]?(?P<rest>{_FRACTION})|[ ]and[ ]an?[ ](?P<last>half|quarter)\b)"
    rf"|(?P<alone>[{VULGAR}]|\d{{1,3}}⁄\d{{1,3}}|(?:{_SLASHED}){_SHARE})))"
    rf"|(?P<mixed>\b(?:(?P<words_before>{WORDS})[ ]and[ ])?(?:(?P<count>{_COUNT})(?P<gap>[ -]))?(?P<part>{_PART})\b)"
    rf"|(?P<digits>{_DIGITS})(?:st|nd|rd|th)?"
    rf"|(?P<words>{WORDS})"
    r"|\b(?P<multiple>twice|thrice|once(?=[ ](?:an?|per|each|every)\b)"
    r"|(?:double|triple|quadruple)(?=[ ](?:the|your|this|that|its|our|their)\b)|a[ ]couple(?=[ ]of\b)"
    r"|fortnight(?:ly)?\b)"
    rf"|\b(?P<article>an?)(?=[ ](?:{_MEASURE})\b(?![ ](?:amount|value|sign|figure)))"
    r"|\b(?P<vague>hundreds|thousands|millions|billions)[ ]of(?=[ ](?:dollars|euros|pounds)\b))"
)
_MULTIPLES = {
    "once": 1, "twice": 2, "thrice": 3, "double": 2, "triple": 3, "quadruple": 4, "a couple": 2,
    "fortnight": 14, "fortnightly": 14,
}  # fmt: skip
# What follows a part of something: "a third of it", but "a third party".
_OF = re.compile(
    r"[ -](?:of|off|less|more|the|your|points?|percent\w*|per[ ]cent"
    rf"|(?:an?[ ])?(?:{one_of(SCALES)}|percent|cents?|dollars?))\b|[.,;:!?)]|[ ]?$"
)
# A quarter after these is three months: "$5 a quarter".
_EACH = re.compile(r"(?:[\d%]|\b(?:once|twice|times|dollars?|cents?|euros?|pounds?|fee|percent))[ ]$")


def read_number(text: str, match: re.Match[str]) -> list[Fraction]:
    """The values that a match of NUMBER in `text` stands for; none where it is no number, as in "a third party"."""
    part = match.groupdict()
    if part["ratio"]:
        if part["alone"]:
            return [_fraction(part["alone"])]
        rest = Fraction(1, PARTS[part["last"]]) if part["last"] else _fraction(part["rest"])
        return [read_digits(part["whole"]) + rest]
    if part["mixed"]:
        return _mixed(text, match)
    if part["digits"]:
        return [read_digits(part["digits"])]
    if part["words"]:
        return word_values(part["words"])
    if part["multiple"]:
        return [Fraction(_MULTIPLES[part["multiple"]])]
    return [Fraction(SCALES[part["vague"][:-1]] if part["vague"] else 1)]


def read_digits(digits: str) -> Fraction:
    """`1,234.50`, `1.234,50`, `1'234.50`, `1 234,50` and `1,00,000` -> their values."""
    if _DECIMAL_COMMA.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    return Fraction(re.sub(r"[,'’ ]", "", digits))


def _fraction(written: str) -> Fraction:
    above, below = unicodedata.normalize("NFKC", written).replace("⁄", "/").split("/")
    return Fraction(int(above), int(below) or 1)


def _mixed(text: str, match: re.Match[str]) -> list[Fraction]:
    """`one and a half`, `two thirds`, `a third of`; nothing for "a third party" and "once a quarter"."""
    part = match.groupdict()
    name, count = part["part"], part["count"]
    many = count not in (None, "a", "an", "one", "1")
    if name not in ("half", "halves") and (count is None or name.endswith("s") != many):
        return []
    if name not in ("half", "halves") and not many and part["gap"] == " " and not part["words_before"]:
        each = name == "quarter" and _EACH.search(text, max(0, match.start() - 9), match.start())
        if each or not _OF.match(text, match.end()):
            return []
    value = Fraction(1, PARTS[name])
    if count and count.isdigit():
        value *= int(count)
    elif count and count not in ("a", "an"):
        value *= UNITS[count]
    return [value + (word_values(part["words_before"])[-1] if part["words_before"] else 0)]
