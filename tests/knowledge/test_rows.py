"""Questions and passages: read, split three ways, refused when bad."""

import json
from pathlib import Path
from typing import Any

import pytest

from tellerbot.errors import DataError
from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.knowledge.rows import Retrieval, load_retrieval

CONFIG = RetrieverConfig(validation_fraction=0.2, test_fraction=0.2)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def folder(tmp_path: Path, **parts: list[dict[str, Any]]) -> Path:
    for name, rows in parts.items():
        write(tmp_path / f"{name}.jsonl", rows)
    return tmp_path


CORPUS = [{"id": at, "text": f"passage {at}"} for at in range(30)]
ASKED = [{"id": at, "question": f"question {at}?", "positive_id": at} for at in range(30)]


def test_given_parts_are_kept(tmp_path: Path) -> None:
    found = load_retrieval(folder(tmp_path, corpus=CORPUS, train=ASKED[:20], validation=ASKED[20:]), CONFIG)
    assert [len(rows) for rows in found.parts.values()] == [20, 10, 0]
    assert found.measured_on == "validation"
    assert found.parts["train"][3].passage == "3" and found.corpus["3"] == "passage 3"


def test_rows_are_split_three_ways_by_the_seed(tmp_path: Path) -> None:
    data = folder(tmp_path, corpus=CORPUS, train=ASKED)
    found = load_retrieval(data, CONFIG)
    assert [len(rows) for rows in found.parts.values()] == [18, 6, 6]
    assert found.measured_on == "test"
    assert found == load_retrieval(data, CONFIG)
    assert found.parts != load_retrieval(data, CONFIG.model_copy(update={"seed": 1})).parts


def test_given_test_questions_are_kept_where_there_are_none_for_validation(tmp_path: Path) -> None:
    found = load_retrieval(folder(tmp_path, corpus=CORPUS, train=ASKED[:20], test=ASKED[20:]), CONFIG)
    assert [len(rows) for rows in found.parts.values()] == [16, 4, 10]
    assert [row.id for row in found.parts["test"]] == [str(at) for at in range(20, 30)]
    assert found.measured_on == "test"


def test_text_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    data = folder(tmp_path, corpus=CORPUS, train=ASKED)
    (data / "corpus.jsonl").write_bytes((data / "corpus.jsonl").read_bytes() + b'{"id": 30, "text": "caf\xe9"}\n')
    with pytest.raises(DataError, match=r"corpus.jsonl:31: expected UTF-8 text, found the byte 0xe9"):
        load_retrieval(data, CONFIG)


def test_questions_about_one_passage_stay_together(tmp_path: Path) -> None:
    same = [{"id": at, "text": f"Passage {at // 3}!" if at % 2 else f"passage {at // 3}"} for at in range(30)]
    found = load_retrieval(folder(tmp_path, corpus=same, train=ASKED), CONFIG)
    texts = [{found.corpus[row.passage].lower().strip("!") for row in rows} for rows in found.parts.values()]
    assert all(texts) and not (texts[0] & texts[1] or texts[0] & texts[2] or texts[1] & texts[2])


def test_a_file_of_pairs_makes_its_own_corpus(tmp_path: Path) -> None:
    rows = [{"question": f"question {at}?", "context": f"passage {at % 15}"} for at in range(30)]
    write(tmp_path / "pairs.jsonl", rows)
    found = load_retrieval(tmp_path / "pairs.jsonl", CONFIG)
    assert len(found.corpus) == 15 and sum(map(len, found.parts.values())) == 30


def test_rows_without_text_are_left_out_and_counted(tmp_path: Path) -> None:
    corpus = [*CORPUS, {"id": 30, "text": ""}]
    asked = [
        *ASKED,
        {"id": 30, "question": "an empty passage?", "positive_id": 30},
        {"id": 31, "question": " ", "positive_id": 1},
    ]
    found = load_retrieval(folder(tmp_path, corpus=corpus, train=asked), CONFIG)
    assert found.left_out == 2 and sum(map(len, found.parts.values())) == 30 and "30" in found.corpus


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"corpus": CORPUS, "train": [{"id": 1, "question": "x", "positive_id": 99}]},
            "train.jsonl:1: Expected the id",
        ),
        ({"corpus": [*CORPUS, CORPUS[0]], "train": ASKED}, "corpus.jsonl:31: The id '0' stands there twice"),
        (
            {"corpus": CORPUS, "train": [{"id": 1, "text": "x"}]},
            "train.jsonl:1: Expected text in 'question', found nothing. Each row has id, question",
        ),
        (
            {"corpus": CORPUS, "train": [{"id": [], "question": "x", "positive_id": 1}]},
            "train.jsonl:1: Expected text in 'id', found list",
        ),
        (
            {"corpus": CORPUS, "train": [{"id": True, "question": "x", "positive_id": 1}]},
            "train.jsonl:1: Expected text in 'id', found bool",
        ),
        (
            {"corpus": [{"id": 1, "text": "\ud83d"}], "train": ASKED},
            "corpus.jsonl:1: Expected text in 'text', found half",
        ),
        ({"corpus": CORPUS, "train": [*ASKED, ASKED[4]]}, "train.jsonl:31: The id '4' stands on line 5 too."),
        ({"train": ASKED}, "corpus.jsonl: expected a file, found none"),
        ({"corpus": CORPUS, "train": []}, "train.jsonl: expected rows, found an empty file"),
        (
            {"corpus": CORPUS, "train": ASKED[:2]},
            "enough different passages for train, validation, test, found 2",
        ),
    ],
)
def test_bad_rows_are_refused(tmp_path: Path, parts: dict[str, list[dict[str, Any]]], message: str) -> None:
    with pytest.raises(DataError) as error:
        load_retrieval(folder(tmp_path, **parts), CONFIG)
    assert message in str(error.value)


def test_a_question_in_two_parts_is_a_leak(tmp_path: Path) -> None:
    again = [{"id": 90, "question": "Question 3", "positive_id": 4}, *ASKED[20:]]
    data = folder(tmp_path, corpus=CORPUS, train=ASKED[:20], validation=again)
    with pytest.raises(DataError, match="1 question found in two parts"):
        load_retrieval(data, CONFIG)
    assert isinstance(load_retrieval(data, CONFIG.model_copy(update={"allow_leaks": True})), Retrieval)
