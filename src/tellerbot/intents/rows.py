"""Labelled utterances from a file or a project folder, and their three parts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tellerbot.data.formats import FORMATS
from tellerbot.data.labels import refuse_labels
from tellerbot.data.read import OUT_OF_SCOPE, Row, RowFile, plain_label, read_rows
from tellerbot.data.split import check_intents, find_leaks, refuse_leaks, split_rows
from tellerbot.errors import DataError
from tellerbot.intents.config import IntentsConfig
from tellerbot.project.load import Project, load_project
from tellerbot.project.schema import Costs, Metric


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


def load_labelled(path: Path) -> Labelled:
    """Labelled utterances from a .jsonl, .csv or .parquet file, or from a project's intents."""
    if path.is_dir():
        project = load_project(path)
        file = project_rows(project)
        detected = f"{path.name}: {len(file.rows)} rows of intents (project folder)"
        calm = [name for name, response in project.responses.items() if not any(a.hand_off for a in response.answers())]
        return Labelled(file, detected, project.assistant.costs, project.assistant.metrics, calm)
    file = read_rows(path, "intents")
    return Labelled(file, file.detected)


def project_rows(project: Project) -> RowFile:
    """A project's utterances and follow-ups as rows, intents first."""
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
    config: IntentsConfig, file: RowFile, valid: Path | None, test: Path | None
) -> tuple[list[list[Row]], int]:
    """Training, validation and test rows, and how many rows of the given files leak: none unless `allow_leaks`.

    What is not given is split off `file`. Raises DataError for leaks, and for intents that no training row has.
    """
    rows = check_intents(file)
    given = {at: read_rows(path, "intents") for at, path in ((1, valid), (2, test)) if path}
    leaks = find_leaks(file.rows, *(other.rows for other in given.values()))
    if not config.allow_leaks:
        refuse_leaks(leaks)
    shares = {1: config.valid_fraction, 2: config.test_fraction}
    own = [at for at in shares if at not in given]
    split = split_rows(rows, [1 - sum(shares[at] for at in own), *(shares[at] for at in own)], config.seed)
    parts = [split[0], [], []]
    for at, part in zip(own, split[1:], strict=True):
        parts[at] = part
    for at, other in given.items():
        parts[at] = [row.named(plain_label(row.label)) for row in other.rows]
        refuse_labels(other.path, parts[at], sorted({row.label for row in rows}))
        if not any(row.label != OUT_OF_SCOPE for row in parts[at]):
            raise DataError(f"{other.path}: expected in-scope rows, found only out-of-scope ones. Add some.")
    strange = {row.label for part in parts[1:] for row in part} - {row.label for row in parts[0]} - {OUT_OF_SCOPE}
    if strange:
        raise DataError(
            f"Expected every intent among the training rows, found only outside them: {', '.join(sorted(strange))}. "
            "Add training rows for them, or rename them."
        )
    return parts, len(leaks)
