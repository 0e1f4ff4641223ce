"""A release that searches with a retriever's run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tellerbot
from command import run  # pyright: ignore[reportMissingImports]
from tellerbot.assistant.load import Assistant
from tellerbot.errors import ArtefactError
from tellerbot.knowledge.build import ENCODER
from tellerbot.knowledge.project_index import open_project_index
from tellerbot.knowledge.retriever import read_settings
from tellerbot.project.load import load_project
from tellerbot.release.build import build_release
from tellerbot.release.manifest import verify
from tellerbot.release.registry import Registry
from tellerbot.settings import Settings
from tellerbot.training.folders import Run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, tiny_project: Path, tiny_run: Any, retriever_run: Run) -> Path:
    """A home whose `production` searches with the tiny retriever."""
    home = tmp_path_factory.mktemp("served")
    result = run(home, "release", "build", tiny_project, "--intents", tiny_run.folder,
                     "--retriever", retriever_run.folder)  # fmt: skip
    assert result.returncode == 0, result.stderr
    Registry.at(Settings(home=home)).promote("production", "1.0.0")
    return home


def test_a_release_carries_the_runs_model(served: Path, retriever_run: Run) -> None:
    knowledge = served / "releases" / "1.0.0" / "knowledge"
    for path in retriever_run.model.rglob("*"):
        if path.is_file():
            assert (knowledge / path.relative_to(retriever_run.model)).read_bytes() == path.read_bytes()
    manifest = verify(served / "releases" / "1.0.0")
    data, metrics = retriever_run.read("data.json"), retriever_run.read("metrics.json")
    said = manifest.runs["retriever"]
    assert said["name"] == retriever_run.name
    assert (said["corpus_sha256"], said["splits"]) == (data["corpus_sha256"], data["splits"])
    figures = metrics["systems"]["tuned + keyword + reranker"]
    assert manifest.metrics["retriever"]["ndcg@10"] == figures["ndcg@10"]
    assert manifest.thresholds["knowledge"]["search"] == read_settings(knowledge).reranked.threshold


def test_what_did_not_change_is_not_embedded_again_for_a_run(
    served: Path, tiny_project: Path, retriever_run: Run
) -> None:
    var, project = Settings(home=served).var, load_project(tiny_project)
    with open_project_index(project, var, retriever_run) as kept:
        assert kept.report.read == () and len(kept.report.unchanged) > 5
        assert kept.parity == retriever_run.read("metrics.json")["parity"]["cosine"]
    # The base model's index lies beside it, not over it.
    with open_project_index(project, var) as base:
        assert base.folder != kept.folder and (base.folder / ENCODER).is_file() and not (kept.folder / ENCODER).exists()


def test_it_is_what_answers(served: Path) -> None:
    assistant = tellerbot.load("production", Settings(home=served))
    index = assistant.parts.index
    anything = index.with_settings(index.retriever.settings, 0.0)
    assistant = Assistant(assistant.manifest, replace(assistant.parts, index=anything))
    turn = assistant.reply("what is the atm fee", "CUST-1")
    # The run reads 32 tokens at a time, so that the section comes in pieces.
    assert {passage.id.split("/")[0] for passage in turn.citations} == {"fees#atm-withdrawals"}
    assert assistant.parts.index.retriever.reranker is not None
    (recall,) = [step for step in turn.trace if step.name == "recall"]
    assert "answerable " in recall.note


def test_run_and_release_rank_a_file_alike(served: Path, retriever_run: Run, retrieval: Path, tmp_path: Path) -> None:
    found = []
    for model in (retriever_run.folder, "production"):
        out = tmp_path / "out.jsonl"
        result = run(served, "search", model, "--corpus", retrieval / "corpus.jsonl",
                         "--input", retrieval / "validation.jsonl", "--output", out, "--top-k", 3)  # fmt: skip
        assert result.returncode == 0, result.stderr
        found.append([json.loads(line) for line in out.read_text().splitlines()])
    assert found[0] == found[1] and len(found[0]) == 18
    assert all(0 <= row["answerability"] <= 1 and len(row["passages"]) == 3 for row in found[0])


def test_a_run_without_a_corpus_has_nothing_to_rank(served: Path, retriever_run: Run, retrieval: Path) -> None:
    result = run(served, "search", retriever_run.folder, "--input", retrieval / "validation.jsonl",
                     "--output", served / "out.jsonl")  # fmt: skip
    assert result.returncode == 2 and "Name some with --corpus" in result.stderr


def test_a_run_of_another_kind_is_refused(tiny_project: Path, tiny_run: Any, tmp_path: Path) -> None:
    registry = Registry.at(Settings(home=tmp_path))
    with pytest.raises(ArtefactError, match="expected a run of kind 'retriever', found 'intents'"):
        build_release(tiny_project, tiny_run.folder, registry, retriever_run=tiny_run.folder)
