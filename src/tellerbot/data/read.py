"""Files -> rows. Every mistake is reported with its line, none is skipped in silence."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tellerbot.data.csv_rows import mark_in, read_csv, with_commas
from tellerbot.data.formats import FORMATS, Format, detect
from tellerbot.data.formats import notes as notes_on
from tellerbot.data.labels import label_key
from tellerbot.data.lines import read_lines, text_in
from tellerbot.errors import DataError, MissingExtraError, Problem, counted

OUT_OF_SCOPE = "out_of_scope"
# Other data sets' names for the same thing, as `label_key` writes them.
SCOPE_KEYS = {"oos", "ood", label_key(OUT_OF_SCOPE)}


def plain_label(label: str) -> str:
    """The label without surrounding space; every name for out of scope becomes `out_of_scope`."""
    label = label.strip()
    return OUT_OF_SCOPE if label_key(label) in SCOPE_KEYS else label


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its fields by the kind's names (see `formats`), and the file and line, from 1, that it starts on."""

    fields: dict[str, str]
    line: int
    file: str = ""

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
        return Row({**self.fields, "label": label}, self.line, self.file)


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file's rows and what it was taken for."""

    path: Path
    container: str
    format: Format
    rows: list[Row]
    notes: Sequence[str] = ()

    @property
    def detected(self) -> str:
        """One line for people: what was recognised, and what was left out or not used."""
        kind = f"{len(self.rows)} rows of {self.format.kind} ({self.container}, {self.format.name})"
        return "; ".join([f"{self.path.name}: {kind}", *self.notes])


def read_rows(path: Path, kind: str | None = None) -> RowFile:
    """Read a .jsonl, .csv or .parquet file and say what it holds.

    `kind` is what the caller needs (intents, replies, retrieval). Raises DataError listing every bad
    row, or saying what was expected when the columns fit no known format of that kind.
    """
    problems: list[Problem] = []
    left_out: Counter[str] = Counter()
    raw = list(_READERS[_ending(path)](path, problems.append, left_out))
    total = len(raw) + len(problems)
    if not raw and not problems:
        raise DataError(f"{path}: expected rows, found none. Fill the file, or name another.")
    form = detect(frozenset(raw[0][1])) if raw else None
    if raw and (form is None or (kind and form.kind != kind)):
        wanted = [" + ".join(entry.columns) for entry in FORMATS if kind in (None, entry.kind)]
        raise DataError(
            f"{path}: expected the columns of {kind or 'a known format'} ({'; '.join(wanted)}), "
            f"found: {', '.join(sorted(raw[0][1])) or 'none'}. {_remedy(raw[0][1])}"
        )
    rows: list[Row] = []
    for line, columns in raw:
        assert form is not None  # noqa: S101 - raw is not empty here
        try:
            rows.append(Row(form.read(columns), line, str(path)))
        except ValueError as error:
            problems.append(Problem(str(path), line, str(error), "Mend or remove the row."))
    if problems:
        problems.sort(key=lambda problem: problem.line or 0)
        found = f"{len(problems)} of {total} rows are bad" if raw else "expected rows, found none that can be read"
        raise DataError(f"{path}: {found}.", problems)
    assert form is not None  # noqa: S101 - without rows or problems this was left above
    dropped = ", ".join(counted(count, what) for what, count in left_out.items() if count)
    notes = [*([f"left out: {dropped}"] if dropped else []), *notes_on(form, (columns for _, columns in raw))]
    return RowFile(path, path.suffix[1:].upper(), form, rows, notes)


def read_objects(path: Path, column: str) -> Iterator[dict[str, Any]]:
    """Stream a .jsonl, .csv or .parquet file's rows, each with text (which may be empty) in `column`.

    Holds a line of it, or a batch of a Parquet file's rows, at a time. Raises DataError naming the first row that is
    wrong.
    """
    for line, row in _READERS[_ending(path)](path, _refuse, Counter()):
        try:
            text_in(row, column, empty=True)
        except ValueError as error:
            _refuse(Problem(str(path), line, str(error), f"Mend or remove the row; each has text in {column!r}."))
        yield row


def _refuse(problem: Problem) -> None:
    raise DataError(str(problem))


def _ending(path: Path) -> str:
    """How the file's name ends. Raises DataError when there is no file, or no reader knows that ending."""
    if not path.is_file():
        found = "a folder" if path.is_dir() else "none"
        raise DataError(f"{path}: expected a file, found {found}. Check the path.")
    ending = path.suffix.lower()
    if ending not in _READERS:
        raise DataError(
            f"{path}: expected a file ending in {', '.join(_READERS)}, found {path.suffix or 'none'!r}. "
            "Convert the file."
        )
    return ending


def _object(line: str) -> dict[str, Any]:
    """The JSON object that a line holds. Raises ValueError with what it holds instead."""
    try:
        value = json.loads(line.rstrip("\r\n"), object_pairs_hook=_unrepeated)
    except json.JSONDecodeError as error:
        raise ValueError(f"Expected JSON, found at character {error.pos + 1}: {error.msg}.") from error
    except RecursionError as error:
        raise ValueError("Expected JSON of a row, found something nested too deeply.") from error
    if not isinstance(value, dict):
        raise ValueError(f"Expected an object, found {type(value).__name__}.")
    return value


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"Expected each key once, found {twice!r} again.")
    return found


def read_jsonl(path: Path, tell: Callable[[Problem], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Stream the objects of a .jsonl file with their line numbers; `tell` hears of each line that holds none."""
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            yield number, _object(line)
        except ValueError as error:
            tell(Problem(str(path), number, str(error), "Write one object, {...}, a line."))


def _remedy(columns: Collection[str]) -> str:
    mark = mark_in("".join(columns))
    return with_commas(mark) if mark else "Rename the columns."


def _parquet(path: Path, tell: Callable[[Problem], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("Reading Parquet", "parquet") from error
    try:
        batches = pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=1000)
        yield from enumerate((row for batch in batches for row in batch.to_pylist()), 1)
    except (pyarrow.ArrowException, OSError) as error:
        tell(Problem(str(path), None, f"Expected a Parquet file: {error}.", "Write the file again."))


# A path, what hears of mistakes and what counts empty lines and columns -> rows with their lines.
_READERS: dict[str, Callable[[Path, Callable[[Problem], None], Counter[str]], Iterator[tuple[int, dict[str, Any]]]]] = {
    ".jsonl": lambda path, tell, _: read_jsonl(path, tell),
    ".csv": read_csv,
    ".parquet": lambda path, tell, _: _parquet(path, tell),
}
