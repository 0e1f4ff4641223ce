"""Rows of replies: synthetic ones, grounded ones, how varied they are, and how they are read and split."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tellerbot.data.diversity import measure_diversity, require_variety
from tellerbot.errors import DataError
from tellerbot.knowledge.passages import sections_of
from tellerbot.project.load import load_project
from tellerbot.responses.config import ResponderConfig
from tellerbot.responses.grounded import grounded_rows
from tellerbot.responses.manners import moods, refuses
from tellerbot.responses.prompt import placeholders
from tellerbot.responses.rows import PARTS, load_replies
from tellerbot.responses.synth import SynthRow, held_out, synthesise
from tellerbot.responses.template import template_mistakes

DEMO = Path("src/tellerbot/project/demo")


@pytest.fixture(scope="module")
def made() -> dict[str, list[SynthRow]]:
    project = load_project(DEMO)
    return synthesise(project, sections_of(project.policies), 900, 3)


def test_rows_are_delexicalised_and_say_all_their_notes(made: dict[str, list[SynthRow]]) -> None:
    assert [len(made[name]) for name in PARTS] == [720, 90, 90]
    for row in (row for rows in made.values() for row in rows):
        assert template_mistakes(row.completion) == [], row.completion
        notes = row.prompt.splitlines()[1].removeprefix("Notes: ")
        assert row.completion.endswith(notes)
        assert sorted(placeholders(row.completion)) == sorted(placeholders(notes))
        assert not any(char.isdigit() for char in row.prompt.partition("Customer:")[2])


def test_rows_cover_every_intent_with_a_reply_and_every_mood(made: dict[str, list[SynthRow]]) -> None:
    train = made["train"]
    replies = {intent: response.reply for intent, response in load_project(DEMO).responses.items()}
    assert not replies["check_loan"], "an intent that only starts a flow"
    assert {row.intent for row in train} == {intent for intent, reply in replies.items() if reply}
    assert {row.mood for row in train} == {mood.name for mood in moods()}
    assert any("Before: " in row.prompt for row in train)
    asked = {mood.name for mood in moods() if mood.refuses}
    for row in train:
        opening = row.completion.removesuffix(row.prompt.splitlines()[1].removeprefix("Notes: "))
        assert refuses(opening) == (row.mood in asked)


def test_no_utterance_stands_in_two_parts_and_a_seed_gives_the_same_rows(made: dict[str, list[SynthRow]]) -> None:
    project = load_project(DEMO)
    again = synthesise(project, sections_of(project.policies), 900, 3)
    assert again == made
    assert synthesise(project, sections_of(project.policies), 900, 4) != made
    adversarial = [mood for mood in moods() if mood.refuses]
    held = held_out(project, sections_of(project.policies), 300, 3, adversarial)
    assert len({row.prompt for row in held}) == 300 and {row.mood for row in held} <= {
        mood.name for mood in adversarial
    }


def test_variety_is_measured_and_a_set_that_repeats_itself_is_refused(made: dict[str, list[SynthRow]]) -> None:
    rows = [(row.prompt, row.completion) for row in made["train"]]
    found = measure_diversity(rows, [row.message for row in made["train"]])
    require_variety(found)
    assert (
        found.unique == 1.0 and found.near_duplicates < 0.05 and found.distinct_1 < found.distinct_2 < found.distinct_3
    )
    doubled = measure_diversity(rows * 2, [row.message for row in made["train"]] * 2)
    assert doubled.unique == 0.0
    with pytest.raises(DataError, match=r"0\.0% of the rows are unique.*nearly repeat another"):
        require_variety(doubled)


def test_a_policy_that_is_named_whole_is_quoted_like_its_sections() -> None:
    project = load_project(DEMO)
    sections = sections_of(project.policies)
    whole = project.responses["atm_fees"].model_copy(update={"policy": ["fees"]})
    changed = replace(project, responses={**project.responses, "atm_fees": whole})
    rows = [row for row in synthesise(changed, sections, 900, 3)["train"] if row.intent == "atm_fees"]
    quoted = {
        name for name, some in sections.items() for piece in some for sentence in piece.sentences for row in rows
        if name.startswith("fees#") and not any(char.isdigit() for char in sentence) and sentence in row.completion
    }  # fmt: skip
    assert len(quoted) > 1


def test_too_few_rows_are_refused(tiny_project: Path) -> None:
    project = load_project(tiny_project)
    with pytest.raises(DataError, match="at least 800 rows"):
        synthesise(project, {}, 799, 7)


def test_grounded_rows_cite_their_passage_and_drop_answers_with_other_figures(tmp_path: Path) -> None:
    files = {
        "corpus.jsonl": [
            {"id": 1, "text": "Sales were $20 million in 2023."},
            {"id": 2, "text": "We have three plants."},
        ],
        "train.jsonl": [
            {"id": 7, "question": "What were sales?", "positive_id": 1},
            {"id": 8, "question": "How many plants?", "positive_id": 2},
        ],
        "validation.jsonl": [{"id": 9, "question": "What were sales in 2023?", "positive_id": 1}],
        "answers.jsonl": [
            {"id": 7, "answer": "Sales were $20 million."},
            {"id": 8, "answer": "There are four plants."},
            {"id": 9, "answer": "In 2023 they were twenty million dollars."},
        ],
    }
    for name, rows in files.items():
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = grounded_rows(tmp_path, 7)
    rows = [row for part in found.parts.values() for row in part]
    assert (found.kept, found.left_out) == (2, 1)
    for row in rows:
        assert template_mistakes(row.completion) == []
        assert set(placeholders(row.completion)) <= set(placeholders(row.prompt)) and placeholders(row.completion)
        assert row.completion.endswith(("(Passage A)", "(Passage B)"))
        letter = row.completion[-2]
        assert "Sales were {" in row.prompt.split(f"Passage {letter}: ")[1]
    with pytest.raises(DataError, match=r"expected corpus\.jsonl"):
        grounded_rows(tmp_path / "none", 7)


def test_one_file_is_split_so_that_like_prompts_stay_together(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    topics = ["cards", "loans", "fees", "wires", "checks", "savings", "taxes", "branches", "alerts", "limits"]
    rows = [
        {"instruction": f"Tell me about {topic} and {other}{mark}", "response": f"Here is what I know of {topic}."}
        for topic in topics for other in topics for mark in ("", "!")
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    replies = load_replies(path, ResponderConfig())
    assert "instruction and response" in replies.detected
    assert sum(map(len, replies.parts.values())) == 200 and all(replies.parts.values())
    where = {pair.prompt.rstrip("!"): name for name, pairs in replies.parts.items() for pair in pairs}
    assert all(where[pair.prompt.rstrip("!")] == name for name, pairs in replies.parts.items() for pair in pairs)


def test_held_out_prompts_in_the_training_rows_are_refused(rows_folder: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "rows"
    shutil.copytree(rows_folder, folder)
    with (folder / "test.jsonl").open("a") as file:
        file.write((folder / "train.jsonl").read_text().splitlines()[0] + "\n")
    with pytest.raises(DataError, match=r"test.jsonl:9: 1 test prompts stand in the training rows"):
        load_replies(folder, ResponderConfig())
    (folder / "test.jsonl").unlink()
    with pytest.raises(DataError, match=r"expected one file test\.jsonl"):
        load_replies(folder, ResponderConfig())


def test_rows_with_one_system_message_are_split_by_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    topics = ["cards", "loans", "fees", "wires", "checks", "savings", "taxes", "branches", "alerts", "limits"]
    rows = [
        {"instruction": f"Tell me about {topic}", "output": f"Here is what I know of {topic}.",
         "system": "You are the careful, kind and patient assistant of a bank that is open all week. " * 5}
        for topic in topics
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    replies = load_replies(path, ResponderConfig(valid_fraction=0.2, test_fraction=0.2))
    assert {name: len(pairs) for name, pairs in replies.parts.items()} == {"train": 6, "validation": 2, "test": 2}
    assert all(pair.prompt.startswith("system: You are the") for pairs in replies.parts.values() for pair in pairs)
    assert replies.detected.endswith("; in the prompts: system (10)")
