"""Runs on tiny real models: what a run leaves, what its figures mean, and when it refuses."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from conftest import labelled_rows, random_encoder  # pyright: ignore[reportMissingImports]
from tellerbot.errors import DataError, GateError, TellerbotError
from tellerbot.intents.evaluate import evaluate
from tellerbot.intents.predict import IntentPredictor, read_outputs
from tellerbot.intents.seen import seen_mark
from tellerbot.intents.task import compare
from tellerbot.intents.train import train
from tellerbot.training.folders import served_figures
from tellerbot.training.run import require_parity


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
        "test.safetensors",
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
    systems = metrics["systems"]
    assert list(systems) == ["base", "tuned", "exported"]
    assert systems["exported"]["accuracy"] >= 0.9
    assert systems["exported"]["scope_auroc"] >= max(0.95, systems["base"]["scope_auroc"])
    assert metrics["parity"]["agreement"] >= 0.95
    report = (tiny_run.folder / "report.html").read_text()
    assert "data:image/png;base64," in report and "http" not in report.replace("http-equiv", "")


def test_splits_share_no_row_and_hash_what_they_hold(tiny_run: Any) -> None:
    data = tiny_run.read("data.json")
    assert sum(part["rows"] for part in data["splits"].values()) == 225
    assert len({part["sha256"] for part in data["splits"].values()}) == 3


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights(
    tiny_run: Any, tiny_config: Any, tiny_project: Path, tmp_path: Path
) -> None:
    again = train(tiny_config, tiny_project, runs=tmp_path)
    first, second = IntentPredictor.open(tiny_run.model), IntentPredictor.open(again.model)
    texts = ["what is my balance", "the weather is good"]
    logits = [read_outputs(each.encoder, each.spelling, texts)[0] for each in (first, second)]
    assert np.allclose(*logits, atol=1e-4)


def test_prediction_does_not_depend_on_the_batch(tiny_run: Any) -> None:
    predictor = IntentPredictor.open(tiny_run.model)
    texts = [
        "what is my balance",
        "a longer message that asks about the atm fee, please tell me the atm fee",
        "lost card",
    ] * 30
    alone = [predictor.understand([text])[0].intent for text in texts[:3]]
    together = predictor.understand(texts)
    assert [result.intent for result in together[:3]] == alone == [result.intent for result in together[-3:]]
    assert [result.intent for result in predictor.stream(iter(texts), batch=7)] == [r.intent for r in together]


def test_in_scope_scores_higher_than_out_of_scope(tiny_run: Any) -> None:
    inside, outside = IntentPredictor.open(tiny_run.model).understand(["what is my balance", "tell me a poem thanks"])
    assert inside.in_scope and inside.intent == "check_balance" and inside.confident
    assert not outside.in_scope and outside.scope_score < inside.scope_score


def test_a_thin_intent_of_a_project_is_named_by_file_and_line(
    tiny_config: Any, tiny_project: Path, tmp_path: Path
) -> None:
    project = tmp_path / "bank"
    shutil.copytree(tiny_project, project)
    path = project / "intents" / "all.yaml"
    content = yaml.safe_load(path.read_text())
    utterances = content["intents"]["card_lost"].pop("utterances")
    second = {"intents": {"card_lost": {"title": "report a lost card", "utterances": utterances[:2]}}}
    del content["intents"]["card_lost"]
    path.write_text(yaml.safe_dump(content))
    (project / "intents" / "cards.yaml").write_text(yaml.safe_dump(second, sort_keys=False))
    with pytest.raises(DataError) as error:
        train(tiny_config, project, runs=tmp_path / "runs")
    (problem,) = error.value.problems
    assert (problem.file, problem.line) == (str(project / "intents" / "cards.yaml"), 5)


def test_leaking_validation_rows_stop_training_and_leave_nothing(tiny_config: Any, tmp_path: Path) -> None:
    rows = [(f"balance {n}", "a") for n in "bcdefg"] + [(f"card {n}", "b") for n in "bcdefg"]
    data = write_rows(tmp_path / "train.jsonl", rows)
    valid = write_rows(tmp_path / "valid.jsonl", [("Balance B!", "a"), ("new words", "b")])
    with pytest.raises(DataError, match=r"valid.jsonl:1: It is also in \S*train.jsonl:1\."):
        train(tiny_config, data, validation=valid, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_allowed_leaks_are_counted_in_the_run(tiny_config: Any, tmp_path: Path) -> None:
    data = write_rows(tmp_path / "train.jsonl", labelled_rows())
    valid = write_rows(
        tmp_path / "valid.jsonl", [("What is my balance?", "check_balance"), ("card mislaid somewhere", "card_lost")]
    )
    test = write_rows(tmp_path / "test.jsonl", [("what is my balance", "check_balance"), ("gone card", "card_lost")])
    lenient = {"epochs": 1, "min_agreement": 0.0, "max_accuracy_loss": 1.0, "allow_leaks": True}
    run = train(tiny_config.model_copy(update=lenient), data, validation=valid, test=test, runs=tmp_path / "runs")
    # The test row that stands in both of the others counts once.
    assert run.read("data.json")["leaks"] == 2 == run.read("metrics.json")["leaks"]


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
    with pytest.raises(GateError, match=r"strays from the trained one: agreement .*, expected at least 1.01"):
        train(strict, tiny_project, runs=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_evaluation_tells_seen_rows_from_unseen(tiny_run: Any, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", [("what is my balance", "check_balance"), ("zzz qqq", "card_lost")])
    seen = write_rows(tmp_path / "seen.jsonl", _training_rows(tiny_run)[:20])
    _, metrics = evaluate(tiny_run.folder, seen)
    folder, mixed = evaluate(tiny_run.folder, rows)
    assert metrics["seen"]["rows"] == metrics["seen"]["training_rows"] == 20
    assert "unseen_accuracy" not in metrics["seen"]
    assert "accuracy_one_typo" not in served_figures(metrics) and "accuracy_one_typo" in served_figures(mixed)
    assert mixed["seen"]["rows"] <= 1 and (folder / "report.html").is_file() and (folder / "metrics.json").is_file()


@pytest.mark.slow
def test_the_gap_between_seen_and_unseen_is_of_training_rows_only(tiny_run: Any, tmp_path: Path) -> None:
    seen = tiny_run.read("data.json")["seen"]
    inside = [(text, label) for text, label in labelled_rows() if label != "out_of_scope"]
    known = {text: next((part for part, marks in seen.items() if seen_mark(text) in marks), None) for text, _ in inside}
    trained, tuned = ([row for row in inside if known[row[0]] == part][:10] for part in ("train", "validation"))
    # Wrong labels for all that it was tuned on: the accuracy on seen rows must not care.
    wrong = [(text, "atm_fees" if label != "atm_fees" else "card_lost") for text, label in tuned]
    _, metrics = evaluate(tiny_run.folder, write_rows(tmp_path / "rows.jsonl", trained + wrong))
    _, alone = evaluate(tiny_run.folder, write_rows(tmp_path / "alone.jsonl", trained))
    assert len(wrong) == 10 and metrics["seen"]["rows"] == 20 and metrics["seen"]["training_rows"] == 10
    accuracy = served_figures(alone)["accuracy"]
    assert metrics["seen"]["accuracy"] == alone["seen"]["accuracy"] == accuracy > served_figures(metrics)["accuracy"]
    assert "unseen_accuracy" not in metrics["seen"] and metrics["seen"]["unseen_rows"] == 0


def test_held_out_rows_are_measured_with_typing_slips(tiny_run: Any) -> None:
    metrics = served_figures(tiny_run.read("metrics.json"))
    assert 0 <= metrics["accuracy_heavy_noise"] <= metrics["accuracy_one_typo"] <= metrics["accuracy"]
    assert metrics["accuracy_heavy_noise"] < metrics["accuracy"]
    page = (tiny_run.folder / "report.html").read_text()
    assert f"{100 * metrics['accuracy_one_typo']:.2f}" in page and "accuracy under heavy noise" in page


@pytest.mark.parametrize("which", ["trained", "exported"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_figures_that_are_not_finite_are_no_parity(tiny_config: Any, which: str, value: float) -> None:
    wanted = np.array([0, 1, -1])
    good = (np.eye(3, 2, dtype=np.float32), np.ones(3, dtype=np.float32))
    require_parity("intents", compare(good, good, wanted, tiny_config))
    for part in (0, 1):
        bad = (good[0].copy(), good[1].copy())
        bad[part][-1] = value
        found = compare(*((bad, good) if which == "trained" else (good, bad)), wanted, tiny_config)
        with pytest.raises(GateError, match="agreement nan, expected at least"):
            require_parity("intents", found)


def test_three_utterances_an_intent_are_enough(tiny_config: Any, tmp_path: Path) -> None:
    rows = [row for at, row in enumerate(labelled_rows()) if row[1] != "out_of_scope" and at % 25 in (0, 7, 14)]
    lenient = tiny_config.model_copy(update={"epochs": 1, "min_agreement": 0.0, "max_accuracy_loss": 1.0})
    run = train(lenient, write_rows(tmp_path / "rows.jsonl", rows), runs=tmp_path / "runs")
    assert [part["rows"] for part in run.read("data.json")["splits"].values()] == [5, 5, 5]
    (understood,) = IntentPredictor.open(run.model).understand(["what is my balance"])
    assert 0 <= understood.scope_score <= 1


@pytest.mark.slow
@pytest.mark.parametrize("family", ["Bert", "DistilBert", "Roberta", "DebertaV2", "ModernBert"])
def test_every_family_trains_and_exports_the_same_way(family: str, tiny_config: Any, tmp_path: Path) -> None:
    random_encoder(family, tmp_path / "model")
    data = write_rows(tmp_path / "rows.jsonl", labelled_rows())
    config = tiny_config.model_copy(update={"model": str(tmp_path / "model")})
    run = train(config, data, runs=tmp_path / "runs")
    metrics = run.read("metrics.json")
    base, exported = metrics["systems"]["base"], served_figures(metrics)
    assert metrics["parity"]["agreement"] >= 0.95 and exported["accuracy"] >= 0.9
    # The random start tells these intents apart too, and some families' even what is in scope, by luck.
    assert exported["scope_auroc"] >= max(0.95, base["scope_auroc"])
    files = {path.name for path in run.model.iterdir()}
    assert files == {"encoder.onnx", "intents.json", "spelling.json", "tokenizer.json"}


def test_evaluation_refuses_labels_the_model_does_not_know(tiny_run: Any, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", [("hello", "greeting"), ("what is my balance", "check_balance")])
    with pytest.raises(DataError, match="found also: greeting"):
        evaluate(tiny_run.folder, rows)


def _training_rows(run: Any) -> list[tuple[str, str]]:
    marks = set(run.read("data.json")["seen"]["train"])
    return [(text, label) for text, label in labelled_rows() if seen_mark(text) in marks and label != "out_of_scope"]


@pytest.mark.parametrize(
    "typed", ["ｗｈａｔ　ｉｓ　ｍｙ　ｂａｌａｎｃｅ", "𝐰𝐡𝐚𝐭 𝐢𝐬 𝐦𝐲 𝐛𝐚𝐥𝐚𝐧𝐜𝐞", "what\xa0is\u3000my ⓑⓐⓛⓐⓝⓒⓔ"]
)
def test_full_width_letters_are_understood_as_plain_ones(tiny_run: Any, typed: str) -> None:
    predictor = IntentPredictor.open(tiny_run.model)
    assert predictor.understand([typed]) == predictor.understand(["what is my balance"])
