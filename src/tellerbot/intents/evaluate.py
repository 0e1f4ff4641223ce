"""One evaluation of an intents run on further rows (needs the `eval` extra)."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.labels import refuse_labels
from tellerbot.data.read import OUT_OF_SCOPE, Row, Source, plain_label
from tellerbot.errors import DataError
from tellerbot.evaluation.find import find_metrics
from tellerbot.evaluation.intents import IN_NOISE, latency, score
from tellerbot.evaluation.metrics import measure, refuse_broken
from tellerbot.evaluation.predictions import NOISE, Predictions, gather, with_noise
from tellerbot.files import build_folder, sha256, write_json
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.predict import IntentPredictor
from tellerbot.intents.report import pictures
from tellerbot.intents.rows import hash_rows, load_labelled
from tellerbot.intents.seen import find_seen
from tellerbot.training.config import read_config
from tellerbot.training.folders import open_run
from tellerbot.training.progress import Progress
from tellerbot.training.report import write_page
from tellerbot.types import Understanding


def evaluate(
    run_folder: Path, data: Source, *, progress: Progress = lambda step, steps, note: None
) -> tuple[Path, dict[str, Any]]:
    """Score the run's exported model on `data`, a project or labelled rows (see `read_rows`).

    Returns the folder `evals/NAME` in the run, and the figures.

    Rows are taken as they are, repeated ones too. `seen` counts those that stood in the run's training or
    validation rows, out of scope or not, with the accuracy on the in-scope rows it was trained on and on those that
    it has not seen. `metrics` holds those that the project `data` names, else those of the run's config, and
    `evaluation.metrics.enforce` is their gate: they, and accuracy with typing slips, are of unseen rows alone.

    Raises ConfigError when a metric cannot be found, or a package's gives no number, and DataError for labels that look
    like others or mean nothing, and when there is a metric and no unseen row to measure it on.
    """
    run = open_run(run_folder, "intents")
    labelled = load_labelled(data)
    path = Path(data) if isinstance(data, str | Path) else None
    name = path.resolve().name if path else "memory"
    named = find_metrics(labelled.metrics or read_config(run.folder / "config.yaml", IntentsConfig).metrics)
    rows = [row.named(plain_label(row.label)) for row in labelled.file.rows]
    trained, validated = find_seen(run, [row.text for row in rows])
    unseen = ~(trained | validated)
    if named and not unseen.any():
        raise DataError(
            f"{labelled.file.path}: expected rows that {run.name} has not seen, to measure "
            f"{', '.join(m.metric.name for m in named)} on, found {len(rows)} that are all among its training or "
            "validation rows. Name a file of other rows, or "
            "drop the metrics."
        )
    predictor = IntentPredictor.open(run.model)
    refuse_labels(labelled.file.path, rows, predictor.labels)
    predictions, fresh = _predict(predictor, rows, unseen, progress)
    results = measure(fresh, named)["metrics"] if named else []
    refuse_broken(results)
    scores = score(predictions)
    in_noise = {name: value for name, figure in IN_NOISE.items() if not math.isnan(value := figure(fresh))}
    # What was mended once is mended sooner: a message is timed by a predictor that has not read it.
    timed = IntentPredictor(predictor.labels, predictor.calibration, predictor.encoder, predictor.spelling.words)
    metrics: dict[str, Any] = {
        "measured_on": f"rows of {name}",
        "detected": labelled.detected,
        "run": run.name,
        "data_sha256": sha256(path) if path and path.is_file() else None,
        "rows_sha256": hash_rows(rows),
        "systems": {"exported": scores.pop("figures") | in_noise},
        **scores,
        **measure(predictions, []),
        "metrics": results,
        "calibration": asdict(predictor.calibration),
        "latency": {"one message": latency(timed.understand, [row.text for row in rows])},
        "seen": _seen(predictions, trained, unseen),
    }
    folder = run.next_evaluation(Path(name).stem)
    with build_folder(folder) as partial:
        write_json(partial / "metrics.json", metrics)
        title = f"{run.name} on {name}"
        write_page(partial, "tellerbot.intents", title, metrics, pictures(metrics))
    return folder, metrics


def _predict(
    predictor: IntentPredictor, rows: Sequence[Row], unseen: NDArray[np.bool_], progress: Progress
) -> tuple[Predictions, Predictions]:
    """Return the predictions on all rows, and on those that are new, the latter under noise too."""
    new = [row for row, is_new in zip(rows, unseen, strict=True) if is_new]
    # All rows once, and those in scope that are new once more for each kind of noise.
    total = len(rows) + len(NOISE) * sum(row.label != OUT_OF_SCOPE for row in new)
    done = 0

    def understand(texts: Sequence[str]) -> list[Understanding]:
        nonlocal done
        found: list[Understanding] = []
        for start in range(0, len(texts), 100):
            found += predictor.understand(texts[start : start + 100], len(predictor.labels), batch_size=1)
            progress(done + len(found), total, "")
        done += len(texts)
        return found

    predictions = gather(understand, rows, predictor.labels)
    return predictions, with_noise(predictions.take(unseen), understand, new)


def _seen(predictions: Predictions, trained: NDArray[np.bool_], unseen: NDArray[np.bool_]) -> dict[str, Any]:
    right = predictions.found == predictions.wanted
    share = {
        name: right[predictions.inside & some] for name, some in (("accuracy", trained), ("unseen_accuracy", unseen))
    }
    counts = {"rows": int((~unseen).sum()), "training_rows": int(trained.sum()), "unseen_rows": int(unseen.sum())}
    return {**counts, **{name: float(some.mean()) for name, some in share.items() if len(some)}}
