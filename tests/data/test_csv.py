"""Spreadsheets as they come: empty columns and lines, and separators that are no commas."""

from pathlib import Path

import pytest

from tellerbot.data.read import read_objects, read_rows
from tellerbot.errors import DataError

ROWS = [
    ("what is my balance", "check_balance"),
    ("i lost my card", "card_lost"),
    ("how are you, friend", "out_of_scope"),
]


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "rows.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines(mark: str, end: str = "\n", after: str = "") -> str:
    quoted = [(f'"{text}"', label) for text, label in ROWS]
    return "".join(mark.join(cells) + after + end for cells in [("text", "label"), *quoted])


@pytest.mark.parametrize(
    ("content", "left_out"),
    [
        (lines(",", after=",,") + ",,,\n,,,\n", "2 blank lines, 2 empty columns"),
        (lines(",") + "   \n \t\n", "2 blank lines"),
        (lines(",", "\r\n", ",") + ",,\r\n\r\n \r\n", "3 blank lines, 1 empty column"),
        ("\ufeff\n,,\n" + lines(","), "2 blank lines"),
        ("\ufeff" + lines(",", "\r", ", \t,\xa0"), "2 empty columns"),
        (lines(",").replace("text,label", "text,,label").replace('",', '",,'), "1 empty column"),
        (lines(",").replace('",', '",').replace("card_lost", "card_lost,,"), "2 empty columns"),
        (lines(",", after=",").replace("card_lost,", "card_lost"), "1 empty column"),
        (lines(",") + '" ","",\n\u200b,\n', "2 blank lines"),
        (lines(",").replace("i lost my card", "i lost\n\n,,\nmy card"), ""),
        ("sep=,\n" + lines(","), ""),
        ('\ufeff"sep=,"\r\n' + lines(",", "\r\n"), ""),
    ],
)
def test_columns_and_lines_that_hold_nothing_are_left_out_and_counted(
    tmp_path: Path, content: str, left_out: str
) -> None:
    file = read_rows(write(tmp_path, content))
    assert [" ".join(row.text.replace(",,", "").split()) for row in file.rows] == [text for text, _ in ROWS]
    assert [row.label for row in file.rows] == [label for _, label in ROWS]
    note = f"; left out: {left_out}" if left_out else ""
    assert file.detected == f"rows.csv: 3 rows of intents (CSV, text and label){note}"


def test_lines_are_counted_past_what_is_left_out(tmp_path: Path) -> None:
    content = '\n,,\ntext,label,\n"two\nlines",pay,\n\n,,\nhi,greet\n'
    assert [(row.line, row.text) for row in read_rows(write(tmp_path, content)).rows] == [(4, "two\nlines"), (8, "hi")]


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        ("text,label,\nhi,greet,\nbye,leave,x\n", 3, 3),
        (",text,label\n0,hi,greet\n1,bye,leave\n", 2, 1),
        ("text, ,label\nhi,\u200b,greet\nbye,0,leave\n", 3, 2),
        ("text,label,,\nhi, there,greet,\n", 2, 3),
        ("text,label,,,,\nhi,greet\n\nbye,leave,,,x,\n", 4, 5),
    ],
)
def test_a_column_with_values_and_no_name_is_named_by_its_number(
    tmp_path: Path, content: str, line: int, column: int
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DataError) as error:
        read_rows(path)
    (problem,) = error.value.problems
    assert problem.line == line
    assert problem.what == f"Expected a name above column {column}, found none, but a value on this line."
    assert problem.remedy.startswith("Name the column in the first line, or remove it.")
    with pytest.raises(DataError, match=rf"rows\.csv:{line}: Expected a name above column {column}"):
        list(read_objects(path, "text"))


def test_a_quoted_nothing_is_a_row_of_one_column(tmp_path: Path) -> None:
    path = write(tmp_path, 'text\nhi\n""\n\n  \nbye\n')
    assert [row["text"] for row in read_objects(path, "text")] == ["hi", "", "bye"]


@pytest.mark.parametrize(
    ("mark", "named"),
    [
        (";", "';'"),
        ("\t", "tabs"),
        ("|", "'|'"),
        ("^", "'^'"),
        ("；", "'；'"),
        ("，", "'，'"),
        ("\x1f", "unit separators"),
    ],
)
@pytest.mark.parametrize(
    "change",
    [
        lambda text, mark: text,
        lambda text, mark: text.replace('"', ""),
        lambda text, mark: "\ufeff\r\n" + text.replace("\n", "\r\n"),
        lambda text, mark: text.replace("text", '"text"').replace("label", '"label"'),
        lambda text, mark: f"sep={mark}\r\n{text}",
        lambda text, mark: text.replace("\n", mark + "\n"),
    ],
)
def test_the_separator_that_is_there_is_named(tmp_path: Path, mark: str, named: str, change: object) -> None:
    path = write(tmp_path, change(lines(mark), mark))  # type: ignore[operator]
    with pytest.raises(DataError) as error:
        read_rows(path)
    (problem,) = error.value.problems
    assert problem.what == f"Expected commas between the cells, found {named}."
    assert problem.remedy == f"Save the file with commas between the cells, not {named}."
    with pytest.raises(DataError, match="Save the file with commas"):
        next(read_objects(path, "text"))


@pytest.mark.parametrize(
    ("content", "line", "named"),
    [
        ("text,label\nhi,greet\nbye;leave\n", 3, "';'"),
        ("text,label\nhi,greet\nbye now\tleave\n", 3, "tabs"),
        ("text;label;note, extra\nhi;greet;x\n", 2, "';'"),
    ],
)
def test_rows_with_another_separator_than_the_first_line_are_told_so(
    tmp_path: Path, content: str, line: int, named: str
) -> None:
    with pytest.raises(DataError) as error:
        read_rows(write(tmp_path, content))
    (problem,) = error.value.problems
    assert (problem.line, problem.what) == (line, "Expected 2 cells, found 1.")
    assert problem.remedy == f"Save the file with commas between the cells, not {named}."


def test_column_names_that_hold_another_separator_name_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"found: extra, text;label;note\. Save the file with commas between the cells"):
        read_rows(write(tmp_path, "text;label;note, extra\nhi;greet, x;y\n"))


def test_a_file_of_one_column_needs_no_separator(tmp_path: Path) -> None:
    path = write(tmp_path, '"text"\n"is it 5; or | 6"\n')
    assert [row["text"] for row in read_objects(path, "text")] == ["is it 5; or | 6"]
