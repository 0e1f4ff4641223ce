"""What was said before the last message of a row of replies: in the prompt, or named as not used."""

import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from tellerbot.data.read import RowFile, read_rows
from tellerbot.errors import DataError

SHARED = [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "Hello"}]
TURNS = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello"}]


def read(folder: Path, *rows: dict[str, Any]) -> RowFile:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_rows(path, "replies")


SAID = "system: You are\nuser: a\nassistant: b\nuser: hi"


@pytest.mark.parametrize(
    ("row", "prompt", "note"),
    [
        ({"instruction": "hi", "input": "", "output": "Hello", "history": [["a", "b"]], "system": "You are"}, SAID,
         "history (1), system (1)"),
        ({"prompt": "hi", "completion": "Hello", "system": "You are", "history": [["a", "b"]]}, SAID,
         "system (1), history (1)"),
        ({"instruction": "hi", "response": "Hello", "system_prompt": "You are",
          "history": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}, SAID,
         "system_prompt (1), history (1)"),
        ({"input": "hi", "output": "Hello", "history": [{"from": "human", "value": "a"}]}, "human: a\nuser: hi",
         "history (1)"),
        ({"system": "You are a bank", "conversations": SHARED}, "system: You are a bank\nhuman: hi", "system (1)"),
        ({"messages": [{"role": "system", "content": "Be kind"}, *TURNS]}, "system: Be kind\nuser: hi",
         "earlier turns (1)"),
        ({"messages": [*TURNS, *TURNS], "system": "S"}, "system: S\nuser: hi\nassistant: Hello\nuser: hi",
         "earlier turns (1), system (1)"),
        ({"conversations": TURNS, "system": "S"}, "system: S\nuser: hi", "system (1)"),
        ({"messages": [{"from": "system", "value": "S"}, *SHARED]}, "system: S\nhuman: hi", "earlier turns (1)"),
        ({"conversations": [SHARED[0], {"from": "GPT", "value": "Hello"}]}, "human: hi", ""),
        ({"messages": [TURNS[0], {"role": "model", "content": "Hello"}]}, "user: hi", ""),
        ({"instruction": "hi", "input": "x", "output": "Hello", "history": [], "system": " "}, "hi\n\nx", ""),
        ({"instruction": "hi", "input": "x", "response": "Hello", "history": None}, "hi\n\nx", ""),
    ],
)  # fmt: skip
def test_system_history_and_earlier_turns_are_in_the_prompt_and_named(
    tmp_path: Path, row: dict[str, Any], prompt: str, note: str
) -> None:
    file = read(tmp_path, row)
    assert file.rows[0].fields == {"prompt": prompt, "completion": "Hello"}
    assert file.detected.partition(")")[2] == (f"; in the prompts: {note}" if note else "")


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ({"prompt": "q", "completion": "a", "tools": "[...]", "id": 0}, "tools (1), id (1)"),
        ({"instruction": "q", "context": "c", "response": "a", "category": "x"}, "context (1), category (1)"),
        ({"messages": [TURNS[0], {**TURNS[1], "tool_calls": [1], "name": ""}], "weight": None},
         "messages.tool_calls (1)"),
        ({"conversations": [{**SHARED[0], "weight": 0}, SHARED[1]], "source": "x"},
         "conversations.weight (1), source (1)"),
    ],
)  # fmt: skip
def test_what_is_not_used_is_named(tmp_path: Path, row: dict[str, Any], note: str) -> None:
    assert read(tmp_path, row).detected.endswith(f"); not used: {note}")


def test_notes_count_rows(tmp_path: Path) -> None:
    rows = [{"prompt": "q", "completion": "a"}, {"prompt": "q", "completion": "a", "system": "s", "mood": "x"}]
    assert read(tmp_path, *rows, rows[1]).detected == (
        "rows.jsonl: 3 rows of replies (JSONL, prompt and completion); in the prompts: system (2); not used: mood (2)"
    )


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("history", "a\nb", "in 'history', found text that is no JSON."),
        ("history", ["a", "b"], "in 'history', found str 'a'."),
        ("history", [["a", "b", "c"]], "in 'history', found list ['a', 'b', 'c']."),
        ("history", {"a": "b"}, "in 'history', found dict."),
        ("history", [["a", None]], "Expected text in 'assistant', found nothing."),
        ("history", [["a", ""]], "Expected text in 'assistant', found nothing that can be seen."),
        ("history", [{"role": "user"}], "Expected text in 'content', found nothing."),
        ("system", 7, "Expected text in 'system', found int 7."),
    ],
)
def test_history_that_cannot_be_read_is_a_mistake_of_its_row(
    tmp_path: Path, column: str, value: Any, what: str
) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, {"prompt": "q", "completion": "a", column: value})
    (problem,) = error.value.problems
    assert problem.line == 1 and problem.what.endswith(what)


def test_history_of_csv_and_parquet_files_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text('prompt,completion,history\nhi,Hello,"[[""a"", ""b""]]"\nho,Hello,\n')
    prompts = [row.fields["prompt"] for row in read_rows(tmp_path / "rows.csv").rows]
    assert prompts == ["user: a\nassistant: b\nuser: hi", "ho"]
    table = pyarrow.table({"prompt": ["hi"], "completion": ["Hello"], "history": [[["a", "b"]]], "system": ["S"]})
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    file = read_rows(tmp_path / "rows.parquet")
    assert file.rows[0].fields["prompt"] == "system: S\nuser: a\nassistant: b\nuser: hi"
    assert file.detected.endswith("; in the prompts: history (1), system (1)")
