"""Acts on a tiny real model, with acts of its own in the few words that it knows."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from safetensors import safe_open

from tellerbot.errors import ArtefactError
from tellerbot.intents.act_model import ACTS_MODEL, export_acts, load_model, save_model
from tellerbot.intents.acts import (
    ACTS_FILE,
    ALARMS,
    ANSWERS,
    MOST_FALSE_ALARMS,
    ActRow,
    act_figures,
    act_targets,
    choose_thresholds,
    load_acts,
)
from tellerbot.intents.learn_acts import learn_acts
from tellerbot.intents.listen import ActPredictor, acts_of
from tellerbot.intents.predict import sigmoid
from tellerbot.project.follow_ups import join_follow_up

FORMS = ("{}", "{} now", "{} please", "{} again", "{} today", "{} for me", "tell me {}", "the {}", "i like {}", "is {}")
WORDS = {"affirm": ("good", "big"), "distress": ("lost friend", "start abroad")}
ASKED = ("what is my balance", "show the balance now", "report a lost card", "there is a lost card", "make a transfer")
OTHERS = ("recipe", "poem", "fee", "call", "human agent", "money")


def _fill(words: tuple[str, ...]) -> list[str]:
    return [form.format(word) for word in words for form in FORMS]


@pytest.fixture(scope="module")
def acting(tiny_config: Any, tiny_project: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what was learned of two acts, and their exported model in `acts`."""
    folder = tmp_path_factory.mktemp("acts")
    content = {
        "acts": {act: _fill(words) for act, words in WORDS.items()},
        "none": [*_fill(OTHERS), *ASKED],
        "only_alarms": {"distress": ["my lost friend is big"], "none": ["the lost call is good", "my friend is big"]},
        "mixed": [{"text": f"{word} {text}", "acts": ["affirm"]} for word in WORDS["affirm"] for text in ASKED],
    }
    (folder / "acts.yaml").write_text(yaml.safe_dump(content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tellerbot.intents.acts.ACTS_FILE", folder / "acts.yaml")
        learn_acts(
            tiny_project,
            tiny_config.model_copy(update={"frozen": 1}),
            folder / "acts.safetensors",
            lambda step, steps, note: None,
        )
    export_acts(folder / "acts", tiny_model, folder / "acts.safetensors")
    return folder


def test_the_acts_are_learned_kept_and_heard(acting: Path) -> None:
    predictor = ActPredictor(acting / "acts")
    texts = ["good quickly", "my lost friend today", "a recipe today", "good show the balance now"]
    assert [predictor.acts([text]) for text in texts] == [[("affirm",)], [("distress",)], [()], [("affirm",)]]
    # A part of a message raises an alarm where the whole hints at it.
    assert predictor.acts(["a recipe today", "my lost friend today"]) == [(), ()]
    assert predictor.acts(["a recipe today. " * 30, "my lost friend today"])[1] == ("distress",)
    assert list(predictor.thresholds) == ["affirm", "distress"]
    assert all(0 < value < 1 for value in predictor.thresholds.values())


def test_two_messages_in_a_row_may_be_an_alarm_that_neither_is(acting: Path, tmp_path: Path) -> None:
    heard = ActPredictor(acting / "acts")
    pairs = [
        (before, text) for before in ("the lost call", "i start", "my lost money") for text in ("abroad", "friend")
    ]
    gains = {
        pair: _distress(heard, join_follow_up(*pair)) - max(_distress(heard, one) for one in pair) for pair in pairs
    }
    before, text = max(gains, key=gains.__getitem__)
    joined, first = _distress(heard, join_follow_up(before, text)), _distress(heard, before)
    alone = _distress(heard, text)
    assert joined > max(first, alone)

    def acts(threshold: float, texts: list[str], before: str = "") -> list[tuple[str, ...]]:
        folder = shutil.copytree(acting / "acts", tmp_path / "acts", dirs_exist_ok=True)
        (folder / "acts.json").write_text(json.dumps({"thresholds": {"affirm": 1.1, "distress": threshold}}))
        return ActPredictor(folder).acts(texts, before)

    between = (joined + max(first, alone)) / 2
    assert acts(between, [text]) == acts(between, [before]) == [()]
    assert acts(between, [text, "a recipe today"], before) == [("distress",), ()]
    # What the message before raised already is not raised again.
    assert first <= alone or acts((first + alone) / 2, [text], before) == [()]


def _distress(heard: ActPredictor, text: str) -> float:
    return float(heard.probabilities([text])[0, 1])


def test_a_threshold_decides_whether_an_act_counts(acting: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(acting / "acts", tmp_path / "acts")
    settings = json.loads((folder / "acts.json").read_text())
    settings["thresholds"]["affirm"] = 1.1
    (folder / "acts.json").write_text(json.dumps(settings))
    assert ActPredictor(folder).acts(["good quickly"]) == [()]
    (folder / "acts.json").write_text("{}")
    with pytest.raises(ArtefactError, match=r"expected a readable acts\.json"):
        ActPredictor(folder)


def test_what_was_learned_fits_its_own_encoder_only(acting: Path, tiny_model: Path, tmp_path: Path) -> None:
    other = shutil.copytree(tiny_model, tmp_path / "other")
    (other / "config.json").write_text((other / "config.json").read_text() + "\n")
    with pytest.raises(ArtefactError, match="expected the encoder that it was learned with"):
        load_model(other, acting / "acts.safetensors")


def test_only_what_changed_is_kept_and_nearly_all_of_it(acting: Path, tiny_model: Path, tmp_path: Path) -> None:
    model, thresholds, words = load_model(tiny_model, acting / "acts.safetensors")
    with safe_open(acting / "acts.safetensors", framework="pt") as file:
        assert not [name for name in file.keys() if "embeddings" in name]  # noqa: SIM118 - it is no mapping
    save_model(model, tiny_model, thresholds, words, tmp_path / "again.safetensors")
    again, *_ = load_model(tiny_model, tmp_path / "again.safetensors")
    ids = torch.tensor([[2, 5, 6, 7, 3]])
    with torch.inference_mode():
        one, other = (each.eval()(ids, torch.ones_like(ids)) for each in (model, again))
    assert torch.allclose(one, other, atol=0.05) and one.abs().max() > 0.5


def test_acts_are_named_the_surest_first() -> None:
    thresholds = {"affirm": 0.5, "thank": 0.9, "deny": 0.5}
    found = sigmoid(np.array([[1.0, 2.0, 3.0], [0.1, 5.0, -1.0], [-1.0, -1.0, -1.0]]))
    assert acts_of(thresholds, found) == [("deny", "affirm"), ("thank", "affirm"), ()]


def test_an_alarm_is_let_through_by_few_others_and_another_act_has_its_best_f1() -> None:
    others = np.linspace(0, 0.6, 1000)
    probabilities = np.append(others, [0.59, 0.7, 0.8, 0.9])
    wanted = np.append(np.zeros(1000, dtype=bool), [True] * 4)
    thresholds = choose_thresholds(["distress", "affirm"], np.stack([probabilities] * 2, 1), np.stack([wanted] * 2, 1))
    assert (others >= thresholds["distress"]).sum() == MOST_FALSE_ALARMS * 1000
    # Taking in the fourth row, at 0.59, would take in seventeen others.
    assert thresholds["affirm"] == pytest.approx(0.65)


def test_figures_count_each_act_and_other_messages_taken_for_alarms() -> None:
    unknown = ActRow("e", (), frozenset({"affirm"}))
    assert np.isnan(act_targets(("affirm", *ALARMS), [unknown])).tolist() == [[True, False, False]]
    rows = [ActRow("a", ("distress",)), ActRow("b", ("affirm", "distress")), ActRow("c", ()), ActRow("d", ("affirm",))]
    figures = act_figures(("affirm", *ALARMS), rows, [("distress",), ("affirm",), ("fraud_in_progress",), ("affirm",)])
    assert figures["distress"] == {"precision": 1.0, "recall": 0.5, "rows": 2}
    assert figures["affirm"] == {"precision": 1.0, "recall": 1.0, "rows": 2}
    assert figures["alarms"] == {"false_alarms": 0.5, "rows": 2}


@pytest.mark.slow
def test_the_shipped_rows_name_every_act_and_no_row_twice() -> None:
    content = yaml.load(ACTS_FILE.read_text(), yaml.CSafeLoader)
    acts = load_acts(0.15, 0)
    assert {*ALARMS, *ANSWERS} < set(acts.names) and all(len(texts) >= 60 for texts in content["acts"].values())
    assert {act for row in (*acts.train, *acts.validation) for act in row.acts} == set(acts.names)
    texts = Counter(row.text for row in (*acts.train, *acts.validation))
    assert not [text for text, count in texts.items() if count > 1]
    assert not set(acts.train) & set(acts.validation) and {act for row in acts.validation for act in row.acts} == set(
        acts.names
    )


@pytest.mark.slow
def test_what_ships_was_learned_from_the_acts_that_ship() -> None:
    with safe_open(ACTS_MODEL, framework="pt") as file:
        about = json.loads(file.metadata()["about"])
    assert list(about["thresholds"]) == list(load_acts(0.15, 0).names), "run make acts"
    assert ACTS_MODEL.stat().st_size < 12e6
