"""A tiny language model, trained for real, that asks what passages answer."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from knowledge.questions import pairs  # pyright: ignore[reportMissingImports]
from tellerbot.data.split import fingerprint
from tellerbot.errors import ArtefactError
from tellerbot.knowledge.config import QuestionsConfig, RetrieverConfig
from tellerbot.knowledge.questions import LOSS, QuestionModel, fit_questions, write_questions
from tellerbot.knowledge.readings import taught
from tellerbot.knowledge.rerank import Reading, fit_reranker, read_pairs, taught_loss
from tellerbot.knowledge.retriever import QUESTIONS, Retriever
from tellerbot.knowledge.rows import load_retrieval
from tellerbot.knowledge.train import train
from tellerbot.training.language_model import open_language_model
from tellerbot.training.run import Run
from tellerbot.weights import resolve

CONFIG = QuestionsConfig(epochs=30, batch_size=8, learning_rate=3e-3, max_tokens=32, per_passage=2)


def quiet(step: int, steps: int, note: str) -> None: ...


@pytest.fixture(scope="module")
def asker(
    tiny_language_model: Path, retrieval: Path, retriever_config: RetrieverConfig,
    tmp_path_factory: pytest.TempPathFactory,
) -> QuestionModel:  # fmt: skip
    rows = load_retrieval(retrieval, retriever_config)
    model, history = fit_questions(tiny_language_model, CONFIG, 0, rows, tmp_path_factory.mktemp("work"), quiet)
    assert history.loss[-1] < history.loss[0] / 4 and len(history.epochs) == CONFIG.epochs
    return model


def test_a_likelihood_is_that_of_the_tokens_one_after_the_other(tiny_language_model: Path) -> None:
    model = QuestionModel(tiny_language_model, 32)
    question, passage = pairs()[0]
    ids = model.before([passage])[0]
    expected = 0.0
    for token in [*model.tokenizer(f" {question}", add_special_tokens=False)["input_ids"], model.end]:
        with torch.inference_mode():
            expected += float(model.model(torch.tensor([ids])).logits[0, -1].log_softmax(0)[token])
        ids = [*ids, token]
    # Alone and beside a longer one, which fills it up.
    for others in ([], [("what is it", passage * 3)]):
        found = model.likelihoods([(question, passage), *others], quiet)
        assert found[0] == pytest.approx(expected, rel=2e-2)


def test_a_tuned_model_tells_which_passage_a_question_is_about(asker: QuestionModel) -> None:
    rows = [pair for at, pair in enumerate(pairs()) if at % 3]
    right = asker.likelihoods(rows, quiet)
    wrong = asker.likelihoods(
        [(question, passage) for (question, _), (_, passage) in zip(rows, rows[7:], strict=False)], quiet
    )
    assert np.mean([one > other for one, other in zip(right, wrong, strict=False)]) > 0.9


def test_written_questions_are_about_their_passage_and_kept(
    asker: QuestionModel, retrieval: Path, retriever_config: RetrieverConfig, tmp_path: Path
) -> None:
    rows = load_retrieval(retrieval, retriever_config)
    rows = replace(rows, corpus={**rows.corpus, "copy": rows.corpus["1"].upper(), "blank": " "})
    kept = tmp_path / "written.json"
    written = write_questions(asker, 2, 0, rows, kept, quiet)
    assert list(written) == list(rows.corpus) and written["copy"] == written["1"] and written["blank"] == []
    assert all(1 <= len(texts) <= 2 and len(set(map(fingerprint, texts))) == len(texts)
               for id, texts in written.items() if id != "blank")  # fmt: skip
    given = {row.passage: row.text.split()[-1] for row in rows.parts["train"]}
    assert np.mean([given[id] in " ".join(written[id]) for id in given]) > 0.8
    kept.write_text(json.dumps({"1": ["kept"]}))
    assert write_questions(asker, 2, 0, rows, kept, quiet) == {"1": ["kept"]}


def test_a_teacher_is_asked_once_for_each_reading(asker: QuestionModel, tmp_path: Path) -> None:
    (one, first), (_, second) = pairs()[1], pairs()[20]
    readings = [Reading(one, (first, second)), Reading(one, (second,))]
    found = taught(asker, readings, tmp_path / "taught.json", quiet)
    assert [len(reading.taught) for reading in found] == [2, 1]
    assert found[0].taught[0] > found[0].taught[1] == pytest.approx(found[1].taught[0], rel=1e-2)
    (tmp_path / "taught.json").write_text("[[1.0, 2.0], [3.0]]")
    assert taught(asker, readings, tmp_path / "taught.json", quiet)[1].taught == (3.0,)


def test_what_is_taught_is_a_cross_entropy_over_the_passages() -> None:
    scores, nats = torch.tensor([[2.0, 0.0, -torch.inf]]), torch.tensor([[-3.0, -5.0, -torch.inf]])
    wanted = 1 / (1 + np.exp(-1))
    expected = -(wanted * np.log(1 / (1 + np.exp(-2))) + (1 - wanted) * np.log(1 / (1 + np.exp(2))))
    assert float(taught_loss(scores, nats)) == pytest.approx(expected, rel=1e-5)


def test_a_reranker_follows_its_teacher(retriever_config: RetrieverConfig, tmp_path: Path) -> None:
    assert retriever_config.reranker
    config = retriever_config.reranker.model_copy(update={"epochs": 8, "learning_rate": 1e-3})
    base = resolve(retriever_config.model)
    rows = pairs()
    gaps = {}
    for name, nats in (("near", (-4.0, -4.5)), ("far", (-4.0, -60.0))):
        readings = [Reading(asked, (right, rows[at - 1][1]), nats) for at, (asked, right) in enumerate(rows)]
        work = tmp_path / name
        work.mkdir()
        model, tokenizer, _ = fit_reranker(base, config, 0, readings, [], work, quiet)
        read = read_pairs(model, tokenizer, [pair for reading in readings for pair in reading.pairs]).reshape(-1, 2)
        gaps[name] = float((read[:, 0] - read[:, 1]).mean())
    assert gaps["near"] < gaps["far"]


@pytest.fixture(scope="module")
def asked_run(
    tiny_language_model: Path, retriever_config: RetrieverConfig, retrieval: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:  # fmt: skip
    config = CONFIG.model_copy(update={"model": str(tiny_language_model), "epochs": 10})
    return train(
        retriever_config.model_copy(update={"questions": config}), retrieval, runs=tmp_path_factory.mktemp("runs")
    )


def test_a_run_keeps_the_questions_and_searches_by_their_words(asked_run: Run) -> None:
    assert (asked_run.folder / "curves-questions.png").is_file()
    assert 'alt="Training: questions"' in (asked_run.folder / "report.html").read_text()
    assert len(asked_run.read("data.json")["questions_sha256"]) == 64
    # An epoch of written questions comes before the given ones.
    measured = [name for epoch in asked_run.read("metrics.json")["epochs"] for name in epoch]
    assert measured.count("valid_ndcg@10") == 4 and measured.count(LOSS) == 10
    (asked_run.model / QUESTIONS).write_text(json.dumps({fingerprint("The OTHER, passage"): ["zebra crossing"]}))
    keyword = Retriever(asked_run.model).keyword(["one passage", "the other passage"])
    assert keyword and keyword.scores("zebra").argmax() == 1 and keyword.scores("zebra")[0] == 0
    (asked_run.model / QUESTIONS).write_text("[1]")
    with pytest.raises(ArtefactError, match="expected questions by passage"):
        Retriever(asked_run.model)


def test_a_folder_without_a_language_model_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="expected a causal language model"):
        open_language_model(tmp_path)
