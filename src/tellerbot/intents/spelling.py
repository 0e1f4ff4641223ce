"""Mends slips of typing before a message is understood, towards the words of the bank's own utterances.

A word piece tokenizer breaks a misspelt word into pieces that mean nothing, and in a message of five words that is
most of its meaning. Only words that neither the utterances nor the tokenizer know are touched, digits never. The same
mending runs in training, so that both sides see the same texts.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from tellerbot.errors import ArtefactError
from tellerbot.files import write_json

# A word of the utterances is one that stands in this many of them: once may be a slip itself, or a name.
OFTEN = 2
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_DRAWN_OUT = re.compile(r"(\w)\1{2,}")
SPELLING_FILE = "spelling.json"


class Spelling:
    """Replaces unknown words by the nearest word of the utterances (optimal string alignment, Damerau 1964)."""

    def __init__(self, words: Mapping[str, int], vocabulary: Iterable[str]) -> None:
        """`words` and how many utterances hold each; the tokenizer's `vocabulary` is what else is well spelt."""
        self.words = words
        self._ranked = sorted(words, key=lambda word: (-words[word], word))
        # Some families mark the start of a word.
        entries = (entry.lstrip("Ġ▁").lower() for entry in vocabulary)
        self._known = {entry for entry in entries if len(entry) > 2 and entry.isalpha()} | words.keys()
        self._mended = lru_cache(maxsize=50_000)(self._mend)

    def __call__(self, text: str) -> str:
        return _WORD.sub(lambda found: self._mended(found[0]), self._joined(text))

    def _joined(self, text: str) -> str:
        """The text without the spaces that stand inside one word: "ba lance"."""
        parts = text.split(" ")
        at = 0
        while at + 1 < len(parts):
            left, right = parts[at].lower(), parts[at + 1].lower().rstrip(".,!?")
            parted = left not in self.words or right not in self.words
            if parted and len(left + right) > 3 and left + right in self.words:
                parts[at : at + 2] = [parts[at] + parts[at + 1]]
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
        plain = _DRAWN_OUT.sub(r"\1", plain)
        return self._nearest(plain, 1) or self._parted(plain) or (len(plain) > 6 and self._nearest(plain, 2)) or word

    def _nearest(self, word: str, most: int) -> str | None:
        """The commonest of the words that are nearest, at most `most` slips away."""
        near = [other for other in self._ranked if abs(len(other) - len(word)) <= most and len(other) > 3]
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
    write_json(folder / SPELLING_FILE, dict(words))


def load_words(folder: Path) -> dict[str, int]:
    """Raises ArtefactError when the file is missing or damaged."""
    try:
        return {str(word): int(count) for word, count in json.loads((folder / SPELLING_FILE).read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ArtefactError(f"{folder}: expected a readable {SPELLING_FILE}: {error}. Train or build again.") from error


def common_words(texts: Sequence[str]) -> dict[str, int]:
    """The words that stand in at least `OFTEN` of the texts, in lower case, and in how many."""
    counts = Counter(word for text in texts for word in {found.lower() for found in _WORD.findall(text)})
    return {word: count for word, count in sorted(counts.items()) if count >= OFTEN}
