"""Labelled utterances from a file or a project folder, and their three splits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tellerbot.data.formats import FORMATS
from tellerbot.data.labels import refuse_labels
from tellerbot.data.parquet_rows import parquet_files
from tellerbot.data.read import OUT_OF_SCOPE, Row, RowFile, Source, plain_label, read_rows
from tellerbot.data.split import check_intents, find_leaks, refuse_leaks, split_rows
from tellerbot.errors import DataError
from tellerbot.intents.config import IntentsConfig
from tellerbot.project.load import Project, load_project
from tellerbot.project.schema import Costs, Metric
from tellerbot.training.folders import rows_hash
from tellerbot.training.task import SPLITS


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows with what they were taken for and where from; `costs` and `metrics` are the project's, if it states any.

    `calm` are the project's intents that never go to a person.
    """

    file: RowFile
    detected: str
    costs: Costs | None = None
    metrics: Sequence[Metric] = ()
    calm: Collection[str] = ()


def load_labelled(source: Source) -> Labelled:
    """Labelled utterances from a project's intents, or from whatever `read_rows` reads."""
    if is_project(source):
        path = Path(str(source))
        project = load_project(path)
        file = project_rows(project)
        detected = f"{path.name}: {len(file.rows)} rows of intents (project folder)"
        calm = [name for name, response in project.responses.items() if not any(a.hand_off for a in response.answers())]
        return Labelled(file, detected, project.assistant.costs, project.assistant.metrics, calm)
    file = read_rows(source, "intents")
    return Labelled(file, file.detected)


def is_project(source: Source) -> bool:
    """Whether a source of rows is a project's folder, and not one with Parquet files."""
    if not isinstance(source, str | Path) or not Path(source).is_dir():
        return False
    return (Path(source) / "assistant.yaml").is_file() or not parquet_files(Path(source))


def project_rows(project: Project) -> RowFile:
    """Return a project's utterances and follow-ups as rows, intents first."""
    fields = [
        {"text": text, "label": name}
        for name, intent in project.intents.items()
        for text in (*intent.utterances, *(pair.joined for pair in intent.follow_ups))
    ]
    fields += [
        {"text": text, "label": OUT_OF_SCOPE, "subject": subject}
        for subject, texts in project.out_of_scope.items()
        for text in texts
    ]
    rows = [Row(entry, *project.places[entry["text"]]) for entry in fields]
    form = next(entry for entry in FORMATS if entry.kind == "intents")
    return RowFile(project.folder / "intents", "project", form, rows)


def split_parts(
    config: IntentsConfig, file: RowFile, validation: Source | None, test: Source | None
) -> tuple[dict[str, list[Row]], int]:
    """Return the rows by split, and how many rows of the given files leak: none unless `allow_leaks`.

    What is not given is split off `file`. Raises DataError for leaks, and for intents that no training row has.
    """
    rows = check_intents(file)
    given = {
        name: read_rows(source, "intents")
        for name, source in (("validation", validation), ("test", test))
        if source is not None
    }
    leaks = find_leaks(file.rows, *(other.rows for other in given.values()))
    if not config.allow_leaks:
        refuse_leaks(leaks)
    shares = {"validation": config.validation_fraction, "test": config.test_fraction}
    own = [name for name in shares if name not in given]
    split = split_rows(rows, [1 - sum(shares[name] for name in own), *(shares[name] for name in own)], config.seed)
    parts = dict(zip(("train", *own), split, strict=True))
    for name, other in given.items():
        parts[name] = [row.named(plain_label(row.label)) for row in other.rows]
        refuse_labels(other.path, parts[name], sorted({row.label for row in rows}))
        if not any(row.label != OUT_OF_SCOPE for row in parts[name]):
            raise DataError(f"{other.path}: expected in-scope rows, found only out-of-scope ones. Add some.")
    parts = {name: parts[name] for name in SPLITS}
    known = {row.label for row in parts["train"]} | {OUT_OF_SCOPE}
    strange = {row.label for name in shares for row in parts[name]} - known
    if strange:
        raise DataError(
            f"Expected every intent among the training rows, found only outside them: {', '.join(sorted(strange))}. "
            "Add training rows for them, or rename them."
        )
    return parts, len(leaks)


def hash_rows(rows: Sequence[Row]) -> str:
    """SHA-256 of labelled rows in order, subjects included."""
    return rows_hash((row.text, f"{row.label}/{row.subject}" if row.subject else row.label) for row in rows)
