"""A tiny retriever, trained once for all tests that look at it."""

from pathlib import Path

import pytest

from knowledge.questions import pairs, write  # pyright: ignore[reportMissingImports]
from tellerbot.knowledge.config import RerankerConfig, RetrieverConfig
from tellerbot.knowledge.train import train
from tellerbot.training.folders import Run


@pytest.fixture(scope="session")
def retrieval(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 54 passages, 36 training and 18 validation questions."""
    folder = tmp_path_factory.mktemp("retrieval")
    rows = pairs()
    write(folder / "corpus.jsonl", [{"id": at, "text": passage} for at, (_, passage) in enumerate(rows)])
    asked = [{"id": at, "question": question, "positive_id": at} for at, (question, _) in enumerate(rows)]
    write(folder / "train.jsonl", [row for at, row in enumerate(asked) if at % 3])
    write(folder / "validation.jsonl", [row for at, row in enumerate(asked) if at % 3 == 0])
    return folder


@pytest.fixture(scope="session")
def retriever_config(tiny_model: Path) -> RetrieverConfig:
    reranker = RerankerConfig(layers=1, epochs=1, batch_size=8, candidates=4, negatives=3, max_tokens=32)
    return RetrieverConfig(
        model=str(tiny_model), epochs=2, batch_size=8, learning_rate=1e-3, max_tokens=32, reranker=reranker,
        min_parity=0.9, allow_leaks=True,
    )  # fmt: skip


@pytest.fixture(scope="session")
def retriever_run(retriever_config: RetrieverConfig, retrieval: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished retriever run with a reranker."""
    return train(retriever_config, retrieval, runs=tmp_path_factory.mktemp("runs"))
