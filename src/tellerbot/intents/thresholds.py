"""Thresholds from costs: what a run's kept scores choose, and the figures of the choice."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.evaluation.intents import score
from tellerbot.evaluation.predictions import Predictions, gather
from tellerbot.evaluation.thresholds import OperatingPoint, choose, curve, intervals, tally
from tellerbot.files import build_folder, write_atomic, write_json
from tellerbot.intents.predict import Calibration, interpret, read_settings
from tellerbot.intents.report import cost_plot
from tellerbot.intents.scores import HELD_OUT, VALIDATION, Scores, load_scores, outcomes
from tellerbot.project.schema import Costs
from tellerbot.training.folders import Run, open_run
from tellerbot.training.report import write_card


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Thresholds that costs chose for a run's model, its test rows' figures with them, and those of the choice."""

    labels: list[str]
    calibration: Calibration
    figures: dict[str, float]
    choice: dict[str, Any]


def choose_by_costs(
    before: Calibration, validation: Scores, held_out: Scores, costs: Costs
) -> tuple[Calibration, dict[str, Any]]:
    """Return the calibration with the thresholds of least mean cost on validation rows, and the choice's figures."""
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


def choose_for(run: Run, costs: Costs) -> Chosen:
    """Choose a run's thresholds by `costs`, from the scores that it keeps; the run stays as it is.

    Raises ArtefactError when the folder is no run of intents or its scores are damaged.
    """
    labels, before = read_settings(run.model)
    validation, test = load_scores(run.folder / VALIDATION), load_scores(run.folder / HELD_OUT)
    after, choice = choose_by_costs(before, validation, test, costs)
    return Chosen(labels, after, score(_predictions(labels, after, test))["figures"], choice)


def report_choice(run_folder: Path, costs: Costs) -> tuple[Path, Chosen]:
    """Choose a run's thresholds by `costs` and report on it in the run's `evals/`; nothing else changes.

    A release takes the thresholds that its project's costs choose.
    """
    run = open_run(run_folder, "intents")
    chosen = choose_for(run, costs)
    folder = run.next_evaluation("thresholds")
    with build_folder(folder) as partial:
        write_json(partial / "metrics.json", {**chosen.choice, "figures": chosen.figures})
        write_atomic(partial / "cost.png", cost_plot(chosen.choice["curves"], chosen.choice["chosen"]))
        _write_card(partial, run.name, chosen.choice)
    return folder, chosen


def _predictions(labels: list[str], calibration: Calibration, scores: Scores) -> Predictions:
    """Kept scores under a calibration, as `gather` gives them for a model on rows with texts."""
    found = interpret(labels, calibration, scores.probabilities, scores.scope, len(labels))
    wanted = [OUT_OF_SCOPE if number < 0 else labels[number] for number in scores.wanted]
    predictions = gather(lambda _: found, [Row({"text": "", "label": label}, 0) for label in wanted], labels)
    # The number -1 takes the last of these.
    return predictions if scores.noisy is None else replace(predictions, noisy=np.array([*labels, ""])[scores.noisy])


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
