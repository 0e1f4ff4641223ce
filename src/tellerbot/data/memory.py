"""Rows in memory -> rows: dicts, texts with labels, a pandas frame, or a Dataset or DatasetDict of datasets.

They are known by what they can do: neither library is imported.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tellerbot.data.parquet_rows import TRAIN, with_names
from tellerbot.errors import DataError


def container_of(source: object) -> str:
    """Return what to call the source in a message."""
    return "list" if isinstance(source, list | tuple) else type(source).__name__


def read_memory(source: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the rows of a source with their numbers from 1; of several splits, those of `train`.

    Raises DataError for a source that has no rows.
    """
    if isinstance(source, Mapping):
        if TRAIN not in source:
            raise DataError(f"Expected rows or a split {TRAIN!r}, found {', '.join(map(str, source)) or 'nothing'}.")
        source = source[TRAIN]
    rows: Any = source
    if isinstance(source, tuple) and len(source) == 2 and not any(isinstance(part, Mapping) for part in source):
        texts, labels = map(list, source)
        if len(texts) != len(labels):
            raise DataError(f"Expected a label for each text, found {len(texts)} texts and {len(labels)} labels.")
        rows = [{"text": text, "label": label} for text, label in zip(texts, labels, strict=True)]
    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):
        rows = rows.to_dict("records")
    if isinstance(rows, str | bytes) or not isinstance(rows, Iterable):
        raise DataError(
            f"Expected rows: a list of dicts, texts with labels, a frame or a dataset, found {type(rows).__name__}."
        )
    features = getattr(rows, "features", None) or {}
    names = {name: some for name in features if (some := getattr(features[name], "names", None))}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise DataError(f"Expected a dict as row {number}, found {type(row).__name__}.")
        yield number, with_names({str(name): _plain(value) for name, value in row.items()}, names)


def _plain(value: Any) -> Any:
    """Return a value as plain Python: NumPy's numbers as numbers, and pandas' missing values as None."""
    # A one-value array and a scalar alike; what is not a number is not equal to itself.
    value = value.item() if hasattr(value, "item") and not getattr(value, "shape", None) else value
    return None if isinstance(value, float) and value != value else value
