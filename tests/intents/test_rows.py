"""Labelled utterances of several files: their labels must be told apart across all of them."""

from pathlib import Path

import pytest
import yaml

from tellerbot.data.split import check_intents
from tellerbot.errors import DataError
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.evaluate import evaluate
from tellerbot.intents.rows import load_labelled, split_parts
from tellerbot.project.scaffold import init_project

THINGS = ("card", "loan", "wire", "fee", "limit", "branch", "rate", "check")


def rows_file(path: Path, *forms: tuple[str, str]) -> Path:
    lines = [f"{form.format(thing)},{label}\n" for form, label in forms for thing in THINGS]
    path.write_text("".join(["text,label\n", *lines]))
    return path


@pytest.mark.parametrize("label", ["Open", "open\u200b", "o pen", "\u043epen", "ｏｐｅｎ"])
@pytest.mark.parametrize("given", ["validation", "test"])
def test_labels_of_given_rows_that_look_like_training_labels_are_refused(
    given: str, label: str, tmp_path: Path
) -> None:
    file = load_labelled(rows_file(tmp_path / "train.csv", ("open my {}", "open"), ("{} was closed", "close"))).file
    other = rows_file(tmp_path / "other.csv", ("opening {} when", label), ("why did a {} end", "close"))
    with pytest.raises(DataError, match=r"other\.csv: 1 mistake in the labels") as error:
        split_parts(IntentsConfig(), file, **{"validation": None, "test": None, given: other})
    (problem,) = error.value.problems
    assert problem.line == 2 and "'open' (trained on)" in problem.what and "(8 rows: other.csv:2" in problem.what


@pytest.mark.slow
def test_intents_of_two_project_files_that_look_alike_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    init_project(folder)
    extra = {"intents": {"cardlost": {"title": "x", "utterances": ["zip one", "zip two", "zap three"]}}}
    (folder / "intents" / "zz.yaml").write_text(yaml.safe_dump(extra))
    responses = folder / "responses.yaml"
    responses.write_text(f"{responses.read_text()}\ncardlost:\n  reply: Here.\n")
    with pytest.raises(DataError, match="1 mistake in the labels") as error:
        check_intents(load_labelled(folder).file)
    (problem,) = error.value.problems
    assert Path(problem.file).name == "zz.yaml" and problem.line == 5
    assert "'cardlost' (3 rows: zz.yaml:5" in problem.what and "'card_lost' (" in problem.what
    assert problem.remedy.startswith("Write 'card_lost' for each")


def test_labels_that_look_like_the_models_are_not_measured_as_mistakes(tiny_run: object, tmp_path: Path) -> None:
    path = rows_file(tmp_path / "rows.csv", ("show the {} balance", "Check Balance"), ("a lost {} here", "card_lost"))
    with pytest.raises(DataError, match=r"rows\.csv: 1 mistake in the labels"):
        evaluate(tiny_run.folder, path)  # type: ignore[attr-defined]
