"""Search over a built index: dates in force, thresholds, restriction to sections."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tellerbot.errors import ArtefactError
from tellerbot.knowledge.index import KnowledgeIndex, embedding_text
from tellerbot.knowledge.ingested import load_ingested
from tellerbot.knowledge.keyword import Keyword

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def opened(home: Path) -> KnowledgeIndex:
    return KnowledgeIndex.open(home / "releases" / "1.0.0" / "knowledge")


@pytest.fixture
def index(opened: KnowledgeIndex) -> KnowledgeIndex:
    """The index with thresholds that let everything through."""
    settings = opened.retriever.settings
    return opened.with_settings(replace(settings, first=replace(settings.first, threshold=0.0)), 0.0)


def ids(index: KnowledgeIndex, question: str, limit: int, day: date) -> list[str]:
    (ranking,) = index.rank([question], limit, day)
    return [index.passages[row].id for row in ranking.rows.tolist()]


def test_a_passage_finds_itself_first(index: KnowledgeIndex) -> None:
    for passage in index.passages[::20]:
        best = index.search(
            index.ask(embedding_text(passage)), 1, passage.in_force_from, within={passage.policy}
        ).passages[0]
        assert best.passage == passage and best.score > 0.9
        assert len(best.sentence_scores) == len(passage.sentences)


def test_sentences_are_scored_by_their_own_vectors(index: KnowledgeIndex) -> None:
    passage = index.passages[len(index.passages) // 2]
    said = passage.sentences[-1]
    found = index.search(index.ask(said), 1, passage.in_force_from, within={passage.id.split("/")[0]}).passages[0]
    assert int(np.argmax(found.sentence_scores)) == len(passage.sentences) - 1
    assert max(found.sentence_scores) > 0.99


def test_expired_and_coming_policies_are_never_found(index: KnowledgeIndex) -> None:
    assert not any(passage.startswith("fees-2025#") for passage in ids(index, "what is the atm fee", 500, TODAY))
    before = ids(index, "what is the atm fee", 500, date(2025, 6, 1))
    assert {passage.split("#")[0] for passage in before} == {"fees-2025"}
    assert index.search(index.ask("atm fee"), 5, TODAY, within={"fees-2025"}).passages == []
    assert index.search(index.ask("atm fee"), 5, date(1990, 1, 1)).passages == []


def test_passages_not_in_force_have_no_part_in_what_is_usual(index: KnowledgeIndex) -> None:
    day = date(2025, 6, 1)
    (ranking,) = index.rank(["what is the atm fee"], 1, day)
    assert index.corpus.keyword is not None
    scores = np.delete(index.corpus.keyword.scores("what is the atm fee"), index.not_in_force(day))
    row = int(ranking.rows[0])
    own = index.corpus.keyword.scores("what is the atm fee")[row]
    assert ranking.features[1] == pytest.approx((own - scores.mean()) / scores.std(), rel=1e-4)


def test_search_keeps_to_the_sections_asked_for(index: KnowledgeIndex) -> None:
    found = index.search(
        index.ask("anything"), 50, TODAY, within={"fees#atm-withdrawals", "savings", "no-such#thing"}
    ).passages
    assert {item.passage.policy for item in found} == {"fees", "savings"}
    sections = {item.passage.id.split("/")[0] for item in found if item.passage.policy != "savings"}
    assert sections == {"fees#atm-withdrawals"}


def test_nothing_is_found_under_the_threshold(index: KnowledgeIndex) -> None:
    settings = index.retriever.settings
    free = index.search(index.ask("what is the atm fee"), 5, TODAY)
    pointed = index.search(index.ask("what is the atm fee"), 5, TODAY, within={"fees"})
    assert len(free.passages) == len(pointed.passages) == 5 and 0 < free.answerability < 1
    unsure = replace(settings, first=replace(settings.first, threshold=free.answerability + 1e-6))
    index = index.with_settings(unsure, 0.0)
    assert index.search(index.ask("what is the atm fee"), 5, TODAY).passages == []
    # Sections that a reply points to have a threshold of their own.
    assert len(index.search(index.ask("what is the atm fee"), 5, TODAY, within={"fees"}).passages) == 5
    index = index.with_settings(unsure, pointed.answerability + 1e-6)
    assert index.search(index.ask("what is the atm fee"), 5, TODAY, within={"fees"}).passages == []


@pytest.mark.slow
@pytest.mark.parametrize("weight", [0.0, 0.8, 1.0])
@pytest.mark.parametrize("within", [None, {"fees#atm-withdrawals", "savings"}, {"fees-2025"}])
def test_a_store_finds_what_the_files_do(
    index: KnowledgeIndex, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    weight: float, within: set[str] | None,
) -> None:  # fmt: skip
    monkeypatch.setattr("tellerbot.knowledge.stores.served.NEAREST", 40)
    stored = KnowledgeIndex.open(home / "releases" / "1.0.0" / "knowledge", f"qdrant:{tmp_path}#policies")
    settings = index.retriever.settings
    weighted = replace(settings, fusion=replace(settings.fusion, dense_weight=weight))
    stored, index = (each.with_settings(weighted, 0.0) for each in (stored, index))
    for question in ("what is the atm fee", "savings interest", "wire transfer"):
        files, store = (one.search(one.ask(question), 5, TODAY, within=within) for one in (index, stored))
        assert [item.passage.id for item in store.passages] == [item.passage.id for item in files.passages]
        assert [item.score for item in store.passages] == pytest.approx([item.score for item in files.passages])
        assert store.answerability == pytest.approx(files.answerability, rel=1e-3)


@pytest.mark.slow
def test_what_a_store_lost_is_found_by_its_words(home: Path, tmp_path: Path) -> None:
    stored = KnowledgeIndex.open(home / "releases" / "1.0.0" / "knowledge", f"qdrant:{tmp_path}#policies")
    served = stored._served  # pyright: ignore[reportPrivateUsage]
    assert served
    store = served._store  # pyright: ignore[reportPrivateUsage]
    store.remove(store.ids())
    found = stored.search(stored.ask("atm withdrawals at an out-of-network machine"), 5, TODAY, sure=True).passages
    assert "fees#atm-withdrawals" in {item.passage.id.split("/")[0] for item in found}


def test_ranks_are_sorted_and_complete(index: KnowledgeIndex) -> None:
    for ranking in index.rank(["atm fee", "balance"], 10, TODAY):
        assert len(ranking.rows) == 10 and np.all(np.diff(ranking.scores) <= 0)


def test_passages_are_read_from_disk_as_they_were_written(index: KnowledgeIndex, home: Path) -> None:
    whole = load_ingested(home / "releases" / "1.0.0" / "knowledge").passages
    assert len(index.passages) == len(whole) and index.passages[3:6] == whole[3:6]
    assert index.passages[-1] == whole[-1] and list(index.passages) == whole


@pytest.mark.parametrize("texts", [["the atm fee", "a lost card", "the atm abroad"], ["", "  "]])
def test_a_keyword_index_is_the_same_from_disk(texts: list[str], tmp_path: Path) -> None:
    fresh = Keyword.over(texts)
    fresh.save(tmp_path)
    for question in ("the atm fee?", "zebra", ""):
        assert Keyword.load(tmp_path).scores(question).tolist() == fresh.scores(question).tolist()


def test_a_damaged_index_says_so(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="expected a knowledge index"):
        KnowledgeIndex.open(tmp_path)
