"""The doctor with a tiny encoder and a tiny run."""

from pathlib import Path
from typing import Any

import pytest

from conftest import labelled_rows  # pyright: ignore[reportMissingImports]
from tellerbot.data.doctor_report import Diagnosis, write_diagnosis
from tellerbot.intents.doctor import examine
from tellerbot.intents.seen import find_seen
from tellerbot.privacy.redact import redact


@pytest.fixture(scope="module")
def with_run(tiny_run: Any, tiny_project: Path, tiny_model: Path) -> Diagnosis:
    return examine(tiny_project, redact, model=str(tiny_model), run=tiny_run.folder)


def test_a_run_is_asked_what_it_has_memorised(with_run: Diagnosis, tiny_run: Any) -> None:
    table = {row["rows that are"]: row for row in with_run.figures()["findings"]["memorised"]["table"]}
    rows = {name: row["rows"] for name, row in table.items()}
    inside = [text for text, label in labelled_rows() if label != "out_of_scope"]
    # Rows it was tuned on are neither seen in training nor unseen.
    trained, tuned = find_seen(tiny_run, inside)
    assert rows["seen"] == trained.sum() and tuned.any()
    assert rows["seen"] == rows["seen, with one typing slip"] > 0
    assert sum(rows.values()) - rows["seen"] == len(inside) - tuned.sum()
    gap = "less accurate than on seen rows by"
    assert table["seen"][gap] == 0
    # Most slips are mended before the model reads them; those that are not leave it less sure.
    assert table["seen, with one typing slip"]["mean confidence"] < table["seen"]["mean confidence"]
    assert with_run.figures()["findings"]["memorised"]["count"] == sum(row[gap] > 0.05 for row in table.values())
    assert all(0 <= row["accuracy"] <= 1 and 0 <= row["mean confidence"] <= 1 for row in table.values())


def test_a_second_look_says_the_same(
    with_run: Diagnosis, tiny_run: Any, tiny_project: Path, tiny_model: Path, tmp_path: Path
) -> None:
    again = examine(tiny_project, redact, model=str(tiny_model), run=tiny_run.folder)
    write_diagnosis(tmp_path / "1", with_run)
    write_diagnosis(tmp_path / "2", again)
    for name in ("mend.jsonl", "doctor.html"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_rows_the_run_never_saw_have_nothing_to_be_compared_with(
    tiny_run: Any, tiny_model: Path, tmp_path: Path
) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("text,label\nsend cash to bob,transfer_money\nhello there,greeting\n")
    diagnosis = examine(data, redact, model=str(tiny_model), run=tiny_run.folder)
    (part,) = [part for part in diagnosis.sections if part.kind.name == "memorised"]
    assert part.count == 0 and part.note.startswith("None of these rows stood in")
    assert [(row["rows that are"], row["rows"]) for row in part.table] == [("unseen, further away", 1)]


def test_the_doctor_tells_all_along_how_far_it_is(tiny_project: Path, tiny_model: Path) -> None:
    told: list[tuple[int, int, str]] = []
    examine(tiny_project, redact, model=str(tiny_model), progress=lambda *step: told.append(step))
    shares = [step / steps for step, steps, _ in told]
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) > 100
    stages = list(dict.fromkeys(note for _, _, note in told))
    assert stages == ["reading", "masking", "near-duplicates", "vectors", "label errors", ""]


def test_a_single_row_is_looked_at_too(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("text,label\nhello,greet\n")
    counts = {
        part.kind.name: part.count for part in examine(tmp_path / "one.csv", redact, model=str(tiny_model)).sections
    }
    assert counts.pop("thin_intent") == 1 and not any(counts.values())


def test_a_projects_rows_are_named_by_file_and_line(tiny_project: Path, tiny_model: Path) -> None:
    found = examine(tiny_project, redact, model=str(tiny_model)).to_mend()
    assert found
    for row in found:
        for file, line, text in ((row.file, row.line, row.text), (row.other_file, row.other_line, None)):
            if file and line:
                written = Path(file).read_text().splitlines()[line - 1]
                assert text in written if text else written.lstrip().startswith("- ")
