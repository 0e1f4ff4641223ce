"""Labelled utterances from a file or a project folder."""

from dataclasses import dataclass
from pathlib import Path

from tellerbot.data.formats import FORMATS
from tellerbot.data.read import OUT_OF_SCOPE, Row, RowFile, read_rows
from tellerbot.project.load import Project, load_project


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows with what they were taken for and where from."""

    file: RowFile
    detected: str


def load_labelled(path: Path) -> Labelled:
    """Labelled utterances from a .jsonl, .csv or .parquet file, or from a project's intents."""
    if path.is_dir():
        file = project_rows(load_project(path))
        return Labelled(file, f"{path.name}: {len(file.rows)} rows of intents (project folder)")
    file = read_rows(path, "intents")
    return Labelled(file, file.detected)


def project_rows(project: Project) -> RowFile:
    """A project's utterances as rows, in file order; `line` counts them."""
    pairs = [(text, name) for name, intent in project.intents.items() for text in intent.utterances]
    pairs += [(text, OUT_OF_SCOPE) for texts in project.out_of_scope.values() for text in texts]
    rows = [Row({"text": text, "label": label}, line) for line, (text, label) in enumerate(pairs, 1)]
    form = next(entry for entry in FORMATS if entry.kind == "intents")
    return RowFile(project.folder / "intents", "project", form, rows)
