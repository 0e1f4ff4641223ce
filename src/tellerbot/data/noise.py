"""Ways customers' typing goes wrong, seeded: one set of slips to train with, another to measure with.

The families follow Belinkov and Bisk, "Synthetic and natural noise both break neural machine translation"
(ICLR 2018), who also show that a model trained on one kind of noise is robust to that kind only. So `EVALUATION`
has the families of `TRAINING`, but other slips and other words: what is measured is not what was trained on.

Each operator makes one slip, and returns the text unchanged only where it finds nothing to work on. No operator
touches a word that holds a digit, an address or a placeholder, and no list holds a number, a negation or a word
that sets an intent against its opposite (open, close; debit, credit; lost, found). Words that say what a text is
about are in the lists (fee: fea, loan: lone, balance: bal, deposit: the posit). People still understand such a text,
so its label stays, but a slip can blur the one word that it hangs on.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from math import hypot
from typing import TypeVar

import numpy as np

from tellerbot.data.noise_words import EVALUATION_WORDS, TRAINING_WORDS, Words

T = TypeVar("T")
Operator = Callable[[str, np.random.Generator], str]


_HESITATIONS = ("um", "uh", "er", "hmm", "you know", "like")

_ROWS = (("qwertyuiop", 0.0), ("asdfghjkl", 0.25), ("zxcvbnm", 0.75))
_KEYS = {key: (column + shift, row) for row, (keys, shift) in enumerate(_ROWS) for column, key in enumerate(keys)}
# s and z also sound alike, which is an evaluation slip.
_BESIDE = {
    key: "".join(o for o in _KEYS if 0 < hypot(_KEYS[o][0] - x, _KEYS[o][1] - y) < 1.3 and {key, o} != {"s", "z"})
    for key, (x, y) in _KEYS.items()
}

# A word with a digit, an address, a placeholder or a mask: its exact form carries the meaning.
_KEPT = re.compile(r"[\d@_{}\[\]<>]")
_PUNCTUATION = re.compile(r"[.,;:!?'’\"“”]")
# Letter groups that sound alike, where English spelling makes them so.
_BY_EAR = {"ph": "f", "f": "ph", "c": "k", "k": "c", "s": "z", "z": "s", "ie": "ei", "ei": "ie", "x": "ks", "qu": "kw"}
_EAR = re.compile(r"ph|f|c(?![ehiy])|k(?![einy])|s(?!h)|z|ie|ei|x|qu", re.IGNORECASE | re.ASCII)


def _words(text: str) -> list[re.Match[str]]:
    """Return the words, cut at white space, that a slip may touch."""
    return [word for word in re.finditer(r"\S+", text) if not _KEPT.search(word[0])]


def _letters(text: str) -> list[int]:
    """Where the letters of those words are."""
    return [
        at
        for word in _words(text)
        for at in range(word.start(), word.end())
        if text[at].isalpha() and not text[at].isnumeric()
    ]


def _inner_letters(text: str) -> list[int]:
    """Where those letters are that another letter follows in the same word."""
    letters = _letters(text)
    return [at for at, following in pairwise(letters) if following == at + 1]


def _keys(text: str) -> list[int]:
    """Where those letters are that have a key of their own."""
    return [at for at in _letters(text) if text[at].lower() in _BESIDE]


def _pick(options: Sequence[T], rng: np.random.Generator) -> T:
    return options[int(rng.integers(len(options)))]


def _replace_one(text: str, spans: Iterable[tuple[int, int, str]], rng: np.random.Generator) -> str:
    """Put a new text in place of one of these spans (start, end, new text), in the case of the old one."""
    options = list(spans)
    if not options:
        return text
    start, end, new = _pick(options, rng)
    old = text[start:end]
    if old.isupper() and (len(old) > 1 or len(new) == 1):
        new = new.upper()
    elif old[:1].isupper():
        new = new[:1].upper() + new[1:]
    return text[:start] + new + text[end:]


def _find(text: str, words: Mapping[str, str] | Mapping[str, tuple[str, ...]]) -> list[tuple[int, int, str]]:
    """Where these words stand, as (start, end, the word in lower case); longer ones first where they overlap."""
    found = _lookup(tuple(words)).finditer(text)
    return [(*match.span(), match[0].lower()) for match in found]


@cache
def _lookup(words: tuple[str, ...]) -> re.Pattern[str]:
    # (?a:...) keeps the words ASCII, or IGNORECASE would take a dotless or long letter for an i or s.
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w'’@{{}}\[\]<>-])(?:{either})(?![\w'’@{{}}\[\]<>-])", re.IGNORECASE)


# Keys


def neighbour_key(text: str, rng: np.random.Generator) -> str:
    """Type the key beside the right one on a QWERTY keyboard: balance, balamce."""
    keys = _keys(text)
    if not keys:
        return text
    at = _pick(keys, rng)
    return _replace_one(text, [(at, at + 1, _pick(_BESIDE[text[at].lower()], rng))], rng)


def fat_finger(text: str, rng: np.random.Generator) -> str:
    """Two keys hit at once, in either order: card, carfd."""
    keys = _keys(text)
    if not keys:
        return text
    at = _pick(keys, rng)
    # Never the letter that stands there already: a doubled letter is a training slip.
    after = rng.random() < 0.5
    there = text[at + 1 : at + 2] if after else text[max(at - 1, 0) : at]
    beside = _pick([key for key in _BESIDE[text[at].lower()] if key != there.lower()], rng)
    return _replace_one(text, [(at, at + 1, text[at] + beside if after else beside + text[at])], rng)


# Letters left out


def _drop(text: str, rng: np.random.Generator, *, vowel: bool) -> str:
    inner = _inner_letters(text)
    in_words = sorted({*inner, *(at + 1 for at in inner)})
    return _replace_one(text, ((at, at + 1, "") for at in in_words if (text[at].lower() in "aeiou") == vowel), rng)


def drop_consonant(text: str, rng: np.random.Generator) -> str:
    """Leave a consonant out of a word of two letters or more: transfer, tranfer."""
    return _drop(text, rng, vowel=False)


def drop_vowel(text: str, rng: np.random.Generator) -> str:
    """Leave a vowel out of a word of two letters or more: transfer, transfr."""
    return _drop(text, rng, vowel=True)


# Letters too many


def double_letter(text: str, rng: np.random.Generator) -> str:
    """Hold a key too long: card, carrd."""
    return _replace_one(text, ((at, at + 1, text[at] * 2) for at in _letters(text)), rng)


def triple_letter(text: str, rng: np.random.Generator) -> str:
    """Draw a letter out, as a key that sticks does: please, pleaaase."""
    return _replace_one(text, ((at, at + 1, text[at] * 3) for at in _letters(text)), rng)


# Spelling


def swap_letters(text: str, rng: np.random.Generator) -> str:
    """Two letters in the wrong order: card, cadr. Not ie and ei: confusing them is an evaluation slip."""
    pairs = [at for at in _inner_letters(text) if text[at] != text[at + 1] and {*text[at : at + 2].lower()} != {*"ie"}]
    if not pairs:
        return text
    at = _pick(pairs, rng)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def spell_by_ear(text: str, rng: np.random.Generator) -> str:
    """Letters that sound like the right ones: phone, fone; receive, recieve; card, kard."""
    letters = set(_letters(text))
    found = (match for match in _EAR.finditer(text) if match.start() in letters)
    return _replace_one(text, ((*match.span(), _BY_EAR[match[0].lower()]) for match in found), rng)


# Spaces


def miss_space(text: str, rng: np.random.Generator) -> str:
    """Leave out the space between two words: my card, mycard."""
    words = list(re.finditer(r"\S+", text))
    spans = ((a.end(), b.start(), "") for a, b in pairwise(words) if not (_KEPT.search(a[0]) or _KEPT.search(b[0])))
    return _replace_one(text, spans, rng)


def split_word(text: str, rng: np.random.Generator) -> str:
    """Put a space inside a word: balance, bal ance."""
    return _replace_one(text, ((at + 1, at + 1, " ") for at in _inner_letters(text)), rng)


# Case


def _in_case(text: str, change: Operator, rng: np.random.Generator) -> str:
    return re.sub(r"\S+", lambda word: word[0] if _KEPT.search(word[0]) else change(word[0], rng), text)


def change_case(text: str, rng: np.random.Generator) -> str:
    """Shift forgotten, caps lock left on, or capitals on whim: my Card, MY CARD, My card."""
    cases: tuple[Operator, ...] = (
        lambda word, _: word.lower(),
        lambda word, _: word.upper(),
        lambda word, rng: word.capitalize() if rng.random() < 0.5 else word.lower(),
    )
    changed = {_in_case(text, case, rng): None for case in cases}
    return _pick([other for other in changed if other != text] or [text], rng)


def random_case(text: str, rng: np.random.Generator) -> str:
    """Upper and lower case at random, letter by letter: bALaNCe."""

    def mix(word: str, rng: np.random.Generator) -> str:
        capital = rng.random(len(word)) < 0.5
        return "".join(c.upper() if up else c.lower() for c, up in zip(word, capital.tolist(), strict=True))

    mixed = _in_case(text, mix, rng)
    return mixed if mixed != text else _in_case(text, lambda word, _: word.swapcase(), rng)


# Words


def _replace_word(pairs: Mapping[str, str]) -> Operator:
    """One of these words in its other form: please, pls; check, cheque."""
    return lambda text, rng: _replace_one(
        text, ((start, end, pairs[word]) for start, end, word in _find(text, pairs)), rng
    )


def _lose_punctuation(text: str, rng: np.random.Generator) -> str:
    plain = _in_case(text, lambda word, _: _PUNCTUATION.sub("", word), rng)
    return plain if plain.strip() else text


def _hesitate(text: str, rng: np.random.Generator) -> str:
    hesitation = _pick(_HESITATIONS, rng)
    return _replace_one(text, ((word.start(), word.start(), f"{hesitation} ") for word in _words(text)), rng)


def _speech(words: Words, other: Operator) -> Operator:
    """Return an operator that swaps a word for one of the same sound, as speech recognition does, or `other`."""
    mishear = _replace_word(words.homophones)
    return lambda text, rng: _apply(text, rng, (mishear, other), 1)


def _pad(words: Words) -> Operator:
    """Small talk or a bit of story before or after."""

    def pad(text: str, rng: np.random.Generator) -> str:
        if not text.strip():
            return text
        before = rng.random() < 0.5
        return f"{_pick(words.before, rng)} {text}" if before else f"{text} {_pick(words.after, rng)}"

    return pad


def _mix_language(words: Words) -> Operator:
    """Return an operator that puts a word of the customer's own language for the English one, or before the text."""

    def replace(text: str, rng: np.random.Generator) -> str:
        found = _find(text, words.foreign)
        return _replace_one(text, ((start, end, _pick(words.foreign[word], rng)) for start, end, word in found), rng)

    def join(text: str, rng: np.random.Generator) -> str:
        return f"{_pick(words.foreign_openers, rng)} {text}" if text.strip() else text

    return lambda text, rng: _apply(text, rng, (replace, join), 1)


def _apply(text: str, rng: np.random.Generator, operators: Sequence[Operator], count: int) -> str:
    """Apply these operators in random order until `count` of them have changed the text."""
    for at in rng.permutation(len(operators)).tolist():
        if count == 0:
            break
        changed = operators[at](text, rng)
        count -= changed != text
        text = changed
    return text


# By family. The first five make slips of single characters.
CHARACTER = ("key", "drop", "repeat", "spelling", "space")
TRAINING: dict[str, Operator] = {
    "key": neighbour_key,
    "drop": drop_consonant,
    "repeat": double_letter,
    "spelling": swap_letters,
    "space": miss_space,
    "case": change_case,
    "abbreviation": _replace_word(TRAINING_WORDS.abbreviations),
    "speech": _speech(TRAINING_WORDS, _lose_punctuation),
    "padding": _pad(TRAINING_WORDS),
    "language": _mix_language(TRAINING_WORDS),
}
EVALUATION: dict[str, Operator] = {
    "key": fat_finger,
    "drop": drop_vowel,
    "repeat": triple_letter,
    "spelling": spell_by_ear,
    "space": split_word,
    "case": random_case,
    "abbreviation": _replace_word(EVALUATION_WORDS.abbreviations),
    "speech": _speech(EVALUATION_WORDS, _hesitate),
    "padding": _pad(EVALUATION_WORDS),
    "language": _mix_language(EVALUATION_WORDS),
}
_CHARACTER_SLIPS = [EVALUATION[family] for family in CHARACTER]
_OTHER_SLIPS = [operator for family, operator in EVALUATION.items() if family not in CHARACTER]


def augment(text: str, rng: np.random.Generator, share: float = 0.3) -> str:
    """For training: with probability `share` (0 to 1) one or two slips of different `TRAINING` families, else none."""
    if rng.random() >= share:
        return text
    return _apply(text, rng, list(TRAINING.values()), int(rng.integers(1, 3)))


def one_typo(text: str, rng: np.random.Generator) -> str:
    """For evaluation: exactly one slip of characters."""
    return _apply(text, rng, _CHARACTER_SLIPS, 1)


def heavy(text: str, rng: np.random.Generator) -> str:
    """For evaluation: three to five slips of different families, two or more of characters, one or more of others.

    A text with too few letters to slip on gets fewer.
    """
    count = int(rng.integers(3, 6))
    characters = int(rng.integers(2, count))
    # The customer's own words first, so that the slips do not all fall into the padding.
    return _apply(_apply(text, rng, _CHARACTER_SLIPS, characters), rng, _OTHER_SLIPS, count - characters)


def noisy(texts: Iterable[str], suite: Operator, seed: int) -> list[str]:
    """Each text through `augment`, `one_typo`, `heavy` or an operator.

    The same for the same seed (0 or more, else ValueError); a row depends on its index and text, not on other rows.
    """
    return [suite(text, np.random.default_rng([seed, index])) for index, text in enumerate(texts)]
