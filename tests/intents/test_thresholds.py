"""Candidates that hold the true intent as often as promised, and thresholds that costs choose."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tellerbot.errors import ArtefactError, TellerbotError
from tellerbot.evaluation.thresholds import OperatingPoint, tally
from tellerbot.intents.calibrate import calibrate, conformal_level
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.predict import Calibration, interpret, read_settings, write_settings
from tellerbot.intents.thresholds import (
    HELD_OUT,
    VALIDATION,
    Scores,
    choose_again,
    choose_by_costs,
    load_scores,
    outcomes,
    save_scores,
)
from tellerbot.project.load import load_costs
from tellerbot.project.schema import Costs
from tellerbot.training.run import Run

COSTS = Costs(wrong_answer=20, needless_refusal=8, clarification=1, hand_off=6)
PLAIN = Calibration(1.0, 1.0, 0.0, 0.5, 0.6, candidate_level=0.2)


@pytest.fixture
def own_run(tiny_run: Run, tmp_path: Path) -> Run:
    """A copy of the tiny run, to change."""
    ignored = shutil.ignore_patterns("evals")
    return Run(Path(shutil.copytree(tiny_run.folder, tmp_path / tiny_run.name, ignore=ignored)))


def test_the_level_is_the_rank_that_conformal_prediction_asks_for() -> None:
    true = np.arange(1, 100) / 100  # 99 rows: the fifth lowest of 100 may be missed
    assert conformal_level(true[::-1], 0.05) == 0.05
    assert conformal_level(true[:19], 0.05) == 0.01
    assert conformal_level(true[:18], 0.05) == 0.0  # too few rows to rule any intent out


@pytest.mark.parametrize("miss_rate", [0.05, 0.2])
def test_further_rows_are_covered_as_often_as_promised(miss_rate: float) -> None:
    rng = np.random.default_rng(0)
    count = 150
    covered = [np.mean(rng.beta(4, 1, 500) >= conformal_level(rng.beta(4, 1, count), miss_rate)) for _ in range(400)]
    # Angelopoulos and Bates 2021, theorem 1: between 1 - a and 1 - a + 1 / (n + 1), here with the noise of 400 draws.
    assert 1 - miss_rate - 0.004 <= np.mean(covered) <= 1 - miss_rate + 1 / (count + 1) + 0.004


def test_candidates_are_best_first_and_never_none() -> None:
    probabilities = np.array([[0.25, 0.45, 0.3], [0.1, 0.2, 0.7], [0.15, 0.18, 0.17]])
    found = interpret(["a", "b", "c"], PLAIN, probabilities, np.ones(3), ranked=1)
    assert [each.candidates for each in found] == [("b", "c", "a"), ("c", "b"), ("b",)]
    assert [len(each.ranking) for each in found] == [1, 1, 1]


def test_what_would_come_of_a_row_is_what_the_rules_would_do() -> None:
    probabilities = np.array(
        [
            [0.5, 0.3, 0.1, 0.1],  # two candidates, the second is true
            [0.25, 0.25, 0.25, 0.25],  # four: too many to ask
            [0.15, 0.17, 0.18, 0.16],  # one below the level, and it is true
            [0.5, 0.1, 0.3, 0.1],  # two, the true one is not among them
            [0.6, 0.3, 0.05, 0.05],  # out of scope
        ]
    )
    found = outcomes(PLAIN, Scores(probabilities, np.ones(5), np.array([1, 0, 2, 3, -1])))
    assert found.few.tolist() == [True, False, False, True, True]
    assert found.covered.tolist() == [True, True, True, False, False]
    assert found.right.tolist() == [False, True, True, False, False]
    assert found.outside.tolist() == [False, False, False, False, True]


def calibrated(outside: int) -> tuple[Calibration, Scores]:
    """Calibrated on 400 in-scope rows that are often mistaken, and `outside` others."""
    rng = np.random.default_rng(0)
    wanted = np.concatenate([rng.integers(0, 6, 400), np.full(outside, -1)])
    logits = rng.normal(size=(len(wanted), 6)).astype(np.float32)
    logits[np.arange(400), wanted[:400]] += 2
    values = (rng.normal(size=len(wanted)) + 3 * (wanted >= 0)).astype(np.float32)
    found = calibrate(logits, values, wanted, outside > 0, IntentsConfig())
    return found, Scores(found.confidence(logits), found.scope(values), wanted)


def test_costs_choose_other_thresholds() -> None:
    without, scores = calibrated(100)
    with_costs, _ = choose_by_costs(without, scores, scores, COSTS)
    assert without.costs is None and with_costs.costs == COSTS.model_dump(exclude_none=True)
    assert without.scope_rule == "max_refused" and with_costs.scope_rule == "costs"
    points = [OperatingPoint(each.scope_threshold, each.confidence_threshold) for each in (with_costs, without)]
    least, other = (tally(outcomes(with_costs, scores), COSTS, point)["cost"] for point in points)
    assert least < other


def test_scope_values_that_are_all_equal_are_scored_without_overflow() -> None:
    wanted, equal = np.arange(60) % 6, np.full(60, -3.5, dtype=np.float32)
    found = calibrate(np.eye(6, dtype=np.float32)[wanted], equal, wanted, False, IntentsConfig())
    low, same, high = found.scope(np.array([-100, -3.5, 100], dtype=np.float32))
    assert 0 <= low < 1e-9 and same == 0.5 and high == 1 and found.scope_threshold <= same


def test_without_out_of_scope_rows_refusing_keeps_to_max_refused() -> None:
    without, scores = calibrated(0)
    with_costs, _ = choose_by_costs(without, scores, scores, COSTS)
    assert with_costs.scope_threshold == without.scope_threshold and with_costs.scope_rule == "max_refused"
    assert with_costs.confidence_threshold != without.confidence_threshold


def test_a_run_tells_how_good_its_candidates_are(tiny_run: Run) -> None:
    metrics = tiny_run.read("metrics.json")
    assert metrics["candidate_coverage"] >= 0.85 and metrics["mean_candidates"] >= 1
    assert metrics["calibration"]["costs"]["hand_off"] > 0 and metrics["calibration"]["scope_rule"] == "costs"


def test_choosing_again_sets_thresholds_and_figures_of_the_run(own_run: Run) -> None:
    labels, trained = read_settings(own_run.model)
    before = replace(trained, scope_threshold=1.0, confidence_threshold=1.0, costs=None, scope_rule="max_refused")
    write_settings(own_run.model, labels, before)
    folder, figures = choose_again(own_run.folder, COSTS)
    # Everything was refused, which costs 8 for each in-scope row: the tiny model does better.
    share = 1 - figures["chosen_on"]["out_of_scope_rows"] / figures["chosen_on"]["rows"]
    assert figures["present"]["refused"] == 1 and figures["present"]["cost"] == pytest.approx(8 * share)
    assert figures["chosen"]["cost"] < 1 and figures["intervals"]["saving"][0] > 1
    assert figures["held_out"]["chosen"]["cost"] < figures["held_out"]["present"]["cost"]
    again, after = read_settings(own_run.model)
    chosen = {name: figures["chosen"][name] for name in ("scope_threshold", "confidence_threshold")}
    costs = COSTS.model_dump(exclude_none=True)
    assert again == labels and after == replace(before, **chosen, costs=costs, scope_rule="costs")
    metrics = own_run.read("metrics.json")
    assert metrics["calibration"] == asdict(after) and metrics["refused_in_scope"] < 0.2
    assert metrics["parity"] and metrics["compared"].keys() == {"base", "fine-tuned", "exported int8"}
    assert folder.name.endswith("-thresholds") and json.loads((folder / "metrics.json").read_text()) == figures
    assert (folder / "cost.png").read_bytes().startswith(b"\x89PNG")
    assert "cost.png" in (folder / "README.md").read_text()


def test_training_shows_how_sure_the_choice_by_costs_is(own_run: Run, tiny_project: Path) -> None:
    metrics = own_run.read("metrics.json")
    choice, calibration = metrics["thresholds"], metrics["calibration"]
    assert choice["costs"] == calibration["costs"]
    for name in ("scope_threshold", "confidence_threshold", "cost"):
        low, high = choice["intervals"][name]
        assert low <= choice["chosen"][name] <= high
    assert choice["chosen"]["scope_threshold"] == calibration["scope_threshold"]
    assert choice["chosen"]["cost"] <= choice["present"]["cost"]
    page = (own_run.folder / "report.html").read_text()
    low, high = choice["intervals"]["cost"]
    assert "<h2>Cost against each threshold</h2>" in page and f"{low:.4f} to {high:.4f}" in page
    # The figures that choosing again makes, for the same thresholds.
    _, again = choose_again(own_run.folder, load_costs(tiny_project))
    for name in ("chosen_on", "costs", "chosen", "curves"):
        assert again[name] == choice[name]
    assert again["intervals"]["cost"] == choice["intervals"]["cost"]


def test_other_costs_leave_no_figure_of_the_old_thresholds(own_run: Run) -> None:
    rng = np.random.default_rng(0)
    for path in (own_run.folder / VALIDATION, own_run.folder / HELD_OUT):
        # The tiny run tells the two kinds of rows apart so well that any costs choose the same.
        scores = load_scores(path)
        scope = np.where(scores.wanted < 0, 0.4, 0.6) + rng.uniform(-0.3, 0.3, len(scores.wanted))
        save_scores(path, replace(scores, scope=scope))
    choose_again(own_run.folder, COSTS)
    before = own_run.read("metrics.json")
    choose_again(own_run.folder, Costs(wrong_answer=1, needless_refusal=100, clarification=90, hand_off=90))
    metrics = own_run.read("metrics.json")
    assert metrics["refused_out_of_scope"] < before["refused_out_of_scope"]
    for name, figures in metrics["compared"].items():
        refused = {key: value for key, value in figures.items() if key.startswith("refused")}
        assert refused == ({key: metrics[key] for key in refused} if name == "exported int8" else {})
    assert metrics["compared"]["exported int8"]["refused_in_scope"] == metrics["refused_in_scope"]
    assert metrics["thresholds"]["costs"]["needless_refusal"] == 100


def test_figures_under_noise_outlive_other_thresholds_named_ones_too(own_run: Run) -> None:
    config = yaml.safe_load((own_run.folder / "config.yaml").read_text())
    named = {**config, "metrics": [{"name": "accuracy_heavy_noise", "at_least": 0.01}]}
    (own_run.folder / "config.yaml").write_text(yaml.safe_dump(named))
    before = own_run.read("metrics.json")
    choose_again(own_run.folder, COSTS)
    metrics = own_run.read("metrics.json")
    for name in ("accuracy_one_typo", "accuracy_heavy_noise"):
        assert metrics[name] == before[name]
    assert metrics["metrics"][0]["value"] == before["accuracy_heavy_noise"]


def test_choosing_again_leaves_no_figure_of_other_thresholds(own_run: Run) -> None:
    costs = read_settings(own_run.model)[1].costs
    assert costs
    report, card, metrics = own_run.folder / "report.html", own_run.folder / "README.md", own_run.read("metrics.json")
    page, text = report.read_text(), card.read_text()
    assert "<h2>Training</h2>" in page
    # The same thresholds give the same figures again, whatever stands there.
    exported = {**metrics["compared"]["exported int8"], "refused_in_scope": 0.99}
    stale = {**metrics, "compared": {**metrics["compared"], "exported int8": exported}}
    (own_run.folder / "metrics.json").write_text(json.dumps(stale))
    report.write_text("")
    line = f"| refused_in_scope | {metrics['refused_in_scope']:.4f} |"
    card.write_text(text.replace(line, "| refused_in_scope | 0.9900 |") + "\nOurs to keep.\n")
    choose_again(own_run.folder, Costs(**costs))
    assert own_run.read("metrics.json")["compared"] == metrics["compared"]
    assert report.read_text() == page
    assert line in text and card.read_text() == text + "\nOurs to keep.\n"


def test_thresholds_that_cannot_be_set_leave_the_figures_as_they_were(
    own_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise TellerbotError("the disk is full")

    names = ("metrics.json", "report.html", "README.md", "model/intents.json")
    before = [(own_run.folder / name).read_bytes() for name in names]
    monkeypatch.setattr("tellerbot.intents.thresholds.write_settings", full)
    with pytest.raises(TellerbotError, match="the disk is full"):
        choose_again(own_run.folder, COSTS)
    assert [(own_run.folder / name).read_bytes() for name in names] == before


def test_choosing_again_by_the_costs_of_the_training_changes_nothing(own_run: Run) -> None:
    before, metrics = read_settings(own_run.model), own_run.read("metrics.json")
    costs = before[1].costs
    assert costs
    _, figures = choose_again(own_run.folder, Costs(**costs))
    assert read_settings(own_run.model) == before
    names = ("accuracy", "confident", "refused_in_scope", "refused_out_of_scope", "mean_candidates", "calibration")
    again = own_run.read("metrics.json")
    assert [again[name] for name in names] == [metrics[name] for name in names]
    assert figures["intervals"]["saving"] == [0, 0]


def test_a_run_keeps_no_texts_and_is_refused_without_its_scores(own_run: Run) -> None:
    data: Any = own_run.read("data.json")
    scores = load_scores(own_run.folder / VALIDATION)
    assert len(scores.wanted) == data["splits"]["valid"]["rows"] and (scores.wanted == -1).any()
    assert b"balance" not in (own_run.folder / VALIDATION).read_bytes()
    before = (own_run.model / "intents.json").read_bytes()
    (own_run.folder / VALIDATION).write_bytes(b"cut")
    with pytest.raises(ArtefactError, match=r"validation.safetensors: expected the scores a run keeps"):
        choose_again(own_run.folder, COSTS)
    assert (own_run.model / "intents.json").read_bytes() == before and not (own_run.folder / "evals").exists()
