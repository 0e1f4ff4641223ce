"""One evaluation of an intents run on further rows (needs the `eval` extra)."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.labels import refuse_labels
from tellerbot.data.read import OUT_OF_SCOPE, plain_label
from tellerbot.errors import DataError
from tellerbot.evaluation.find import find_metrics
from tellerbot.evaluation.intents import IN_NOISE, latency, score
from tellerbot.evaluation.metrics import measure, refuse_broken
from tellerbot.evaluation.predictions import NOISE, Predictions, gather, with_noise
from tellerbot.files import building, sha256, write_json
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.predict import IntentPredictor
from tellerbot.intents.report import write_report
from tellerbot.intents.rows import load_labelled
from tellerbot.intents.seen import find_seen
from tellerbot.intents.train import hash_rows
from tellerbot.training.config import read_config
from tellerbot.training.progress import Progress
from tellerbot.training.run import open_run
from tellerbot.types import Understanding


def evaluate(
    run_folder: Path, data: Path, *, progress: Progress = lambda step, steps, note: None
) -> tuple[Path, dict[str, Any]]:
    """Score the run's exported model on `data`; the folder `evals/NAME` in the run, and the figures.

    Rows are taken as they are, repeated ones too. `seen` counts those that stood in the run's training or
    validation rows, out of scope or not, with the accuracy on the in-scope rows it was trained on and on those that
    it has not seen. `metrics` holds those that the project `data` names, else those of the run's config, and
    `evaluation.metrics.enforce` is their gate: they, and accuracy with typing slips, are of unseen rows alone.

    Raises ConfigError when a metric cannot be found, or a package's gives no number, and DataError for labels that look
    like others or mean nothing, and when there is a metric and no unseen row to measure it on.
    """
    run = open_run(run_folder, "intents")
    labelled = load_labelled(data)
    named = find_metrics(labelled.metrics or read_config(run.folder / "config.yaml", IntentsConfig).metrics)
    rows = [row.named(plain_label(row.label)) for row in labelled.file.rows]
    trained, validated = find_seen(run, [row.text for row in rows])
    unseen = ~(trained | validated)
    if named and not unseen.any():
        raise DataError(
            f"{data}: expected rows that {run.name} has not seen, to measure {', '.join(m.metric.name for m in named)} "
            f"on, found {len(rows)} that all stood in its training or validation rows. Name a file of other rows, or "
            "drop the metrics."
        )
    predictor = IntentPredictor(run.model)
    labels = predictor.labels
    refuse_labels(data, rows, labels)

    fresh_rows = [row for row, new in zip(rows, unseen, strict=True) if new]
    # All rows once, and those in scope that are new once more for each kind of noise.
    total = len(rows) + len(NOISE) * sum(row.label != OUT_OF_SCOPE for row in fresh_rows)
    done = 0

    def understand(texts: Sequence[str]) -> list[Understanding]:
        nonlocal done
        found: list[Understanding] = []
        for start in range(0, len(texts), 100):
            found += predictor.understand(texts[start : start + 100], len(labels), batch_size=1)
            progress(done + len(found), total, "")
        done += len(texts)
        return found

    predictions = gather(understand, rows, labels)
    fresh = with_noise(predictions.take(unseen), understand, fresh_rows)
    results = measure(fresh, named)["metrics"] if named else []
    refuse_broken(results)
    metrics: dict[str, Any] = {
        "measured_on": f"rows of {data.resolve().name}",
        "detected": labelled.detected,
        "run": run.name,
        "data_sha256": sha256(data) if data.is_file() else None,
        "rows_sha256": hash_rows(rows),
        "calibration": asdict(predictor.calibration),
        **score(predictions),
        **{name: value for name, figure in IN_NOISE.items() if not math.isnan(value := figure(fresh))},
        **measure(predictions, []),
        "metrics": results,
        "latency": latency(IntentPredictor(run.model).understand, [row.text for row in rows]),
        "seen": _seen(predictions, trained, unseen),
    }
    folder = run.next_evaluation(data.resolve().stem)
    with building(folder) as partial:
        write_json(partial / "metrics.json", metrics)
        write_report(partial, f"{run.name} on {data.resolve().name}", metrics)
    return folder, metrics


def _seen(predictions: Predictions, trained: NDArray[np.bool_], unseen: NDArray[np.bool_]) -> dict[str, Any]:
    right = predictions.found == predictions.wanted
    share = {
        name: right[predictions.inside & some] for name, some in (("accuracy", trained), ("unseen_accuracy", unseen))
    }
    counts = {"rows": int((~unseen).sum()), "training_rows": int(trained.sum()), "unseen_rows": int(unseen.sum())}
    return {**counts, **{name: float(some.mean()) for name, some in share.items() if len(some)}}
