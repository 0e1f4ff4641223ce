"""Reading rows: the formats, what is said about them, and every mistake with its line."""

import json
import tracemalloc
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tellerbot.data.read import plain_label, read_objects, read_rows
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


def test_all_bad_rows_are_reported_with_line_and_remedy(tmp_path: Path) -> None:
    lines = ['{"text": "hi", "label": "greet"}', "{bad", "[1]", '{"text": 5, "label": "a"}', '{"text": "x"}', ""]
    path = write(tmp_path / "rows.jsonl", "\n".join(lines))
    with pytest.raises(DataError) as error:
        read_rows(path)
    assert {problem.line: (problem.what, problem.remedy) for problem in error.value.problems} == {
        2: (
            "Expected JSON, found at character 2: Expecting property name enclosed in double quotes.",
            "Write one object, {...}, a line.",
        ),
        3: ("Expected an object, found list.", "Write one object, {...}, a line."),
        4: ("Expected text in 'text', found int 5.", "Mend or remove the row."),
        5: ("Expected text in 'label', found nothing.", "Mend or remove the row."),
    }
    assert f"{path}:4: Expected text in 'text', found int 5. Mend or remove the row." in str(error.value)
    assert "4 of 5 rows are bad" in str(error.value)


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ("text,label\nhi,greet,x\n", 2, "Expected 2 cells, found 3."),
        ("text,label\nit is 5|6, no,greet\n", 2, "Expected 2 cells, found 3."),
        ("text,label\nhi,greet\nbye\n", 3, "Expected 2 cells, found 1."),
        ("text,label\n \t,greet\n", 2, "Expected text in 'text', found nothing that can be seen."),
        ("text,label\n\u200b,greet\n", 2, "Expected text in 'text', found nothing that can be seen."),
        ('text,label\nhi,greet\n"bye,greet\nso,greet\n', 3, "Expected CSV: unexpected end of data."),
        ("text,label\nhi,\n", 2, "Expected text in 'label', found nothing that can be seen."),
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
        (
            "rows.txt",
            "hi",
            "expected a file ending in .jsonl, .json, .csv, .tsv, .parquet, found '.txt'. Convert the file.",
        ),
        ("rows.csv", "", "expected rows, found none. Fill the file, or name another."),
        ("rows.csv", "text,label\n", "expected rows, found none. Fill the file, or name another."),
        ("rows.csv", '{"text": "hi"}\n', "expected rows, found none"),
        ("rows.csv", "phrase,topic\nhi,greet\n", "found: phrase, topic. Rename the columns"),
        ("rows.csv", b"text,label\nok,a\ncaf\xe9,a\n", "rows.csv:3: expected UTF-8 text, found the byte 0xe9"),
        ("rows.csv", b"\xef\xbb\xbfcaf\xe9,a\n", "rows.csv:1: expected UTF-8 text, found the byte 0xe9"),
        ("rows.jsonl", b"{}\n\0\n", "rows.jsonl:2: expected text, found a NUL character"),
        ("rows.parquet", b"PAR1 not at all", "Expected a Parquet file"),
    ],
)
def test_unusable_files_are_refused(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(DataError) as error:
        read_rows(write(tmp_path / name, content))
    assert message in str(error.value)
    assert error.value.exit_code == 3


def test_what_is_no_file_is_told_from_one_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="rows: expected a file, found none"):
        read_rows(tmp_path / "rows")
    with pytest.raises(DataError, match="expected a file, found a folder"):
        read_rows(tmp_path)


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


def test_a_column_that_stands_twice_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match=r"rows.csv:1: Expected different columns, found 'text' twice"):
        read_rows(write(tmp_path / "rows.csv", "text,label,text\nhi,greet,ho\n"))


def test_what_is_wrong_is_told_in_the_order_of_the_lines(tmp_path: Path) -> None:
    rows = [
        '{"text": "a", "label": ""}',
        "nonsense",
        '{"text": "nul \\u0000", "label": "x"}',
        '{"text": 1, "label": "x"}',
    ]
    with pytest.raises(DataError) as error:
        read_rows(write(tmp_path / "rows.jsonl", "\n".join(rows)))
    assert [problem.line for problem in error.value.problems] == [1, 2, 3, 4]


HALF = r"found half an emoji (the lone surrogate U+D83D)."


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"text": "my card \ud83d", "label": "x"}, f"Expected text in 'text', {HALF}"),
        ({"text": "my card", "label": "\ud83dx"}, f"Expected text in 'label', {HALF}"),
        ({"instruction": "q", "input": "\ud83d", "output": "a"}, f"Expected text in 'input', {HALF}"),
        ({"messages": [{"role": "\ud83d", "content": "q"}, TURNS[1]]}, f"Expected text in 'role', {HALF}"),
        ({"messages": [TURNS[0], {"role": [], "content": "a"}]}, "Expected text in 'role', found list []."),
    ],
)
def test_text_that_no_utf_8_holds_is_a_problem_of_its_row(tmp_path: Path, row: dict, what: str) -> None:
    with pytest.raises(DataError) as error:
        read_rows(write(tmp_path / "rows.jsonl", json.dumps(row)))
    assert [(found.line, found.what, found.remedy) for found in error.value.problems] == [
        (1, what, "Mend or remove the row.")
    ]


def test_a_whole_emoji_written_as_two_escapes_is_read(tmp_path: Path) -> None:
    rows = read_rows(write(tmp_path / "rows.jsonl", r'{"text": "hi \ud83d\ude00", "label": "greet"}')).rows
    assert rows[0].text == "hi \U0001f600"


def test_a_file_without_labels_is_of_no_known_kind(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected the columns of a known format"):
        read_rows(write(tmp_path / "rows.jsonl", '{"text": "hi"}\n'))


def test_objects_are_streamed_with_all_they_hold(tmp_path: Path) -> None:
    content = '\ufeff{"id": 7, "text": "hi"}\r\n\n{"text": "a\u2028b"}\n{"text": ""}\n{bad\n'
    objects = read_objects(write(tmp_path / "rows.jsonl", content), "text")
    assert [next(objects) for _ in range(3)] == [{"id": 7, "text": "hi"}, {"text": "a\u2028b"}, {"text": ""}]
    with pytest.raises(DataError, match=r"rows\.jsonl:5: Expected JSON"):
        next(objects)


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_objects_are_read_a_few_at_a_time(tmp_path: Path, ending: str) -> None:
    path, rows = tmp_path / f"rows.{ending}", [{"id": str(at), "text": "x" * 1000} for at in range(10_000)]
    if ending == "jsonl":
        write(path, "".join(json.dumps(row) + "\n" for row in rows))
    elif ending == "csv":
        write(path, "id,text\n" + "".join(f"{row['id']},{row['text']}\n" for row in rows))
    else:
        # One row group: a file of many rows may have no more.
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    del rows
    next(read_objects(path, "text"))  # what is imported counts for nothing
    tracemalloc.start()
    try:
        assert sum(len(row["text"]) for row in read_objects(path, "text")) == 10_000_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_objects_of_a_csv_file_keep_their_lines_and_line_ends(tmp_path: Path, end: str) -> None:
    path = write(tmp_path / "rows.csv", f'text,note{end}"hi{end}there",a{end}b,2{end},3{end}last{end}'.encode())
    objects = read_objects(path, "text")
    assert [next(objects)["text"] for _ in range(3)] == [f"hi{end}there", "b", ""]
    with pytest.raises(DataError, match=r"rows\.csv:6: Expected 2 cells, found 1"):
        next(objects)


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("rows.jsonl", b"[1]", "rows.jsonl:2: Expected an object, found list. Write one object, {...}, a line."),
        (
            "rows.jsonl",
            b'{"txt": "hi"}',
            "rows.jsonl:2: Expected text in 'text', found nothing. Mend or remove the row; each",
        ),
        ("rows.jsonl", b'{"text": "hi \\ud83d"}', f"rows.jsonl:2: Expected text in 'text', {HALF} Mend or remove"),
        ("rows.jsonl", b"[" * 100_000, "rows.jsonl:2: Expected JSON of a row, found something nested too deeply. Wri"),
        (
            "rows.jsonl",
            b'{"text": "a", "text": "b"}',
            "rows.jsonl:2: Expected each key once, found 'text' again. Write",
        ),
        ("rows.jsonl", b'{"text": "caf\xe9"}', "rows.jsonl:2: expected UTF-8 text, found the byte 0xe9. Save the file"),
        ("rows.csv", b"hi", "rows.csv:2: Expected text in 'text', found nothing. Mend or remove the row; each has"),
        ("rows.parquet", b"", "rows.parquet: Expected a Parquet file: "),
        (
            "rows.txt",
            b"hi",
            "rows.txt: expected a file ending in .jsonl, .json, .csv, .tsv, .parquet, found '.txt'. Convert the",
        ),
    ],
)
def test_objects_that_are_wrong_are_named(tmp_path: Path, name: str, line: bytes, message: str) -> None:
    path = write(tmp_path / name, b'{"text": "hi"}\n' + line + b"\n")
    with pytest.raises(DataError) as error:
        list(read_objects(path, "text"))
    assert message in str(error.value)


def test_objects_of_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.jsonl: expected a file, found none"):
        next(read_objects(tmp_path / "none.jsonl", "text"))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    # The system refuses to read the first page of a process's memory, whoever asks.
    (tmp_path / "rows.jsonl").symlink_to("/proc/self/mem")
    for read in (read_rows, lambda path: next(read_objects(path, "text"))):
        with pytest.raises(DataError, match=r"rows\.jsonl: expected a file that can be read, found: "):
            read(tmp_path / "rows.jsonl")


def test_rows_of_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected the columns of intents \(text \+ label.*found: context, question"):
        read_rows(write(tmp_path / "rows.jsonl", '{"question": "q", "context": "c"}\n'), "intents")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv: expected a file, found none"):
        read_rows(tmp_path / "none.csv")


@pytest.mark.parametrize("label", ["oos", "OOD", " Out of Scope ", "out_of_scope"])
def test_every_name_for_out_of_scope_is_the_same(label: str) -> None:
    assert plain_label(label) == "out_of_scope"


def test_a_long_list_of_bad_rows_is_shown_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", "text,label\n" + 'my card,"  "\n' * 500)
    with pytest.raises(DataError) as error:
        read_rows(path)
    told = str(error.value).splitlines()
    assert len(told) == 501 and "rows.csv:2: " in told[1] and "rows.csv:501: " in told[500]
