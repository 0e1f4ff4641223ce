"""Parquet files, and folders of them as the Hugging Face Hub has them -> rows; numbered labels get their names."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tellerbot.errors import DataError, MissingExtraError, Problem

Names = Mapping[str, Sequence[str]]
# train-00000-of-00002.parquet
_SHARD = re.compile(r"(.+?)(?:-\d{5}-of-\d{5}(?:-[0-9a-f]+)?)?")
_HEAD = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)
TRAIN = "train"


def read_parquet(path: Path, tell: Callable[[Problem], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Stream the rows of a Parquet file with their numbers, a batch at a time.

    Labels that are numbers become names where the file's `huggingface` metadata, or a dataset_info.json or README.md in
    its folder or the one above, lists them.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("Reading Parquet", "parquet") from error
    try:
        file = pyarrow.parquet.ParquetFile(path)
        names = _names_in((file.schema_arrow.metadata or {}).get(b"huggingface", b"{}")) or _names_beside(path)
        batches = file.iter_batches(batch_size=1000)
        for number, row in enumerate((row for batch in batches for row in batch.to_pylist()), 1):
            yield number, with_names(row, names)
    except (pyarrow.ArrowException, OSError) as error:
        tell(Problem(str(path), None, f"Expected a Parquet file: {error}.", "Write the file again."))


def with_names(row: dict[str, Any], names: Names) -> dict[str, Any]:
    """Return the row with the names of its numbered labels; a number that has none stays."""
    named = {
        column: some[value]
        for column, some in names.items()
        if isinstance(value := row.get(column), int) and 0 <= value < len(some)
    }
    return {**row, **named}


def parquet_files(folder: Path) -> dict[str, list[Path]]:
    """List a folder's Parquet files by the split that their names begin with; empty when there are none.

    Raises DataError for several configurations, each in a folder of its own.
    """
    found: dict[str, list[Path]] = {}
    paths = sorted(path for one in ("*.parquet", "*/*.parquet") for path in folder.glob(one) if path.is_file())
    if len(homes := sorted({path.parent for path in paths})) > 1:
        raise DataError(f"{folder}: expected one folder with Parquet files, found {len(homes)}. Name one: {homes[0]}.")
    for path in paths:
        shard = _SHARD.fullmatch(path.stem)
        found.setdefault(shard[1] if shard else path.stem, []).append(path)
    return found


def _names_in(content: bytes | str) -> dict[str, list[str]]:
    """Read the names of labels in the JSON of a data set's features."""
    try:
        return _names_of(json.loads(content))
    except ValueError:
        return {}


def _names_beside(path: Path) -> dict[str, list[str]]:
    for folder in (path.parent, path.parent.parent):
        if (info := folder / "dataset_info.json").is_file() and (found := _names_in(info.read_text("utf-8"))):
            return found
        readme = folder / "README.md"
        head = _HEAD.match(readme.read_text("utf-8")) if readme.is_file() else None
        try:
            if head and (found := _names_of(yaml.safe_load(head[1]))):
                return found
        except yaml.YAMLError:
            continue
    return {}


def _names_of(value: Any) -> dict[str, list[str]]:
    """Return the first lists of names by column, of features as a mapping (JSON) or as a list (a README's head)."""
    if isinstance(value, list):
        value = {number: part for number, part in enumerate(value)}
    if not isinstance(value, dict):
        return {}
    features = value.get("features")
    if isinstance(features, list):
        features = {part.get("name"): part.get("dtype") for part in features if isinstance(part, dict)}
    if isinstance(features, dict) and (
        found := {name: some for name, one in features.items() if isinstance(name, str) and (some := _names(one))}
    ):
        return found
    return next((found for part in value.values() if (found := _names_of(part))), {})


def _names(feature: Any) -> list[str]:
    """Return the names of one column's labels, in the order of their numbers."""
    if isinstance(feature, dict):
        names = feature.get("names") or (feature.get("class_label") or {}).get("names") or []
        return [str(name) for name in (names.values() if isinstance(names, dict) else names)]
    return []
