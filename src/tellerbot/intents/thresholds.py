"""Thresholds from costs: what a run keeps to choose by, choosing, and choosing again."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.errors import ArtefactError
from tellerbot.evaluation.find import find_metrics
from tellerbot.evaluation.intents import score
from tellerbot.evaluation.metrics import measure
from tellerbot.evaluation.predictions import Predictions, gather
from tellerbot.evaluation.thresholds import OperatingPoint, Outcomes, choose, curve, intervals, tally
from tellerbot.files import building, write_atomic, write_json
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.predict import Calibration, interpret, read_settings, write_settings
from tellerbot.intents.report import cost_plot, write_report
from tellerbot.project.schema import Costs
from tellerbot.training.config import read_config
from tellerbot.training.run import open_run, write_card
from tellerbot.types import MOST_CHOICES

VALIDATION, HELD_OUT = "validation.safetensors", "held_out.safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Rows as a run's exported model scores them, without their texts.

    `probabilities` (rows, intents) and `scope` (rows,) are calibrated, 0 to 1; `wanted` (rows,) are label numbers,
    -1 for out of scope. `noisy` (rows, 2) are the numbers of the intents chosen under noise (see Predictions), -1 where
    that was not tried; None where it was for no row.
    """

    probabilities: NDArray[np.float64]
    scope: NDArray[np.float64]
    wanted: NDArray[np.int64]
    noisy: NDArray[np.int64] | None = None


def save_scores(path: Path, scores: Scores) -> None:
    kept = {name: np.ascontiguousarray(values) for name, values in asdict(scores).items() if values is not None}
    write_atomic(path, save(kept))


def load_scores(path: Path) -> Scores:
    """Raises ArtefactError when the file is missing or damaged."""
    try:
        return Scores(**load_file(path))
    except (OSError, SafetensorError, TypeError) as error:
        raise ArtefactError(f"{path}: expected the scores a run keeps: {error}. Train again.") from error


def outcomes(calibration: Calibration, scores: Scores) -> Outcomes:
    """What would come of each row, for choosing thresholds by costs."""
    inside = scores.wanted >= 0
    counts = calibration.candidate_counts(scores.probabilities)
    true = scores.probabilities[np.arange(len(inside)), scores.wanted]
    right = inside & (scores.probabilities.argmax(1) == scores.wanted)
    return Outcomes(
        scope=scores.scope,
        confidence=scores.probabilities.max(1),
        right=right,
        few=(counts >= 2) & (counts <= MOST_CHOICES),
        covered=inside & ((true >= calibration.candidate_level) | right),
        outside=~inside,
    )


def choose_by_costs(
    before: Calibration, validation: Scores, held_out: Scores, costs: Costs
) -> tuple[Calibration, dict[str, Any]]:
    """The calibration with the thresholds of least mean cost on the validation rows, and the figures of the choice."""
    rows, further = outcomes(before, validation), outcomes(before, held_out)
    present = OperatingPoint(before.scope_threshold, before.confidence_threshold)
    point = choose(rows, costs, present.scope_threshold)
    after = replace(
        before,
        **asdict(point),
        costs=costs.model_dump(exclude_none=True),
        scope_rule="costs" if rows.outside.any() else before.scope_rule,
    )
    return after, {
        "chosen_on": {"rows": len(rows), "out_of_scope_rows": int(rows.outside.sum())},
        "costs": after.costs,
        "scope_rule": after.scope_rule,
        "present": {**asdict(present), **tally(rows, costs, present)},
        "chosen": {**asdict(point), **tally(rows, costs, point)},
        "intervals": intervals(rows, costs, point, present),
        "held_out": {
            "rows": len(further),
            "present": tally(further, costs, present),
            "chosen": tally(further, costs, point),
        },
        "curves": {along: curve(rows, costs, point, along) for along in ("scope_threshold", "confidence_threshold")},
    }


def choose_again(run_folder: Path, costs: Costs) -> tuple[Path, dict[str, Any]]:
    """Set a run's thresholds to the point of least cost on its validation rows; the `evals/` folder and the figures.

    The run's metrics.json, report.html and README.md then show the figures of the new thresholds; the model, its
    probabilities and candidates stay as they are. Raises ArtefactError when the folder is no run.
    """
    run = open_run(run_folder, "intents")
    labels, before = read_settings(run.model)
    validation, held_out = load_scores(run.folder / VALIDATION), load_scores(run.folder / HELD_OUT)
    after, metrics = choose_by_costs(before, validation, held_out, costs)
    predictions = _predictions(labels, after, held_out)
    named = find_metrics(read_config(run.folder / "config.yaml", IntentsConfig).metrics)
    anew = {
        **score(predictions),
        **measure(predictions, named),
        "calibration": asdict(after),
        "thresholds": metrics,
    }
    of_run = {**run.read("metrics.json"), **anew}
    shown = {name: of_run[name] for name in of_run["compared"]["exported int8"]}
    of_run["compared"] |= {"exported int8": shown}
    folder = run.next_evaluation("thresholds")
    with building(folder) as partial:
        write_json(partial / "metrics.json", metrics)
        write_atomic(partial / "cost.png", cost_plot(metrics["curves"], metrics["chosen"]))
        _write_card(partial, run.name, metrics)
    # The thresholds first: killed in between, the run shows figures it once had, never ones it has yet to get, and
    # choosing again writes the rest.
    write_settings(run.model, labels, after)
    write_json(run.folder / "metrics.json", of_run)
    write_report(run.folder, f"Intents run {run.name}", of_run)
    _update_card(run.folder / "README.md", shown)
    return folder, metrics


def _predictions(labels: list[str], calibration: Calibration, scores: Scores) -> Predictions:
    """Kept scores under a calibration, as `gather` gives them for a model on rows with texts."""
    found = interpret(labels, calibration, scores.probabilities, scores.scope, len(labels))
    wanted = [OUT_OF_SCOPE if number < 0 else labels[number] for number in scores.wanted]
    predictions = gather(lambda _: found, [Row({"text": "", "label": label}, 0) for label in wanted], labels)
    # The number -1 takes the last of these.
    return predictions if scores.noisy is None else replace(predictions, noisy=np.array([*labels, ""])[scores.noisy])


def _update_card(card: Path, figures: Mapping[str, float]) -> None:
    """Set the figures in a run's card. Its other lines stay: the day of training, and what people added."""
    text = card.read_text(encoding="utf-8") if card.exists() else ""
    for name, value in figures.items():
        text = re.sub(rf"^\| {name} \| .*$", f"| {name} | {value:.4f} |", text, flags=re.MULTILINE)
    if text:
        write_atomic(card, text)


def _write_card(folder: Path, run: str, metrics: dict[str, Any]) -> None:
    shares = ("answered", "wrong", "clarified", "handed_off", "refused")
    facts: dict[str, str] = {}
    for name in ("scope_threshold", "confidence_threshold", "cost"):
        low, high = metrics["intervals"].get(name, (None, None))
        between = f" (95 % interval {low:.4f} to {high:.4f})" if low is not None else " (kept: no out-of-scope rows)"
        facts[name.replace("_", " ")] = f"{metrics['chosen'][name]:.4f}{between}"
    low, high = metrics["intervals"]["saving"]
    facts["cost before"] = f"{metrics['present']['cost']:.4f} (saves {low:.4f} to {high:.4f})"
    held_out = metrics["held_out"]
    facts["on held-out rows"] = f"{held_out['chosen']['cost']:.4f}, before {held_out['present']['cost']:.4f}"
    facts |= {f"share {name.replace('_', ' ')}": f"{100 * metrics['chosen'][name]:.2f} %" for name in shares}
    of_one = {name: value for name, value in metrics["costs"].items() if name != "out_of_scope_share"}
    facts |= {f"cost of one {name.replace('_', ' ')}": f"{value:g}" for name, value in of_one.items()}
    chosen_on = metrics["chosen_on"]
    write_card(
        folder,
        f"Thresholds of {run} from costs",
        facts,
        "![Mean cost and shares against each threshold](cost.png)\n\n"
        f"The point of least mean cost on the run's {chosen_on['rows']} validation rows, "
        f"{chosen_on['out_of_scope_rows']} of them out of scope"
        f"{', weighted to the stated share of such messages' if 'out_of_scope_share' in metrics['costs'] else ''}. "
        "Figures on held-out rows are free of the choice.",
    )
