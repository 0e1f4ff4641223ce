"""Rankings of the whole corpus -> the usual figures (needs the `train` extra)."""

import statistics
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from tellerbot.knowledge.retriever import Corpus, Ranking, Retriever
from tellerbot.knowledge.rows import Question, Retrieval

DEEPEST = 100
# Figures with it count passages of the same text as one.
COPIES = "copies as one"


def figures(
    retrieval: Retrieval, questions: Sequence[Question], rankings: Sequence[Sequence[str]], *, copies: bool = False
) -> dict[str, float]:
    """accuracy, precision and recall at 1, 3, 5 and 10, NDCG and MRR at 10, MAP at 100; each 0 to 1.

    Only the given passage counts as right. With `copies`, passages of the same text are one: the first of them
    stands for all, wherever it is ranked. Computed by sentence-transformers' evaluator.
    """
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

    first = {id: min(same) for id, same in retrieval.copies().items()} if copies else {}
    ranked = [list(dict.fromkeys(first.get(id, id) for id in ranking)) for ranking in rankings]
    evaluate = InformationRetrievalEvaluator(
        {row.id: row.text for row in questions},
        retrieval.corpus,  # type: ignore[arg-type]
        {row.id: {first.get(row.passage, row.passage)} for row in questions},
        write_csv=False,
    )
    found: dict[str, Any] = evaluate.compute_metrics(
        [[{"corpus_id": id, "score": -place} for place, id in enumerate(ranking)] for ranking in ranked]
    )
    names = {"accuracy@k": "accuracy", "precision@k": "precision", "recall@k": "recall",
             "ndcg@k": "ndcg", "mrr@k": "mrr", "map@k": "map"}  # fmt: skip
    return {f"{name}@{cut}": float(value) for key, name in names.items() for cut, value in found[key].items()}


def ndcg(places: Sequence[int | None]) -> float:
    """Mean NDCG@10 of questions with one right passage, at these places from 0 (None: not found)."""
    return float(np.mean([1 / np.log2(place + 2) if place is not None and place < 10 else 0.0 for place in places]))


def latencies(retriever: Retriever, corpus: Corpus, questions: Sequence[str]) -> dict[str, dict[str, float]]:
    """Milliseconds for single questions over the corpus, one after the other: without the reranker, and with one."""
    return {
        name: _latency(retriever, corpus, questions, rerank)
        for name, rerank in (("first stage", False), ("with reranker", True))
        if retriever.reranker or not rerank
    }


def _latency(retriever: Retriever, corpus: Corpus, questions: Sequence[str], rerank: bool) -> dict[str, float]:
    for question in questions[:5]:
        retriever.rank(corpus, [question], 10, rerank=rerank)
    times = []
    for question in questions[:200]:
        start = time.perf_counter()
        retriever.rank(corpus, [question], 10, rerank=rerank)
        times.append((time.perf_counter() - start) * 1000)
    return {"median_ms": statistics.median(times), "p95_ms": float(np.quantile(times, 0.95))}


def named(rankings: Sequence[Ranking], ids: Sequence[str]) -> list[list[str]]:
    """Rankings as passage ids."""
    return [[ids[int(row)] for row in ranking.rows] for ranking in rankings]
