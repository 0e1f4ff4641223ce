"""Files -> rows. Every mistake is reported with its line, none is skipped in silence."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tellerbot.data.formats import FORMATS, Format, detect
from tellerbot.errors import DataError, MissingExtraError, Problem

OUT_OF_SCOPE = "out_of_scope"
# Other data sets' names for the same thing.
SCOPE_SYNONYMS = {"oos", "ood", "out-of-scope", "out of scope", OUT_OF_SCOPE}


def plain_label(label: str) -> str:
    """The label without surrounding space; every name for out of scope becomes `out_of_scope`."""
    label = label.strip()
    return OUT_OF_SCOPE if label.casefold() in SCOPE_SYNONYMS else label


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its fields by the kind's names (see `formats`), and the line it starts on, from 1."""

    fields: dict[str, str]
    line: int

    @property
    def text(self) -> str:
        return self.fields["text"]

    @property
    def label(self) -> str:
        return self.fields["label"]

    @property
    def subject(self) -> str:
        """What an out-of-scope utterance is about, where its source says so."""
        return self.fields.get("subject", "")

    def named(self, label: str) -> "Row":
        """This row with another label."""
        return Row({**self.fields, "label": label}, self.line)


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file's rows and what it was taken for."""

    path: Path
    container: str
    format: Format
    rows: list[Row]

    @property
    def detected(self) -> str:
        """One line for people: what was recognised."""
        return f"{self.path.name}: {len(self.rows)} rows of {self.format.kind} ({self.container}, {self.format.name})"


def read_rows(path: Path, kind: str | None = None) -> RowFile:
    """Read a .jsonl, .csv or .parquet file and say what it holds.

    `kind` is what the caller needs (intents, replies, retrieval, utterances). Raises DataError listing every
    bad row, or saying what was expected when the columns fit no known format of that kind.
    """
    readers = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: expected a file ending in {', '.join(readers)}, found {path.suffix or 'none'!r}.")
    if not path.is_file():
        raise DataError(f"{path}: expected a file, found none. Check the path.")
    problems: list[Problem] = []
    raw = list(reader(path, problems))
    total = len(raw) + len(problems)
    if not raw and not problems:
        raise DataError(f"{path}: expected rows, found an empty file.")
    form = detect(frozenset(raw[0][1])) if raw else None
    if form and kind == "utterances" and "text" in raw[0][1]:
        form = next(entry for entry in FORMATS if entry.kind == kind)
    if raw and (form is None or (kind and form.kind != kind)):
        wanted = [" + ".join(entry.columns) for entry in FORMATS if kind in (None, entry.kind)]
        raise DataError(
            f"{path}: expected the columns of {kind or 'a known format'} ({'; '.join(wanted)}), "
            f"found: {', '.join(sorted(raw[0][1])) or 'none'}. Rename the columns."
        )
    rows: list[Row] = []
    for line, columns in raw:
        assert form is not None  # noqa: S101 - raw is not empty here
        try:
            rows.append(Row(form.read(columns), line))
        except ValueError as error:
            problems.append(Problem(str(path), line, str(error), "Mend or remove the row."))
    if problems:
        raise DataError(f"{path}: {len(problems)} of {total} rows are bad.", problems)
    assert form is not None  # noqa: S101 - without rows or problems this was left above
    return RowFile(path, path.suffix[1:].upper(), form, rows)


def _lines(path: Path) -> str:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}:{line}: expected UTF-8 text, found the byte 0x{data[error.start]:02x}. Save the file as UTF-8."
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{path}:{line}: expected text, found a NUL character. Is this a binary file?")
    return text


def _jsonl(path: Path, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_lines(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(
                Problem(
                    str(path), number, f"Expected JSON: {getattr(error, 'msg', error)}.", "Write one object a line."
                )
            )
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            problems.append(
                Problem(str(path), number, f"Expected an object, found {type(value).__name__}.", "Use {...}.")
            )


def _csv(path: Path, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(_lines(path), newline=""), strict=True)
    header: list[str] = []
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not cells:
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                continue
            if len(cells) == len(header):
                yield line, dict(zip(header, cells, strict=True))
                continue
            problems.append(
                Problem(
                    str(path),
                    line,
                    f"Expected {len(header)} cells, found {len(cells)}.",
                    "Put quotes around text that contains commas.",
                )
            )
    except csv.Error as error:
        problems.append(
            Problem(
                str(path),
                reader.line_num,
                f"Expected CSV: {error}.",
                "Close the quotes and double inner ones.",
            )
        )


def _parquet(path: Path, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("Reading Parquet", "parquet") from error
    try:
        yield from enumerate(pyarrow.parquet.read_table(path).to_pylist(), 1)
    except (pyarrow.ArrowException, OSError) as error:
        problems.append(Problem(str(path), None, f"Expected a Parquet file: {error}.", "Write the file again."))
