"""Labels that look alike, and labels that spreadsheets write for nothing."""

from pathlib import Path

import pytest

from tellerbot.data.doctor import find_label_names
from tellerbot.data.labels import alike, means_nothing, refuse_labels
from tellerbot.data.read import Row, plain_label, read_rows
from tellerbot.data.split import check_intents
from tellerbot.errors import DataError


def write(folder: Path, *rows: tuple[str, str], name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_text("".join(f"{text},{label}\n" for text, label in [("text", "label"), *rows]), encoding="utf-8")
    return path


def wordings(label: str, count: int) -> list[tuple[str, str]]:
    return [(f"wording {at} of {len(label)} {label.encode().hex()}", label) for at in range(count)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Balance", "balance"),
        ("card lost", "card\xa0lost"),
        ("caf\xe9", "cafe\u0301"),
        ("card_lost", "card-lost"),
        ("card_lost", "card lost"),
        ("card lost", "card  lost"),
        ("card_lost", "cardlost"),
        ("CardLost", "card_lost"),
        ("card\u2010lost", "card\u2014lost"),
        ("card.lost", "card_lost"),
        ("ｃａｒｄ", "card"),
        ("𝐜𝐚𝐫𝐝", "card"),
        ("card\u200b", "card"),
        ("ca\u00adrd", "card"),
        ("\ufeffcard", "card"),
        ("card\u2060_lost", "card_lost"),
        ("card\ufe0f", "card"),
        ("'card'", "card"),
        ("card.", "card"),
        ("c\u0430rd", "card"),
        ("\u0421ard", "card"),
        ("\u0440\u0430\u0443", "pay"),
        ("l\u03bfan", "loan"),
        ("STRASSE", "stra\xdfe"),
        ("\u0412\u043a\u043b\u0430\u0434", "\u0432\u043a\u043b\u0430\u0434"),
        ("\uac00\ub77d", "\u1100\u1161\u1105\u1161\u11a8"),
        ("top 1 0", "top-1_0"),
    ],
)
def test_labels_that_look_alike_are_found(one: str, other: str) -> None:
    assert alike([one, "something else", other, one]) == [[one, other]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("card_lost", "card_found"),
        ("top_10", "top_1_0"),
        ("fee1", "fee2"),
        ("caf\xe9", "cafe"),
        ("x\xb2", "x2"),
        ("buy>sell", "sell>buy"),
        ("\u0432\u043a\u043b\u0430\u0434", "\u0432\u044b\u043f\u043b\u0430\u0442\u0430"),
        ("\u4f59\u989d", "\u8d37\u6b3e"),
        ("👍", "👎"),
    ],
)
def test_different_labels_are_left_alone(one: str, other: str) -> None:
    assert alike([one, other]) == []


NOTHING = ["nan", "NaN", "None", "N/A", "n/a", "#N/A", "null", "NULL", "-", "--", "\u2014", "?", "...", "#VALUE!",
           "#REF!", "#DIV/0!", "<NA>", "NaT", "(blank)", " nil ", "undefined", "Ｎ／Ａ", "#Name?",
           "n.a.", "[null]", "\\N", "'nan'", "“None”", "#BEZUG!", "#¡DIV/0!", "#NV", "#SPILL!", "(empty)"]  # fmt: skip


@pytest.mark.parametrize("label", NOTHING)
def test_what_spreadsheets_write_for_nothing_is_no_label(label: str, tmp_path: Path) -> None:
    assert means_nothing(label)
    path = write(tmp_path, *wordings("pay", 4), *wordings("fees", 4), ("a thing", label), ("b thing", label))
    with pytest.raises(DataError, match=r"1 mistake in the labels") as error:
        check_intents(read_rows(path))
    (problem,) = error.value.problems
    assert (
        problem.line == 10 and "(2 rows: rows.csv:10, rows.csv:11), which is written for an empty cell" in problem.what
    )


@pytest.mark.parametrize(
    "label",
    ["nancy", "nano", "none_of_these", "TRUE", "false", "1", "no", "👍", "$", "余额", "info", "#balance", "wow!"],
)
def test_other_short_labels_mean_something(label: str) -> None:
    assert not means_nothing(label)


def test_labels_alike_are_refused_with_counts_lines_and_the_commonest(tmp_path: Path) -> None:
    rows = [*wordings("Balance", 3), *wordings("balance", 4), *wordings("card lost", 3), *wordings("card\xa0lost", 7)]
    with pytest.raises(DataError, match=r"rows\.csv: 2 mistakes in the labels\.") as error:
        check_intents(read_rows(write(tmp_path, *rows)))
    one, two = error.value.problems
    assert (one.line, two.line) == (2, 9)
    assert one.what == (
        "Expected labels that people can tell apart, found 'Balance' (3 rows: rows.csv:2, rows.csv:3, rows.csv:4) and "
        "'balance' (4 rows: rows.csv:5, rows.csv:6, rows.csv:7, rows.csv:8)."
    )
    assert one.remedy == "Write 'balance' for each; if they are different intents, choose other names."
    # What cannot be told apart by eye is named by its code point.
    assert "'card\\xa0lost' (U+00A0) (7 rows: rows.csv:12," in two.what and "rows.csv:16 and 2 more)" in two.what


def test_one_letter_composed_in_two_ways_is_shown_apart(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        check_intents(read_rows(write(tmp_path, *wordings("caf\xe9", 4), *wordings("cafe\u0301", 4))))
    (problem,) = error.value.problems
    assert "(U+00E9) (4 rows" in problem.what and "(U+0301) (4 rows" in problem.what and problem.line == 6


def test_space_around_a_label_is_no_part_of_it(tmp_path: Path) -> None:
    path = write(tmp_path, *wordings(" pay", 2), *wordings("pay\xa0", 2), *wordings("fees", 4))
    assert {row.label for row in check_intents(read_rows(path))} == {"pay", "fees"}


@pytest.mark.parametrize("label", ["OutOfScope", "out–of–scope", "OOS\u200b", "ＯＯＳ", "Out_Of-Scope"])
def test_names_for_out_of_scope_that_look_alike_are_one(label: str) -> None:
    assert plain_label(label) == "out_of_scope"


def test_labels_that_look_like_a_models_are_refused(tmp_path: Path) -> None:
    rows = [Row({"text": "x", "label": label}, at, "test.csv") for at, label in enumerate(("pay", "Fees", "new"), 2)]
    with pytest.raises(DataError) as error:
        refuse_labels(tmp_path, rows, ["pay", "fees"])
    (problem,) = error.value.problems
    assert problem.what == (
        "Expected labels that people can tell apart, found 'fees' (trained on) and 'Fees' (1 row: test.csv:3)."
    )
    assert problem.remedy.startswith("Write 'fees' for each") and problem.line == 3
    # A model that was trained on both keeps them.
    refuse_labels(tmp_path, rows, ["pay", "Fees", "fees"])


def test_the_doctor_lists_rows_with_such_labels() -> None:
    labels = ["pay", "Pay", "pay", "fees", "#N/A", "p\u0430y"]
    rows = [Row({"text": f"text {at}", "label": label}, at, "rows.csv") for at, label in enumerate(labels, 2)]
    twins, empty = find_label_names(rows)
    assert [(row.line, row.label, row.other_label) for row in twins.rows] == [(3, "Pay", "pay"), (7, "p\u0430y", "pay")]
    assert twins.table == ({"labels": "'pay' and 'Pay' and 'p\u0430y' (U+0430)", "rows": 4},)
    assert [(row.line, row.label) for row in empty.rows] == [(6, "#N/A")]
    assert twins.severity == empty.severity == "high"


@pytest.mark.parametrize("labels", [("card\xa0lost", "card lost"), ("cafe\u0301", "caf\xe9"), ("p\u0430y", "pay")])
def test_of_labels_with_as_many_rows_the_one_that_is_typed_most_easily_is_proposed(
    labels: tuple[str, str], tmp_path: Path
) -> None:
    with pytest.raises(DataError) as error:
        check_intents(read_rows(write(tmp_path, *wordings(labels[0], 4), *wordings(labels[1], 4))))
    (problem,) = error.value.problems
    assert problem.remedy.startswith(f"Write {labels[1]!r}") and problem.line == 2
