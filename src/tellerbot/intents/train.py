"""One intents run, from rows to a measured, exported model (needs the `train` extra)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.read import OUT_OF_SCOPE, Row, RowFile, plain_label, read_rows
from tellerbot.data.split import check_intents, fingerprint, refuse_leaks, split_rows
from tellerbot.errors import DataError, GateError, MissingExtraError
from tellerbot.evaluation.intents import latency, score_intents
from tellerbot.evaluation.report import write_report
from tellerbot.files import sha256, write_json
from tellerbot.intents.calibrate import calibrate
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.predict import LOGITS, SCOPE, Calibration, IntentPredictor, interpret, write_settings
from tellerbot.intents.rows import load_labelled
from tellerbot.training.run import Run, new_run, rows_hash, write_card
from tellerbot.weights import resolve

HELD_OUT = "held-out rows"
# Logits (texts, intents) and scope values (texts,).
Outputs = tuple[NDArray[np.float32], NDArray[np.float32]]


def train(
    config: IntentsConfig,
    data: Path,
    *,
    valid: Path | None = None,
    runs: Path = Path("runs"),
    progress: Any = lambda step, steps, note: None,
) -> Run:
    """Train, export, calibrate and measure; returns the finished run.

    `data` is a file of labelled utterances or a project folder. Validation rows choose the temperature and
    the thresholds; they are split off `data` unless `valid` names a file of them. The figures in
    metrics.json are the exported model's on rows it was neither trained nor tuned on.

    Raises DataError for bad or leaking rows, GateError when the export strays from the trained model, and
    TellerbotError when training diverges. Nothing is left behind then.
    """
    try:
        from tellerbot.encoder.export import export_encoder
        from tellerbot.intents.fit import fit, predict
    except ImportError as error:
        raise MissingExtraError("Training", "train") from error
    labelled = load_labelled(data)
    parts = _split(config, labelled.file, valid)
    train_rows, valid_rows, test_rows = parts
    base = resolve(config.model)
    with new_run("intents", config.model_dump(), runs) as (folder, run):
        texts = [row.text for row in (*valid_rows, *test_rows)]
        fitted = fit(base, config, train_rows, valid_rows, texts, progress)
        logits, values = predict(fitted.model, fitted.tokenizer, texts)
        trained = (logits.numpy(), values.numpy())
        _save_weights(fitted.model, folder / "checkpoints")
        export_encoder(fitted.model, fitted.tokenizer, [LOGITS, SCOPE], folder / "model")

        learned_scope = any(row.label == OUT_OF_SCOPE for row in train_rows)
        number = {label: at for at, label in enumerate(fitted.labels)} | {OUT_OF_SCOPE: -1}
        wanted = np.array([number[row.label] for row in (*valid_rows, *test_rows)])
        cut = len(valid_rows)

        def calibrated(outputs: Outputs, learned: bool) -> Calibration:
            return calibrate(outputs[0][:cut], outputs[1][:cut], wanted[:cut], learned, config)

        def scored(outputs: Outputs, learned: bool) -> dict[str, Any]:
            how, (logits, values) = calibrated(outputs, learned), outputs
            found = interpret(fitted.labels, how, logits[cut:], values[cut:])
            return score_intents(lambda _: found, test_rows, fitted.labels)

        # The exported model is loaded before its thresholds are known, to choose them by what it computes.
        write_settings(folder / "model", fitted.labels, Calibration(1.0, 1.0, 0.0, 0.0, 0.0))
        exported = IntentPredictor(folder / "model").raw(texts)
        parity = _parity(trained, exported, wanted, config)
        write_settings(folder / "model", fitted.labels, calibrated(exported, learned_scope))
        predictor = IntentPredictor(folder / "model")
        held_out = score_intents(predictor.understand, test_rows, fitted.labels)
        base_logits = fitted.base_logits.numpy()
        compared = {
            "base": scored((base_logits, np.logaddexp.reduce(base_logits, axis=1)), False),
            "fine-tuned": scored(trained, learned_scope),
            "exported int8": held_out,
        }
        metrics = {
            "measured_on": HELD_OUT,
            **held_out,
            "latency": latency(predictor.understand, [row.text for row in test_rows]),
            "size_mb": sum(path.stat().st_size for path in (folder / "model").iterdir()) / 1e6,
            "parity": parity,
            "calibration": asdict(predictor.calibration),
            "compared": {name: _headline(scores) for name, scores in compared.items()},
        }
        write_json(folder / "data.json", _data(labelled.detected, labelled.file.path, parts, valid))
        write_json(folder / "metrics.json", metrics)
        write_report(folder, f"Intents run {run.name}", metrics, history=fitted.history)
        _write_card(folder, run, config, labelled.detected, parts, metrics)
    return run


def _split(config: IntentsConfig, file: RowFile, valid: Path | None) -> list[list[Row]]:
    rows = check_intents(file)
    if valid is None:
        rest = 1 - config.valid_fraction - config.test_fraction
        parts = split_rows(rows, (rest, config.valid_fraction, config.test_fraction), config.seed)
    else:
        valid_file = read_rows(valid, "intents")
        refuse_leaks(file, valid_file)
        kept, test = split_rows(rows, (1 - config.test_fraction, config.test_fraction), config.seed)
        parts = [
            kept,
            [Row({"text": row.text, "label": plain_label(row.label)}, row.line) for row in valid_file.rows],
            test,
        ]
    strange = {row.label for part in parts[1:] for row in part} - {row.label for row in parts[0]} - {OUT_OF_SCOPE}
    if strange:
        raise DataError(
            f"Expected every intent among the training rows, found only outside them: {', '.join(sorted(strange))}. "
            "Add training rows for them, or rename them."
        )
    return parts


def _parity(trained: Outputs, exported: Outputs, wanted: NDArray[np.int64], config: IntentsConfig) -> dict[str, float]:
    """How far the export agrees with the trained model on real in-scope rows; raises GateError when too little."""
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


def _headline(scores: dict[str, Any]) -> dict[str, float]:
    names = ("accuracy", "macro_precision", "macro_recall", "macro_f1", "ece", "scope_auroc")
    names += ("refused_in_scope", "refused_out_of_scope")
    return {name: scores[name] for name in names if name in scores}


def _data(detected: str, path: Path, parts: Sequence[Sequence[Row]], valid: Path | None) -> dict[str, Any]:
    return {
        "kind": "intents",
        "detected": detected,
        "file_sha256": sha256(path) if path.is_file() else None,
        "valid_file_sha256": sha256(valid) if valid else None,
        "splits": {
            name: {"rows": len(rows), "sha256": rows_hash((row.text, row.label) for row in rows)}
            for name, rows in zip(("train", "valid", "test"), parts, strict=True)
        },
        # To tell rows the model has seen from rows it has not, without keeping what customers wrote.
        "seen": sorted({seen_mark(row.text) for rows in parts[:2] for row in rows}),
    }


def seen_mark(text: str) -> str:
    """A short hash of a text, blind to case, punctuation and spacing."""
    return rows_hash(iter([(fingerprint(text), "")]))[:16]


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
