"""`tellerbot predict`: what is kept of the rows, and the formats of files."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from tellerbot.cli.main import app
from tellerbot.cli.rows import Columns, see, write_rows
from tellerbot.errors import DataError

TEXTS = ["what is my balance", "", 'lost, "my"\ncard'] * 400
TOLD = {"intent", "confidence", "scope_score", "in_scope"}


@pytest.fixture
def predict(tiny_run: Any) -> Any:
    return lambda source, target: CliRunner().invoke(
        app, ["predict", "intents", str(tiny_run.folder), "--input", str(source), "--output", str(target)]
    )


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(newline="") as stream:
            return list(csv.DictReader(stream))
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path).to_pylist()
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize(("source", "target"), [("csv", "parquet"), ("parquet", "csv"), ("jsonl", "csv")])
def test_rows_keep_their_columns_from_one_format_to_another(
    predict: Any, tmp_path: Path, source: str, target: str
) -> None:
    path = tmp_path / f"in.{source}"
    if source == "csv":
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows([["id", "text"], *enumerate(TEXTS)])
    elif source == "parquet":
        pyarrow.parquet.write_table(pyarrow.table({"id": range(1200), "text": TEXTS}), path, row_group_size=500)
    else:
        path.write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in enumerate(TEXTS)))
    result = predict(path, tmp_path / f"out.{target}")
    assert result.exit_code == 0 and "labelling 1000/1200" in result.stderr and "1200/1200" in result.stderr
    rows = read(tmp_path / f"out.{target}")
    assert [row["text"] for row in rows] == TEXTS and [int(row["id"]) for row in rows] == list(range(1200))
    assert set(rows[0]) == {"id", "text"} | TOLD and rows[0]["intent"]


def test_a_parquet_file_keeps_its_types(predict: Any, tmp_path: Path) -> None:
    table = pyarrow.table({
        "text": pyarrow.array(["lost card", "my balance"], pyarrow.large_string()),
        "day": [date(2026, 11, 30), None],
        "tags": [["a", "b"], []],
        "number": pyarrow.array([1, 2], pyarrow.int16()),
    })  # fmt: skip
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    assert predict(tmp_path / "in.parquet", tmp_path / "out.parquet").exit_code == 0
    kept = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert kept.select(table.column_names).equals(table)
    assert kept.schema.field("confidence").type == pyarrow.float64()
    assert kept.schema.field("in_scope").type == pyarrow.bool_()


def test_columns_that_only_some_rows_have_and_nested_values_are_kept(predict: Any, tmp_path: Path) -> None:
    rows = [{"text": "lost card"}, {"text": "my balance", "who": {"id": 7}, "seen": True}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for ending in ("csv", "parquet", "jsonl"):
        assert predict(tmp_path / "in.jsonl", tmp_path / f"out.{ending}").exit_code == 0
    first, second = read(tmp_path / "out.csv")
    assert (first["who"], second["who"], second["seen"]) == ("", '{"id": 7}', "true")
    first, second = read(tmp_path / "out.parquet")
    assert (first["who"], second["who"], second["seen"]) == (None, '{"id": 7}', True)
    first, second = read(tmp_path / "out.jsonl")
    assert set(first) == {"text"} | TOLD and second["who"] == {"id": 7}
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o600


def test_a_column_that_would_be_written_over_is_refused(predict: Any, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text,intent\nlost card,card_lost\n")
    result = predict(tmp_path / "in.csv", tmp_path / "out.csv")
    assert isinstance(result.exception, DataError) and "no column 'intent'" in str(result.exception)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_a_format_cannot_hold_is_refused_and_the_old_file_stays(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out.{ending}"
    path.write_text("kept")
    rows: list[dict[str, Any]] = [{"text": "lost card", "id": "\ud83d"}]
    columns = Columns()
    see(columns, rows[0])
    with pytest.raises(DataError, match="half an emoji in row 1"):
        write_rows(path, rows, columns, Path("in.jsonl"))
    with pytest.raises(DataError, match="expected values for Parquet"):
        write_rows(tmp_path / "out.parquet", [{"number": 2**70}], {"number": {int}}, Path("in.jsonl"))
    assert path.read_text() == "kept" and [*tmp_path.iterdir()] == [path]
