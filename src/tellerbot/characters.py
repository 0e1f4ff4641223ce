"""Characters that look alike -> the plain ones."""

import unicodedata
from functools import lru_cache

# Numbers that are no decimal digits (², ½, ①) stay: folded, `$225¹` would be 2251 and `2½` would be 21/2.
_KEPT = ("No", "Lm")


def plain_letters(text: str) -> str:
    """Turn full-width, styled and composed letters, digits, signs and spaces into plain ones (`ｆｅｅ` -> `fee`).

    Superscripts, fractions and circled numbers stay as they are, and so do letters above the line (`º`, `ⁿ`).
    """
    if text.isascii():
        return text
    return "".join(map(_plain, unicodedata.normalize("NFC", text)))


@lru_cache(4096)
def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    folded = unicodedata.normalize("NFKC", char)
    raised = unicodedata.category(char) in _KEPT or unicodedata.decomposition(char).startswith(("<super>", "<sub>"))
    # A character that only holds a number, such as ㋀, is no letter either.
    return char if raised or any(map(str.isdigit, folded)) else folded
