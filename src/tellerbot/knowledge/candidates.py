"""What the reranker learns from: questions with the passages that the first stage ranks high."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from tellerbot.data.split import fingerprint
from tellerbot.files import write_json
from tellerbot.knowledge.questions import CHUNK, QuestionModel
from tellerbot.knowledge.rerank import Candidates
from tellerbot.knowledge.retriever import DENSE_WEIGHT, Corpus, Fusion, Retriever
from tellerbot.knowledge.rows import Question, Retrieval
from tellerbot.training.checkpoint import in_chunks
from tellerbot.training.progress import Progress

# Near misses are drawn from so many passages that are ranked best.
NEAR = 16


def candidates_for(
    retriever: Retriever, corpus: Corpus, retrieval: Retrieval
) -> Callable[[Sequence[Question]], list[Candidates]]:
    """Questions -> their passages, and those that are ranked near them and are no copies of them, the nearest first."""
    # Before anything is fitted; cosines spread by about a tenth.
    fusion = Fusion(dense_weight=DENSE_WEIGHT if corpus.keyword else 1.0, deviation=0.1)
    retriever = replace(retriever, settings=replace(retriever.settings, fusion=fusion))
    ids, copies = list(retrieval.corpus), retrieval.copies()

    def find(questions: Sequence[Question]) -> list[Candidates]:
        found = []
        ranked = retriever.rank(corpus, [row.text for row in questions], NEAR, rerank=False)
        for question, ranking in zip(questions, ranked, strict=True):
            wrong = [corpus.texts[row] for row in ranking.rows.tolist() if ids[row] not in copies[question.passage]]
            passages = (retrieval.corpus[question.passage], *(text for text in wrong if text.strip()))
            found.append(Candidates(question.text, passages))
        return found

    return find


def first_written(written: Mapping[str, Sequence[str]], retrieval: Retrieval) -> list[Question]:
    """Return the first question written for each passage, once for all its copies."""
    once = {fingerprint(retrieval.corpus[id]): id for id, texts in written.items() if texts}
    return [Question(f"written for {id}", written[id][0], id) for id in once.values()]


def teach(
    model: QuestionModel, find: Callable[[], list[Candidates]], count: int, seed: int, work: Path, progress: Progress
) -> list[Candidates]:
    """Candidates of which `count` wrong ones are drawn, with the language model's log-likelihoods of their questions.

    Both are kept in `work`, and neither found nor read again: training that goes on must see the same.
    """
    kept = work / "candidates.json"
    if not kept.is_file():
        rng = np.random.default_rng(seed)
        write_json(kept, [asdict(one.drawn(count, rng)) for one in find()])
    rows: list[dict[str, Any]] = json.loads(kept.read_text())
    chosen = [Candidates(row["question"], tuple(row["passages"])) for row in rows]

    def read(start: int, some: Sequence[Candidates]) -> list[list[float]]:
        found = iter(model.likelihoods([pair for one in some for pair in one.pairs]))
        progress(start + len(some), len(chosen), "the language model reads")
        return [[next(found) for _ in one.passages] for one in some]

    scores = in_chunks(work / "taught.jsonl", chosen, CHUNK, read)
    return [replace(one, taught=tuple(own)) for one, own in zip(chosen, scores, strict=True)]
