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
    """Logistic regression on the features of a ranking; below `threshold` there is no answer in it."""

    weights: tuple[float, ...] = ()
    bias: float = 0.0
    threshold: float = 0.0

    def score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(questions, features) -> (questions,) 0 to 1."""
        # exp(-log(1 + exp(-x))): a large -x alone would overflow.
        return np.exp(-np.logaddexp(0, -(features @ np.array(self.weights) + self.bias)))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a model is served with. A ranking that was `reranked` has another feature than a `first` one."""

    fusion: Fusion = Fusion()
    first: Answerable = Answerable()
    reranked: Answerable = Answerable()
    keyword: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Passages of one question, best first: `rows` into the corpus with their scores and cosines.

    `features` sum it up: the best one's cosine and standardised keyword score, its lead over the next, and, where it
    was `reranked`, the reranker's score of it. `answerability` is what `Answerable` makes of them, 0 to 1; below
    `threshold` the answer is not in these passages.
    """

    rows: Rows
    scores: NDArray[np.float64]
    cosines: NDArray[np.float32]
    features: NDArray[np.float64]
    reranked: bool
    answerability: float
    threshold: float

    @property
    def answerable(self) -> bool:
        """Whether the answerability reaches the threshold."""
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


class PairScorer(Protocol):
    """Scores (question, passage) pairs: {`SCORE`: (pairs,)}."""

    def __call__(self, texts: Sequence[tuple[str, str]], /) -> Mapping[str, NDArray[np.float32]]:
        """Score each pair of a question and a passage."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Retriever:
    """Ranks a corpus with the model in `folder`; `dataclasses.replace` gives one of other settings."""

    folder: Path
    encoder: OnnxEncoder
    reranker: PairScorer | None
    settings: Settings

    @classmethod
    def open(cls, folder: Path, settings: Settings | None = None) -> "Retriever":
        """Open the model in a run's or release's folder, with the settings that are there unless some are given.

        Raises ArtefactError when it cannot be read.
        """
        reranker = OnnxEncoder(folder / RERANKER) if (folder / RERANKER).is_dir() else None
        return cls(folder, OnnxEncoder(folder), reranker, settings or read_settings(folder))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, width) unit vectors."""
        return self.encoder(texts)[VECTOR]

    def index(self, texts: Sequence[str]) -> Corpus:
        """Embed passages and index their words."""
        return Corpus(texts, self.embed(texts), self.keyword(texts))

    def keyword(self, texts: Sequence[str]) -> Keyword | None:
        """Index the words of passages, and of the questions written for known ones; None without keyword search."""
        if not self.settings.keyword:
            return None
        known = read_questions(self.folder)
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
        """Return the `limit` best passages for each question.

        `without` holds the rows that are as if they were not in the corpus, for each question. Only rows `within` are
        ranked; unlike those that are left out, the others still count towards what is usual.
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
        """Rank the same for one question whose `vector` (width,) is known.

        With `near` a store gives the cosines; what it does not find is no candidate.
        """
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
            cosines = near(vector, best(np.where(asked, keyword, -np.inf), min(some, int(asked.sum()))))
            asked = asked & np.isfinite(cosines)
        else:
            cosines = corpus.vectors @ vector
        fusion = self.settings.fusion
        first = np.full(count, -np.inf)
        first[asked] = fusion.first(cosines[asked], keyword[asked])
        rows = best(first, min(max(limit, fusion.candidates, 2), int(asked.sum())))
        scores, second = first[rows].astype(np.float64), np.zeros(0)
        if rerank and self.reranker and fusion.candidates:
            rows, scores, second = rerank_rows(self.reranker, corpus, question, rows, scores, fusion)
        lead = float(scores[0] - scores[1]) if len(scores) > 1 else 0.0
        features = np.array([cosines[rows[0]], keyword[rows[0]], lead, *second[:1]], np.float64)
        judge = self.settings.reranked if len(second) else self.settings.first
        answerability = float(judge.score(features)) if judge.weights else 0.0
        rows, scores = rows[:limit], scores[:limit]
        return Ranking(rows, scores, cosines[rows], features, len(second) > 0, answerability, judge.threshold)


def rerank_rows(
    reranker: PairScorer, corpus: Corpus, question: str, rows: Rows, scores: NDArray[np.float64], fusion: Fusion
) -> tuple[Rows, NDArray[np.float64], NDArray[np.float64]]:
    """Rank the first of `rows` again, `fusion.candidates` of them: all rows, their scores, and the reranker's own."""
    read, rest = rows[: fusion.candidates], scores[fusion.candidates :]
    second = reranker([(question, corpus.texts[row]) for row in read.tolist()])[SCORE].astype(np.float64)
    top = scores[: len(read)] + fusion.rerank_weight * second
    # What was not read again stays below what was.
    rest = rest + min(0.0, top.min() - rest.max(initial=-np.inf))
    order = np.argsort(-top, kind="stable")
    return (
        np.concatenate([read[order], rows[len(read) :]]),
        np.concatenate([top[order], rest]),
        second[order],
    )


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
    """Read a model's settings. Raises ArtefactError when the file is missing or damaged."""
    try:
        found = json.loads((folder / SETTINGS).read_text())
        first, reranked = (Answerable(**{**found[name], "weights": tuple(found[name]["weights"])})
                           for name in ("first", "reranked"))  # fmt: skip
        return Settings(Fusion(**found["fusion"]), first, reranked, bool(found["keyword"]))
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
    """Write a model's settings into its folder."""
    write_json(folder / SETTINGS, asdict(settings))
