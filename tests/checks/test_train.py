"""A tiny check, trained on the demo's policies: its files, its figures, and the check that serves."""

import json
from pathlib import Path
from typing import Any

import pytest

from command import run  # pyright: ignore[reportMissingImports]
from tellerbot.checks.claims import SETTINGS, ClaimCheck
from tellerbot.checks.config import CheckConfig
from tellerbot.checks.train import train
from tellerbot.errors import ArtefactError, DataError
from tellerbot.knowledge.passages import documents_of
from tellerbot.project.load import load_project
from tellerbot.training.folders import Run

pytestmark = pytest.mark.slow

CONFIG = {"claims": 240, "epochs": 1, "layers": 2, "min_parity": 0.5}


@pytest.fixture(scope="module")
def check_run(tiny_project: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run, made by the command."""
    folder = tmp_path_factory.mktemp("check")
    (folder / "check.yaml").write_text(json.dumps({**CONFIG, "model": str(tiny_model)}))
    claims = [
        {"evidence": "The fee is $5.00.", "claim": f"The fee is ${at}.", "label": "REFUTES"} for at in range(6, 9)
    ]
    (folder / "claims.jsonl").write_text("".join(json.dumps(claim) + "\n" for claim in claims))
    done = run(
        folder, "train", "check", "check.yaml", "--data", tiny_project, "--claims", "claims.jsonl", folder=folder
    )
    assert done.returncode == 0, done.stderr
    [made] = (path for path in (folder / "runs").iterdir() if not path.name.startswith("."))
    return Run(made)


def test_figures_are_of_documents_and_words_that_training_has_not(check_run: Run) -> None:
    data, metrics = check_run.read("data.json"), check_run.read("metrics.json")
    documents = data["documents"]
    assert sorted(documents) == ["test", "train", "validation"]
    names = [name for some in documents.values() for name in some]
    assert len(names) == len(set(names)) > 20
    assert data["splits"]["train"]["rows"] == 243
    assert list(metrics["systems"]) == ["words shared", "cosine", "check"]
    served = metrics["systems"]["check"]
    assert 0 <= served["wrong_passed"] <= 1 and "negation_passed" in served
    assert metrics["latency"]["a sentence"]["p95_ms"] > 0
    assert "Wrong sentences with the most support" in (check_run.folder / "report.html").read_text()


def test_the_check_that_serves_keeps_the_threshold(check_run: Run) -> None:
    check = ClaimCheck.open(check_run.model)
    evidence, sentences = ["A wire costs $30.00."], ["A wire costs $30.00.", "Nobody pays."]
    found = check.support(evidence, sentences)
    assert found.shape == (2,) and ((found > 0) & (found < 1)).all()
    assert [check.allows(evidence, one) for one in sentences] == [bool(x >= check.settings.threshold) for x in found]


def test_a_check_without_its_settings_is_refused(check_run: Run, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(check_run.model, tmp_path / "model")
    (tmp_path / "model" / SETTINGS).write_text("[]")
    with pytest.raises(ArtefactError, match=r"readable check\.json"):
        ClaimCheck.open(tmp_path / "model")


def test_too_few_documents_are_refused(tiny_project: Path, tiny_model: Path, tmp_path: Path) -> None:
    documents = documents_of(load_project(tiny_project).policies)
    few = {name: documents[name] for name in list(documents)[:2]}
    with pytest.raises(DataError, match="at least 3 documents"):
        train(CheckConfig(model=str(tiny_model)), few, runs=tmp_path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[]", "expected evidence and a sentence"),
        ('{"evidence": "a", "label": "SUPPORTS"}', "expected evidence and a sentence"),
        ('{"evidence": "a", "sentence": "b", "label": "maybe"}', "expected one of the labels"),
        ("{", "expected a file of JSON lines"),
    ],
)
def test_bad_claims_are_refused_with_their_place(tiny_project: Path, tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "claims.jsonl").write_text(line)
    (tmp_path / "check.yaml").write_text("")
    options: list[Any] = ["--data", tiny_project, "--claims", tmp_path / "claims.jsonl"]
    done = run(tmp_path, "train", "check", tmp_path / "check.yaml", *options)
    assert done.returncode == 3 and said in done.stderr and "claims.jsonl" in done.stderr
