"""A tiny language model, trained for real, that asks what passages answer."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from knowledge.questions import pairs  # pyright: ignore[reportMissingImports]
from tellerbot.data.split import fingerprint
from tellerbot.errors import ArtefactError
from tellerbot.knowledge.candidates import teach
from tellerbot.knowledge.config import QuestionsConfig, RetrieverConfig
from tellerbot.knowledge.questions import QuestionModel, fit_questions, write_questions
from tellerbot.knowledge.rerank import Candidates, fit_reranker, read_pairs, taught_loss
from tellerbot.knowledge.retriever import QUESTIONS, Retriever
from tellerbot.knowledge.rows import load_retrieval
from tellerbot.knowledge.train import train
from tellerbot.training.checkpoint import in_chunks
from tellerbot.training.fine_tune import LOSS
from tellerbot.training.folders import Run
from tellerbot.training.language_model import open_language_model
from tellerbot.weights import resolve

CONFIG = QuestionsConfig(epochs=30, batch_size=8, learning_rate=3e-3, max_tokens=32, per_passage=2)


class StopError(Exception):
    pass


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
        found = model.likelihoods([(question, passage), *others])
        assert found[0] == pytest.approx(expected, rel=2e-2)


@pytest.mark.slow
def test_a_tuned_model_tells_which_passage_a_question_is_about(asker: QuestionModel) -> None:
    rows = [pair for at, pair in enumerate(pairs()) if at % 3]
    right = asker.likelihoods(rows)
    wrong = asker.likelihoods(
        [(question, passage) for (question, _), (_, passage) in zip(rows, rows[7:], strict=False)]
    )
    assert np.mean([one > other for one, other in zip(right, wrong, strict=False)]) > 0.9


@pytest.mark.slow
def test_written_questions_are_about_their_passage_and_kept(
    asker: QuestionModel, retrieval: Path, retriever_config: RetrieverConfig, tmp_path: Path
) -> None:
    rows = load_retrieval(retrieval, retriever_config)
    rows = replace(rows, corpus={**rows.corpus, "copy": rows.corpus["1"].upper(), "blank": " "})
    kept = tmp_path / "written.jsonl"
    written = write_questions(asker, 2, 0, rows, kept, quiet)
    assert list(written) == list(rows.corpus) and written["copy"] == written["1"] and written["blank"] == []
    assert all(1 <= len(texts) <= 2 and len(set(map(fingerprint, texts))) == len(texts)
               for id, texts in written.items() if id != "blank")  # fmt: skip
    given = {row.passage: row.text.split()[-1] for row in rows.parts["train"]}
    assert np.mean([given[id] in " ".join(written[id]) for id in given]) > 0.8
    lines = kept.read_text().splitlines()
    kept.write_text("".join(f"{line}\n" for line in ['["kept"]', *lines[1:]]))
    assert write_questions(asker, 2, 0, rows, kept, quiet) == written | {"0": ["kept"]}


def test_chunks_that_a_killed_process_left_are_not_made_again(tmp_path: Path) -> None:
    made: list[int] = []

    def make(start: int, items: Sequence[int]) -> list[int]:
        if start == 6:
            raise StopError
        made.extend(items)
        return [item * item for item in items]

    kept = tmp_path / "kept.jsonl"
    with pytest.raises(StopError):
        in_chunks(kept, range(8), 3, make)
    # A line of the third chunk, and half of another.
    kept.write_text(kept.read_text() + "36\n4")
    assert in_chunks(kept, range(8), 3, lambda start, items: [-1] * len(items)) == [0, 1, 4, 9, 16, 25, -1, -1]
    assert made == [0, 1, 2, 3, 4, 5]
    assert in_chunks(kept, range(8), 3, make) == [0, 1, 4, 9, 16, 25, -1, -1]


@pytest.mark.slow
def test_a_teacher_reads_the_passages_that_were_drawn_and_only_once(asker: QuestionModel, tmp_path: Path) -> None:
    (one, first), (_, second) = pairs()[1], pairs()[20]
    lists = [Candidates(one, (first, second, second)), Candidates(one, (second,))]
    found = teach(asker, lambda: lists, 1, 0, tmp_path, quiet)
    assert [one.passages for one in found] == [(first, second), (second,)]
    assert [len(one.taught) for one in found] == [2, 1]
    assert found[0].taught[0] > found[0].taught[1] == pytest.approx(found[1].taught[0], rel=1e-2)
    # What goes on finds other near misses no more: the numbers would be theirs.
    assert teach(asker, lambda: lists[::-1], 1, 0, tmp_path, quiet) == found


def test_what_is_taught_is_a_cross_entropy_over_the_passages() -> None:
    scores, nats = torch.tensor([[2.0, 0.0, -torch.inf]]), torch.tensor([[-3.0, -5.0, -torch.inf]])
    wanted = 1 / (1 + np.exp(-1))
    expected = -(wanted * np.log(1 / (1 + np.exp(-2))) + (1 - wanted) * np.log(1 / (1 + np.exp(2))))
    assert float(taught_loss(scores, nats)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_a_reranker_follows_its_teacher(retriever_config: RetrieverConfig, tmp_path: Path) -> None:
    assert retriever_config.reranker
    config = retriever_config.reranker.model_copy(update={"epochs": 8, "learning_rate": 1e-3})
    base = resolve(retriever_config.model)
    rows = pairs()
    gaps = {}
    for name, nats in (("near", (-4.0, -4.5)), ("far", (-4.0, -60.0))):
        lists = [Candidates(asked, (right, rows[at - 1][1]), nats) for at, (asked, right) in enumerate(rows)]
        work = tmp_path / name
        work.mkdir()
        model, tokenizer, _ = fit_reranker(base, config, 0, lists, [], work, quiet)
        read = read_pairs(model, tokenizer, [pair for one in lists for pair in one.pairs]).reshape(-1, 2)
        gaps[name] = float((read[:, 0] - read[:, 1]).mean())
    assert gaps["near"] < gaps["far"]


@pytest.fixture(scope="module")
def asked_config(tiny_language_model: Path, retriever_config: RetrieverConfig) -> RetrieverConfig:
    questions = CONFIG.model_copy(update={"model": str(tiny_language_model), "epochs": 2})
    return retriever_config.model_copy(update={"questions": questions})


@pytest.fixture(scope="module")
def asked_run(asked_config: RetrieverConfig, retrieval: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(asked_config, retrieval, runs=tmp_path_factory.mktemp("runs"))


@pytest.mark.slow
def test_a_run_keeps_the_questions_and_searches_by_their_words(asked_run: Run) -> None:
    assert 'alt="Training"' in (asked_run.folder / "report.html").read_text()
    assert len(asked_run.read("data.json")["bases"]["questions"]) == 64
    # An epoch of written questions comes before the given ones.
    measured = [name for epoch in asked_run.read("metrics.json")["epochs"] for name in epoch]
    assert measured.count("validation_ndcg@10") == 4 and measured.count(LOSS) == 2
    written = json.loads((asked_run.model / QUESTIONS).read_text())
    assert set(written) == {fingerprint(passage) for _, passage in pairs()} and all(written.values())
    assert asked_run.read("metrics.json")["written_questions"] == sum(map(len, written.values()))
    assert "Questions were written for all passages" in (asked_run.folder / "README.md").read_text()
    (asked_run.model / QUESTIONS).write_text(json.dumps({fingerprint("The OTHER, passage"): ["zebra crossing"]}))
    keyword = Retriever.open(asked_run.model).keyword(["one passage", "the other passage"])
    assert keyword and keyword.scores("zebra").argmax() == 1 and keyword.scores("zebra")[0] == 0
    (asked_run.model / QUESTIONS).write_text("[1]")
    with pytest.raises(ArtefactError, match="expected questions by passage"):
        Retriever.open(asked_run.model).keyword(["one passage"])


@pytest.mark.slow
def test_a_run_with_questions_goes_on_to_the_same_end(
    asked_config: RetrieverConfig, asked_run: Run, retrieval: Path, tmp_path: Path
) -> None:
    for note in ("loss", "written", "reads"):

        def stop(step: int, steps: int, said: str, note: str = note) -> None:
            if note in said and step > 2:
                raise StopError

        with pytest.raises(StopError):
            train(asked_config, retrieval, runs=tmp_path, progress=stop)
    again = train(asked_config, retrieval, runs=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [again.name]
    for name in ("encoder.onnx", "reranker/encoder.onnx"):
        assert (again.model / name).read_bytes() == (asked_run.model / name).read_bytes()
    assert again.read("metrics.json")["systems"] == asked_run.read("metrics.json")["systems"]


def test_a_folder_with_two_gguf_files_says_which_is_wanted_of_it(tmp_path: Path) -> None:
    for name in ("one.gguf", "other.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    with pytest.raises(ArtefactError, match="expected one GGUF file, found 2"):
        open_language_model(tmp_path)


@pytest.mark.parametrize("kind", ["nothing", "encoder"])
def test_a_folder_without_a_language_model_is_refused(kind: str, tiny_model: Path, tmp_path: Path) -> None:
    folder = tiny_model if kind == "encoder" else tmp_path
    with pytest.raises(ArtefactError, match="expected a causal language model"):
        open_language_model(folder)
