"""One evaluation of an intents run on further rows (needs the `eval` extra)."""

from pathlib import Path
from typing import Any

from tellerbot.data.read import OUT_OF_SCOPE, Row, plain_label
from tellerbot.evaluation.find import find_metrics
from tellerbot.evaluation.intents import latency, score
from tellerbot.evaluation.metrics import measure, refuse_broken
from tellerbot.evaluation.predictions import gather
from tellerbot.evaluation.report import write_report
from tellerbot.files import building, sha256, write_json
from tellerbot.intents.config import load_config
from tellerbot.intents.predict import IntentPredictor
from tellerbot.intents.rows import load_labelled
from tellerbot.intents.train import seen_mark
from tellerbot.training.run import open_run


def evaluate(run_folder: Path, data: Path) -> tuple[Path, dict[str, Any]]:
    """Score the run's exported model on `data`; the folder `evals/NAME` in the run, and the figures.

    Rows are taken as they are, repeated ones too. `seen` counts those that stood in the run's training or
    validation rows, with the accuracy on the in-scope rows among them and among the others. `metrics` holds those
    that the project `data` names, else those of the run's config; `evaluation.metrics.enforce` is their gate.

    Raises ConfigError when a metric cannot be found, or a package's gives no number.
    """
    run = open_run(run_folder, "intents")
    named = find_metrics(load_config(run.folder / "config.yaml").for_data(data).metrics)
    labelled = load_labelled(data)
    rows = [row.named(plain_label(row.label)) for row in labelled.file.rows]
    predictor = IntentPredictor(run.model)
    labels = predictor.labels
    predictions = gather(lambda texts: predictor.understand(texts, len(labels)), rows, labels)
    measured = measure(predictions, named)
    refuse_broken(measured["metrics"])
    metrics: dict[str, Any] = {
        "measured_on": f"rows of {data.name}",
        "detected": labelled.detected,
        "run": run.name,
        "data_sha256": sha256(data) if data.is_file() else None,
        **score(predictions),
        **measured,
        "latency": latency(predictor.understand, [row.text for row in rows]),
    }
    known = set(run.read("data.json")["seen"])
    metrics["seen"] = _seen(predictor, [row for row in rows if row.label != OUT_OF_SCOPE], known)
    folder = run.next_evaluation(data.stem)
    with building(folder) as partial:
        write_json(partial / "metrics.json", metrics)
        write_report(partial, f"{run.name} on {data.name}", metrics)
    return folder, metrics


def _seen(predictor: IntentPredictor, rows: list[Row], known: set[str]) -> dict[str, Any]:
    marks = [seen_mark(row.text) in known for row in rows]
    results = predictor.understand([row.text for row in rows]) if rows else []
    right = [result.intent == row.label for result, row in zip(results, rows, strict=True)]
    share = {
        name: [good for good, mark in zip(right, marks, strict=True) if mark is wanted]
        for name, wanted in (("accuracy", True), ("unseen_accuracy", False))
    }
    return {"rows": sum(marks), **{name: sum(some) / len(some) for name, some in share.items() if some}}
