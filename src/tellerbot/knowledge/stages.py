"""Each stage of a retriever, fitted on validation questions and measured (needs the `train` extra)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.knowledge.measure import COPIES, DEEPEST, figures, named
from tellerbot.knowledge.retriever import (
    SCORE,
    Answerable,
    Corpus,
    Fusion,
    PairScorer,
    Ranking,
    Retriever,
    Rows,
    Settings,
    best,
    cut,
    standardised,
)
from tellerbot.knowledge.rows import Question, Retrieval
from tellerbot.knowledge.tune import Seen, curve, fit_answerable, fit_fusion, fit_rerank_weight, folds


class CachedReranker:
    """A reranker that reads the same list of pairs only once: every fold asks of much the same lists."""

    def __init__(self, reranker: PairScorer) -> None:
        self._reranker = reranker
        self._seen: dict[tuple[tuple[str, str], ...], Mapping[str, NDArray[np.float32]]] = {}

    def __call__(self, texts: Sequence[tuple[str, str]]) -> Mapping[str, NDArray[np.float32]]:
        """Score the pairs, or return the scores of the same pairs from an earlier call."""
        pairs = tuple(texts)
        if pairs not in self._seen:
            self._seen[pairs] = self._reranker(pairs)
        return self._seen[pairs]


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """Each stage's figures, the last one's answerability, and the settings fitted on all validation questions."""

    systems: dict[str, dict[str, float]]
    details: dict[str, Any]
    settings: Settings


@dataclass(frozen=True, slots=True, eq=False)
class _Bench:
    """What is fitted and measured on: `copies` are the rows of each passage's text, `place` its own row."""

    config: RetrieverConfig
    retriever: Retriever
    corpus: Corpus
    place: dict[str, int]
    copies: dict[str, Rows]


def measure_stages(
    config: RetrieverConfig, retrieval: Retrieval, untuned: Retriever, tuned: Retriever, corpus: Corpus
) -> Stages:
    """Measure each stage, and fit the settings on all validation questions."""
    ids = list(retrieval.corpus)
    place = {id: at for at, id in enumerate(ids)}
    copies = {id: np.array(sorted(place[other] for other in same)) for id, same in retrieval.copies().items()}
    if tuned.reranker:
        tuned = replace(tuned, reranker=CachedReranker(tuned.reranker))
    bench = _Bench(config, tuned, corpus, place, copies)
    valid = retrieval.parts["validation"]
    seen = _seen(bench, valid)
    settings = _fitted(bench, valid, seen)
    questions = retrieval.parts[retrieval.measured_on]
    # Fitted on other questions than those measured: on all validation questions, or on four fifths of them.
    parts = (
        [(np.arange(len(questions)), settings)]
        if retrieval.measured_on == "test"
        else [
            (fold, _fitted(bench, [valid[at] for at in rest], seen.take(rest)))
            for fold in folds(len(valid))
            for rest in [np.setdiff1d(np.arange(len(valid)), fold)]
        ]
    )
    systems: dict[str, dict[str, float]] = {}

    def add(stage: str, ranked: Sequence[Sequence[str]]) -> None:
        copies = figures(retrieval, questions, ranked, copies=True)
        systems[stage] = figures(retrieval, questions, ranked) | {
            f"{name}, {COPIES}": value for name, value in copies.items()
        }

    for name, (retriever, passages, how) in _stages(
        config, untuned.index(list(retrieval.corpus.values())), untuned, tuned, corpus
    ).items():
        if name == "tuned":
            asked = tuned.embed([question.text for question in questions])
            for size in sorted(config.matryoshka):
                cosines = cut(asked, size) @ cut(corpus.vectors, size).T
                add(f"tuned, first {size} numbers", [[ids[row] for row in best(own, DEEPEST)] for own in cosines])
        ranked: list[list[str]] = [[] for _ in questions]
        for rows, own in parts:
            fusion = {"keyword": Fusion(dense_weight=0.0), "dense": Fusion()}.get(how, own.fusion)
            texts = [questions[at].text for at in rows]
            fitted = replace(retriever, settings=replace(own, fusion=fusion))
            found = fitted.rank(passages, texts, DEEPEST, rerank=how == "reranked")
            for at, ranking in zip(rows, named(found, ids), strict=True):
                ranked[at] = ranking
        add(name, ranked)
    details = {
        "questions": len(questions),
        "answerable": _answerability(bench, questions, parts, rerank=True),
    }
    if tuned.reranker:
        details["answerable_without_reranker"] = _answerability(bench, questions, parts, rerank=False)
    return Stages(systems, details, settings)


def _stages(
    config: RetrieverConfig, plain: Corpus, untuned: Retriever, tuned: Retriever, corpus: Corpus
) -> dict[str, tuple[Retriever, Corpus, str]]:
    """Return this config's stages by name: who ranks what, and how. `plain` is the untuned one's corpus."""
    stages = {"keyword alone": (untuned, plain, "keyword")} if config.keyword else {}
    stages["untrained"] = (untuned, replace(plain, keyword=None), "dense")
    stages["tuned"] = (tuned, replace(corpus, keyword=None), "dense")
    name = "tuned"
    if config.keyword:
        name += " + keyword"
        stages[name] = (tuned, corpus, "fused")
    if config.reranker:
        stages[f"{name} + reranker"] = (tuned, corpus, "reranked")
    return stages


def _answerability(
    bench: _Bench, questions: Sequence[Question], parts: Sequence[tuple[Rows, Settings]], *, rerank: bool
) -> dict[str, Any]:
    """Shares of questions that get no answer with their passage (`lost`) and without it (`caught`), and the curve."""
    kept: list[Ranking] = []
    bare: list[Ranking] = []
    for rows, settings in parts:
        with_it, without = _rankings(bench, settings, [questions[at] for at in rows], rerank)
        kept += with_it
        bare += without
    return {
        "lost": float(np.mean([not one.answerable for one in kept])),
        "caught": float(np.mean([not one.answerable for one in bare])),
        "curve": curve(np.array([one.answerability for one in kept]), np.array([one.answerability for one in bare])),
    }


def _fitted(bench: _Bench, questions: Sequence[Question], seen: Seen) -> Settings:
    config, retriever, corpus = bench.config, bench.retriever, bench.corpus
    fusion = fit_fusion(seen, config.keyword)
    if config.reranker and retriever.reranker:
        fusion = replace(fusion, candidates=min(config.reranker.candidates, len(corpus.vectors)))
        scores = fusion.first(seen.cosines, seen.keyword)
        rows = np.array([best(row, fusion.candidates) for row in scores])
        again = np.array(
            [
                retriever.reranker([(question.text, corpus.texts[row]) for row in some.tolist()])[SCORE]
                for question, some in zip(questions, rows, strict=True)
            ]
        )
        right = np.array([int(np.flatnonzero(some == own)[0]) if own in some else -1
                          for some, own in zip(rows, seen.right, strict=True)])  # fmt: skip
        fusion = fit_rerank_weight(np.take_along_axis(scores, rows, 1), again, right, fusion)
    plain = Settings(fusion, keyword=config.keyword)
    # A ranking that is read again looks different from one that is not: each has a threshold of its own.
    first = _fit_answerable(bench, plain, questions, rerank=False)
    reranked = _fit_answerable(bench, plain, questions, rerank=True) if retriever.reranker else Answerable()
    return Settings(fusion, first, reranked, config.keyword)


def _fit_answerable(bench: _Bench, settings: Settings, questions: Sequence[Question], *, rerank: bool) -> Answerable:
    with_it, without = (
        np.array([one.features for one in some]) for some in _rankings(bench, settings, questions, rerank)
    )
    return fit_answerable(with_it, without, bench.config.max_lost)


def _rankings(
    bench: _Bench, settings: Settings, questions: Sequence[Question], rerank: bool
) -> tuple[list[Ranking], list[Ranking]]:
    """Each question ranked with its passage in the corpus, and as if it and its copies had never been there."""
    retriever = replace(bench.retriever, settings=settings)
    texts = [question.text for question in questions]
    removed = [bench.copies[question.passage] for question in questions]
    kept = retriever.rank(bench.corpus, texts, 2, rerank=rerank)
    return kept, retriever.rank(bench.corpus, texts, 2, rerank=rerank, without=removed)


def _seen(bench: _Bench, questions: Sequence[Question]) -> Seen:
    texts = [question.text for question in questions]
    cosines = bench.retriever.embed(texts) @ bench.corpus.vectors.T
    everything = np.ones(cosines.shape[1], bool)
    keyword = (
        np.array([standardised(bench.corpus.keyword.scores(text), everything) for text in texts])
        if bench.corpus.keyword
        else np.zeros_like(cosines)
    )
    return Seen(cosines, keyword, np.array([bench.place[question.passage] for question in questions]))
