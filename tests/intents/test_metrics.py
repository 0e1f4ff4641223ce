"""Which metrics a run is measured by: the project's, else those of the config it keeps."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import labelled_rows  # pyright: ignore[reportMissingImports]
from tellerbot.errors import ConfigError, DataError
from tellerbot.intents.evaluate import evaluate
from tellerbot.intents.seen import find_seen
from tellerbot.intents.train import train
from tellerbot.project.schema import Metric
from tellerbot.training.folders import Run, served_figures


@pytest.fixture
def project(tiny_project: Path, tmp_path: Path) -> Path:
    """The tiny project, naming a metric."""
    folder = tmp_path / "bank"
    shutil.copytree(tiny_project, folder)
    _name(folder / "assistant.yaml", {"name": "balanced_accuracy", "at_least": 0.1})
    return folder


def _name(file: Path, metric: dict[str, Any]) -> None:
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "metrics": [metric]}))


def _rows(path: Path) -> Path:
    rows = [
        ("what is my balance again", "check_balance"),
        ("lost card help again", "card_lost"),
        ("i like football again", "out_of_scope"),
    ]
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows * 5))
    return path


@pytest.mark.slow
def test_training_measures_and_keeps_the_projects_metrics(tiny_config: Any, project: Path, tmp_path: Path) -> None:
    loose = {"epochs": 1, "min_agreement": 0.0, "max_accuracy_loss": 1.0}
    config = tiny_config.model_copy(update={**loose, "metrics": [Metric(name="ece")]})
    run = train(config, project, runs=tmp_path / "runs")
    kept = yaml.safe_load((run.folder / "config.yaml").read_text())["metrics"]
    assert kept == [{"name": "balanced_accuracy", "at_least": 0.1, "at_most": None}]
    (result,) = run.read("metrics.json")["metrics"]
    assert result["name"] == "balanced_accuracy" and result["low"] <= result["value"] <= result["high"]
    report = (run.folder / "report.html").read_text()
    assert "balanced_accuracy" in report and f"{result['value']:.6g}" in report and "at least 0.1" in report


def test_an_unknown_metric_stops_training_before_it_starts(
    tiny_config: Any, tiny_project: Path, tmp_path: Path
) -> None:
    config = tiny_config.model_copy(update={"metrics": [Metric(name="accurcy")]})
    with pytest.raises(ConfigError, match=r"'accurcy' \(near: accuracy"):
        train(config, tiny_project, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_a_file_is_measured_by_the_runs_metrics_and_a_project_by_its_own(
    tiny_run: Any, project: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_run.folder, run)
    _name(run / "config.yaml", {"name": "matthews_corrcoef"})
    folder, by_run = evaluate(run, _rows(tmp_path / "rows.jsonl"))
    _, by_project = evaluate(run, project)
    assert [result["name"] for result in by_run["metrics"]] == ["matthews_corrcoef"]
    assert [result["name"] for result in by_project["metrics"]] == ["balanced_accuracy"]
    assert json.loads((folder / "metrics.json").read_text())["metrics"] == by_run["metrics"]
    low, high = by_run["intervals"]["accuracy"]
    assert low <= served_figures(by_run)["accuracy"] <= high


@pytest.mark.slow
def test_named_metrics_are_of_rows_that_the_run_has_not_seen(tiny_run: Any, project: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_run.folder, run, ignore=shutil.ignore_patterns("evals"))
    _name(project / "assistant.yaml", {"name": "accuracy", "at_least": 0.1})
    splits, trained = tiny_run.read("data.json")["splits"], tiny_run.read("metrics.json")
    folder, metrics = evaluate(run, project)
    (result,) = metrics["metrics"]
    assert result["rows"] == metrics["seen"]["unseen_rows"] == splits["test"]["rows"] < metrics["rows"]
    figures, one_typo = served_figures(trained), served_figures(metrics)["accuracy_one_typo"]
    assert (result["value"], one_typo) == (figures["accuracy"], figures["accuracy_one_typo"])
    assert f"On the {result['rows']} rows that the run has not seen" in (folder / "report.html").read_text()


def test_without_a_row_it_has_not_seen_there_is_no_metric_and_no_gate(tiny_run: Any, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_run.folder, run, ignore=shutil.ignore_patterns("evals"))
    texts = [(text, label) for text, label in labelled_rows() if label != "out_of_scope"]
    seen = find_seen(Run(run), [text for text, _ in texts])
    rows = [row for row, *known in zip(texts, *seen, strict=True) if any(known)]
    (tmp_path / "rows.csv").write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    # Without a metric the figures are shown.
    assert evaluate(run, tmp_path / "rows.csv")[1]["seen"]["unseen_rows"] == 0
    _name(run / "config.yaml", {"name": "accuracy", "at_least": 0.1})
    with pytest.raises(DataError, match=r"rows that run has not seen, to measure accuracy on, .* Name a file of other"):
        evaluate(run, tmp_path / "rows.csv")


def test_an_evaluation_is_numbered_one_above_the_highest(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.next_evaluation("rows") == tmp_path / "evals" / "001-rows"
    # 001 was deleted, and one that was killed left its hidden folder.
    for name in ("002-rows", ".003-rows.partial-7", "notes"):
        (tmp_path / "evals" / name).mkdir(parents=True)
    assert run.next_evaluation("rows").name == "003-rows"


@pytest.mark.slow
def test_an_evaluation_is_named_after_the_folder_one_stands_in(
    tiny_run: Any, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_run.folder, run, ignore=shutil.ignore_patterns("evals"))
    monkeypatch.chdir(project)
    folder, _ = evaluate(run, Path())
    assert folder.name == "001-bank"


@pytest.mark.slow
def test_a_run_without_metrics_has_the_same_figures_and_none_of_its_own(tiny_run: Any, tmp_path: Path) -> None:
    folder, metrics = evaluate(tiny_run.folder, _rows(tmp_path / "rows.jsonl"))
    assert metrics["metrics"] == [] and "Metrics of your own" not in (folder / "report.html").read_text()
