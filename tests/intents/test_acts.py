"""Acts on a tiny real model, with acts of its own in the few words that it knows."""

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from conftest import labelled_rows  # pyright: ignore[reportMissingImports]
from tellerbot.encoder.runtime import OnnxEncoder
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
from tellerbot.intents.predict import LOGITS, SCOPE, IntentPredictor, read_settings
from tellerbot.intents.train import train

FORMS = ("{}", "{} now", "{} please", "{} again", "{} today", "{} for me", "tell me {}", "the {}", "i like {}", "is {}")
WORDS = {"affirm": ("good", "big"), "distress": ("lost friend", "start abroad")}
OTHERS = ("recipe", "poem", "fee", "call", "human agent", "money")


def _fill(words: tuple[str, ...]) -> list[str]:
    return [form.format(word) for word in words for form in FORMS]


@pytest.fixture(scope="module")
def acting_run(tiny_config: Any, tiny_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run that knows two acts besides the tiny project's intents."""
    folder = tmp_path_factory.mktemp("acts")
    asked = [
        "what is my balance",
        "show the balance now",
        "report a lost card",
        "there is a lost card",
        "make a transfer",
    ]
    content = {
        "acts": {act: _fill(words) for act, words in WORDS.items()},
        "none": [*_fill(OTHERS), *asked],
        "only_alarms": {"distress": ["my lost friend is big"], "none": ["the lost call is good", "my friend is big"]},
        "mixed": [{"text": f"{word} {text}", "acts": ["affirm"]} for word in WORDS["affirm"] for text in asked],
    }
    (folder / "acts.yaml").write_text(yaml.safe_dump(content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tellerbot.intents.acts.ACTS_FILE", folder / "acts.yaml")
        return train(tiny_config.model_copy(update={"acts": True}), tiny_project, runs=folder / "runs")


def test_a_projects_model_learns_the_acts(acting_run: Any) -> None:
    predictor = IntentPredictor(acting_run.model)
    yes, alarm, neither = predictor.understand(["good quickly", "my lost friend today", "a recipe today"])
    assert yes.acts == ("affirm",) and alarm.acts == ("distress",) and neither.acts == ()
    assert not yes.in_scope, "an act that only answers the assistant is in scope of no intent"
    metrics = acting_run.read("metrics.json")
    assert metrics["acts"]["affirm"]["recall"] > 0.8 and metrics["acts"]["alarms"]["rows"] > 0
    assert metrics["accuracy"] >= 0.9


def test_a_message_has_both_its_act_and_its_intent(acting_run: Any) -> None:
    (both,) = IntentPredictor(acting_run.model).understand(["good show the balance now"])
    assert both.acts == ("affirm",) and both.intent == "check_balance"


def test_thresholds_are_saved_and_read(acting_run: Any, tmp_path: Path) -> None:
    saved = read_settings(acting_run.model)[1]
    assert list(saved.acts) == ["affirm", "distress"] and all(0 < value < 1 for value in saved.acts.values())
    assert acting_run.read("metrics.json")["calibration"]["acts"] == saved.acts
    model = shutil.copytree(acting_run.model, tmp_path / "model")
    settings = json.loads((model / "intents.json").read_text())
    settings["calibration"]["acts"]["affirm"] = 1.1
    (model / "intents.json").write_text(json.dumps(settings))
    assert IntentPredictor(model).understand(["good quickly"])[0].acts == ()


def test_a_bare_files_run_has_no_acts_and_neither_has_an_older_release(tiny_config: Any, tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    rows = [{"text": text, "label": label} for text, label in labelled_rows()]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = tiny_config.model_copy(update={"acts": True, "epochs": 1, "min_agreement": 0.0, "max_accuracy_loss": 1.0})
    run = train(config, data, runs=tmp_path / "runs")
    assert "acts" not in run.read("metrics.json") and OnnxEncoder(run.model).outputs == [LOGITS, SCOPE]
    settings = json.loads((run.model / "intents.json").read_text())
    assert settings["calibration"].pop("acts") == {}
    (run.model / "intents.json").write_text(json.dumps(settings))
    assert IntentPredictor(run.model).understand(["good"])[0].acts == ()


def test_acts_are_named_the_surest_first(acting_run: Any) -> None:
    calibration = replace(read_settings(acting_run.model)[1], acts={"affirm": 0.5, "thank": 0.9, "deny": 0.5})
    logits = np.array([[1.0, 2.0, 3.0], [0.1, 5.0, -1.0], [-1.0, -1.0, -1.0]], dtype=np.float32)
    assert calibration.acts_of(logits) == [("deny", "affirm"), ("thank", "affirm"), ()]


def test_an_alarm_is_let_through_by_few_others_and_another_act_has_its_best_f1() -> None:
    others = np.linspace(0, 0.6, 1000)
    probabilities = np.append(others, [0.59, 0.7, 0.8, 0.9])
    wanted = np.append(np.zeros(1000, dtype=bool), [True] * 4)
    thresholds = choose_thresholds(["distress", "affirm"], np.stack([probabilities] * 2, 1), np.stack([wanted] * 2, 1))
    assert (others >= thresholds["distress"]).sum() == MOST_FALSE_ALARMS * 1000
    # Taking in the fourth row, at 0.59, would take in seventeen others.
    assert thresholds["affirm"] == pytest.approx(0.65)


def test_figures_count_each_act_and_other_messages_taken_for_alarms() -> None:
    unknown = ActRow("e", (), only_alarms=True)
    assert np.isnan(act_targets(("affirm", *ALARMS), [unknown])).tolist() == [[True, False, False]]
    alarm = ActRow("f", ("distress",), only_alarms=True)
    assert np.isnan(act_targets(("affirm", "vulnerable", "distress"), [alarm])).tolist() == [[False, True, False]]
    rows = [ActRow("a", ("distress",)), ActRow("b", ("affirm", "distress")), ActRow("c", ()), ActRow("d", ("affirm",))]
    figures = act_figures(("affirm", *ALARMS), rows, [("distress",), ("affirm",), ("fraud_in_progress",), ("affirm",)])
    assert figures["distress"] == {"precision": 1.0, "recall": 0.5, "rows": 2}
    assert figures["affirm"] == {"precision": 1.0, "recall": 1.0, "rows": 2}
    assert figures["alarms"] == {"false_alarms": 0.5, "rows": 2}


def test_the_shipped_rows_name_every_act_and_no_row_twice() -> None:
    content = yaml.safe_load(ACTS_FILE.read_text())
    acts = load_acts(0.15, 0)
    assert {*ALARMS, *ANSWERS} < set(acts.names) and all(len(texts) >= 60 for texts in content["acts"].values())
    assert {act for row in (*acts.train, *acts.valid) for act in row.acts} == set(acts.names)
    texts = Counter(row.text for row in (*acts.train, *acts.valid))
    assert not [text for text, count in texts.items() if count > 1]
    assert not set(acts.train) & set(acts.valid) and {act for row in acts.valid for act in row.acts} == set(acts.names)
