"""Where a sentence of a reply ends."""

import re
from collections.abc import Iterable, Iterator

# A colon ends none: what stands before it is the label of what stands after it, and the two must not be parted.
_END = re.compile(r"(?<=[.!?])\s+(?=[\"“A-Z{\[])|\n+")


def split_sentences(text: str) -> list[str]:
    """The sentences of a reply, where placeholders stand for words."""
    return list(stream_sentences([text]))


def stream_sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Whole sentences of a text that comes in pieces, each as soon as the next one begins, with single spaces."""
    text = ""
    for piece in pieces:
        text += piece
        *whole, text = _END.split(text)
        yield from (" ".join(part.split()) for part in whole if part.strip())
    if text.strip():
        yield " ".join(text.split())
