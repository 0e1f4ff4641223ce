"""Mends slips of typing before a message is understood, towards the words of the bank's own utterances.

A word piece tokenizer breaks a misspelt word into pieces that mean nothing, and in a message of five words that is
most of its meaning. Only words that neither the utterances nor the tokenizer know are touched, digits never; words that
only look unknown (a known one with an ending, one of two long pieces) are left alone, or nearly. The same mending runs
in training, so that both sides see the same texts.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from tellerbot.characters import plain_letters
from tellerbot.errors import ArtefactError
from tellerbot.files import write_json

# A word of the utterances is one that stands in this many of them: once may be a slip itself, or a name.
OFTEN = 2
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_DRAWN_OUT = re.compile(r"(\w)\1{2,}")
# Longer than any word; mending takes time that grows with the length.
_LONGEST = 40
_ENDINGS = ("s", "es", "ed", "d", "er", "r", "ers", "ing", "ings", "ly", "y")
SPELLING_FILE = "spelling.json"


class Spelling:
    """Replaces unknown words by the nearest word of the utterances (optimal string alignment, Damerau 1964)."""

    def __init__(self, words: Mapping[str, int], vocabulary: Iterable[str]) -> None:
        """`words` and how many utterances hold each; the tokenizer's `vocabulary` is what else is well spelt."""
        self.words = words
        self._ranked = sorted(words, key=lambda word: (-words[word], word))
        entries = list(vocabulary)
        # Some families mark the start of a word, others what goes on with one.
        starts = {entry.lstrip("Ġ▁").lower() for entry in entries}
        rests = [entry[2:] for entry in entries if entry.startswith("##")]
        self._known = {entry for entry in starts if len(entry) > 2 and entry.isalpha()} | words.keys()
        self._rests = {entry.lower() for entry in rests or entries if not entry.startswith(("Ġ", "▁"))}
        self._mended = lru_cache(maxsize=50_000)(self._mend)

    def __call__(self, text: str) -> str:
        """Correct the spelling of a text."""
        return _WORD.sub(lambda found: self._mended(found[0]), self._joined(plain_letters(text)))

    def _joined(self, text: str) -> str:
        """Join words that a space splits: "ba lance", "tr ans fer"."""
        parts = text.split(" ")
        at = 0
        while at + 1 < len(parts):
            for size, least in ((3, 3), (2, 1)):
                some = [part.lower() for part in parts[at : at + size]]
                some[-1] = some[-1].rstrip(".,!?")
                whole, strange = "".join(some), sum(part not in self.words for part in some)
                if len(some) == size and strange >= least and len(whole) > 3 and whole in self.words:
                    parts[at : at + size] = ["".join(parts[at : at + size])]
            at += 1
        return " ".join(parts)

    def _mend(self, word: str) -> str:
        plain = word.lower()
        if plain in self._known or len(plain) < 4 or not plain.isalpha():
            return word
        for letters in (r"\1\1", r"\1"):
            short = _DRAWN_OUT.sub(letters, plain)
            if short in self._known:
                return short
        # From here on no letter of it is drawn out.
        if len(short) > _LONGEST:
            return word
        well_spelt = word if short == plain else short
        if self._inflected(short):
            return well_spelt
        if self._compound(short):
            return self._nearest(short, 1, short[0]) or well_spelt
        return self._nearest(short, 1) or self._parted(short) or (len(short) > 6 and self._nearest(short, 2)) or word

    def _inflected(self, word: str) -> bool:
        """Whether it is a known word with an ending: "alert|s"."""
        stems = (word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))
        return any(len(stem) > 3 and stem in self._known for stem in stems)

    def _compound(self, word: str) -> bool:
        """Whether it is two of the tokenizer's longer pieces, as many a well-spelt word is: "play|list", "ins|ure"."""
        return any(word[:at] in self._known and word[at:] in self._rests for at in range(3, len(word) - 2))

    def _nearest(self, word: str, most: int, first: str = "") -> str | None:
        """Return the commonest of the nearest words, at most `most` slips away, that begin with `first`."""
        near = [
            other
            for other in self._ranked
            if abs(len(other) - len(word)) <= most and len(other) > 3 and other.startswith(first)
        ]
        if not near:
            return None
        distances = cdist([word], near, scorer=OSA.distance, score_cutoff=most)[0]
        best = int(distances.argmin())
        return near[best] if distances[best] <= most else None

    def _parted(self, word: str) -> str | None:
        """Two words that have lost the space between them: "mybalance"."""
        pairs = [(word[:at], word[at:]) for at in range(2, len(word) - 1)]
        found = [pair for pair in pairs if pair[0] in self.words and pair[1] in self.words]
        return " ".join(max(found, key=lambda pair: min(self.words[part] for part in pair))) if found else None


def save_words(folder: Path, words: Mapping[str, int]) -> None:
    """Write the words with their counts into the model's folder."""
    write_json(folder / SPELLING_FILE, dict(words))


def load_words(folder: Path) -> dict[str, int]:
    """Load saved words. Raises ArtefactError when the file is missing or damaged."""
    try:
        return {str(word): int(count) for word, count in json.loads((folder / SPELLING_FILE).read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ArtefactError(f"{folder}: expected a readable {SPELLING_FILE}: {error}. Train or build again.") from error


def common_words(texts: Sequence[str]) -> dict[str, int]:
    """Count in how many texts each word occurs, in lower case; keep words of at least `OFTEN` texts."""
    counts = Counter(word for text in texts for word in {found.lower() for found in _WORD.findall(plain_letters(text))})
    return {word: count for word, count in sorted(counts.items()) if count >= OFTEN}
