"""Runs on tiny real models: what a run leaves, what its figures mean, and when it refuses."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from conftest import labelled_rows  # pyright: ignore[reportMissingImports]
from tellerbot.errors import DataError, GateError, TellerbotError
from tellerbot.intents.evaluate import evaluate
from tellerbot.intents.predict import IntentPredictor
from tellerbot.intents.train import train


def write_rows(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows))
    return path


def test_a_run_leaves_exactly_the_files_of_the_design(tiny_run: Any) -> None:
    files = {path.relative_to(tiny_run.folder).as_posix() for path in tiny_run.folder.rglob("*") if path.is_file()}
    assert files - {name for name in files if name.startswith("evals/")} == {
        "README.md",
        "checkpoints/trained.safetensors",
        "config.yaml",
        "curves.png",
        "data.json",
        "environment.txt",
        "held_out.safetensors",
        "metrics.json",
        "model/encoder.onnx",
        "model/intents.json",
        "model/spelling.json",
        "model/tokenizer.json",
        "report.html",
        "validation.safetensors",
    }
    assert yaml.safe_load((tiny_run.folder / "config.yaml").read_text())["epochs"] == 8
    assert not list(tiny_run.folder.parent.glob(".*"))


def test_training_learns_and_is_compared_with_the_untrained_model(tiny_run: Any) -> None:
    metrics = tiny_run.read("metrics.json")
    assert metrics["accuracy"] >= 0.9
    assert set(metrics["compared"]) == {"base", "fine-tuned", "exported int8"}
    assert metrics["compared"]["exported int8"]["accuracy"] == metrics["accuracy"]
    assert metrics["scope_auroc"] > metrics["compared"]["base"]["scope_auroc"]
    assert metrics["parity"]["agreement"] >= 0.95
    report = (tiny_run.folder / "report.html").read_text()
    assert "data:image/png;base64," in report and "http" not in report.replace("http-equiv", "")


def test_splits_share_no_row_and_hash_what_they_hold(tiny_run: Any) -> None:
    data = tiny_run.read("data.json")
    assert sum(part["rows"] for part in data["splits"].values()) == 225
    assert len({part["sha256"] for part in data["splits"].values()}) == 3


def test_the_same_seed_gives_the_same_weights(
    tiny_run: Any, tiny_config: Any, tiny_project: Path, tmp_path: Path
) -> None:
    again = train(tiny_config, tiny_project, runs=tmp_path)
    first, second = IntentPredictor(tiny_run.model), IntentPredictor(again.model)
    texts = ["what is my balance", "the weather is good"]
    assert np.allclose(first.raw(texts)[0], second.raw(texts)[0], atol=1e-4)


def test_prediction_does_not_depend_on_the_batch(tiny_run: Any) -> None:
    predictor = IntentPredictor(tiny_run.model)
    texts = ["what is my balance", "a much longer message about the atm fee for me today thanks", "lost card"] * 30
    alone = [predictor.understand([text])[0].intent for text in texts[:3]]
    together = predictor.understand(texts)
    assert [result.intent for result in together[:3]] == alone == [result.intent for result in together[-3:]]
    assert [result.intent for result in predictor.stream(iter(texts), batch=7)] == [r.intent for r in together]


def test_in_scope_scores_higher_than_out_of_scope(tiny_run: Any) -> None:
    inside, outside = IntentPredictor(tiny_run.model).understand(["what is my balance", "tell me a poem thanks"])
    assert inside.in_scope and inside.intent == "check_balance" and inside.confident
    assert not outside.in_scope and outside.scope_score < inside.scope_score


def test_leaking_validation_rows_stop_training_and_leave_nothing(tiny_config: Any, tmp_path: Path) -> None:
    rows = [(f"balance {n}", "a") for n in "bcdefg"] + [(f"card {n}", "b") for n in "bcdefg"]
    data = write_rows(tmp_path / "train.jsonl", rows)
    valid = write_rows(tmp_path / "valid.jsonl", [("Balance B!", "a"), ("new words", "b")])
    with pytest.raises(DataError, match=r"valid.jsonl:1: 'Balance B!' also stands in train.jsonl:1"):
        train(tiny_config, data, valid=valid, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_allowed_leaks_are_counted_in_the_run(tiny_config: Any, tmp_path: Path) -> None:
    data = write_rows(tmp_path / "train.jsonl", labelled_rows())
    valid = write_rows(
        tmp_path / "valid.jsonl", [("What is my balance?", "check_balance"), ("card mislaid somewhere", "card_lost")]
    )
    lenient = {"epochs": 1, "min_agreement": 0.0, "max_accuracy_loss": 1.0, "allow_leaks": True}
    run = train(tiny_config.model_copy(update=lenient), data, valid=valid, runs=tmp_path / "runs")
    assert run.read("data.json")["leaks"] == 1 == run.read("metrics.json")["leaks"]


def test_a_rate_that_is_too_high_stops_at_once_and_leaves_nothing(
    tiny_config: Any, tiny_project: Path, tmp_path: Path
) -> None:
    wild = tiny_config.model_copy(update={"learning_rate": 1e30, "head_learning_rate": 1e30})
    with pytest.raises(TellerbotError, match=r"the loss became nan in step .* lower it in the config"):
        train(wild, tiny_project, runs=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_export_that_strays_is_refused(tiny_config: Any, tiny_project: Path, tmp_path: Path) -> None:
    # More agreement than there can be: whatever this machine's arithmetic makes of the model, it strays.
    strict = tiny_config.model_copy(update={"epochs": 1, "min_agreement": 1.01})
    with pytest.raises(GateError, match="The exported model chooses the trained model's intent on"):
        train(strict, tiny_project, runs=tmp_path)
    assert not list(tmp_path.iterdir())


def test_evaluation_tells_seen_rows_from_unseen(tiny_run: Any, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", [("what is my balance", "check_balance"), ("zzz qqq", "card_lost")])
    seen = write_rows(tmp_path / "seen.jsonl", _training_rows(tiny_run)[:20])
    _, metrics = evaluate(tiny_run.folder, seen)
    folder, mixed = evaluate(tiny_run.folder, rows)
    assert metrics["seen"]["rows"] > 0
    assert mixed["seen"]["rows"] <= 1 and (folder / "report.html").is_file() and (folder / "metrics.json").is_file()


def test_evaluation_refuses_labels_the_model_does_not_know(tiny_run: Any, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", [("hello", "greeting"), ("what is my balance", "check_balance")])
    with pytest.raises(DataError, match="found also: greeting"):
        evaluate(tiny_run.folder, rows)


def _training_rows(run: Any) -> list[tuple[str, str]]:
    from tellerbot.intents.train import seen_mark

    marks = set(run.read("data.json")["seen"])
    return [(text, label) for text, label in labelled_rows() if seen_mark(text) in marks and label != "out_of_scope"]
