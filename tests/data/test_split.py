"""Splits without leaks, and the leak check."""

from collections import Counter
from pathlib import Path

import pytest

from tellerbot.data.read import RowFile, read_rows
from tellerbot.data.split import check_intents, find_leaks, fingerprint, near_duplicate_groups, refuse_leaks, split_rows
from tellerbot.errors import DataError

OBJECTS = ["card", "wallet", "phone", "loan", "rate", "check", "branch", "wire", "fee", "limit", "address", "password"]
VERBS = ["lost", "broke", "moved", "froze", "dropped", "opened", "closed", "forgot", "missed", "booked"]


def rows_file(folder: Path, rows: list[tuple[str, str]], name: str = "rows.csv") -> RowFile:
    lines = ["text,label", *(f'"{text}",{label}' for text, label in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_rows(folder / name, "intents")


@pytest.fixture
def many(tmp_path: Path) -> RowFile:
    """120 different utterances of 12 intents, ten each."""
    return rows_file(
        tmp_path, [(f"{verb} my {thing} {at}", thing) for thing in OBJECTS for at, verb in enumerate(VERBS)]
    )


def test_parts_have_their_size_and_every_label(many: RowFile) -> None:
    parts = split_rows(many.rows, (0.8, 0.1, 0.1), seed=3)
    assert sorted(row.line for part in parts for row in part) == [row.line for row in many.rows]
    assert [len(part) for part in parts] == pytest.approx([96, 12, 12], abs=3)
    for part, expected in zip(parts, (8, 1, 1), strict=True):
        assert all(count == pytest.approx(expected, abs=1) for count in Counter(row.label for row in part).values())
    assert {row.label for row in parts[0]} == set(OBJECTS)


def test_the_seed_decides_the_split(many: RowFile) -> None:
    assert split_rows(many.rows, (0.8, 0.2), seed=1) == split_rows(many.rows, (0.8, 0.2), seed=1)
    assert split_rows(many.rows, (0.8, 0.2), seed=1) != split_rows(many.rows, (0.8, 0.2), seed=2)


def test_near_duplicates_never_stand_on_both_sides(tmp_path: Path) -> None:
    rows = [
        (f"{verb} the {thing}{end}", thing)
        for thing in OBJECTS[:4]
        for verb in VERBS
        for end in ("", "!", " ?!", ".", "...")
    ]
    parts = split_rows(rows_file(tmp_path, rows).rows, (0.6, 0.2, 0.2), seed=0)
    prints = [{fingerprint(row.text) for row in part} for part in parts]
    assert all(prints)
    assert not (prints[0] & prints[1] or prints[0] & prints[2] or prints[1] & prints[2])


def test_a_part_is_not_filled_with_one_group_of_near_duplicates(tmp_path: Path) -> None:
    repeated = [("please tell me what the balance of my account is" + "!" * at, "balance") for at in range(20)]
    rows = [*repeated, *((f"{verb} the {thing}", "other") for thing in OBJECTS[:3] for verb in VERBS)]
    rows += [(f"{verb} my {thing}", "balance") for thing, verb in zip(OBJECTS, VERBS, strict=False)]
    file = rows_file(tmp_path, rows)
    for seed in range(6):
        sizes = [sum(row.label == "balance" for row in part) for part in split_rows(file.rows, (0.7, 0.15, 0.15), seed)]
        assert sizes[0] >= 20 and all(3 <= size <= 5 for size in sizes[1:])


def test_the_smallest_accepted_data_can_be_split(tmp_path: Path) -> None:
    rows = [(f"{verb} the {thing}", thing) for thing in OBJECTS[:2] for verb in VERBS[:3]]
    parts = split_rows(check_intents(rows_file(tmp_path, rows)), (0.8, 0.1, 0.1), seed=0)
    assert [{row.label for row in part} for part in parts] == [set(OBJECTS[:2])] * 3


def test_near_duplicates_share_a_group() -> None:
    texts = [
        "Where is my new debit card?",
        "where is my new debit card",
        "WHERE IS MY NEW DEBIT CARD!!",
        "what is a wire",
    ]
    groups = near_duplicate_groups(texts)
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_texts_without_letters_are_not_all_the_same() -> None:
    assert len(set(near_duplicate_groups(["\U0001f44d", "\U0001f44e", "hello"]).tolist())) == 3


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Hello, World!", "hello world", True),
        ("caf\u00e9", "cafe\u0301", True),
        ("\uff48\uff49", "hi", True),
        ("!!", "??", False),
        ("pay 100", "pay 200", False),
    ],
)
def test_fingerprints(left: str, right: str, same: bool) -> None:
    assert (fingerprint(left) == fingerprint(right)) is same


def test_repeated_rows_are_dropped_and_labels_named_alike(tmp_path: Path) -> None:
    rows = [(f"{verb} it", label) for label in ("pay", "close") for verb in VERBS[:3]]
    file = rows_file(tmp_path, [*rows, ("LOST it!!", "pay"), ("tell a joke", "OOS")])
    checked = check_intents(file)
    assert len(checked) == 7
    assert checked[-1].label == "out_of_scope"
    assert checked[0].line == 2


def test_thin_intents_are_named_with_line_and_remedy(tmp_path: Path) -> None:
    rows = [(f"{verb} it", label) for label in ("pay", "close") for verb in VERBS[:3]]
    file = rows_file(tmp_path, [*rows, ("only one", "lonely"), ("Only one!", "lonely")])
    with pytest.raises(DataError) as error:
        check_intents(file)
    (problem,) = error.value.problems
    assert (problem.line, problem.remedy) == (8, "Add utterances or remove the intent.")
    assert problem.what == "Intent 'lonely' has 1 different utterance, expected at least 3."


def test_one_intent_is_not_enough(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [(f"{verb} it", "pay") for verb in VERBS] + [(f"{verb} moon", "oos") for verb in VERBS])
    with pytest.raises(DataError, match="expected at least two intents, found 1"):
        check_intents(file)


def test_leaks_are_refused_with_both_lines(tmp_path: Path) -> None:
    train = rows_file(tmp_path, [("Close my account", "close"), ("Pay Bob", "pay")], "train.csv")
    valid = rows_file(tmp_path, [("new words", "pay"), ("pay  bob!", "pay")], "valid.csv")
    with pytest.raises(DataError, match=r"valid\.csv: 1 rows are in other rows") as error:
        refuse_leaks(find_leaks(train.rows, valid.rows))
    (problem,) = error.value.problems
    assert str(problem) == f"{valid.path}:3: It is also in {train.path}:3. Remove it from one of the two."


def test_different_rows_are_no_leak(tmp_path: Path) -> None:
    train = rows_file(tmp_path, [("Close my account", "close")], "train.csv")
    refuse_leaks(find_leaks(train.rows, rows_file(tmp_path, [("Close my card", "close")], "valid.csv").rows))


def test_lightly_edited_rows_are_leaks_too(tmp_path: Path) -> None:
    train = rows_file(
        tmp_path, [("How do I close my savings account today?", "close"), ("Pay Bob", "pay")], "train.csv"
    )
    valid = rows_file(
        tmp_path, [("Where is the branch?", "pay"), ("How do I close my saving account today", "close")], "valid.csv"
    )
    (leak,) = find_leaks(train.rows, valid.rows)
    assert (leak.row.line, leak.known.line) == (3, 2) and 0.9 <= leak.cosine < 1
    with pytest.raises(DataError, match="allow_leaks: true") as error:
        refuse_leaks([leak])
    assert f"{valid.path}:3: It is nearly (cosine {leak.cosine:.2f}) {train.path}:2." in str(error.value)
    # A log keeps the message.
    assert "savings" not in str(error.value).lower()


def test_a_leak_names_the_nearest_training_row(tmp_path: Path) -> None:
    wordings = ["Please cancel the standing order!", "please cancel the standing orders", "cancel the standing order"]
    train = rows_file(tmp_path, [(text, "cancel") for text in wordings], "train.csv")
    (leak,) = find_leaks(train.rows, rows_file(tmp_path, [("PLEASE cancel the standing orders", "x")]).rows)
    assert leak.known.line == 3 and leak.cosine == pytest.approx(1)
    assert find_leaks(train.rows, []) == [] == find_leaks([], train.rows)


def test_a_test_row_that_stands_in_two_other_parts_leaks_once(tmp_path: Path) -> None:
    train = rows_file(tmp_path, [("Close my account", "close"), ("Pay Bob", "pay")], "train.csv")
    valid = rows_file(tmp_path, [("pay bob", "pay"), ("Where is the branch?", "branch")], "valid.csv")
    test = rows_file(tmp_path, [("PAY BOB", "pay"), ("where is the branch", "branch"), ("a moon", "x")], "test.csv")
    leaks = find_leaks(train.rows, valid.rows, test.rows)
    places = [(Path(row.file).name, row.line) for leak in leaks for row in (leak.row, leak.known)]
    assert places == [
        *(("valid.csv", 2), ("train.csv", 3)),
        *(("test.csv", 2), ("train.csv", 3)),
        *(("test.csv", 3), ("valid.csv", 3)),
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ｍｙ　ｂａｌａｎｃｅ", "my balance", True),
        ("cafe\u0301", "caf\xe9", True),
        ("𝐦𝐲 ﬁne", "My fine!", True),
        ("a fee of $225¹", "a fee of $2251", False),
        ("2½ percent", "21/2 percent", False),
        ("item ①", "item 1", False),
    ],
)
def test_full_width_texts_are_the_same_and_raised_numbers_are_not(one: str, other: str, same: bool) -> None:
    assert (fingerprint(one) == fingerprint(other)) == same
