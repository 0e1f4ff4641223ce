"""What the doctor finds in rows, and what it leaves alone."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tellerbot.data.doctor import (
    Guesses,
    find_confused,
    find_label_errors,
    find_leaking,
    find_personal,
    find_repeats,
    find_thin,
    out_of_fold,
)
from tellerbot.data.doctor_report import Diagnosis, write_diagnosis
from tellerbot.data.read import Row
from tellerbot.data.split import find_leaks, near_duplicate_groups, near_duplicate_pairs

LABELS = ("close", "fees", "lost")


def rows_of(*pairs: tuple[str, str]) -> list[Row]:
    """Rows of (text, label), on the lines of a CSV file with a header."""
    return [Row({"text": text, "label": label}, line, "rows.csv") for line, (text, label) in enumerate(pairs, 2)]


def blobs(size: int, wrong: tuple[int, ...] = ()) -> tuple[list[Row], NDArray[np.float32]]:
    """`size` rows for each label with unit vectors around a direction of their own; `wrong` rows are mislabelled."""
    rng = np.random.default_rng(0)
    vectors = np.eye(8, dtype=np.float32)[np.repeat(np.arange(3), size)] + rng.normal(0, 0.15, (3 * size, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = [LABELS[(at // size + (at in wrong)) % 3] for at in range(3 * size)]
    return rows_of(*((f"row {at}", label) for at, label in enumerate(labels))), vectors.astype(np.float32)


def test_repeats_and_contradictions_point_at_the_nearest_row_before() -> None:
    rows = rows_of(
        ("How do I close my own old savings account?", "close"),
        ("What does a wire cost?", "fees"),
        ("how do I close my own old saving account", "close"),
        ("How do I close my own old savings account??", "fees"),
        ("how do i close my own old saving account?!", "close"),
    )
    contradictions, repeats = find_repeats(rows, near_duplicate_pairs([row.text for row in rows]))
    clash = contradictions.rows[0]
    assert (clash.line, clash.label, clash.other_line, clash.other_label) == (5, "fees", 2, "close")
    assert clash.score == pytest.approx(1) and clash.suggestion == "Keep it in fees or in close, not in both"
    # Line 6 resembles lines 2 and 4, and is line 4 but for punctuation.
    assert [(row.line, row.other_line) for row in repeats.rows] == [(6, 4), (4, 2)]
    assert 0.9 <= repeats.rows[1].score < 1
    assert [(row.line, row.other_line) for row in contradictions.rows] == [(5, 2), (6, 5)]
    assert (contradictions.severity, repeats.severity) == ("high", "low")


def test_leaks_name_both_lines() -> None:
    train = rows_of(("Pay Bob", "pay"), ("Close my account now", "close"))
    valid = [replace(row, file="valid.csv") for row in rows_of(("a new thing", "pay"), ("pay bob!", "close"))]
    (leak,) = find_leaking(find_leaks(train, valid), lambda text: text.replace("Bob", "[name]")).rows
    assert (leak.file, leak.line, leak.label, leak.text) == ("rows.csv", 2, "pay", "Pay [name]")
    assert (leak.other_file, leak.other_line, leak.other_label) == ("valid.csv", 3, "close")
    assert leak.suggestion == "Remove it here, or line 3 of valid.csv"


def test_near_duplicates_count_once_for_thin_intents() -> None:
    letters = np.random.default_rng(0).choice(list("abcdefghijklmnoprstuvw"), (300, 12))
    words = iter("".join(word) for word in letters)
    sizes = {"big": 60, "wide": 60, "middle": 40, "lean": 13, "thin": 9}
    pairs = [(next(words), label) for label, size in sizes.items() for _ in range(size)]
    pairs += [(f"{text}!", label) for text, label in pairs if label == "thin"] + [("a poem", "out_of_scope")]
    rows = rows_of(*pairs)
    thin, lean = find_thin(rows, near_duplicate_groups([row.text for row in rows]))
    assert thin.table == ({"intent": "thin", "different utterances": 9, "rows": 18},)
    # Less than a third of the median, which is 40.
    assert lean.table == ({"intent": "lean", "different utterances": 13, "rows": 13},)
    assert (thin.severity, lean.severity) == ("medium", "low")


def test_label_errors_are_found_with_the_right_label_and_nothing_else() -> None:
    wrong = (3, 40, 71)
    rows, vectors = blobs(30, wrong)
    guesses = out_of_fold(vectors, rows, np.arange(len(rows)), seed=0)
    found = find_label_errors(rows, guesses)
    assert {finding.line - 2: finding.other_label for finding in found.rows} == {3: "close", 40: "fees", 71: "lost"}
    assert all(finding.score > 0.8 for finding in found.rows) and found.note == ""
    assert find_confused(rows, guesses).count == 0


def test_a_row_is_judged_by_folds_without_its_near_duplicates() -> None:
    # Ten rows alike and labelled alike, all wrong: any of them would vouch for the others.
    rows, vectors = blobs(30, tuple(range(10)))
    vectors[:10] = (np.eye(8)[0] + np.eye(8)[6]) / np.sqrt(2)
    groups = np.arange(len(rows))
    groups[:10] = 0
    guesses = out_of_fold(vectors, rows, groups, seed=0)
    assert {guesses.labels[best] for best in guesses.probabilities[:10].argmax(1)} == {"close"}


def test_intents_too_thin_for_the_folds_are_not_judged() -> None:
    rows, vectors = blobs(30)
    rows = [*rows[:64], *(Row({"text": row.text, "label": f"tiny{row.line % 9}"}, row.line) for row in rows[64:])]
    guesses = out_of_fold(vectors, rows, np.arange(len(rows)), seed=0)
    assert guesses.labels == ["close", "fees"] and len(guesses.rows) == 60
    assert find_label_errors(rows, guesses).note.startswith("Not judged: 30 rows of intents with")
    single = out_of_fold(vectors[:30], rows[:30], np.arange(30), seed=0)
    assert find_label_errors(rows[:30], single).count == 0 == find_confused(rows[:30], single).count


def test_rows_out_of_scope_draw_in_no_intents_rows_and_are_not_judged() -> None:
    rows, vectors = blobs(30, (0,))
    # What is out of scope lies everywhere, and there is ten times as much of it.
    rng = np.random.default_rng(1)
    outside = rng.normal(0, 1, (900, 8)).astype(np.float32)
    outside /= np.linalg.norm(outside, axis=1, keepdims=True)
    rows += [Row({"text": f"odd {at}", "label": "out_of_scope"}, at, "rows.csv") for at in range(900)]
    told: list[int] = []
    guesses = out_of_fold(np.concatenate([vectors, outside]), rows, np.arange(len(rows)), 0, told.append)
    assert guesses.labels == ["close", "fees", "lost"] and guesses.rows == list(range(90))
    errors = find_label_errors(rows, guesses)
    assert [(row.line, row.label, row.other_label) for row in errors.rows] == [(2, "fees", "close")]
    assert errors.note == "Not judged: 900 rows out of scope."
    assert find_confused(rows, guesses).count == 0 and told == [0, 1, 2, 3, 4]


def test_rows_out_of_scope_may_repeat_each_other() -> None:
    texts = ("Will it rain tomorrow in the mountains?", "will it rain tomorrow in the mountains")
    rows = rows_of(*((text, "out_of_scope") for text in texts), (f"{texts[0]}!", "fees"))
    contradictions, repeats = find_repeats(rows, near_duplicate_pairs([row.text for row in rows]))
    assert (contradictions.count, repeats.count) == (1, 0)


def test_intents_that_collapse_are_told_with_rates_both_ways() -> None:
    rows = rows_of(*((f"{label} {at}", label) for label in LABELS for at in range(10)))
    chances = np.eye(3).repeat(10, 0)
    for at, taken in ((0, 1), (1, 1), (10, 0), (11, 2), (12, 2), (13, 2)):
        chances[at] = np.eye(3)[taken] * 0.6 + 0.4 / 3
    found = find_confused(rows, Guesses(list(range(30)), list(LABELS), chances))
    # Fees is taken for lost, but never lost for fees: that is no collapse.
    (pair,) = found.table
    assert (pair["intent"], pair["other intent"], pair["rows"]) == ("close", "fees", 3)
    assert (pair["taken for the other"], pair["the other taken for it"]) == (0.2, 0.1)
    assert pair["share of both"] == pytest.approx(0.15)
    assert {(finding.line, finding.other_label) for finding in found.rows} == {(2, "fees"), (3, "fees"), (12, "close")}


def test_outputs_hold_rows_surest_first_and_are_safe_to_open(tmp_path: Path) -> None:
    rows = rows_of(
        ("<script>alert(1)</script> [card number]", "close"), ("Pay my bill", "pay"), ("pay my bills", "pay")
    )
    personal = find_personal(rows, [("card number",), (), ()])
    repeats = find_repeats(rows, near_duplicate_pairs([row.text for row in rows]))
    diagnosis = Diagnosis("rows.csv", len(rows), 2, [personal, *repeats])
    write_diagnosis(tmp_path, diagnosis)
    mend = [json.loads(line) for line in (tmp_path / "mend.jsonl").read_text().splitlines()]
    assert [row["score"] for row in mend] == sorted((row["score"] for row in mend), reverse=True)
    assert mend[0] == {
        "file": "rows.csv",
        "line": 2,
        "text": "<script>alert(1)</script> [card number]",
        "label": "close",
        "finding": "personal_data",
        "suggestion": "Make up another card number",
        "score": 1.0,
    }
    page = (tmp_path / "doctor.html").read_text()
    assert "rows.csv:2" in page
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("doctor.html", "mend.jsonl")] == [0o600, 0o600]
    assert "<script" not in page and "&lt;script&gt;" in page and "http" not in page
    assert diagnosis.figures()["findings"]["personal_data"]["table"] == ({"what": "card number", "rows": 1},)
