"""Texts -> token ids, the same in training and in serving."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from tellerbot.characters import plain_letters

# What follows may be the name of a token, such as [SEP] or </s>.
_OPENING = re.compile(r"([<\[])(?=\S)")


def as_reader(tokenizer: Tokenizer) -> Tokenizer:
    """Return the tokenizer, which from now on reads the names of its special tokens as text.

    A tokenizer.json does not keep this, so that whoever loads one asks for it.
    """
    tokenizer.encode_special_tokens = True
    return tokenizer


def encode_texts(tokenizer: Tokenizer, texts: Sequence[str] | Sequence[tuple[str, str]]) -> list[Any]:
    """Encode texts, or pairs of texts that are read as one, in order.

    Every encoder reads full-width and styled letters as their plain ones, and emoji by their names. A text never holds
    a special token: the `[SEP]` that a customer types is five characters. `tokenizer` is one that `as_reader` has
    prepared.
    """
    return tokenizer.encode_batch([_as_read(text) for text in texts])


def batch_by_length(lengths: Sequence[int], batch_size: int) -> tuple[list[list[int]], NDArray[np.int64]]:
    """Put row numbers into batches of like length, the shortest first, so that little is spent on padding.

    Also returns (rows,) places that restore the given order: `concatenate(results_of_batches)[places]`.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return batches, np.argsort(np.array(order, dtype=np.int64))


@overload
def _as_read(text: str) -> str: ...
@overload
def _as_read(text: tuple[str, str]) -> tuple[str, str]: ...
def _as_read(text: str | tuple[str, str]) -> str | tuple[str, str]:
    if isinstance(text, tuple):
        return _as_read(text[0]), _as_read(text[1])
    # A unigram model (T5, XLM-R) finds the name among its own pieces, whatever the tokenizer is set to.
    return _OPENING.sub(r"\1 ", _name_emoji(plain_letters(text)))


def _name_emoji(text: str) -> str:
    """Replace emoji with their Unicode names ("thumbs up sign"), as most vocabularies have no emoji."""
    if text.isascii():
        return text
    return "".join(
        f" {unicodedata.name(char, '').lower()} " if unicodedata.category(char) == "So" else char for char in text
    )
