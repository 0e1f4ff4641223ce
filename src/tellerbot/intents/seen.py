"""Which rows a run has seen: known by short hashes, without keeping what customers wrote."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.read import Row
from tellerbot.data.split import fingerprint
from tellerbot.errors import ArtefactError
from tellerbot.training.folders import Run, rows_hash

NAMES = ("train", "validation")


def seen_mark(text: str) -> str:
    """Return a short hash of a text, blind to case, punctuation and spacing."""
    return rows_hash(iter([(fingerprint(text), "")]))[:16]


def seen_marks(train: Sequence[Row], validation: Sequence[Row]) -> dict[str, list[str]]:
    """Return what a run keeps in its data.json, for `find_seen`."""
    parts = zip(NAMES, (train, validation), strict=True)
    return {name: sorted({seen_mark(row.text) for row in rows}) for name, rows in parts}


def find_seen(run: Run, texts: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which texts (texts,) stood in the run's training rows, and which of the others in its validation rows.

    Raises ArtefactError when the run does not tell.
    """
    try:
        seen = run.read("data.json")["seen"]
        known = [set(seen[name]) for name in NAMES]
    except (KeyError, TypeError) as error:
        raise ArtefactError(
            f"{run.folder}: expected the marks of training and validation rows in data.json, found none. Train again."
        ) from error
    marks = [seen_mark(text) for text in texts]
    trained, validated = (np.array([mark in some for mark in marks], dtype=bool) for some in known)
    return trained, validated & ~trained
