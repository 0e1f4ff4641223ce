"""Candidates that hold the true intent as often as promised, and thresholds that costs choose."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tellerbot.errors import ArtefactError
from tellerbot.evaluation.thresholds import OperatingPoint, tally
from tellerbot.intents.calibrate import calibrate, conformal_level
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.predict import Calibration, interpret, read_settings, write_settings
from tellerbot.intents.scores import HELD_OUT, VALIDATION, Scores, load_scores, outcomes, save_scores
from tellerbot.intents.thresholds import choose_by_costs, choose_for, report_choice
from tellerbot.project.load import load_costs
from tellerbot.project.schema import Costs
from tellerbot.training.folders import Run, served_figures

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
    figures = served_figures(metrics)
    assert figures["candidate_coverage"] >= 0.85 and figures["mean_candidates"] >= 1
    assert metrics["calibration"]["costs"]["hand_off"] > 0 and metrics["calibration"]["scope_rule"] == "costs"


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_costs_choose_thresholds_and_the_run_stays_as_it_is(own_run: Run) -> None:
    labels, trained = read_settings(own_run.model)
    before = replace(trained, scope_threshold=1.0, confidence_threshold=1.0, costs=None, scope_rule="max_refused")
    write_settings(own_run.model, labels, before)
    files = files_of(own_run.folder)
    folder, chosen = report_choice(own_run.folder, COSTS)
    figures = chosen.choice
    # Everything was refused, which costs 8 for each in-scope row: the tiny model does better.
    share = 1 - figures["chosen_on"]["out_of_scope_rows"] / figures["chosen_on"]["rows"]
    assert figures["present"]["refused"] == 1 and figures["present"]["cost"] == pytest.approx(8 * share)
    assert figures["chosen"]["cost"] < 1 and figures["intervals"]["saving"][0] > 1
    assert figures["held_out"]["chosen"]["cost"] < figures["held_out"]["present"]["cost"]
    point = {name: figures["chosen"][name] for name in ("scope_threshold", "confidence_threshold")}
    costs = COSTS.model_dump(exclude_none=True)
    assert chosen.labels == labels and chosen.calibration == replace(before, **point, costs=costs, scope_rule="costs")
    assert chosen.figures["refused_in_scope"] < 0.2
    assert folder.name.endswith("-thresholds")
    assert json.loads((folder / "metrics.json").read_text()) == {**figures, "figures": chosen.figures}
    assert (folder / "cost.png").read_bytes().startswith(b"\x89PNG")
    assert "cost.png" in (folder / "README.md").read_text()
    shutil.rmtree(own_run.folder / "evals")
    assert files_of(own_run.folder) == files


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
    # The same costs choose the same again, and the figures are those of the training.
    again = choose_for(own_run, load_costs(tiny_project))
    for name in ("chosen_on", "costs", "chosen", "curves"):
        assert again.choice[name] == choice[name]
    assert again.choice["intervals"]["cost"] == choice["intervals"]["cost"]
    assert again.choice["intervals"]["saving"] == [0, 0]
    assert again.calibration == read_settings(own_run.model)[1]
    assert again.figures == served_figures(metrics)


def test_other_costs_refuse_other_rows(own_run: Run) -> None:
    rng = np.random.default_rng(0)
    for path in (own_run.folder / VALIDATION, own_run.folder / HELD_OUT):
        # The tiny run tells the two kinds of rows apart so well that any costs choose the same.
        scores = load_scores(path)
        scope = np.where(scores.wanted < 0, 0.4, 0.6) + rng.uniform(-0.3, 0.3, len(scores.wanted))
        save_scores(path, replace(scores, scope=scope))
    before = choose_for(own_run, COSTS)
    after = choose_for(own_run, Costs(wrong_answer=1, needless_refusal=100, clarification=90, hand_off=90))
    assert after.figures["refused_out_of_scope"] < before.figures["refused_out_of_scope"]
    assert after.choice["costs"]["needless_refusal"] == 100
    # What was measured under noise does not hang on thresholds.
    for name in ("accuracy_one_typo", "accuracy_heavy_noise"):
        assert after.figures[name] == before.figures[name] == served_figures(own_run.read("metrics.json"))[name]


def test_a_run_keeps_no_texts_and_is_refused_without_its_scores(own_run: Run) -> None:
    data: Any = own_run.read("data.json")
    scores = load_scores(own_run.folder / VALIDATION)
    assert len(scores.wanted) == data["splits"]["validation"]["rows"] and (scores.wanted == -1).any()
    assert b"balance" not in (own_run.folder / VALIDATION).read_bytes()
    before = (own_run.model / "intents.json").read_bytes()
    (own_run.folder / VALIDATION).write_bytes(b"cut")
    with pytest.raises(ArtefactError, match=r"validation.safetensors: expected the scores a run keeps"):
        report_choice(own_run.folder, COSTS)
    assert (own_run.model / "intents.json").read_bytes() == before and not (own_run.folder / "evals").exists()
