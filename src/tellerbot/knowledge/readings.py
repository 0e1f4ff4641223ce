"""What the reranker learns from: questions with the passages that the first stage ranks high."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tellerbot.files import write_json
from tellerbot.knowledge.questions import QuestionModel
from tellerbot.knowledge.rerank import Reading
from tellerbot.knowledge.retriever import DENSE_WEIGHT, Corpus, Fusion, Retriever
from tellerbot.knowledge.rows import Question, Retrieval
from tellerbot.training.progress import Progress

# Near misses are drawn from so many passages that are ranked best.
NEAR = 16


def near_misses(
    retriever: Retriever, corpus: Corpus, retrieval: Retrieval
) -> Callable[[Sequence[Question], int, int | None], list[Reading]]:
    """Questions -> readings of their passage and so many that are ranked near it and are no copies of it.

    With a seed they are drawn, without one they are the nearest.
    """
    # Before anything is fitted; cosines spread by about a tenth.
    fusion = Fusion(dense_weight=DENSE_WEIGHT if corpus.keyword else 1.0, deviation=0.1)
    retriever.settings = replace(retriever.settings, fusion=fusion)
    ids, copies = list(retrieval.corpus), retrieval.copies()

    def find(questions: Sequence[Question], count: int, seed: int | None = None) -> list[Reading]:
        rng = None if seed is None else np.random.default_rng(seed)
        ranked = retriever.rank(corpus, [row.text for row in questions], NEAR, rerank=False)
        readings = []
        for question, ranking in zip(questions, ranked, strict=True):
            wrong = [corpus.texts[row] for row in ranking.rows.tolist() if ids[row] not in copies[question.passage]]
            wrong = [text for text in wrong if text.strip()]
            chosen = range(len(wrong)) if rng is None else rng.permutation(len(wrong)).tolist()
            passages = (retrieval.corpus[question.passage], *(wrong[at] for at in chosen[:count]))
            readings.append(Reading(question.text, passages))
        return readings

    return find


def first_written(written: Mapping[str, Sequence[str]]) -> list[Question]:
    """The first question written for each passage."""
    return [Question(f"written for {id}", texts[0], id) for id, texts in written.items() if texts]


def taught(model: QuestionModel, readings: Sequence[Reading], kept: Path, progress: Progress) -> list[Reading]:
    """The readings with the language model's log-likelihoods, which are read from the file `kept` where it is there."""
    if not kept.is_file():
        found = iter(model.likelihoods([pair for reading in readings for pair in reading.pairs], progress))
        write_json(kept, [[next(found) for _ in reading.passages] for reading in readings])
    scores = json.loads(kept.read_text())
    return [replace(reading, taught=tuple(own)) for reading, own in zip(readings, scores, strict=True)]
