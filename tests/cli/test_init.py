"""From a file of labelled rows to an assistant that can be talked to."""

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from conftest import labelled_rows
from tellerbot.assistant.load import load
from tellerbot.cli.main import app
from tellerbot.intents.train import train
from tellerbot.project.load import load_project
from tellerbot.release.build import build_release
from tellerbot.release.registry import Registry
from tellerbot.settings import Settings


def write_rows(path: Path, rows: list[tuple[str, str]]) -> Path:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([("text", "label"), *rows])
    return path


def init(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["init", *map(str, arguments)])
    return result.exit_code, result.output + str(result.exception or "")


@pytest.mark.slow
def test_rows_become_a_project_that_is_valid_built_and_talked_to(
    tmp_path: Path, tiny_model: Path, tiny_config: Any
) -> None:
    rows = write_rows(tmp_path / "rows.csv", labelled_rows())
    folder = tmp_path / "bank"
    code, printed = init(folder, "--from", rows, "--bank", "Harbour Trust")
    assert code == 0 and "rows.csv: 225 rows of intents (CSV, text and label); 0 repeats left out" in printed
    result = CliRunner().invoke(app, ["data", "validate", str(folder)])
    assert result.exit_code == 0 and "No mistakes found." in result.output
    project = load_project(folder)
    assert sorted(project.intents) == ["atm_fees", "card_lost", "check_balance", "human_agent", "transfer_money"]
    assert project.intents["card_lost"].title == "ask about card lost"
    assert len(project.out_of_scope["other"]) == 100 and project.assistant.bank == "Harbour Trust"
    file = folder / "assistant.yaml"
    models = {"models": {"intents": str(tiny_model), "knowledge": str(tiny_model)}}
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | models))
    settings = Settings(home=tmp_path / "home")
    run = train(tiny_config, folder, runs=settings.runs)
    registry = Registry.at(settings)
    registry.promote("production", build_release(folder, run.folder, registry, var=settings.var).version)
    turn = load("production", settings).reply("my lost card again")
    assert turn.intents == ("card_lost",) and turn.reference is not None
    assert turn.reply.startswith("I can't answer that here yet.")


def test_labels_become_names_and_titles_that_a_project_may_have(tmp_path: Path) -> None:
    labels = ("Card Lost?", "24h_hours", "charged twice", "cancel", "oos")
    rows = [(f"{word} about {label}", label) for label in labels for word in ("one", "two", "three")]
    repeat = ("ONE  about cancel", "cancel")
    code, printed = init(tmp_path / "bank", "--from", write_rows(tmp_path / "rows.csv", [*rows, repeat]))
    assert code == 0 and "1 repeat left out" in printed
    assert "Card Lost? is card_lost, 24h_hours is intent_24h_hours" in printed and "cancel is cancel_intent" in printed
    project = load_project(tmp_path / "bank")
    assert {name: intent.title for name, intent in project.intents.items()} == {
        "card_lost": "ask about card lost",
        "intent_24h_hours": "ask about intent hours",
        "charged_twice": "ask about charged",
        "cancel_intent": "ask about cancel intent",
    }
    assert project.out_of_scope == {"other": ["one about oos", "two about oos", "three about oos"]}


def test_an_utterance_in_two_intents_is_told_with_its_lines_and_nothing_is_made(tmp_path: Path) -> None:
    rows = [(f"{word} {label}", label) for label in ("a", "b") for word in ("my", "your", "his")]
    code, printed = init(tmp_path / "bank", "--from", write_rows(tmp_path / "rows.csv", [*rows, ("my a", "b")]))
    assert code == 1 and "rows.csv:8: 'my a' is also an utterance of a (line 2). Keep it in one intent." in printed
    assert not (tmp_path / "bank").exists()


def test_rows_and_the_smallest_project_exclude_each_other(tmp_path: Path) -> None:
    code, printed = init(tmp_path / "bank", "--minimal", "--from", tmp_path / "rows.csv")
    assert code == 1 and "Expected --from or --minimal, found both." in printed
