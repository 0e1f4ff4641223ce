"""The shapes in which people have their rows: read as they are, and called by what they are."""

import json
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pyarrow.parquet
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

from tellerbot.data.read import read_objects, read_rows
from tellerbot.errors import DataError

NAMES = ["card_lost", "check_balance"]
ROWS = [("where is my card", 0), ("what do i have", 1)]


def labelled(file: Any) -> list[tuple[str, str, int]]:
    return [(row.text, row.label, row.line) for row in file.rows]


@pytest.fixture
def dataset() -> Dataset:
    features = Features({"text": Value("string"), "label": ClassLabel(names=NAMES)})
    return Dataset.from_dict({"text": [text for text, _ in ROWS], "label": [label for _, label in ROWS]}, features)


def test_an_array_of_objects_keeps_the_lines_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"text": text, "label": NAMES[label]} for text, label in ROWS], indent=2))
    file = read_rows(path, "intents")
    assert labelled(file) == [("where is my card", "card_lost", 2), ("what do i have", "check_balance", 6)]
    assert file.detected == "rows.json: 2 rows of intents (JSON array, text and label)"
    assert [row["text"] for row in read_objects(path, "text")] == [text for text, _ in ROWS]


def test_a_json_file_with_an_object_a_line_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text('{"text": "hi", "label": "greet"}\n{"text": "bye", "label": "leave"}\n')
    file = read_rows(tmp_path / "rows.json")
    assert file.detected == "rows.json: 2 rows of intents (JSON, an object a line, text and label)"


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ('[\n{"text": "a", "label": "b"},\n3\n]', 3, "Expected an object, found int."),
        ('[\n{"text": "a", "label": "b"}\n{"text": "c"}]', 3, "Expected JSON, found: Expecting ',' delimiter."),
        ('[\n{"text": "a",\n "label": b}]', 3, "Expected JSON, found: Expecting value."),
        ('[\n{"text": "a", "label": "b"},\n', 3, "Expected JSON, found: Expecting value."),
        ('[\n{"text": "a", "text": "b", "label": "c"}]', 2, "Expected each key once, found 'text' again."),
        ('[\n{"text": "a", "label": "b"},\n\n{"text": "", "label": "b"}]', 4, "Expected text in 'text', found nothing"),
    ],
)
def test_what_is_wrong_in_an_array_is_told_with_its_line(tmp_path: Path, content: str, line: int, what: str) -> None:
    (tmp_path / "rows.json").write_text(content)
    with pytest.raises(DataError) as error:
        read_rows(tmp_path / "rows.json")
    (problem,) = error.value.problems
    assert problem.line == line and what in problem.what


def test_an_empty_array_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(" [ ] ")
    with pytest.raises(DataError, match="expected rows, found none"):
        read_rows(tmp_path / "rows.json")


def test_tabs_separate_the_cells_of_a_tsv_file(tmp_path: Path) -> None:
    (tmp_path / "rows.tsv").write_text("text\tlabel\nyes, please\tpay\nbye\tleave\n")
    file = read_rows(tmp_path / "rows.tsv")
    assert labelled(file) == [("yes, please", "pay", 2), ("bye", "leave", 3)]
    assert file.detected == "rows.tsv: 2 rows of intents (TSV, text and label)"


def test_a_tsv_file_with_commas_is_told(tmp_path: Path) -> None:
    (tmp_path / "rows.tsv").write_text("text,label\nhi,greet\n")
    with pytest.raises(DataError) as error:
        read_rows(tmp_path / "rows.tsv")
    (problem,) = error.value.problems
    assert problem.what == "Expected tabs between the cells, found commas."
    assert problem.remedy == "Save the file with tabs between the cells, not commas."


def test_sharegpt_as_it_is_found(tmp_path: Path) -> None:
    turns = [("human", "Where is my card?"), ("gpt", "On its way."), ("human", "Thanks")]
    chat = {"id": "a_0", "conversations": [{"from": who, "value": text} for who, text in turns]}
    (tmp_path / "sharegpt.json").write_text(json.dumps([chat]))
    file = read_rows(tmp_path / "sharegpt.json", "replies")
    assert [row.fields for row in file.rows] == [{"prompt": "human: Where is my card?", "completion": "On its way."}]
    assert file.detected == (
        "sharegpt.json: 1 rows of replies (JSON array, ShareGPT); not used: id (1), turns after the last reply (1)"
    )


def test_alpaca_as_it_is_found(tmp_path: Path) -> None:
    rows = [{"instruction": "Say hello.", "input": "", "output": "Hello."}]
    (tmp_path / "alpaca.json").write_text(json.dumps(rows))
    file = read_rows(tmp_path / "alpaca.json", "replies")
    assert [row.fields for row in file.rows] == [{"prompt": "Say hello.", "completion": "Hello."}]
    assert file.detected == "alpaca.json: 1 rows of replies (JSON array, alpaca)"


def test_a_folder_of_the_hub_has_its_training_shards_read_with_the_names_of_labels(
    tmp_path: Path, dataset: Dataset
) -> None:
    folder = tmp_path / "banking"
    (folder / "data").mkdir(parents=True)
    for at in (0, 1):
        dataset.select([at]).to_parquet(folder / "data" / f"train-{at:05}-of-00002.parquet")
    dataset.to_parquet(folder / "data" / "test-00000-of-00001.parquet")
    file = read_rows(folder, "intents")
    assert labelled(file) == [("where is my card", "card_lost", 1), ("what do i have", "check_balance", 1)]
    assert file.rows[1].file == str(folder / "data" / "train-00001-of-00002.parquet")
    assert file.detected == (
        "banking: 2 rows of intents (2 Parquet files of train, text and label); not read: test-00000-of-00001.parquet"
    )


README = """---
dataset_info:
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': card_lost
          '1': check_balance
---
# Rows
"""
INFO = {"default": {"features": {"label": {"names": NAMES, "_type": "ClassLabel"}}}}


@pytest.mark.parametrize(("name", "content"), [("README.md", README), ("dataset_info.json", json.dumps(INFO))])
def test_names_of_labels_are_found_beside_the_files(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / "data").mkdir()
    table = pyarrow.table({"text": [text for text, _ in ROWS], "label": [label for _, label in ROWS]})
    pyarrow.parquet.write_table(table, tmp_path / "data" / "train.parquet")
    assert [row.label for row in read_rows(tmp_path).rows] == ["0", "1"]
    assert "labels: label are numbers without names (2)" in read_rows(tmp_path).detected
    (tmp_path / name).write_text(content)
    assert [row.label for row in read_rows(tmp_path).rows] == NAMES


def test_a_folder_with_several_splits_and_no_training_rows_is_refused(tmp_path: Path, dataset: Dataset) -> None:
    for name in ("validation", "test"):
        dataset.to_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(DataError, match=r"of the split train, found test, validation. Name one"):
        read_rows(tmp_path)


def test_rows_in_memory_are_read_as_files_are(dataset: Dataset) -> None:
    plain = [{"text": text, "label": NAMES[label]} for text, label in ROWS]
    expected = [("where is my card", "card_lost", 1), ("what do i have", "check_balance", 2)]
    for source, container in (
        (plain, "list"),
        (pandas.DataFrame(plain, index=[7, 9]), "DataFrame"),
        (dataset, "Dataset"),
        (DatasetDict({"test": dataset.select([0]), "train": dataset}), "DatasetDict"),
    ):
        file = read_rows(source, "intents")
        assert labelled(file) == expected
        assert file.detected == f"rows: 2 rows of intents ({container}, text and label)"


def test_a_cell_that_is_empty_in_a_frame_is_told(dataset: Dataset) -> None:
    frame = pandas.DataFrame({"text": ["hi", None], "label": ["greet", "greet"]})
    with pytest.raises(DataError, match="rows:2: Expected text in 'text', found nothing"):
        read_rows(frame)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (3, "Expected rows: a list of dicts, texts with labels, a frame or a dataset, found int."),
        (["hi"], "Expected a dict as row 1, found str."),
        ({"test": []}, "Expected rows or a split 'train', found test."),
    ],
)
def test_what_holds_no_rows_is_refused(source: Any, what: str) -> None:
    with pytest.raises(DataError) as error:
        read_rows(source)
    assert str(error.value) == what
