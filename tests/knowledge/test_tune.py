"""What is fitted on validation questions keeps its promises on others."""

import numpy as np
import pytest

from tellerbot.knowledge.retriever import Fusion, best, standardised
from tellerbot.knowledge.tune import fit_answerable, fit_rerank_weight, threshold_for


@pytest.mark.parametrize("count", [60, 300, 700])
def test_a_threshold_keeps_its_promise_nineteen_times_in_twenty(count: int) -> None:
    rng = np.random.default_rng(count)
    # Scores are uniform, so that a threshold is the share of new ones that falls below it.
    lost = np.array([threshold_for(rng.random(count), 0.05) for _ in range(2000)])
    assert (lost > 0.05).mean() <= 0.06
    # And it is no lower than it needs to be: one place higher would break it.
    higher = np.array([np.sort(scores)[(scores < threshold_for(scores, 0.05)).sum() + 1]
                       for scores in rng.random((2000, count))])  # fmt: skip
    assert (higher > 0.05).mean() > 0.05


def test_too_few_scores_give_the_lowest() -> None:
    assert threshold_for(np.array([0.4, 0.2, 0.9]), 0.05) == 0.2


def test_answerability_tells_what_has_an_answer() -> None:
    rng = np.random.default_rng(0)
    with_it, without = rng.normal(1.5, 1, (500, 3)), rng.normal(-1.5, 1, (500, 3))
    fitted = fit_answerable(with_it[:400], without[:400], 0.05)
    assert (fitted.score(with_it[400:]) < fitted.threshold).mean() <= 0.08
    assert (fitted.score(without[400:]) < fitted.threshold).mean() >= 0.9


def test_a_reranker_that_only_harms_counts_nothing() -> None:
    first = np.tile(np.array([3.0, 2.0, 1.0]), (20, 1))
    right = np.zeros(20, np.int64)
    assert fit_rerank_weight(first, -first, right, Fusion()).rerank_weight == 0.0
    assert fit_rerank_weight(-first, first, right, Fusion()).rerank_weight > 0.5


def test_what_is_absent_has_no_part_in_what_is_usual() -> None:
    scores, present = np.array([1.0, 2.0, 3.0, 50.0]), np.array([True, True, True, False])
    assert standardised(scores, present)[:3] == pytest.approx(standardised(scores[:3], present[:3]))
    assert standardised(scores, present)[:3].std() == pytest.approx(1)
    assert standardised(np.array([1.0, 1.0, 9.0]), np.array([True, True, False])).tolist() == [0, 0, 0]


def test_the_best_are_those_of_a_full_sort() -> None:
    scores = np.random.default_rng(0).permutation(1000).astype(float)
    assert best(scores, 50).tolist() == np.argsort(-scores)[:50].tolist()
