"""The exported retriever, on the core install: vectors, keywords, a second reading, and whether to answer at all."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import ArtefactError
from tellerbot.files import write_json
from tellerbot.knowledge.keyword import Keyword
from tellerbot.knowledge.late import TokenVectors

SETTINGS = "retriever.json"
VECTOR = "sentence_vector"
TOKEN_VECTORS, TOKEN_WEIGHTS = "token_vectors", "token_weights"
SCORE = "score"
RERANKER = "reranker"
# What the dense score counts beside the keyword score where no questions are there to fit it.
DENSE_WEIGHT = 0.8
# And what `maxsim` counts then, beside cosines that spread by a tenth.
MAXSIM_WEIGHT = 10.0
# The best by their words are looked up in a store beside what it finds nearest, so that both can rank them.
BY_KEYWORD = 50
# The best by sentence vectors and words are compared token by token.
BY_TOKEN = 50
PART = 4096
Rows = NDArray[np.int64]
NONE: Rows = np.empty(0, np.int64)
# A store's (passages,) cosines of a (width,) question, these rows' among them; minus infinity where it found none.
Near = Callable[[NDArray[np.float32], Rows], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Fusion:
    """How scores are put together, fitted on validation questions.

    first = dense_weight * (cosine - mean) / deviation + (1 - dense_weight) * keyword, where mean and deviation are
    the cosines' over the corpus and keyword is standardised for each question (see `standardised`). Of the
    `BY_TOKEN` best, how well a passage meets the question's tokens (see `TokenVectors.maxsim`) times `token_weight` is
    added; of the then `candidates` best, the reranker's score times `rerank_weight`.
    """

    dense_weight: float = 1.0
    mean: float = 0.0
    deviation: float = 1.0
    token_weight: float = 0.0
    candidates: int = 0
    rerank_weight: float = 0.0

    def first(self, cosines: NDArray[np.floating], keyword: NDArray[np.floating]) -> NDArray[np.floating]:
        """The scores before tokens are compared, of the shape of both."""
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
class Asked:
    """A question as the encoder read it: its (width,) `vector`, and (tokens, token width) vectors of its tokens, each
    as long as it weighs, where the encoder makes such."""

    text: str
    vector: NDArray[np.float32]
    tokens: NDArray[np.float32] | None = None


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
    keyword: Keyword | None = None
    tokens: TokenVectors | None = None


class Rereader(Protocol):
    """Scores (question, passage) pairs: {`SCORE`: (pairs,)}."""

    def __call__(self, texts: Sequence[tuple[str, str]], /) -> Mapping[str, NDArray[np.float32]]: ...


def embed_passages(encoder: OnnxEncoder, texts: Sequence[str]) -> tuple[NDArray[np.float32], TokenVectors | None]:
    """(texts, width) unit vectors, and those of their tokens where the encoder makes such."""
    if not encoder.by_token:
        return encoder(texts)[VECTOR], None
    vectors: list[NDArray[np.float32]] = []
    tokens: list[TokenVectors] = []
    # In parts: steps take a quarter of the room that the numbers they are made from do.
    for start in range(0, len(texts), PART):
        read = encoder.tokens(texts[start : start + PART])
        vectors += [each[VECTOR] for each in read]
        tokens.append(TokenVectors.of([each[TOKEN_VECTORS] for each in read]))
    return np.stack(vectors), TokenVectors.joined(tokens)


class Retriever:
    """Ranks a corpus with the model in a run's or release's folder."""

    def __init__(self, folder: Path) -> None:
        self.encoder = OnnxEncoder(folder)
        self.reranker: Rereader | None = OnnxEncoder(folder / RERANKER) if (folder / RERANKER).is_dir() else None
        self.settings = read_settings(folder)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, width) unit vectors."""
        return self.encoder(texts)[VECTOR]

    def ask(self, questions: Sequence[str]) -> list[Asked]:
        """The questions, read once, however often they are then ranked."""
        if not self.encoder.by_token:
            return [Asked(text, vector) for text, vector in zip(questions, self.embed(questions), strict=True)]
        return [
            Asked(text, read[VECTOR], read[TOKEN_VECTORS] * read[TOKEN_WEIGHTS][:, None])
            for text, read in zip(questions, self.encoder.tokens(questions), strict=True)
        ]

    def index(self, texts: Sequence[str]) -> Corpus:
        """Embed passages and index their words."""
        vectors, tokens = embed_passages(self.encoder, texts)
        return Corpus(texts, vectors, Keyword.over(texts) if self.settings.keyword else None, tokens)

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
            self.rank_one(corpus, asked, limit, rerank=rerank, without=out, within=within)
            for asked, out in zip(self.ask(questions), rows, strict=True)
        ]

    def rank_one(
        self,
        corpus: Corpus,
        asked: Asked,
        limit: int,
        *,
        rerank: bool = True,
        without: Rows = NONE,
        within: Rows | None = None,
        near: Near | None = None,
    ) -> Ranking:
        """The same for one question.

        With `near` a store tells the cosines; what it does not find is no candidate.
        """
        fusion = self.settings.fusion
        count = len(corpus.vectors)
        present = np.ones(count, bool)
        present[without] = False
        sought = present
        if within is not None:
            sought = np.zeros(count, bool)
            sought[within] = present[within]
        if not sought.any():
            return Ranking(NONE, np.empty(0), np.empty(0, np.float32), np.zeros(3), False, 0.0, 1.0)
        keyword = standardised(corpus.keyword.scores(asked.text) if corpus.keyword else np.zeros(count), present)
        if near:
            some = count if within is not None else BY_KEYWORD
            also = best(np.where(sought, keyword, -np.inf), min(some, int(sought.sum())))
            cosines = near(asked.vector, also)
            sought = sought & np.isfinite(cosines)
        else:
            cosines = corpus.vectors @ asked.vector
        first = np.full(count, -np.inf)
        first[sought] = fusion.first(cosines[sought], keyword[sought])
        rows = best(first, min(max(limit, BY_TOKEN, fusion.candidates, 2), int(sought.sum())))
        scores = first[rows].astype(np.float64)
        if corpus.tokens and asked.tokens is not None and fusion.token_weight:
            close = corpus.tokens.maxsim(asked.tokens, rows[:BY_TOKEN])
            order, scores = reordered(scores, fusion.token_weight * close)
            rows = rows[order]
        reread = rerank and self.reranker is not None and fusion.candidates > 0
        again = np.zeros(0)
        if reread and self.reranker:
            read = [(asked.text, corpus.texts[row]) for row in rows[: fusion.candidates].tolist()]
            again = self.reranker(read)[SCORE].astype(np.float64)
            order, scores = reordered(scores, fusion.rerank_weight * again)
            rows, again = rows[order], again[order[: len(again)]]
        lead = float(scores[0] - scores[1]) if len(scores) > 1 else 0.0
        signs = np.array([cosines[rows[0]], keyword[rows[0]], lead, *again[:1]], np.float64)
        judge = self.settings.reread if reread else self.settings.first
        answerability = float(judge.score(signs)) if judge.weights else 0.0
        rows, scores = rows[:limit], scores[:limit]
        return Ranking(rows, scores, cosines[rows], signs, reread, answerability, judge.threshold)


def reordered(scores: NDArray[np.float64], extra: NDArray[np.float64]) -> tuple[Rows, NDArray[np.float64]]:
    """`scores` (passages,), highest first, with `extra` added to the first of them -> their order, and new scores.

    The others stay below those.
    """
    head = scores[: len(extra)] + extra
    rest = scores[len(extra) :]
    order = np.argsort(-head, kind="stable")
    lowered = rest + min(0.0, head.min() - rest[0]) if len(rest) else rest
    return np.r_[order, len(extra) : len(scores)], np.r_[head[order], lowered]


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


def write_settings(folder: Path, settings: Settings) -> None:
    write_json(folder / SETTINGS, asdict(settings))
