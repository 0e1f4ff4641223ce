"""Files, and rows in memory -> rows. Every mistake is reported with its line, none is skipped in silence."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tellerbot.data.csv_rows import COMMA, mark_in, read_csv, with_marks
from tellerbot.data.formats import FORMATS, Format, detect
from tellerbot.data.formats import notes as notes_on
from tellerbot.data.json_rows import holds_array, read_json, read_jsonl
from tellerbot.data.labels import label_key
from tellerbot.data.lines import text_in
from tellerbot.data.memory import container_of, read_memory
from tellerbot.data.parquet_rows import TRAIN, parquet_files, read_parquet
from tellerbot.errors import DataError, Problem, format_count

# A file, a folder, a list of dicts, a pandas frame, a Dataset or a DatasetDict.
Source = str | Path | Iterable[Any] | Mapping[str, Any]
Raw = Iterator[tuple[int, dict[str, Any]]]
# How rows that are in no file are called in messages.
IN_MEMORY = Path("rows")

OUT_OF_SCOPE = "out_of_scope"
# Other data sets' names for the same thing, as `label_key` writes them.
SCOPE_KEYS = {"oos", "ood", label_key(OUT_OF_SCOPE)}


def plain_label(label: str) -> str:
    """Strip the space around a label; replace every name for out of scope with `out_of_scope`."""
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
        """The row's text."""
        return self.fields["text"]

    @property
    def label(self) -> str:
        """The row's label."""
        return self.fields["label"]

    @property
    def subject(self) -> str:
        """What an out-of-scope utterance is about, where its source says so."""
        return self.fields.get("subject", "")

    def named(self, label: str) -> "Row":
        """Return this row with another label."""
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


def read_rows(source: Source, kind: str | None = None) -> RowFile:
    """Read rows and say what they are.

    `source` is a .jsonl, .json, .csv, .tsv or .parquet file, a folder with Parquet files (of several splits, the one
    named train), a list of dicts, `(texts, labels)`, a pandas frame, or a Dataset or DatasetDict. `kind` is what the
    caller needs (intents, replies, retrieval). Raises DataError listing every bad row, or saying what was expected when
    the columns fit no known format of that kind.
    """
    problems: list[Problem] = []
    left_out: Counter[str] = Counter()
    path, container, unread, files = _open(source, problems.append, left_out)
    raw = [(file, line, columns) for file, rows in files for line, columns in rows]
    total = len(raw) + len(problems)
    if not raw and not problems:
        raise DataError(f"{path}: expected rows, found none. Fill the file, or name another.")
    form = detect(frozenset(raw[0][2])) if raw else None
    if raw and (form is None or (kind and form.kind != kind)):
        wanted = [" + ".join(entry.columns) for entry in FORMATS if kind in (None, entry.kind)]
        raise DataError(
            f"{path}: expected the columns of {kind or 'a known format'} ({'; '.join(wanted)}), "
            f"found: {', '.join(sorted(raw[0][2])) or 'none'}. {_remedy(raw[0][2])}"
        )
    rows: list[Row] = []
    for file, line, columns in raw:
        assert form is not None  # noqa: S101 - raw is not empty here
        try:
            rows.append(Row(form.read(columns), line, file))
        except ValueError as error:
            problems.append(Problem(file, line, str(error), "Mend or remove the row."))
    if problems:
        problems.sort(key=lambda problem: (problem.file, problem.line or 0))
        found = f"{len(problems)} of {total} rows are bad" if raw else "expected rows, found none that can be read"
        raise DataError(f"{path}: {found}.", problems)
    assert form is not None  # noqa: S101 - without rows or problems this was left above
    dropped = ", ".join(format_count(count, what) for what, count in left_out.items() if count)
    notes = [*([f"left out: {dropped}"] if dropped else []), *unread]
    return RowFile(path, container, form, rows, [*notes, *notes_on(form, (columns for _, _, columns in raw))])


def _open(
    source: Source, tell: Callable[[Problem], None], left_out: Counter[str]
) -> tuple[Path, str, list[str], list[tuple[str, Raw]]]:
    """Open a source: return its name, its container, notes on what is not read, and the rows by file."""
    if not isinstance(source, str | Path):
        return IN_MEMORY, container_of(source), [], [(str(IN_MEMORY), read_memory(source))]
    path = Path(source)
    if path.is_dir() and (splits := parquet_files(path)):
        split = TRAIN if TRAIN in splits else next(iter(splits))
        if TRAIN not in splits and len(splits) > 1:
            raise DataError(
                f"{path}: expected Parquet files of the split {TRAIN}, found {', '.join(splits)}. Name one."
            )
        unread = [f"not read: {', '.join(files[0].name for name, files in splits.items() if name != split)}"]
        files = [(str(file), read_parquet(file, tell)) for file in splits[split]]
        return path, f"{format_count(len(files), 'Parquet file')} of {split}", unread if len(splits) > 1 else [], files
    ending = _ending(path)
    container = ending[1:].upper()
    if ending == ".json":
        container = "JSON array" if holds_array(path) else "JSON, an object a line"
    return path, container, [], [(str(path), _READERS[ending](path, tell, left_out))]


def read_objects(path: Path, column: str) -> Iterator[dict[str, Any]]:
    """Stream the rows of a .jsonl, .json, .csv, .tsv or .parquet file, each with text (which may be empty) in `column`.

    Holds a line of it, or a batch of a Parquet file's rows, at a time, and a .json file whole. Raises DataError naming
    the first row that is wrong.
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


def _remedy(columns: Collection[str]) -> str:
    mark = mark_in("".join(columns))
    return with_marks(mark) if mark and mark != COMMA else "Rename the columns."


# A path, what hears of mistakes and what counts empty lines and columns -> rows with their lines.
_READERS: dict[str, Callable[[Path, Callable[[Problem], None], Counter[str]], Raw]] = {
    ".jsonl": lambda path, tell, _: read_jsonl(path, tell),
    ".json": lambda path, tell, _: read_json(path, tell),
    ".csv": read_csv,
    ".tsv": partial(read_csv, mark="\t"),
    ".parquet": lambda path, tell, _: read_parquet(path, tell),
}
