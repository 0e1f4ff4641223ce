"""Where a sentence of a reply ends."""

import re
from collections.abc import Iterable, Iterator

# A colon ends none: the words before it label those after it, and the two must not be parted.
_END = re.compile(r"(?<=[.!?])\s+(?=[\"“A-Z{\[])|\n+")


def split_sentences(text: str) -> list[str]:
    """Split a reply into sentences; placeholders count as words."""
    return list(stream_sentences([text]))


def stream_sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Yield whole sentences of a text that comes in pieces, each as soon as the next one begins, with single spaces."""
    text = ""
    for piece in pieces:
        text += piece
        *whole, text = _END.split(text)
        yield from (" ".join(part.split()) for part in whole if part.strip())
    if text.strip():
        yield " ".join(text.split())
