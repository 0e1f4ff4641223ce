"""Keyword search beside the vectors: names, numbers and rare words that an encoder blurs."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

from tellerbot.characters import plain_letters
from tellerbot.files import write_json

COUNT = "count.json"
# Figures whole, with their signs ($2.50, 1,200, 3%, 10-K), and words with what follows an apostrophe.
_TOKEN = r"(?u)\$?\d+(?:[.,]\d+)*%?(?:-[a-z]\b)?|\w+(?:['’]\w+)?"  # noqa: S105
# Of most use to the training questions of financial retrieval (docs/experiments.md); flat around there.
K1, B = 0.75, 0.7
# It tells of every index it builds as soon as anything in the process turns logging on.
logging.getLogger("bm25s").setLevel(logging.WARNING)


class Keyword:
    """BM25 over passages (Robertson and Zaragoza 2009; scored ahead of time, Lù 2024)."""

    def __init__(self, index: bm25s.BM25 | None, count: int) -> None:
        self._index, self.count = index, count

    @classmethod
    def over(cls, texts: Sequence[str]) -> Self:
        """Build the index of these passages."""
        tokens = _words(texts)
        # A corpus without a single word cannot be indexed.
        index = bm25s.BM25(k1=K1, b=B) if any(tokens) else None
        if index:
            index.index(tokens, show_progress=False)
        return cls(index, len(texts))

    def save(self, folder: Path) -> None:
        """Write the index into `folder`: plain arrays and JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        if self._index:
            self._index.save(folder, show_progress=False)
        write_json(folder / COUNT, {"passages": self.count, "words": self._index is not None})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load what `save` wrote, memory-mapped.

        Raises OSError, ValueError or KeyError when it is missing or damaged.
        """
        found = json.loads((folder / COUNT).read_text())
        index = bm25s.BM25.load(folder, mmap=True, show_progress=False) if found["words"] else None
        return cls(index, int(found["passages"]))

    def scores(self, question: str) -> NDArray[np.float32]:
        """(passages,) BM25 scores, 0 and above; all 0 where no word is known."""
        (words,) = _words([question])
        if self._index is None or not words:
            return np.zeros(self.count, np.float32)
        return self._index.get_scores(words)


def _words(texts: Sequence[str]) -> list[list[str]]:
    """Return the stems of each text's words in lower case, without the commonest words; figures stay as they are."""
    return bm25s.tokenize(  # type: ignore[return-value]
        [plain_letters(text) for text in texts],
        token_pattern=_TOKEN,
        stopwords="en",
        # A new one each time, for threads must not share one.
        stemmer=Stemmer.Stemmer("english"),
        show_progress=False,
        return_ids=False,
    )
