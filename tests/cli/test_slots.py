"""`tellerbot slots` as users run it."""

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest

from command import run  # pyright: ignore[reportMissingImports]


def slots(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return run(folder / "home", "slots", *arguments)


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_slots_of_each_row_in_order(tmp_path: Path) -> None:
    text = "send £12.50 and pay 40 to Ann on friday at 9 10 pm, for 6 cards, as last week"
    rows = write(tmp_path / "rows.jsonl", {"text": text}, {"text": ""}, {"text": "héllo ☃ today"})
    result = slots(tmp_path, "--input", rows, "--today", "2024-05-15", "--output", tmp_path / "out.jsonl")
    assert result.returncode == 0, result.stderr
    first, second, third = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert first["text"] == text
    assert [(slot["kind"], text[slot["start"] : slot["end"]], slot["value"]) for slot in first["slots"]] == [
        ("money", "£12.50", {"amount": 12.5, "currency": "GBP"}),
        ("money", "40", {"amount": 40, "currency": None}),
        ("date", "friday", "2024-05-17"),
        ("time", "9 10 pm", "21:10"),
        ("count", "6", 6),
        ("period", "last week", {"from": "2024-05-06", "to": "2024-05-12"}),
    ]
    assert second == {"text": "", "slots": []}
    assert third["slots"] == [{"kind": "date", "start": 8, "end": 13, "value": "2024-05-15"}]


def test_without_a_day_it_is_today(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.jsonl", {"text": "today"})
    before = date.today()
    assert slots(tmp_path, "--input", rows, "--output", tmp_path / "out.jsonl").returncode == 0
    value = json.loads((tmp_path / "out.jsonl").read_text())["slots"][0]["value"]
    assert before <= date.fromisoformat(value) <= date.today()


@pytest.mark.parametrize(
    ("row", "code", "message"),
    [({"words": "hi"}, 3, "rows.jsonl:2"), ({"text": 5}, 3, "Expected text in 'text'"), ([], 3, "rows.jsonl:2")],
)
def test_a_bad_row_is_named_and_nothing_is_written(tmp_path: Path, row: object, code: int, message: str) -> None:
    rows = write(tmp_path / "rows.jsonl", {"text": "today"}, row)
    result = slots(tmp_path, "--input", rows, "--output", tmp_path / "out.jsonl")
    assert result.returncode == code
    assert message in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_bad_arguments(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.jsonl", {"text": "today"})
    assert slots(tmp_path, "--input", rows, "--today", "15.5.2024", "--output", tmp_path / "o.jsonl").returncode == 2
    assert slots(tmp_path, "--input", rows, "--today", "0001-01-01", "--output", tmp_path / "o.jsonl").returncode == 2
    assert slots(tmp_path, "--input", rows, "--output", rows).returncode == 2
    assert slots(tmp_path, "--input", tmp_path / "none.jsonl", "--output", tmp_path / "o.jsonl").returncode == 3
