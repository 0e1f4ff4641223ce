"""A tiny retriever, trained, exported, fitted and measured for real."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command import run  # pyright: ignore[reportMissingImports]
from knowledge.questions import pairs, write  # pyright: ignore[reportMissingImports]
from tellerbot.encoder.model import PooledEncoder, embed, load_tokenizer
from tellerbot.errors import ConfigError, DataError, TrainingError
from tellerbot.knowledge.batches import like_lengths
from tellerbot.knowledge.config import RerankerConfig, RetrieverConfig
from tellerbot.knowledge.fit import fit_retriever
from tellerbot.knowledge.rerank import Candidates, fit_reranker, read_pairs
from tellerbot.knowledge.retriever import Retriever, cut
from tellerbot.knowledge.rows import load_retrieval
from tellerbot.knowledge.task import ENCODER
from tellerbot.knowledge.train import train
from tellerbot.training.folders import Run, rows_hash
from tellerbot.weights import REFUSED, resolve

pytestmark = pytest.mark.slow


def test_a_run_holds_what_it_should(retriever_run: Run) -> None:
    kept = retriever_run.folder / ENCODER
    files = {str(path.relative_to(retriever_run.folder)) for path in retriever_run.folder.rglob("*")
             if path.is_file() and not path.is_relative_to(kept)}  # fmt: skip
    assert files == {
        "README.md", "config.yaml", "data.json", "environment.txt", "metrics.json", "curves.png", "report.html",
        "model/encoder.onnx", "model/tokenizer.json", "model/retriever.json",
        "model/reranker/encoder.onnx", "model/reranker/tokenizer.json",
    }  # fmt: skip
    # What sentence-transformers writes beside these differs between its versions.
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {path.name for path in kept.iterdir()}
    assert not {path.suffix for path in kept.rglob("*")} & REFUSED


def test_the_report_shows_every_figure_and_picture(retriever_run: Run) -> None:
    page = (retriever_run.folder / "report.html").read_text()
    for name in ("Stages", "Training", "Answerability"):
        assert f'<img alt="{name}" src="data:image/png;base64,' in page
    metrics = retriever_run.read("metrics.json")
    for figures in metrics["systems"].values():
        for name in ("ndcg@10", "map@100, copies as one"):
            assert f'<td class="n">{figures[name]:.4f}</td>' in page
    assert f"{100 * metrics['answerable']['caught']:.1f} %</b>get no answer" in page


def test_training_brings_questions_to_their_passages(retriever_run: Run) -> None:
    systems = retriever_run.read("metrics.json")["systems"]
    tuned, untrained = systems["tuned"], systems["untrained"]
    assert tuned["ndcg@10"] > untrained["ndcg@10"] + 0.2


def test_every_stage_is_measured_both_ways(retriever_run: Run) -> None:
    systems = retriever_run.read("metrics.json")["systems"]
    assert list(systems) == ["keyword alone", "untrained", "tuned", "tuned + keyword", "tuned + keyword + reranker"]
    for figures in systems.values():
        assert all(0 <= value <= 1 for value in figures.values())
    # No two passages here are the same.
    tuned = systems["tuned"]
    assert len(tuned) == 30 and all(
        tuned[name] == pytest.approx(tuned[f"{name}, copies as one"]) for name in tuned if "," not in name
    )


def test_questions_too_few_for_a_promise_all_keep_their_answer(retriever_run: Run) -> None:
    retriever = Retriever.open(retriever_run.model)
    corpus = retriever.index([passage for _, passage in pairs()])
    rankings = retriever.rank(corpus, [question for at, (question, _) in enumerate(pairs()) if at % 3 == 0], 2)
    lowest = min(ranking.answerability for ranking in rankings)
    assert lowest == pytest.approx(retriever.settings.reranked.threshold, abs=1e-6)


def test_the_reranker_scores_against_none_of_its_passages(retriever_config: RetrieverConfig, tmp_path: Path) -> None:
    # Among one passage alone there would be nothing to learn: "none of these" is always there.
    lists = [Candidates(asked, (right,)) for asked, right in pairs()]
    assert retriever_config.reranker
    config = retriever_config.reranker.model_copy(update={"epochs": 6, "learning_rate": 1e-3})
    base = resolve(retriever_config.model)
    model, tokenizer, _ = fit_reranker(base, config, 0, lists, [], tmp_path, lambda step, steps, note: None)
    assert read_pairs(model, tokenizer, pairs()).min() > 1


def test_more_reranker_layers_than_the_encoder_has_are_refused(
    retriever_config: RetrieverConfig, retrieval: Path, tmp_path: Path
) -> None:
    deep = {"reranker": RerankerConfig(layers=9)}
    with pytest.raises(ConfigError, match=r"reranker.layers: expected at most the encoder's \d+, found 9"):
        train(retriever_config.model_copy(update=deep), retrieval, runs=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_ranking_is_the_same_alone_and_among_others(retriever_run: Run) -> None:
    retriever = Retriever.open(retriever_run.model)
    corpus = retriever.index([passage for _, passage in pairs()])
    questions = [question for question, _ in pairs()][:6]
    together = retriever.rank(corpus, questions, 10)
    for question, ranking in zip(questions, together, strict=True):
        (alone,) = retriever.rank(corpus, [question], 10)
        assert alone.rows[:3].tolist() == ranking.rows[:3].tolist()
        assert np.all(np.diff(ranking.scores) <= 1e-9) and len(set(ranking.rows.tolist())) == 10


def test_what_is_removed_is_not_found(retriever_run: Run) -> None:
    retriever = Retriever.open(retriever_run.model)
    corpus = retriever.index([passage for _, passage in pairs()])
    question = pairs()[7][0]
    (ranking,) = retriever.rank(corpus, [question], 54)
    assert sorted(ranking.rows.tolist()) == list(range(54))
    (without,) = retriever.rank(corpus, [question], 5, without=[ranking.rows[:1]])
    assert int(ranking.rows[0]) not in without.rows


class StopError(Exception):
    pass


def test_an_interrupted_training_ends_with_the_same_model(
    retriever_config: RetrieverConfig, retrieval: Path, retriever_run: Run, tmp_path: Path
) -> None:
    def interrupt(step: int, total: int, note: str) -> None:
        if step > 0.8 * total:
            raise StopError

    with pytest.raises(StopError):
        train(retriever_config, retrieval, runs=tmp_path, progress=interrupt)
    again = train(retriever_config, retrieval, runs=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [again.name]
    assert (again.model / "encoder.onnx").read_bytes() == (retriever_run.model / "encoder.onnx").read_bytes()
    assert again.read("metrics.json")["epochs"] == retriever_run.read("metrics.json")["epochs"]


def test_training_that_diverges_stops_with_the_reason(
    retriever_config: RetrieverConfig, retrieval: Path, tmp_path: Path
) -> None:
    wild = retriever_config.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(TrainingError, match="the loss became"):
        train(wild, retrieval, runs=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "left_out, stages",
    [
        ({"reranker": None}, ["keyword alone", "untrained", "tuned", "tuned + keyword"]),
        ({"keyword": False}, ["untrained", "tuned", "tuned + reranker"]),
    ],
)
def test_a_run_does_without_a_stage(
    retriever_config: RetrieverConfig, retrieval: Path, tmp_path: Path, left_out: dict[str, Any], stages: list[str]
) -> None:
    plain = retriever_config.model_copy(update={**left_out, "epochs": 1, "hard_negative_epochs": 0})
    found = train(plain, retrieval, runs=tmp_path)
    assert list(found.read("metrics.json")["systems"]) == stages
    assert (found.model / "reranker").exists() == (stages[-1] == "tuned + reranker")


def test_each_matryoshka_size_is_trained_and_measured(
    retriever_config: RetrieverConfig, retrieval: Path, tmp_path: Path
) -> None:
    plain = {"reranker": None, "keyword": False, "hard_negative_epochs": 0}
    found = train(retriever_config.model_copy(update={**plain, "matryoshka": [32, 8]}), retrieval, runs=tmp_path)
    table = found.read("metrics.json")["systems"]
    assert list(table) == ["untrained", "tuned, first 8 numbers", "tuned, first 32 numbers", "tuned"]
    untrained, eight, more, all_64 = (figures["ndcg@10"] for figures in table.values())
    # Which of the three is best hangs on the processor's arithmetic.
    assert min(eight, more, all_64) > untrained + 0.1 and eight != all_64
    assert "| tuned, first 8 numbers |" in (found.folder / "README.md").read_text()
    vectors = Retriever.open(found.model).embed(["what is my balance", "report a poem"])
    assert cut(vectors, 8).shape == (2, 8) and np.linalg.norm(cut(vectors, 8), axis=1) == pytest.approx(1)
    with pytest.raises(ConfigError, match="expected sizes below the encoder's 64, found 64"):
        train(retriever_config.model_copy(update={"matryoshka": [64]}), retrieval, runs=tmp_path)


def test_smaller_mini_batches_give_the_same_losses(
    retriever_config: RetrieverConfig, retrieval: Path, tmp_path: Path
) -> None:
    rows, base = load_retrieval(retrieval, retriever_config), resolve(retriever_config.model)
    losses = {}
    for size in (3, 8):
        work = tmp_path / str(size)
        work.mkdir()
        config = retriever_config.model_copy(update={"mini_batch_size": size, "epochs": 1, "hard_negative_epochs": 0})
        _, history = fit_retriever(base, config, rows, {}, work, lambda step, steps, note: None)
        losses[size] = history.loss
    # Where the encoder computes in bf16, its own rounding shows.
    assert losses[3] == pytest.approx(losses[8], rel=1e-2) and losses[3] != losses[8]


@pytest.mark.parametrize("sizes", [[128, 256], [128, 128], [0], [-1]])
def test_sizes_that_do_not_descend_are_refused(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match="the largest first"):
        RetrieverConfig(matryoshka=sizes)


def test_a_given_negative_is_the_first_hard_one(
    retriever_config: RetrieverConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"anchor": question, "positive": passage} for question, passage in pairs()]
    for at in range(0, 54, 3):
        rows[at]["negative"] = f"a poem that is no answer {at}"
    write(tmp_path / "pairs.jsonl", rows)
    seen: list[list[tuple[str, ...]]] = []

    def watched(rows: list[tuple[str, ...]], *rest: Any) -> list[list[int]]:
        seen.append(rows)
        return like_lengths(rows, *rest)

    monkeypatch.setattr("tellerbot.knowledge.fit.like_lengths", watched)
    train(
        retriever_config.model_copy(update={"reranker": None, "epochs": 1, "hard_negatives": 3}),
        tmp_path / "pairs.jsonl",
        runs=tmp_path / "runs",
    )
    # Batches are counted once before the first epoch.
    _, plain, hard = seen
    wanted = {row["anchor"]: row["negative"] for row in rows if "negative" in row}
    trained = {row[0] for row in plain}
    assert all(len(row) == 2 for row in plain) and all(len(row) == 5 for row in hard)
    assert {row[0]: row[2] for row in hard if row[0] in wanted} == {
        question: text for question, text in wanted.items() if question in trained
    }
    # Mined ones stand beside it.
    assert any(row[2] != row[3] for row in hard if row[0] in wanted)


def test_the_kept_encoder_is_the_one_that_was_exported(retriever_run: Run) -> None:
    folder = resolve(str(retriever_run.folder / ENCODER))
    texts = [passage for _, passage in pairs()]
    trained = embed(PooledEncoder(folder), load_tokenizer(folder, 32), texts).cpu().numpy()
    assert (trained * Retriever.open(retriever_run.model).embed(texts)).sum(1).mean() >= 0.9


def test_a_run_says_which_passages_it_saw(retriever_run: Run, retrieval: Path) -> None:
    passages = [json.loads(line) for line in (retrieval / "corpus.jsonl").read_text().splitlines()]
    seen = retriever_run.read("data.json")["corpus_sha256"]
    assert seen == rows_hash((str(row["id"]), row["text"]) for row in passages)
    assert seen != rows_hash((str(row["id"]), row["text"]) for row in passages[1:])


def test_figures_on_validation_questions_say_what_they_chose(retriever_run: Run) -> None:
    assert "epoch was chosen on all of them" in (retriever_run.folder / "README.md").read_text()


def test_a_ranking_that_was_not_read_again_is_judged_by_its_own_threshold(retriever_run: Run) -> None:
    retriever = Retriever.open(retriever_run.model)
    corpus = retriever.index([passage for _, passage in pairs()])
    questions = [question for question, _ in pairs()]
    for rerank, judge in ((False, retriever.settings.first), (True, retriever.settings.reranked)):
        for ranking in retriever.rank(corpus, questions, 2, rerank=rerank):
            assert len(ranking.features) == len(judge.weights) == 3 + rerank
            assert ranking.answerability == pytest.approx(float(judge.score(ranking.features)))
            assert ranking.answerable == (ranking.answerability >= judge.threshold)


def test_leaks_are_refused_before_training(retriever_config: RetrieverConfig, tmp_path: Path) -> None:
    rows = [{"id": 0, "text": "one"}, {"id": 1, "text": "two"}]
    asked = [{"id": 0, "question": "same?", "positive_id": 0}]
    write(tmp_path / "corpus.jsonl", rows)
    write(tmp_path / "train.jsonl", asked)
    write(tmp_path / "validation.jsonl", asked)
    with pytest.raises(DataError, match="found in two parts"):
        train(retriever_config.model_copy(update={"allow_leaks": False}), tmp_path, runs=tmp_path / "runs")


def search(retriever_run: Run, corpus: Path, asked: Path, output: Path) -> subprocess.CompletedProcess[str]:
    return run(None, "search", retriever_run.folder, "--corpus", corpus, "--input", asked, "--output", output,
               "--top-k", 3)  # fmt: skip


def test_nothing_to_ask_and_nothing_to_search(retriever_run: Run, retrieval: Path, tmp_path: Path) -> None:
    empty, output = tmp_path / "empty.jsonl", tmp_path / "out.jsonl"
    empty.write_text("")
    assert search(retriever_run, retrieval / "corpus.jsonl", empty, output).returncode == 0
    assert output.read_text() == ""
    result = search(retriever_run, empty, retrieval / "validation.jsonl", output)
    assert result.returncode == 3 and "expected passages, found none" in result.stderr


def test_passages_need_ids_of_their_own_and_no_input_is_overwritten(
    retriever_run: Run, retrieval: Path, tmp_path: Path
) -> None:
    corpus, asked = tmp_path / "corpus.jsonl", tmp_path / "asked.jsonl"
    asked.write_text((retrieval / "validation.jsonl").read_text())
    for rows, found in (([{"id": 1, "text": "one"}, {"id": 1, "text": "two"}], "found 1 in row 2"),
                        ([{"text": "one"}], "found null in row 1")):  # fmt: skip
        write(corpus, rows)
        result = search(retriever_run, corpus, asked, tmp_path / "out.jsonl")
        assert result.returncode == 3 and found in result.stderr
    result = search(retriever_run, corpus, asked, asked)
    assert result.returncode == 2 and "--output of its own" in result.stderr
    assert asked.read_text() == (retrieval / "validation.jsonl").read_text()
    result = search(retriever_run, corpus, asked, tmp_path / "out.parquet")
    assert result.returncode == 2 and "expected a .jsonl file to write, found .parquet" in result.stderr


def test_a_whole_file_is_ranked(retriever_run: Run, retrieval: Path, tmp_path: Path) -> None:
    result = search(retriever_run, retrieval / "corpus.jsonl", retrieval / "validation.jsonl", tmp_path / "out.jsonl")
    assert result.returncode == 0, result.stderr
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == [at for at in range(54) if at % 3 == 0]
    assert all(len(row["passages"]) == 3 and isinstance(row["passages"][0]["id"], int) for row in rows)
