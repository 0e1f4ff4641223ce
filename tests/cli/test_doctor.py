"""`tellerbot data doctor` as users run it: what it finds, what it must not show, and its exit codes."""

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from command import run  # pyright: ignore[reportMissingImports]
from conftest import UTTERANCES, labelled_rows  # pyright: ignore[reportMissingImports]

CARD, EMAIL = "4111 1111 1111 1111", "joe.bloggs@example.com"


def doctor(folder: Path, *arguments: object) -> CompletedProcess[str]:
    return run(folder, "data", "doctor", *arguments, folder=folder)


def write_rows(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows))
    return path


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> tuple[Path, str]:
    """A folder in which the doctor looked at rows with one mistake of most kinds, and what it printed."""
    folder = tmp_path_factory.mktemp("doctor")
    rows = labelled_rows()
    rows += [
        ("what is my balance right now please", "check_balance"),
        ("what is my balance right now, please?", "atm_fees"),
        (f"my lost card is {CARD} or mail {EMAIL}", "card_lost"),
        ("close it", "close_account"),
    ]
    data = write_rows(folder / "rows.jsonl", rows)
    valid = write_rows(folder / "valid.jsonl", [(f"My lost card is {CARD} or mail {EMAIL}!", "card_lost"), ("zz", "x")])
    test = write_rows(folder / "test.jsonl", [(f"my lost card is {CARD} or mail {EMAIL}", "card_lost")])
    given = ("--validation", valid, "--test", test)
    result = doctor(folder, data, "--model", tiny_model, *given, "--json", "figures.json")
    assert result.returncode == 0, result.stderr
    return folder, result.stdout


def test_mistakes_of_every_kind_are_counted_and_listed(looked_at: tuple[Path, str]) -> None:
    folder, printed = looked_at
    figures = json.loads((folder / "figures.json").read_text())
    found = {name: part["count"] for name, part in figures["findings"].items()}
    assert figures["rows"] == len(labelled_rows()) + 4 and figures["intents"] == len(UTTERANCES) + 1
    assert (found["personal_data"], found["leak"], found["contradiction"], found["thin_intent"]) == (1, 2, 1, 1)
    assert found["repeat"] > 0 and "memorised" not in found
    assert "high      Contradictions" in printed and "rows to mend: doctor/mend.jsonl" in printed
    mend = [json.loads(line) for line in (folder / "doctor" / "mend.jsonl").read_text().splitlines()]
    first = len(labelled_rows()) + 1
    (clash,) = [row for row in mend if row["finding"] == "contradiction"]
    assert (clash["line"], clash["label"], clash["other_line"]) == (first + 1, "atm_fees", first)
    assert Path(clash["file"]).name == Path(clash["other_file"]).name == "rows.jsonl"
    leaks = [row for row in mend if row["finding"] == "leak"]
    # The test row stands in both other files, and is told once.
    assert [(Path(row["file"]).name, Path(row["other_file"]).name) for row in leaks] == [
        ("rows.jsonl", "valid.jsonl"),
        ("rows.jsonl", "test.jsonl"),
    ]
    scores = [row["score"] for row in mend]
    assert scores == sorted(scores, reverse=True) and 0 <= min(scores) <= max(scores) <= 1
    page = (folder / "doctor" / "doctor.html").read_text()
    assert all(part in page for part in ("Contradictions: 1", "Leaks: 2", "What to do:", "close_account"))


def test_no_output_shows_personal_data(looked_at: tuple[Path, str]) -> None:
    folder, printed = looked_at
    outputs = [
        printed,
        *((folder / name).read_text() for name in ("doctor/mend.jsonl", "doctor/doctor.html", "figures.json")),
    ]
    for text in outputs:
        assert not any(secret.lower() in text.lower() for secret in (CARD, CARD.replace(" ", ""), EMAIL, "joe", "1111"))
    masked = "my lost card is [card number] or mail [e-mail address]"
    rows = [json.loads(line) for line in outputs[1].splitlines()]
    assert {row["text"] for row in rows if row["finding"] in ("personal_data", "leak")} == {masked}
    assert {row["line"] for row in rows if row["text"] == masked} == {len(labelled_rows()) + 3}


def test_rows_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "hello", "label": "greet"}\n{"text": 7, "label": "greet"}\n')
    result = doctor(tmp_path, bad)
    assert result.returncode == 3 and "bad.jsonl:2" in result.stderr
    assert not (tmp_path / "doctor").exists()
