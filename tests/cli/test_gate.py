"""`tellerbot eval intents --gate`, with metrics of scikit-learn's and of an installed package."""

import json
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from command import run as tellerbot  # pyright: ignore[reportMissingImports]


@pytest.fixture
def run(tiny_run: Any, tmp_path: Path) -> Path:
    """A run of the test's own, whose config can be changed."""
    import shutil

    shutil.copytree(tiny_run.folder, tmp_path / "run", ignore=shutil.ignore_patterns("evals"))
    return tmp_path / "run"


def gate(run: Path, *options: str, metrics: list[dict[str, Any]]) -> CompletedProcess[str]:
    """Evaluate `run` by `metrics` on a few rows that it has not seen, with packages found beside it."""
    config = yaml.safe_load((run / "config.yaml").read_text())
    (run / "config.yaml").write_text(yaml.safe_dump({**config, "metrics": metrics}))
    rows = [
        ("what is my balance again", "check_balance"),
        ("lost card help again", "card_lost"),
        ("i like football again", "out_of_scope"),
    ]
    data = run.parent / "rows.jsonl"
    data.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows * 5))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(run.parent)
        patch.delitem(sys.modules, "acme", raising=False)
        return tellerbot(run.parent, "eval", "intents", run, "--data", data, *options)


def install(folder: Path, code: str) -> None:
    """A package `acme` 1.2 with the metric `unsure`."""
    (folder / "acme.py").write_text(code)
    info = folder / "acme-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[tellerbot.metrics]\nunsure = acme:unsure\n")


@pytest.mark.slow
def test_failed_bounds_are_shown_and_exit_with_4_only_at_the_gate(run: Path, tmp_path: Path) -> None:
    install(tmp_path, "def unsure(p):\n    return float((p.confidence < 2).mean())\n")
    metrics = [
        {"name": "balanced_accuracy", "at_least": 0.1},
        {"name": "unsure", "at_most": 0.25},
        {"name": "accuracy", "at_least": 0.1},
    ]
    shown = gate(run, metrics=metrics)
    assert shown.returncode == 0, shown.stderr
    assert "unsure (package, acme 1.2): 1 (1 to 1) on 15 rows, expected at most 0.25: not met" in shown.stdout
    assert "balanced_accuracy (scikit-learn 1." in shown.stdout and "accuracy (built-in, tellerbot" in shown.stdout
    file = tmp_path / "figures.json"
    failed = gate(run, "--gate", "--json", str(file), metrics=metrics)
    assert failed.returncode == 4 and "1 of 3 bounds are not met" in failed.stderr
    assert "unsure (package, acme 1.2): 1 (1 to 1) on 15 rows, expected at most 0.25: not met" in failed.stderr
    assert [result["passed"] for result in json.loads(file.read_text())["metrics"]] == [True, False, True]


@pytest.mark.slow
def test_the_gate_opens_when_bounds_are_met_and_needs_one(run: Path) -> None:
    assert gate(run, "--gate", metrics=[{"name": "accuracy", "at_least": 0.1}]).returncode == 0
    none = gate(run, "--gate", metrics=[{"name": "accuracy"}])
    assert none.returncode == 2 and "at_least: 0.9" in none.stderr


@pytest.mark.slow
def test_a_package_that_fails_is_named_and_leaves_no_evaluation(run: Path, tmp_path: Path) -> None:
    install(tmp_path, "def unsure(p):\n    raise KeyError('fee')\n")
    result = gate(run, metrics=[{"name": "unsure"}])
    assert result.returncode == 2 and "'unsure': acme 1.2 raised KeyError: 'fee'" in result.stderr
    assert not (run / "evals").exists()
