"""The passages of an ingested folder, ranked by the retriever beside them, on the core install."""

import json
from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from tellerbot.errors import ArtefactError
from tellerbot.knowledge.ingested import DocumentRecord, encoder_sha256, open_ingested
from tellerbot.knowledge.keyword import Keyword
from tellerbot.knowledge.retriever import NONE, Corpus, Ranking, Retriever, Rows, Settings
from tellerbot.knowledge.stores.served import ServedVectors
from tellerbot.types import FoundPassage, Passage

THRESHOLDS = "knowledge.json"
KEYWORD = "keyword"


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question with its (width,) vector, so that it is embedded once however often it is searched for."""

    text: str
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """The best passages, best first; none where the answer is not in them. `answerability` says how sure, 0 to 1."""

    passages: list[FoundPassage]
    answerability: float


class KnowledgeIndex:
    """Passages with their retriever and thresholds. Vectors, words and passages stay on disk until they are used.

    With `store` (a URL, see `open_store`) and its `key` the vectors are searched there, as exactly as it does.
    """

    def __init__(
        self, folder: Path, retriever: Retriever, policy_threshold: float, store: str = "", key: SecretStr | str = ""
    ) -> None:
        """`policy_threshold`: below it the sections that a reply points to do not answer the question.

        Raises ArtefactError when the folder's parts are damaged or do not fit each other.
        """
        self.retriever, self.policy_threshold = retriever, policy_threshold
        try:
            ingested = open_ingested(folder)
            encoder = encoder_sha256(folder)
            keyword = Keyword.load(folder / KEYWORD) if retriever.settings.keyword else None
            self.ingested, self.passages, self.sentences = ingested, ingested.passages, ingested.sentences
            self._documents: dict[str, _Document] = {}
            first = sentence = 0
            for name, known in ingested.documents.items():
                self._documents[name] = _Document(self.passages, known, first, sentence)
                first, sentence = first + known.passages, sentence + known.sentences
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _refusal(folder, error) from error
        if ingested.encoder != encoder:
            raise ArtefactError(f"{folder}: the vectors are another encoder's. Ingest or build the release again.")
        counts = {first, len(self.passages), len(ingested.vectors), *([keyword.count] if keyword else [])}
        if len(counts) > 1 or len(self.sentences) != sentence:
            raise ArtefactError(f"{folder}: the vectors do not fit the passages. Build the release again.")
        self.corpus = Corpus(_Texts(self.passages), ingested.vectors, keyword)
        self._served = ServedVectors(ingested, store, key) if store else None

    @classmethod
    def open(cls, folder: Path, store: str = "", key: SecretStr | str = "") -> "KnowledgeIndex":
        """Open a release's index with its own settings. Raises ArtefactError when it cannot be read."""
        try:
            threshold = float(json.loads((folder / THRESHOLDS).read_text())["policy"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _refusal(folder, error) from error
        return cls(folder, Retriever.open(folder), threshold, store, key)

    def with_settings(self, settings: Settings, policy_threshold: float) -> "KnowledgeIndex":
        """Return the same index with other settings."""
        other = copy(self)
        other.retriever, other.policy_threshold = replace(self.retriever, settings=settings), policy_threshold
        return other

    def search(
        self, asked: Asked, limit: int, day: date, *, within: Collection[str] | None = None, sure: bool = False
    ) -> Found:
        """Return the best passages in force on `day`, unless the answer is not in them.

        `within` restricts to policies (`fees`) or sections (`fees#atm-withdrawals`). They are judged by a threshold of
        their own: that the intent's reply points to them speaks for them already. `sure`: they are known to answer.
        Raises UnavailableError when the store is away.
        """
        ranking = self._ranking(asked, limit, day, within)
        threshold = ranking.threshold if within is None else self.policy_threshold
        passages = self._found(ranking, asked) if sure or ranking.answerability >= threshold else []
        return Found(passages, ranking.answerability)

    def ask(self, question: str) -> Asked:
        """Embed a question."""
        return Asked(question, self.retriever.embed([question])[0])

    def _ranking(self, asked: Asked, limit: int, day: date, within: Collection[str] | None) -> Ranking:
        rows = None if within is None else self.rows(within)
        served = self._served
        near = (lambda query, also: served.cosines(query, day, also.tolist())) if served else None
        return self.retriever.rank_one(
            self.corpus, asked.text, asked.vector, limit,
            without=self.not_in_force(day), within=rows, near=near,
        )  # fmt: skip

    def _found(self, ranking: Ranking, asked: Asked) -> list[FoundPassage]:
        found = []
        for row, cosine in zip(ranking.rows.tolist(), ranking.cosines.tolist(), strict=True):
            passage = self.passages[row]
            said = self.sentences[self._documents[passage.policy].sentences(row)] @ asked.vector
            found.append(FoundPassage(passage, cosine, tuple(said.tolist())))
        return found

    def rank(
        self,
        questions: Sequence[str],
        limit: int,
        day: date,
        *,
        within: Collection[str] | None = None,
        rerank: bool = True,
    ) -> list[Ranking]:
        """For each question the `limit` best passages in force on `day`, whether they answer it or not."""
        without = [self.not_in_force(day)] * len(questions)
        rows = None if within is None else self.rows(within)
        return self.retriever.rank(self.corpus, questions, limit, rerank=rerank, without=without, within=rows)

    def not_in_force(self, day: date) -> Rows:
        """Return the rows of passages that are not in force on `day`."""
        return np.concatenate([NONE, *(each.rows for each in self._documents.values() if not each.in_force(day))])

    def rows(self, within: Collection[str]) -> Rows:
        """Return the rows of policies (`fees`) and sections (`fees#atm-withdrawals`)."""
        found = [NONE]
        for ref in within:
            document = self._documents.get(ref.split("#")[0])
            if document:
                found.append(document.section(ref) if "#" in ref else document.rows)
        return np.unique(np.concatenate(found))


def _refusal(folder: Path, error: Exception) -> ArtefactError:
    return ArtefactError(f"{folder}: expected a knowledge index, found: {error}. Build the release again.")


class _Document:
    """A document's rows. Its passages are read the first time that a section or a sentence of them is asked for."""

    def __init__(self, passages: Sequence[Passage], known: DocumentRecord, first: int, sentence: int) -> None:
        self._passages, self._first_sentence = passages, sentence
        self.rows: Rows = np.arange(first, first + known.passages)
        ends = known.head["in_force_to"]
        self._from, self._to = (
            date.fromisoformat(str(known.head["in_force_from"])),
            date.fromisoformat(ends) if ends else date.max,
        )

    def in_force(self, day: date) -> bool:
        return self._from <= day <= self._to

    def section(self, ref: str) -> Rows:
        """Return the rows of the section `ref`."""
        return self.rows[[name == ref for name, _ in self._outline]]

    def sentences(self, row: int) -> slice:
        """Where the sentences of the passage in `row` stand."""
        at = row - int(self.rows[0])
        start = self._first_sentence + sum(count for _, count in self._outline[:at])
        return slice(start, start + self._outline[at][1])

    @cached_property
    def _outline(self) -> list[tuple[str, int]]:
        """Each passage's section and number of sentences."""
        passages = [self._passages[row] for row in self.rows.tolist()]
        return [(passage.id.split("/")[0], len(passage.sentences)) for passage in passages]


class _Texts:
    """What was embedded for each passage, by row."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages

    def __getitem__(self, row: int, /) -> str:
        return embedding_text(self._passages[row])


def embedding_text(passage: Passage) -> str:
    """Return the text that is embedded for a passage: its own under its title and section."""
    return f"{passage.title}. {passage.section}. {passage.text}"
