"""Rows -> a file, in the format that its ending names: JSONL, CSV or Parquet."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tellerbot.errors import DataError, MissingExtraError
from tellerbot.files import replace_file

if TYPE_CHECKING:
    import pyarrow

# Name -> the kinds of values seen in it.
Columns = dict[str, set[type]]
Rows = Iterable[Mapping[str, Any]]
# Rows of a Parquet file that are held at a time.
BATCH = 4096


def see(columns: Columns, row: Mapping[str, Any]) -> None:
    """Note a row's columns and the kinds of its values."""
    for name, value in row.items():
        columns.setdefault(name, set()).add(type(value))


def write_rows(path: Path, rows: Rows, columns: Columns, source: Path) -> int:
    """Write rows of `columns` as they come, over `path` once all are there; returns how many there were.

    Values that a format cannot hold are written as JSON. Columns of a Parquet `source` keep their types. Only the owner
    may read the file (mode 0600). Raises DataError for text that the format cannot hold.
    """
    write = {".csv": _write_csv, ".parquet": _write_parquet}.get(path.suffix.lower(), _write_jsonl)
    count = 0

    def counting() -> Iterator[Mapping[str, Any]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    with replace_file(path, 0o600) as stream:
        try:
            write(stream, counting(), columns, source)
        except UnicodeEncodeError as error:
            raise DataError(
                f"{path}: expected text, found half an emoji in row {count}. Mend the row, or write a .jsonl file."
            ) from error
    return count


def _write_jsonl(stream: BinaryIO, rows: Rows, columns: Columns, source: Path) -> None:
    for row in rows:
        line = json.dumps(row, ensure_ascii=False, default=str)
        try:
            data = line.encode()
        except UnicodeEncodeError:
            # In ASCII what no UTF-8 can hold is given back as it came.
            data = json.dumps(row, default=str).encode()
        stream.write(data + b"\n")


def _write_csv(stream: BinaryIO, rows: Rows, columns: Columns, source: Path) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(["" if row.get(name) is None else _as_text(row[name]) for name in columns])
    text.detach()


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _write_parquet(stream: BinaryIO, rows: Rows, columns: Columns, source: Path) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("Writing Parquet", "parquet") from error
    known = pyarrow.parquet.read_schema(source) if source.suffix.lower() == ".parquet" else pyarrow.schema([])
    schema = pyarrow.schema([_field(known, name, kinds - {type(None)}) for name, kinds in columns.items()])
    texts = {name for name in columns if name not in known.names and schema.field(name).type == pyarrow.string()}
    waiting = iter(rows)
    try:
        with pyarrow.parquet.ParquetWriter(stream, schema) as writer:
            while some := [_with_texts(row, texts) for row in islice(waiting, BATCH)]:
                writer.write_table(pyarrow.Table.from_pylist(some, schema))
    except (pyarrow.ArrowException, OverflowError) as error:
        raise DataError(f"{source}: expected values for Parquet: {error}. Write a .jsonl file.") from error


def _with_texts(row: Mapping[str, Any], texts: set[str]) -> dict[str, Any]:
    return {name: _as_text(value) if name in texts and value is not None else value for name, value in row.items()}


def _field(known: "pyarrow.Schema", name: str, kinds: set[type]) -> "pyarrow.Field":
    """Return the type of a column: the source's own, else the one that fits the values seen; text when none does."""
    import pyarrow

    if name in known.names:
        return known.field(name)
    if kinds and kinds <= {bool}:
        return pyarrow.field(name, pyarrow.bool_())
    if kinds and kinds <= {int}:
        return pyarrow.field(name, pyarrow.int64())
    return pyarrow.field(name, pyarrow.float64() if kinds and kinds <= {int, float} else pyarrow.string())
