"""A release's vectors in the bank's own store, filled when the release is loaded."""

import hashlib
import json
import weakref
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from tellerbot.knowledge.ingested import Ingested
from tellerbot.knowledge.stores.store import name_collection, open_store

# Passages that the store is asked for; the others are as if they were not there.
NEAREST = 200


class ServedVectors:
    """The vectors of one index in a collection of its own beside the one that `url` names (see `open_store`).

    Its name is made from what was ingested, by which encoder: releases side by side never see each other's passages,
    and those of the same passages share them. Opening adds what is missing in the store; any number of processes may do
    so at once. Raises what `open_store` does.
    """

    def __init__(self, ingested: Ingested, url: str, key: SecretStr | str = "") -> None:
        self._ids = [passage.id for passage in ingested.passages]
        self._rows = {id: row for row, id in enumerate(self._ids)}
        self._vectors = ingested.vectors
        self._store = open_store(name_collection(url, _name(ingested)), ingested.vectors.shape[1], key)
        # After a reload the last turn of the release before lets go of its connection.
        self.close = weakref.finalize(self, self._store.close)
        there = self._store.ids()
        rows = [row for id, row in self._rows.items() if id not in there]
        passages = [ingested.passages[row] for row in rows]
        days = [(passage.in_force_from, passage.in_force_to) for passage in passages]
        self._store.add([passage.id for passage in passages], ingested.vectors[rows], days)

    def cosines(self, query: NDArray[np.float32], day: date, also: Sequence[int] = ()) -> NDArray[np.float32]:
        """Return the (passages,) cosines of a (width,) question with the nearest passages and with the rows `also`.

        The nearest are in force on `day`. The cosines of the others are minus infinity. Raises UnavailableError when
        the store is away.
        """
        found = np.full(len(self._ids), -np.inf, np.float32)
        for id, score in self._store.search(query[None], NEAREST, day)[0]:
            # A row that somebody else wrote there is not ours to answer from.
            if id in self._rows:
                found[self._rows[id]] = score
        if left := [row for row in also if found[row] == -np.inf]:
            # Not from the store, which may show what was added only later.
            found[left] = self._vectors[left] @ query
        return found


def _name(ingested: Ingested) -> str:
    """Return twelve hexadecimal digits for the documents, their heads and parsers, and the encoder."""
    documents = {name: asdict(known) for name, known in ingested.documents.items()}
    made_from = json.dumps([ingested.encoder, documents], sort_keys=True)
    return hashlib.sha256(made_from.encode()).hexdigest()[:12]
