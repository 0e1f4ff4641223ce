"""Number words and their values."""

import re
from fractions import Fraction

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
    "trillion": 10**12, "quadrillion": 10**15, "lakh": 10**5, "lakhs": 10**5, "lac": 10**5, "crore": 10**7,
    "crores": 10**7,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
    "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
# Parts of a whole; the plural is theirs with an s, but for halves.
PARTS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4} | {
    name + ending: ORDINALS[name]
    for name in (
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "twelfth",
        "sixteenth",
        "twentieth",
    )
    for ending in ("", "s")
}
PARTS |= {"hundredth": 100, "hundredths": 100, "thousandth": 1000, "thousandths": 1000}


def one_of(names: object) -> str:
    """Return a pattern for any of the names, the longest first."""
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))  # type: ignore[call-overload]


WORD = one_of([*UNITS, *TENS, *SCALES])
# The number of words is bounded, so that a long row of them costs no more than its length.
_JOIN = r"(?:[ ]{0,2}-[ ]{0,2}|[ ]{1,2}and[ ]{1,2}|,?[ ]{1,2}|[ ]{1,2}point[ ]{1,2})"
WORDS = rf"\b(?:an?[ ](?=(?:{one_of(SCALES)})\b))?(?:{WORD})(?:{_JOIN}(?:{WORD})){{0,24}}\b"


def word_values(words: str) -> list[Fraction]:
    """Return the values of number words; words that make no single number (`five five five`) give one each."""
    values: list[Fraction] = []
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
            return [*values, Fraction(f"{total + group}{decimals}") * SCALES[word]]
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
                values.append(Fraction(total + group))
                total = group = 0
            group, last = group + number, number
        started = True
    values.append(Fraction(f"{total + group}{decimals if len(decimals) > 1 else ''}"))
    return values
