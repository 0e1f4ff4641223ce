"""Passages are compared with a question token by token."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from sentence_transformers.util.similarity import maxsim

from knowledge.questions import pairs  # pyright: ignore[reportMissingImports]
from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.knowledge.late import TokenVectors
from tellerbot.knowledge.retriever import Retriever, reordered
from tellerbot.training.run import Run


def passages(*lengths: int) -> list[NDArray[np.float32]]:
    found = np.random.default_rng(0).normal(size=(sum(lengths), 8)).astype(np.float32)
    return np.split(found / np.linalg.norm(found, axis=1, keepdims=True), np.cumsum(lengths)[:-1])


def test_a_passage_is_met_as_the_library_says() -> None:
    texts = passages(3, 1, 5, 2)
    asked = np.float32(0.25) * passages(4)[0]
    wanted = maxsim([torch.tensor(asked)], [torch.tensor(text) for text in texts])[0].numpy()
    rows = np.array([2, 0, 3, 1])
    found = TokenVectors.of(texts).met(asked, rows)
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


def test_tokens_have_a_say_in_the_ranking(retriever_run: Run) -> None:
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
    met = [corpus.tokens.met(one.tokens, np.arange(len(texts))).argmax() for one in retriever.ask(texts)
           if one.tokens is not None]  # fmt: skip
    assert np.mean(np.array(met) == np.arange(len(texts))) > 0.9


def test_token_vectors_need_whole_batches() -> None:
    with pytest.raises(ValidationError, match="expected a mini_batch_size of at least the batch_size 64, found 8"):
        RetrieverConfig(mini_batch_size=8)
    assert RetrieverConfig(mini_batch_size=8, token_width=None).token_width is None


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
