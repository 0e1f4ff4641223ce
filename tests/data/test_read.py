"""Reading rows: the formats, what is said about them, and every mistake with its line."""

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tellerbot.data.read import plain_label, read_rows
from tellerbot.errors import DataError

TURNS = [{"role": "user", "content": "Where is my card?"}, {"role": "assistant", "content": "On its way."}]
SHARED = [{"from": "human", "value": "Where is my card?"}, {"from": "gpt", "value": "On its way."}]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("row", "kind", "name", "fields"),
    [
        ({"text": "hi", "label": "greet"}, "intents", "text and label", {"text": "hi", "label": "greet"}),
        ({"text": "hi", "category": "greet"}, "intents", "text and category", {"text": "hi", "label": "greet"}),
        ({"text": "hi"}, "utterances", "text", {"text": "hi"}),
        ({"prompt": "q", "completion": "a"}, "replies", "prompt and completion", {"prompt": "q", "completion": "a"}),
        (
            {"instruction": "q", "response": "a"},
            "replies",
            "instruction and response",
            {"prompt": "q", "completion": "a"},
        ),
        ({"input": "q", "output": "a"}, "replies", "input and output", {"prompt": "q", "completion": "a"}),
        (
            {"instruction": "q", "input": "x", "output": "a"},
            "replies",
            "alpaca",
            {"prompt": "q\n\nx", "completion": "a"},
        ),
        (
            {"messages": TURNS},
            "replies",
            "messages",
            {"prompt": "user: Where is my card?", "completion": "On its way."},
        ),
        (
            {"conversations": SHARED},
            "replies",
            "ShareGPT",
            {"prompt": "human: Where is my card?", "completion": "On its way."},
        ),
        (
            {"anchor": "q", "positive": "p", "negative": "n"},
            "retrieval",
            "anchor and positive",
            {"anchor": "q", "positive": "p", "negative": "n"},
        ),
        ({"question": "q", "context": "p"}, "retrieval", "question and context", {"anchor": "q", "positive": "p"}),
    ],
)
def test_each_format_is_recognised(tmp_path: Path, row: dict, kind: str, name: str, fields: dict) -> None:
    file = read_rows(write(tmp_path / "rows.jsonl", json.dumps(row) + "\n"), kind)
    assert [row.fields for row in file.rows] == [fields]
    assert file.detected == f"rows.jsonl: 1 rows of {kind} (JSONL, {name})"


def test_csv_rows_keep_their_lines_and_their_text(tmp_path: Path) -> None:
    content = '\ufefftext,label\r\n"pay, please",pay\r\n"two\nlines",pay\r\n\r\nsay ""hi"",greet\r\n'
    rows = read_rows(write(tmp_path / "rows.csv", content)).rows
    assert [(row.line, row.text, row.label) for row in rows] == [
        (2, "pay, please", "pay"),
        (3, "two\nlines", "pay"),
        (6, 'say ""hi""', "greet"),
    ]


@pytest.mark.parametrize("char", ["\u2028", "\x85", "\x0b", "\x0c"])
def test_only_line_ends_end_a_csv_row(tmp_path: Path, char: str) -> None:
    rows = read_rows(write(tmp_path / "rows.csv", f"text,label\nhi{char}there,greet\nbye,leave\n")).rows
    assert [(row.line, row.text) for row in rows] == [(2, f"hi{char}there"), (3, "bye")]


def test_parquet(tmp_path: Path) -> None:
    table = pyarrow.table({"text": ["hi", "bye"], "label": ["greet", "leave"]})
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    file = read_rows(tmp_path / "rows.parquet", "intents")
    assert file.detected == "rows.parquet: 2 rows of intents (PARQUET, text and label)"
    assert [row.label for row in file.rows] == ["greet", "leave"]


def test_labelled_rows_do_as_utterances(tmp_path: Path) -> None:
    file = read_rows(write(tmp_path / "rows.csv", "text,label\nhi,greet\n"), "utterances")
    assert [row.fields for row in file.rows] == [{"text": "hi"}]


def test_all_bad_rows_are_reported_with_line_and_remedy(tmp_path: Path) -> None:
    lines = ['{"text": "hi", "label": "greet"}', "{bad", "[1]", '{"text": 5, "label": "a"}', '{"text": "x"}', ""]
    path = write(tmp_path / "rows.jsonl", "\n".join(lines))
    with pytest.raises(DataError) as error:
        read_rows(path)
    assert {problem.line: (problem.what, problem.remedy) for problem in error.value.problems} == {
        2: ("Expected JSON: Expecting property name enclosed in double quotes.", "Write one object a line."),
        3: ("Expected an object, found list.", "Use {...}."),
        4: ("Expected text in 'text', found int 5.", "Mend or remove the row."),
        5: ("Expected text in 'label', found nothing.", "Mend or remove the row."),
    }
    assert f"{path}:4: Expected text in 'text', found int 5. Mend or remove the row." in str(error.value)
    assert "4 of 5 rows are bad" in str(error.value)


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ("text,label\nhi,greet,x\n", 2, "Expected 2 cells, found 3."),
        ("text,label\nhi,greet\nbye\n", 3, "Expected 2 cells, found 1."),
        ("text,label\n \t,greet\n", 2, "Expected text in 'text', found only white space."),
        ("text,label\nhi,\n", 2, "Expected text in 'label', found only white space."),
        ('text,label\n"hi"x,greet\n', 2, "Expected CSV: ',' expected after '\"'."),
    ],
)
def test_ragged_and_empty_csv_rows_are_named(tmp_path: Path, content: str, line: int, what: str) -> None:
    with pytest.raises(DataError) as error:
        read_rows(write(tmp_path / "rows.csv", content))
    assert [(problem.line, problem.what) for problem in error.value.problems] == [(line, what)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.txt", "hi", "expected a file ending in .jsonl, .csv, .parquet, found '.txt'"),
        ("rows.csv", "", "expected rows, found an empty file"),
        ("rows.csv", "text,label\n", "expected rows, found an empty file"),
        ("rows.csv", "phrase,topic\nhi,greet\n", "found: phrase, topic. Rename the columns"),
        ("rows.csv", b"text,label\nok,a\ncaf\xe9,a\n", "rows.csv:3: expected UTF-8 text, found the byte 0xe9"),
        ("rows.jsonl", b"{}\n\0\n", "rows.jsonl:2: expected text, found a NUL character"),
        ("rows.parquet", b"PAR1 not at all", "Expected a Parquet file"),
    ],
)
def test_unusable_files_are_refused(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(DataError) as error:
        read_rows(write(tmp_path / name, content))
    assert message in str(error.value)
    assert error.value.exit_code == 3


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"text": ["hi", "bye"], "label": ["a", "b"]}), path)
    data = path.read_bytes()
    path.write_bytes(data[:20] + b"\xff" * 20 + data[40:])
    with pytest.raises(DataError, match=r"rows\.parquet.*Expected a Parquet file"):
        read_rows(path)


@pytest.mark.parametrize("line", ["[" * 100_000, '{"text": 1' + "0" * 5000 + ', "label": "a"}'])
def test_extreme_json_is_a_problem_of_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError) as error:
        read_rows(write(tmp_path / "rows.jsonl", f'{{"text": "hi", "label": "a"}}\n{line}\n'))
    assert [problem.line for problem in error.value.problems] == [2]


def test_rows_of_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected the columns of intents \(text \+ label.*found: context, question"):
        read_rows(write(tmp_path / "rows.jsonl", '{"question": "q", "context": "c"}\n'), "intents")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv: expected a file, found none"):
        read_rows(tmp_path / "none.csv")


@pytest.mark.parametrize("label", ["oos", "OOD", " Out of Scope ", "out_of_scope"])
def test_every_name_for_out_of_scope_is_the_same(label: str) -> None:
    assert plain_label(label) == "out_of_scope"
