"""Passages are compared with a question token by token."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.util.similarity import maxsim

from knowledge.questions import pairs  # pyright: ignore[reportMissingImports]
from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.knowledge.fit import fit_retriever, open_encoder
from tellerbot.knowledge.head import LateInteractionLoss, TokenHead
from tellerbot.knowledge.late import TokenVectors
from tellerbot.knowledge.retriever import Asked, Corpus, Fusion, Retriever, reordered
from tellerbot.knowledge.rows import load_retrieval
from tellerbot.training.run import Run
from tellerbot.weights import resolve


def passages(*lengths: int) -> list[NDArray[np.float32]]:
    found = np.random.default_rng(0).normal(size=(sum(lengths), 8)).astype(np.float32)
    return np.split(found / np.linalg.norm(found, axis=1, keepdims=True), np.cumsum(lengths)[:-1])


def test_a_passage_is_met_as_the_library_says() -> None:
    texts = passages(3, 1, 5, 2)
    asked = np.float32(0.25) * passages(4)[0]
    wanted = maxsim([torch.tensor(asked)], [torch.tensor(text) for text in texts])[0].numpy()
    rows = np.array([2, 0, 3, 1])
    found = TokenVectors.of(texts).maxsim(asked, rows)
    assert found == pytest.approx(wanted[rows], abs=0.005) and len(set(found)) == 4


def test_parts_join_to_the_whole() -> None:
    whole = TokenVectors.of(passages(3, 1, 5, 2))
    for cut in range(5):
        parts = [whole.part(0, cut), whole.part(cut, 4)]
        assert [len(part) for part in parts] == [cut, 4 - cut]
        joined = TokenVectors.joined(parts)
        assert np.array_equal(joined.values, whole.values) and np.array_equal(joined.ends, whole.ends)


def test_what_was_not_compared_stays_below() -> None:
    order, scores = reordered(np.array([3.0, 2.0, 1.5, 1.0]), np.array([-3.0, 0.5]))
    assert order.tolist() == [1, 0, 2, 3] and scores.tolist() == [2.5, 0.0, 0.0, -0.5]
    order, scores = reordered(np.array([3.0, 2.0]), np.array([0.0, 2.0]))
    assert order.tolist() == [1, 0] and scores.tolist() == [4.0, 3.0]


def test_a_passage_without_tokens_meets_nothing() -> None:
    texts = passages(2, 3)
    found = TokenVectors.of([texts[0], texts[0][:0], texts[1]])
    scores = found.maxsim(texts[0], np.array([0, 1, 2]))
    assert scores[1] == 0 and scores[[0, 2]] == pytest.approx(TokenVectors.of(texts).maxsim(texts[0], np.array([0, 1])))


@pytest.fixture
def retriever(retriever_run: Run) -> Retriever:
    """One that adds ten times what tokens say, and reads nothing again."""
    found = Retriever(retriever_run.model)
    found.reranker = None
    found.settings = replace(found.settings, fusion=Fusion(token_weight=10))
    return found


# 60 passages ever further from the question; the tokens of 40 and 55 are the question's, the others' are not.
ANGLES = np.arange(60) / 100
CORPUS = Corpus(
    [""] * 60,
    np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1).astype(np.float32),
    None,
    TokenVectors.of([np.eye(2, dtype=np.float32)[[int(at not in (40, 55))] * (1 + at % 3)] for at in range(60)]),
)
ASKED = Asked("", np.array([1, 0], np.float32), np.array([[0.4, 0], [0.6, 0]], np.float32))


def test_tokens_bring_a_passage_forward(retriever: Retriever) -> None:
    found = retriever.rank_one(CORPUS, ASKED, 60)
    # The 50 best are compared; the others stay where they were.
    assert found.rows.tolist() == [40, *range(40), *range(41, 60)]
    assert found.scores[0] == pytest.approx(10 + np.cos(0.4), abs=1e-3) and np.all(np.diff(found.scores) <= 0)
    assert found.signs.tolist() == pytest.approx([np.cos(0.4), 0, 10 + np.cos(0.4) - 1], abs=1e-3)


def test_tokens_count_among_the_rows_that_are_sought(retriever: Retriever) -> None:
    within = retriever.rank_one(CORPUS, ASKED, 3, within=np.arange(30, 60))
    assert within.rows.tolist() == [40, 55, 30]
    without = retriever.rank_one(CORPUS, ASKED, 3, without=np.array([0, 40]))
    assert without.rows.tolist() == [1, 2, 3]
    cosines = np.where(np.arange(60) < 35, -np.inf, np.cos(ANGLES)).astype(np.float32)
    stored = retriever.rank_one(CORPUS, ASKED, 3, near=lambda vector, also: cosines)
    assert stored.rows.tolist() == [40, 55, 35]


def test_a_question_without_tokens_is_ranked_by_its_vector(retriever: Retriever) -> None:
    assert retriever.rank_one(CORPUS, replace(ASKED, tokens=None), 3).rows.tolist() == [0, 1, 2]


def test_the_loss_is_that_of_both_views(retriever_config: RetrieverConfig) -> None:
    model = open_encoder(resolve(retriever_config.model), 32).eval()
    head = TokenHead(model.get_embedding_dimension() or 0, 16)
    torch.nn.init.normal_(head.weigh.weight)
    questions, right, wrong = (*zip(*pairs()[:4], strict=True), [passage for _, passage in pairs()[4:8]])
    columns = [list(questions), list(right), wrong]
    plain = MultipleNegativesRankingLoss(model, 20.0)
    whole = LateInteractionLoss(model, head, plain, 20.0)

    def features() -> list[dict[str, torch.Tensor]]:
        return [model.preprocess(texts) for texts in columns]

    labels = torch.zeros(4)
    with torch.inference_mode():
        added = whole(features(), labels) - plain(features(), labels)
        read = [model(each) for each in features()]
        (asked, weights), *said = [head(each["token_embeddings"], each["attention_mask"]) for each in read]
        # Each question's own passage, then its hard negative.
        wanted = torch.stack([
            torch.stack([(weights[at][:, None] * asked[at] @ text.T).max(1).values.sum()
                         for column, mask in zip(said, read[1:], strict=True)
                         for text in (column[0][row][mask["attention_mask"][row].bool()] for row in range(4))])
            for at in range(4)
        ])  # fmt: skip
        assert added.item() == pytest.approx(
            torch.nn.functional.cross_entropy(20 * wanted, torch.arange(4)).item(), rel=1e-3
        )
    # Nothing listens any more.
    assert not model[0]._forward_hooks


def test_the_head_is_trained(retriever_config: RetrieverConfig, retrieval: Path, tmp_path: Path) -> None:
    rows, base = load_retrieval(retrieval, retriever_config), resolve(retriever_config.model)
    config = retriever_config.model_copy(update={"epochs": 1, "hard_negative_epochs": 0})
    _, head, _ = fit_retriever(base, config, rows, tmp_path, lambda step, steps, note: None)
    assert head and head.weigh.weight.abs().max() > 0
    turned = head.project.weight @ head.project.weight.T
    assert (turned - torch.eye(16)).abs().max() > 1e-3


def test_a_run_reads_questions_and_passages_by_token(retriever_run: Run) -> None:
    metrics = retriever_run.read("metrics.json")
    assert metrics["parity_tokens"] >= 0.9
    retriever = Retriever(retriever_run.model)
    texts = [passage for _, passage in pairs()]
    corpus = retriever.index(texts)
    assert corpus.tokens and len(corpus.tokens) == len(texts) and corpus.tokens.values.dtype == np.int8
    (asked,) = retriever.ask(["what is my balance"])
    assert asked.tokens is not None
    assert np.linalg.norm(asked.tokens, axis=1).sum() == pytest.approx(1, abs=1e-3)
    # Each passage meets its own tokens best.
    met = [corpus.tokens.maxsim(one.tokens, np.arange(len(texts))).argmax() for one in retriever.ask(texts)
           if one.tokens is not None]  # fmt: skip
    assert np.mean(np.array(met) == np.arange(len(texts))) > 0.9


def test_token_vectors_need_whole_batches() -> None:
    with pytest.raises(ValidationError, match="expected no mini_batch_size below the batch_size 64, found 8"):
        RetrieverConfig(mini_batch_size=8)
    assert RetrieverConfig(mini_batch_size=8, token_width=None).mini_batch_size == 8
    assert RetrieverConfig(batch_size=128).mini_batch_size is None


def test_a_corpus_in_parts_is_the_same(retriever_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    retriever = Retriever(retriever_run.model)
    texts = [passage for _, passage in pairs()][:8]
    whole = retriever.index(texts)
    monkeypatch.setattr("tellerbot.knowledge.retriever.PART", 3)
    parts = retriever.index(texts)
    assert whole.tokens and parts.tokens
    assert np.array_equal(whole.tokens.ends, parts.tokens.ends)
    # int8 arithmetic rounds by batch.
    assert np.abs(whole.tokens.values.astype(int) - parts.tokens.values).mean() < 3
