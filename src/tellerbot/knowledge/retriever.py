"""The exported retriever, on the core install: vectors, keywords, a second reading, and whether to answer at all."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.split import fingerprint
from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import ArtefactError
from tellerbot.files import write_json
from tellerbot.knowledge.keyword import Keyword

SETTINGS = "retriever.json"
VECTOR = "sentence_vector"
SCORE = "score"
RERANKER = "reranker"
# Questions that a language model wrote for the passages of the training, by the passage's fingerprint.
QUESTIONS = "questions.json"
# What the dense score counts beside the keyword score where no questions are there to fit it.
DENSE_WEIGHT = 0.8
# The best by their words are looked up in a store beside what it finds nearest, so that both can rank them.
BY_KEYWORD = 50
Rows = NDArray[np.int64]
NONE: Rows = np.empty(0, np.int64)
# A store's (passages,) cosines of a (width,) question, these rows' among them; minus infinity where it found none.
Near = Callable[[NDArray[np.float32], Rows], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Fusion:
    """How scores are put together, fitted on validation questions.

    first = dense_weight * (cosine - mean) / deviation + (1 - dense_weight) * keyword, where mean and deviation are
    the cosines' over the corpus and keyword is standardised for each question (see `standardised`). Of the `candidates`
    best, the reranker's score times `rerank_weight` is added.
    """

    dense_weight: float = 1.0
    mean: float = 0.0
    deviation: float = 1.0
    candidates: int = 0
    rerank_weight: float = 0.0

    def first(self, cosines: NDArray[np.floating], keyword: NDArray[np.floating]) -> NDArray[np.floating]:
        """Scores of the first stage, of the shape of both."""
        return self.dense_weight * (cosines - self.mean) / self.deviation + (1 - self.dense_weight) * keyword


@dataclass(frozen=True, slots=True)
class Answerable:
    """Logistic regression on what a ranking looks like; below `threshold` there is no answer in it."""

    weights: tuple[float, ...] = ()
    bias: float = 0.0
    threshold: float = 0.0

    def score(self, signs: NDArray[np.float64]) -> NDArray[np.float64]:
        """(questions, signs) -> (questions,) 0 to 1."""
        # exp(-log(1 + exp(-x))): a large -x alone would overflow.
        return np.exp(-np.logaddexp(0, -(signs @ np.array(self.weights) + self.bias)))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a model is served with. A ranking that was `reread` by the reranker has another sign than a `first` one."""

    fusion: Fusion = Fusion()
    first: Answerable = Answerable()
    reread: Answerable = Answerable()
    keyword: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Passages of one question, best first: `rows` into the corpus with their scores and cosines.

    `signs` sum it up: the best one's cosine and standardised keyword score, its lead over the next, and, where it was
    `reread`, the reranker's score of it. `answerability` is what `Answerable` makes of them, 0 to 1; below `threshold`
    the answer is not in these passages.
    """

    rows: Rows
    scores: NDArray[np.float64]
    cosines: NDArray[np.float32]
    signs: NDArray[np.float64]
    reread: bool
    answerability: float
    threshold: float

    @property
    def answerable(self) -> bool:
        return self.answerability >= self.threshold


class Texts(Protocol):
    """Passages' texts by row."""

    def __getitem__(self, row: int, /) -> str: ...


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Passages ready to be ranked: `vectors` (passages, width) are of length one."""

    texts: Texts
    vectors: NDArray[np.float32]
    keyword: Keyword | None


class Rereader(Protocol):
    """Scores (question, passage) pairs: {`SCORE`: (pairs,)}."""

    def __call__(self, texts: Sequence[tuple[str, str]], /) -> Mapping[str, NDArray[np.float32]]: ...


class Retriever:
    """Ranks a corpus with the model in a run's or release's folder."""

    def __init__(self, folder: Path) -> None:
        self.encoder = OnnxEncoder(folder)
        self.reranker: Rereader | None = OnnxEncoder(folder / RERANKER) if (folder / RERANKER).is_dir() else None
        self.settings = read_settings(folder)
        self._folder = folder

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, width) unit vectors."""
        return self.encoder(texts)[VECTOR]

    def index(self, texts: Sequence[str]) -> Corpus:
        """Embed passages and index their words."""
        return Corpus(texts, self.embed(texts), self.keyword(texts))

    def keyword(self, texts: Sequence[str]) -> Keyword | None:
        """The words of passages, and of the questions written for those that the training knew; None without them."""
        if not self.settings.keyword:
            return None
        known = read_questions(self._folder)
        return Keyword.over([" ".join([text, *known.get(fingerprint(text), ())]) if known else text for text in texts])

    def rank(
        self,
        corpus: Corpus,
        questions: Sequence[str],
        limit: int,
        *,
        rerank: bool = True,
        without: Sequence[Rows] = (),
        within: Rows | None = None,
    ) -> list[Ranking]:
        """The `limit` best passages for each question.

        `without` holds the rows that are as if they were not in the corpus, for each question. Only rows `within` are
        ranked; unlike those that are left out, the others still tell what is usual.
        """
        if not questions:
            return []
        rows = without or [NONE] * len(questions)
        return [
            self.rank_one(corpus, question, vector, limit, rerank=rerank, without=out, within=within)
            for question, vector, out in zip(questions, self.embed(questions), rows, strict=True)
        ]

    def rank_one(
        self,
        corpus: Corpus,
        question: str,
        vector: NDArray[np.float32],
        limit: int,
        *,
        rerank: bool = True,
        without: Rows = NONE,
        within: Rows | None = None,
        near: Near | None = None,
    ) -> Ranking:
        """The same for one question whose `vector` (width,) is known.

        With `near` a store tells the cosines; what it does not find is no candidate.
        """
        fusion = self.settings.fusion
        count = len(corpus.vectors)
        present = np.ones(count, bool)
        present[without] = False
        asked = present
        if within is not None:
            asked = np.zeros(count, bool)
            asked[within] = present[within]
        if not asked.any():
            return Ranking(NONE, np.empty(0), np.empty(0, np.float32), np.zeros(3), False, 0.0, 1.0)
        keyword = standardised(corpus.keyword.scores(question) if corpus.keyword else np.zeros(count), present)
        if near:
            some = count if within is not None else BY_KEYWORD
            sought = best(np.where(asked, keyword, -np.inf), min(some, int(asked.sum())))
            cosines = near(vector, sought)
            asked = asked & np.isfinite(cosines)
        else:
            cosines = corpus.vectors @ vector
        dense, words = cosines[asked], keyword[asked]
        first = np.full(count, -np.inf)
        first[asked] = fusion.first(dense, words)
        rows = best(first, min(max(limit, fusion.candidates, 2), int(asked.sum())))
        scores = first[rows].astype(np.float64)
        read = rows[: fusion.candidates]
        reread = rerank and self.reranker is not None and len(read) > 0
        again = np.zeros(0)
        if reread and self.reranker:
            again = self.reranker([(question, corpus.texts[row]) for row in read.tolist()])[SCORE].astype(np.float64)
            scores[: len(read)] += fusion.rerank_weight * again
            # What was not read again stays below what was.
            scores[len(read) :] += min(0.0, scores[: len(read)].min() - first[rows[len(read) :]].max(initial=-np.inf))
            order = np.argsort(-scores[: len(read)], kind="stable")
            again = again[order]
            rows[: len(read)], scores[: len(read)] = read[order], scores[: len(read)][order]
        lead = float(scores[0] - scores[1]) if len(scores) > 1 else 0.0
        signs = np.array([cosines[rows[0]], keyword[rows[0]], lead, *again[:1]], np.float64)
        judge = self.settings.reread if reread else self.settings.first
        answerability = float(judge.score(signs)) if judge.weights else 0.0
        rows, scores = rows[:limit], scores[:limit]
        return Ranking(rows, scores, cosines[rows], signs, reread, answerability, judge.threshold)


def standardised(scores: NDArray[np.floating], present: NDArray[np.bool_]) -> NDArray[np.floating]:
    """(passages,) with mean 0 and deviation 1 over those that are `present`; all 0 where these are all the same."""
    spread = scores[present].std()
    return (scores - scores[present].mean()) / spread if spread > 0 else np.zeros_like(scores)


def best(scores: NDArray[np.floating], limit: int) -> Rows:
    """Places of the `limit` highest scores, highest first, equal ones in order."""
    limit = min(limit, len(scores))
    top = np.argpartition(-scores, limit - 1)[:limit] if limit < len(scores) else np.arange(len(scores))
    top.sort()
    return top[np.argsort(-scores[top], kind="stable")].astype(np.int64)


def cut(vectors: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """(rows, width) vectors -> (rows, size) unit vectors; `size` is one of the `matryoshka` sizes of the training."""
    first = vectors[:, :size]
    return first / np.linalg.norm(first, axis=1, keepdims=True)


def read_settings(folder: Path) -> Settings:
    """Raises ArtefactError when the file is missing or damaged."""
    try:
        found = json.loads((folder / SETTINGS).read_text())
        first, reread = (Answerable(**{**found[name], "weights": tuple(found[name]["weights"])})
                         for name in ("first", "reread"))  # fmt: skip
        return Settings(Fusion(**found["fusion"]), first, reread, bool(found["keyword"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtefactError(
            f"{folder}: expected a readable {SETTINGS}: {error}. Train again, or build the release again."
        ) from error


def read_questions(folder: Path) -> dict[str, list[str]]:
    """Written questions by fingerprint, if there are any. Raises ArtefactError when the file is damaged."""
    path = folder / QUESTIONS
    if not path.is_file():
        return {}
    try:
        return {str(print): list(map(str, texts)) for print, texts in json.loads(path.read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ArtefactError(
            f"{path}: expected questions by passage: {error}. Train again, or build the release again."
        ) from error


def write_settings(folder: Path, settings: Settings) -> None:
    write_json(folder / SETTINGS, asdict(settings))
