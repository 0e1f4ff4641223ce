"""Search over a built index: dates in force, thresholds, restriction to sections."""

from datetime import date
from pathlib import Path

import pytest

from tellerbot.errors import ArtefactError
from tellerbot.knowledge.index import KnowledgeIndex, embedding_text

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def index(home: Path) -> KnowledgeIndex:
    return KnowledgeIndex(home / "releases" / "1.0.0" / "knowledge")


def test_a_passage_finds_itself_first(index: KnowledgeIndex) -> None:
    for passage in index.passages[::20]:
        day = passage.in_force_from
        best = index.search(embedding_text(passage), 1, day, within={passage.policy})[0]
        assert best.passage.id == passage.id and best.score > 0.9
        assert len(best.sentence_scores) == len(passage.sentences)


def test_expired_and_coming_policies_are_never_found(index: KnowledgeIndex) -> None:
    now = {passage for ranked in index.rank(["what is the atm fee"], 500, TODAY) for passage, _ in ranked}
    before = {passage for ranked in index.rank(["what is the atm fee"], 500, date(2025, 6, 1)) for passage, _ in ranked}
    assert not any(passage.startswith("fees-2025#") for passage in now)
    assert {passage.split("#")[0] for passage in before} == {"fees-2025"}
    assert index.search("atm fee", 5, TODAY, within={"fees-2025"}) == []


def test_search_keeps_to_the_sections_asked_for(index: KnowledgeIndex) -> None:
    found = index.search("anything", 5, TODAY, within={"fees#atm-withdrawals", "savings"})
    assert {item.passage.policy for item in found} <= {"fees", "savings"}
    assert all(item.passage.policy == "savings" or item.passage.id == "fees#atm-withdrawals" for item in found)


def test_nothing_is_found_under_the_threshold(index: KnowledgeIndex) -> None:
    ranked = index.rank(["zzz"], 1, TODAY)[0]
    index.threshold, kept = ranked[0][1] + 0.01, index.threshold
    try:
        assert index.search("zzz", 5, TODAY) == []
    finally:
        index.threshold = kept
    assert 0 < kept < 1


def test_ranks_are_sorted_and_complete(index: KnowledgeIndex) -> None:
    for ranked in index.rank(["atm fee", "balance"], 10, TODAY):
        scores = [score for _, score in ranked]
        assert len(ranked) == 10 and scores == sorted(scores, reverse=True)


def test_a_damaged_index_says_so(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="expected a knowledge index"):
        KnowledgeIndex(tmp_path)
