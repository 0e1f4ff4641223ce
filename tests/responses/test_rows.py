"""Rows of replies: synthetic ones, and how they are read and split."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tellerbot.data.split import near_duplicate_groups
from tellerbot.errors import DataError
from tellerbot.knowledge.passages import sections_of
from tellerbot.project.load import load_project
from tellerbot.responses.config import ResponderConfig
from tellerbot.responses.manners import moods, refuses
from tellerbot.responses.prompt import placeholders
from tellerbot.responses.rows import load_replies
from tellerbot.responses.synth import SynthRow, held_out, synthesise
from tellerbot.responses.template import template_mistakes
from tellerbot.training.task import SPLITS

DEMO = Path("src/tellerbot/project/demo")


@pytest.fixture(scope="module")
def made() -> dict[str, list[SynthRow]]:
    project = load_project(DEMO)
    return synthesise(project, sections_of(project.policies), 900, 3)


@pytest.mark.slow
def test_rows_are_delexicalised_and_say_all_their_notes(made: dict[str, list[SynthRow]]) -> None:
    assert [len(made[name]) for name in SPLITS] == [720, 90, 90]
    for row in (row for rows in made.values() for row in rows):
        assert template_mistakes(row.completion) == [], row.completion
        notes = row.prompt.splitlines()[1].removeprefix("Notes: ")
        assert row.completion.endswith(notes)
        assert sorted(placeholders(row.completion)) == sorted(placeholders(notes))
        assert not any(char.isdigit() for char in row.prompt.partition("Customer:")[2])


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_five_intents_of_five_utterances_give_rows_of_enough_variety() -> None:
    project = load_project(DEMO)
    names = ("check_balance", "card_lost", "atm_fees", "branch_hours", "human_agent")
    few = {name: project.intents[name].model_copy(update={"utterances": project.intents[name].utterances[:5]})
           for name in names}  # fmt: skip
    small = replace(project, intents=few, responses={name: project.responses[name] for name in names})
    made = synthesise(small, sections_of(project.policies), None, 7)
    rows = [row for part in made.values() for row in part]
    assert len(rows) == 40 * 25
    # What nearly repeats another message is drawn again.
    assert len(set(near_duplicate_groups([row.message for row in rows]))) > 0.9 * len(rows)


def test_too_few_rows_are_refused(tiny_project: Path) -> None:
    project = load_project(tiny_project)
    with pytest.raises(DataError, match="at least 800 rows"):
        synthesise(project, {}, 799, 7)


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
    replies = load_replies(path, ResponderConfig(validation_fraction=0.2, test_fraction=0.2))
    assert {name: len(pairs) for name, pairs in replies.parts.items()} == {"train": 6, "validation": 2, "test": 2}
    assert all(pair.prompt.startswith("system: You are the") for pairs in replies.parts.values() for pair in pairs)
    assert replies.detected.endswith("; in the prompts: system (10)")
