"""`tellerbot data doctor` on replies as users run it: what it shows, what it writes, and what it leaves alone."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from command import run  # pyright: ignore[reportMissingImports]
from tellerbot.data.read import read_rows
from tellerbot.responses.rows import refuse_figures

CARD = "4111 1111 1111 1111"
ROWS = [
    ("Customer: what do I have?", "Your balance is $2,682.00.\n\nAnything else?"),
    ("Policy: a wire costs $30.\nCustomer: wire?", "The fee is $30 [bold]per[/bold] wire."),
    ("Customer: hello", "Hello {name:text}!"),
    ("Customer: hello", "Hello {name:text}!"),
    ("Customer: due?", "You owe {owed} on May 5."),
    ("Customer: my card?", f"It is {CARD}."),
    ("Customer: steer", "Fee:\x1b[2J 3%"),
]


def doctor(folder: Path, *arguments: object) -> CompletedProcess[str]:
    return run(folder, "data", "doctor", *arguments, folder=folder)


def write_replies(path: Path, rows: list[tuple[str, str]]) -> Path:
    lines = (json.dumps({"prompt": prompt, "completion": reply, "note": "kept out"}) for prompt, reply in rows)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which the doctor looked at replies, and what it printed."""
    folder = tmp_path_factory.mktemp("doctor")
    data = write_replies(folder / "rows.jsonl", ROWS)
    before = (data.read_bytes(), data.stat().st_mtime_ns)
    result = doctor(folder, data, "--output", "looked", "--json", "figures.json")
    assert result.returncode == 0, result.stderr
    assert (data.read_bytes(), data.stat().st_mtime_ns) == before
    return folder, result.stdout


def test_findings_are_counted_in_the_table_and_in_the_figures(looked_at: tuple[Path, str]) -> None:
    folder, printed = looked_at
    assert printed.startswith("rows.jsonl: 7 rows of replies (JSONL, prompt and completion); not used: note (7)\n")
    table = {line.rsplit(None, 1)[0]: line.rsplit(None, 1)[-1] for line in printed.splitlines()[2:10]}
    assert table == {
        "rows": "7",
        "rows with ungrounded figures": "4",
        "ungrounded figures": "8",
        "figures grounded in the prompt": "1",
        "rows changed": "4",
        "rows needing a person": "1",
        "replies with personal data": "1",
        "exact repeats of rows": "1",
    }
    figures = json.loads((folder / "figures.json").read_text())
    assert (figures["ungrounded_figures"], figures["figures_grounded_in_the_prompt"]) == (8, 1)
    assert figures["lines_needing_a_person"] == [5] and figures["personal_data"] == {"card number": 1}


def test_each_change_is_shown_as_a_small_diff(looked_at: tuple[Path, str]) -> None:
    _, printed = looked_at
    assert (
        "line 1: 1 figure ungrounded\n"
        "completion:\n"
        "-Your balance is $2,682.00.\n"
        "+Your balance is {balance:money}.\n"
        "\n"
        "line 2: 1 figure grounded in the prompt\n"
        "prompt:\n"
        "-Policy: a wire costs $30.\n"
        "+Policy: a wire costs {fee:money}.\n"
        "completion:\n"
        "-The fee is $30 [bold]per[/bold] wire.\n"
        "+The fee is {fee:money} [bold]per[/bold] wire.\n"
    ) in printed
    assert "Anything else?" not in printed, "only lines that change are shown"
    assert "line 5: Expected a placeholder like {balance:money}, found {owed}." in printed
    assert "\x1b" not in printed, "rows cannot steer the terminal"
    assert "more change" not in printed


def test_personal_data_is_shown_masked(looked_at: tuple[Path, str]) -> None:
    folder, printed = looked_at
    assert "line 6: card number: It is [card number]." in printed
    for text in (printed, *((folder / name).read_text() for name in ("figures.json", "looked/changes.jsonl"))):
        assert "4111" not in text and "1111" not in text


def test_the_rows_with_the_changes_made_are_fit_to_train_on(looked_at: tuple[Path, str]) -> None:
    folder, printed = looked_at
    file = read_rows(folder / "looked" / "replies.jsonl", "replies")
    refuse_figures(file.rows)
    replies = [row.fields["completion"] for row in file.rows]
    assert replies[:4] == [
        "Your balance is {balance:money}.\n\nAnything else?",
        "The fee is {fee:money} [bold]per[/bold] wire.",
        "Hello {name:text}!",
        "Hello {name:text}!",
    ]
    assert len(replies) == 6 and not any("{owed}" in reply for reply in replies)
    assert [row.fields["prompt"] for row in file.rows[:2]] == [
        "Customer: what do I have?",
        "Policy: a wire costs {fee:money}.\nCustomer: wire?",
    ]
    changes = [json.loads(line) for line in (folder / "looked" / "changes.jsonl").read_text().splitlines()]
    assert [change["line"] for change in changes] == [1, 2, 6, 7]
    assert set(changes[0]) == {"line", "prompt_before", "prompt_after", "completion_before", "completion_after"}
    assert "4 changed rows before and after: looked/changes.jsonl" in printed
    assert "6 rows to train on, with the changes made: looked/replies.jsonl" in printed
    assert "1 row left out, for a person to mend" in printed


def test_twenty_changes_are_shown_and_all_are_written(tmp_path: Path) -> None:
    data = tmp_path / "rows.csv"
    with data.open("w", newline="") as stream:
        csv.writer(stream).writerows([("input", "output"), *((f"row {at}", f"The fee is ${at}.") for at in range(23))])
    # Whether to colour is decided when a process starts.
    command = [sys.executable, "-m", "tellerbot", "data", "doctor", data]
    result = subprocess.run(
        command, env={**os.environ, "FORCE_COLOR": "1"}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("+The fee is {fee:money}.") == 20
    assert "\x1b[31m-The fee is $0.\x1b[0m\n\x1b[32m+The fee is {fee:money}.\x1b[0m" in result.stdout
    assert "... and 3 more changes" in result.stdout
    for name in ("changes", "replies"):
        assert len((tmp_path / "doctor" / f"{name}.jsonl").read_text().splitlines()) == 23
    assert sorted(path.name for path in tmp_path.iterdir()) == ["doctor", "rows.csv"]


def test_options_for_intents_are_refused(tmp_path: Path) -> None:
    data = write_replies(tmp_path / "rows.jsonl", ROWS)
    both = ("--validation", data, "--test", data)
    for options, named in ((("--run", "x"), "--run"), (both, "--validation and --test")):
        result = doctor(tmp_path, data, *options)
        assert result.returncode == 2
        assert f"expected intents for {named}, found replies" in result.stderr
    assert not (tmp_path / "doctor").exists()


def test_the_input_is_never_written_over(tmp_path: Path) -> None:
    data = write_replies(tmp_path / "replies.jsonl", ROWS)
    result = doctor(tmp_path, data, "--output", tmp_path)
    assert result.returncode == 2 and "expected an --output of its own" in result.stderr
    assert len(data.read_text().splitlines()) == len(ROWS)


def test_bad_rows_of_replies_are_told_and_other_rows_are_refused_as_before(tmp_path: Path) -> None:
    data = write_replies(tmp_path / "bad.jsonl", ROWS)
    data.write_text(data.read_text() + '{"prompt": "hi", "completion": 7}\n')
    result = doctor(tmp_path, data)
    assert result.returncode == 3 and "bad.jsonl:8" in result.stderr and "'completion'" in result.stderr
    passages = tmp_path / "passages.jsonl"
    passages.write_text('{"question": "what is 5?", "context": "It is $5."}\n')
    result = doctor(tmp_path, passages)
    assert result.returncode == 3 and "expected the columns of intents" in result.stderr
    assert not (tmp_path / "doctor").exists()
