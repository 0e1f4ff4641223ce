"""How customers write the names of their things: in full, by a part, abbreviated."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tellerbot.types import Named

# A first word without a meaning of its own: "National Grid" is not "national".
_COMMON_WORDS = """
    account america american bank branch business card cash central city coffee county credit current daily debit direct
    energy everyday express family first food free general global good green high home house insurance light loan local
    market mobile money monthly national north northeast northwest online open payment personal phone plus power prime
    savings service shop simple smart south southeast southwest standard state steady store street super telecom travel
    union united value water west east
"""
_COMMON = frozenset(_COMMON_WORDS.split())
# Words of accounts that customers call them by alone.
_TYPES = ("checking", "savings", "money market", "certificate of deposit")
_SHORT = {
    "checking": ("chk", "chkg", "chking", "checkings", "chequing"),
    "savings": ("sav", "svgs", "savs"),
    "certificate of deposit": ("cd", "cds", "certificate"),
    "money market": ("mm", "mma"),
    "credit card": ("cc",),
    "account": ("acct", "acc"),
}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MOST_WORDS = 6


class Word(NamedTuple):
    """A word in lower case, without its genitive, with its place."""

    text: str
    start: int
    end: int


def split_words(text: str) -> list[Word]:
    """Return the words of a text that `flatten` made."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        word = re.sub(r"['’]s$", "", match[0])
        found.append(Word(word.replace("'", ""), match.start(), match.start() + len(word)))
    return found


@lru_cache(4096)
def forms_of(named: Named) -> dict[str, bool]:
    """Return the ways a thing is called, in lower case, each with whether it is only a part of the name.

    Names without a letter or digit, and last four digits, give none.
    """
    forms: dict[str, bool] = {}
    for part in _parts(named.kind, _plain(named.name).split()):
        forms |= dict.fromkeys(_abbreviations(part), True)
    for name in (named.name, *named.aliases):
        forms |= dict.fromkeys(_abbreviations(_plain(name)), False)
    return {form: is_part for form, is_part in forms.items() if form and not form.isdigit()}


def _plain(name: str) -> str:
    return " ".join(word.text for word in split_words(name.lower().replace("&", " and ")))


def _abbreviations(form: str) -> Iterator[str]:
    yield form
    if " and " in form:
        yield form.replace(" and ", " ")
    for whole, shorts in _SHORT.items():
        if whole in form:
            yield from (form.replace(whole, short) for short in shorts)


def _parts(kind: str, words: list[str]) -> Iterator[str]:
    """Yield parts of a name that may be used for it: `harborview`, `harborview grocers`, `travel card`, `checking`."""
    count = len(words)
    if not words:
        return
    if kind in ("account", "product"):
        yield from (word for word in _TYPES if word in " ".join(words))
    if kind in ("payee", "branch") and words[0] not in _COMMON and len(words[0]) > 3:
        yield words[0]
    if kind == "card" and count > 2:
        yield f"{words[0]} {words[-1]}"
    for length in range(2, min(count, _MOST_WORDS)):
        for at in range(count - length + 1 if kind in ("account", "card", "product") else 1):
            yield " ".join(words[at : at + length])
