"""One intents run, from rows to a measured, exported model (needs the `train` extra)."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot import weights
from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.errors import GateError, MissingExtraError
from tellerbot.evaluation.find import find_metrics
from tellerbot.evaluation.intents import latency, score, score_intents
from tellerbot.evaluation.metrics import measure
from tellerbot.evaluation.predictions import gather, with_noise
from tellerbot.files import sha256, write_json
from tellerbot.intents.acts import NO_ACTS, load_acts, outside_rows
from tellerbot.intents.calibrate import calibrate
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.predict import (
    LOGITS,
    SCOPE,
    Calibration,
    IntentPredictor,
    Outputs,
    interpret,
    write_settings,
)
from tellerbot.intents.report import write_report
from tellerbot.intents.rows import load_labelled, split_parts
from tellerbot.intents.seen import seen_marks
from tellerbot.intents.spelling import save_words
from tellerbot.intents.thresholds import HELD_OUT, VALIDATION, Scores, choose_by_costs, save_scores
from tellerbot.training.progress import Progress
from tellerbot.training.run import Run, new_run, rows_hash, unfinished, write_card


def train(
    config: IntentsConfig,
    data: Path,
    *,
    valid: Path | None = None,
    test: Path | None = None,
    runs: Path = Path("runs"),
    progress: Progress = lambda step, steps, note: None,
) -> Run:
    """Train, export, calibrate and measure; returns the finished run.

    `data` is a file of labelled utterances or a project folder. Validation rows choose the temperature and
    the thresholds, test rows give the figures in metrics.json, which are the exported model's; both are split
    off `data` unless `valid` and `test` name files of them. Accuracy with typing slips is measured there too, and so
    are the config's metrics, or the project's where it names any; their bounds are shown, not enforced. Where the
    project states costs, they choose the thresholds.

    Raises DataError for bad or leaking rows, ConfigError for metrics that cannot be found, GateError when the export
    strays from the trained model, and TrainingError when training diverges: nothing is left behind then. After any
    other failure the same call goes on from where training stood.
    """
    try:
        from tellerbot.encoder.export import export_encoder
        from tellerbot.intents.act_model import export_acts
        from tellerbot.intents.fit import fit, fit_scope, predict
        from tellerbot.training.checkpoint import Checkpoint
        from tellerbot.training.loop import pick_device
    except ImportError as error:
        raise MissingExtraError("Training", "train") from error
    labelled = load_labelled(data)
    config = config.model_copy(update={"metrics": labelled.metrics or config.metrics})
    named = find_metrics(config.metrics)
    parts, leaks = split_parts(config, labelled.file, valid, test)
    train_rows, valid_rows, test_rows = parts
    acts = load_acts(config.valid_fraction, config.seed) if config.acts and data.is_dir() else NO_ACTS
    # "Yes" and "the second one" ask for nothing: they are out of scope of every intent.
    taught, weighed = [*train_rows, *outside_rows(acts.train)], [*valid_rows, *outside_rows(acts.valid)]
    base = weights.resolve(config.model)
    labels = sorted({row.label for row in train_rows} - {OUT_OF_SCOPE})
    texts = [row.text for row in (*valid_rows, *test_rows)]
    base_sha256 = weights.fingerprint(base)
    made_from = [config.model_dump(), base_sha256, pick_device().type, *map(hash_rows, (*parts, taught, weighed))]
    with unfinished(runs, "intents", made_from) as work:
        steps = Checkpoint(work / "steps")
        fitted = fit(base, config, labels, taught, valid_rows, texts, steps, progress, in_turn=data.is_dir())
        learned_scope = fit_scope(fitted, labels, train_rows, weighed)
        with new_run("intents", config.model_dump(), runs) as (folder, run):
            logits, values = (part.numpy() for part in predict(fitted, texts))
            trained = (logits, values)
            _save_weights(fitted.model, folder / "checkpoints")
            export_encoder(fitted.model, fitted.tokenizer, [LOGITS, SCOPE], folder / "model", exact=("scope",))
            save_words(folder / "model", fitted.spelling.words)
            if acts.names:
                export_acts(folder / "acts")

            number = {label: at for at, label in enumerate(labels)} | {OUT_OF_SCOPE: -1}
            wanted = np.array([number[row.label] for row in (*valid_rows, *test_rows)])
            cut = len(valid_rows)

            def calibrated(outputs: Outputs, learned: bool) -> Calibration:
                return calibrate(outputs[0][:cut], outputs[1][:cut], wanted[:cut], learned, config)

            def scored(outputs: Outputs, learned: bool) -> dict[str, Any]:
                how, (logits, values) = calibrated(outputs, learned), outputs
                found = interpret(labels, how, how.confidence(logits[cut:]), how.scope(values[cut:]))
                return score_intents(lambda _: found, test_rows, labels)

            # The exported model is loaded before its thresholds are known, to choose them by what it computes.
            write_settings(folder / "model", labels, Calibration(1.0, 1.0, 0.0, 0.0, 0.0, 0.0))
            exported = IntentPredictor(folder / "model").raw(texts, batch_size=1)
            parity = check_parity(trained, exported, wanted, config)
            calibration = calibrated(exported, learned_scope)
            probabilities, scope = calibration.confidence(exported[0]), calibration.scope(exported[1])
            validation, further = (
                Scores(probabilities[some], scope[some], wanted[some]) for some in (slice(cut), slice(cut, None))
            )
            choice: dict[str, Any] = {}
            if labelled.costs:
                calibration, choice["thresholds"] = choose_by_costs(calibration, validation, further, labelled.costs)
            write_settings(folder / "model", labels, calibration)
            predictor = IntentPredictor(folder / "model")
            understood = interpret(labels, calibration, further.probabilities, further.scope, len(labels))
            predictions = with_noise(
                gather(lambda _: understood, test_rows, labels),
                lambda texts: predictor.understand(texts, batch_size=1),
                test_rows,
            )
            in_noise = np.array([[number.get(intent, -1) for intent in row] for row in predictions.noisy.tolist()])
            save_scores(folder / VALIDATION, validation)
            save_scores(folder / HELD_OUT, replace(further, noisy=in_noise))
            held_out = score(predictions)
            base_logits = fitted.base_logits.numpy()
            # Thresholds are the exported model's alone, so that no other's shares of refused rows are shown.
            compared = {
                "base": _of_any_threshold(scored((base_logits, np.logaddexp.reduce(base_logits, axis=1)), False)),
                "fine-tuned": _of_any_threshold(scored(trained, learned_scope)),
                "exported int8": _headline(held_out),
            }
            metrics = {
                "measured_on": "held-out rows",
                **held_out,
                **measure(predictions, named),
                "latency": latency(IntentPredictor(folder / "model").understand, [row.text for row in test_rows]),
                "size_mb": sum(path.stat().st_size for path in (folder / "model").iterdir()) / 1e6,
                "leaks": leaks,
                "parity": parity,
                "calibration": asdict(calibration),
                **choice,
                "compared": compared,
            }
            write_json(
                folder / "data.json",
                _data(base_sha256, labelled.detected, labelled.file.path, parts, (taught, weighed), valid, test, leaks),
            )
            write_json(folder / "metrics.json", metrics)
            write_report(folder, f"Intents run {run.name}", metrics, history=fitted.history)
            _write_card(folder, run, config, labelled.detected, parts, metrics)
    return run


def check_parity(
    trained: Outputs, exported: Outputs, wanted: NDArray[np.int64], config: IntentsConfig
) -> dict[str, float]:
    """How far the export agrees with the trained model on real in-scope rows.

    `wanted` (texts,) are label numbers, -1 for out of scope. Raises GateError when they agree too little, or when one
    of them gives a figure that is not finite.
    """
    for name, outputs in (("trained", trained), ("exported", exported)):
        wrong = sum(int((~np.isfinite(part)).sum()) for part in outputs)
        if wrong:
            raise GateError(
                f"Expected finite logits and scope values of the {name} model on the validation and held-out rows, "
                f"found {wrong} that are not. Train with a lower learning rate or from another base model."
            )
    inside = wanted >= 0
    mine, theirs = exported[0][inside].argmax(1), trained[0][inside].argmax(1)
    agreement = float((mine == theirs).mean())
    loss = float((theirs == wanted[inside]).mean() - (mine == wanted[inside]).mean())
    if agreement < config.min_agreement or loss > config.max_accuracy_loss:
        raise GateError(
            f"The exported model chooses the trained model's intent on {agreement:.1%} of the validation and "
            f"held-out rows (expected at least {config.min_agreement:.1%}) and loses {100 * loss:.2f} points of "
            f"accuracy (expected at most {100 * config.max_accuracy_loss:.2f}). Train longer or on more rows; loosen "
            "min_agreement or max_accuracy_loss only if you know why they differ."
        )
    return {
        "agreement": agreement,
        "accuracy_loss": loss,
        "mean_logit_difference": float(np.abs(trained[0] - exported[0]).mean()),
        "mean_scope_difference": float(np.abs(trained[1] - exported[1]).mean()),
        "rows": int(inside.sum()),
    }


def _save_weights(model: Any, folder: Path) -> None:
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    save_file(
        {name: tensor.contiguous() for name, tensor in model.state_dict().items()},
        folder / "trained.safetensors",
    )


def _of_any_threshold(scores: dict[str, Any]) -> dict[str, float]:
    names = ("accuracy", "macro_precision", "macro_recall", "macro_f1", "ece", "scope_auroc")
    return {name: scores[name] for name in names if name in scores}


def _headline(scores: dict[str, Any]) -> dict[str, float]:
    names = ("refused_in_scope", "refused_out_of_scope")
    return _of_any_threshold(scores) | {name: scores[name] for name in names if name in scores}


def _data(
    base_sha256: str,
    detected: str,
    path: Path,
    parts: Sequence[Sequence[Row]],
    seen: tuple[Sequence[Row], Sequence[Row]],
    valid: Path | None,
    test: Path | None,
    leaks: int,
) -> dict[str, Any]:
    return {
        "kind": "intents",
        "base_sha256": base_sha256,
        "detected": detected,
        "file_sha256": sha256(path) if path.is_file() else None,
        "valid_file_sha256": sha256(valid) if valid else None,
        "test_file_sha256": sha256(test) if test else None,
        "leaks": leaks,
        "splits": {
            name: {"rows": len(rows), "sha256": hash_rows(rows)}
            for name, rows in zip(("train", "valid", "test"), parts, strict=True)
        },
        "seen": seen_marks(*seen),
    }


def hash_rows(rows: Sequence[Row]) -> str:
    """SHA-256 of labelled rows in order, subjects included."""
    return rows_hash((row.text, f"{row.label}/{row.subject}" if row.subject else row.label) for row in rows)


def _write_card(
    folder: Path,
    run: Run,
    config: IntentsConfig,
    detected: str,
    parts: Sequence[Sequence[Row]],
    metrics: dict[str, Any],
) -> None:
    shown = {name: f"{value:.4f}" for name, value in _headline(metrics).items()}
    facts = {
        "trained on": f"{detected}, {date.today()}",
        "base model": config.model,
        "rows (train, valid, test)": ", ".join(str(len(part)) for part in parts),
        **shown,
        "median latency (ms)": f"{metrics['latency']['median_ms']:.2f}",
        "size (MB)": f"{metrics['size_mb']:.1f}",
    }
    write_card(
        folder,
        f"Intent model {run.name}",
        facts,
        "Figures are the exported int8 model's on rows held out of training and tuning. It is meant for the "
        "utterances of one bank's customers in the language of its training rows, nothing else; messages under "
        "the scope threshold must be refused or handed to a person. See report.html for each intent.",
    )
