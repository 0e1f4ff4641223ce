"""The density is the relative Mahalanobis distance, and its parts are weighed as documented."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tellerbot.intents.scope import BLIND_WEIGHTS, SHRINKAGE, Density, ScopeScore

WIDTH, INTENTS, EACH = 12, 5, 40


@pytest.fixture
def rows() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(INTENTS), EACH)
    means = rng.normal(size=(INTENTS, WIDTH)) * 3
    mixing = rng.normal(size=(WIDTH, WIDTH))
    vectors = means[labels] + rng.normal(size=(len(labels), WIDTH)) @ mixing * 0.3
    return vectors.astype(np.float32), labels


def test_the_density_is_the_difference_of_two_mahalanobis_distances(
    rows: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> None:
    vectors, labels = rows
    means = np.stack([vectors[labels == at].mean(0) for at in range(INTENTS)]).astype(np.float64)
    inner = vectors - means[labels]
    within = inner.T @ inner / len(vectors)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / WIDTH * np.eye(WIDTH)
    centre = vectors.mean(0)
    outer = means[labels] - centre
    whole = within + outer.T @ outer / len(vectors)
    points = np.random.default_rng(1).normal(size=(30, WIDTH)) * 4

    def distance(from_: NDArray[np.float64], covariance: NDArray[np.float64]) -> NDArray[np.float64]:
        away = points - from_
        return np.einsum("ij,jk,ik->i", away, np.linalg.inv(covariance), away)

    nearest = np.min([distance(mean, within) for mean in means], axis=0)
    wanted = distance(centre.astype(np.float64), whole) - nearest
    found = Density(vectors, labels)(torch.tensor(points, dtype=torch.float32)).numpy()
    assert np.allclose(found, wanted, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("each", [1, 4])
def test_intents_without_any_spread_have_densities_too(
    rows: tuple[NDArray[np.float32], NDArray[np.int64]], each: int
) -> None:
    vectors, labels = rows
    # One utterance an intent, or the same one four times.
    first = np.array([np.flatnonzero(labels == at)[0] for at in range(INTENTS)]).repeat(each)
    density = Density(vectors[first], labels[first])
    at, between = torch.tensor(vectors[first]), torch.tensor(vectors[first[0]] + vectors[first[-1]])[None] / 2
    assert density(at).isfinite().all() and density(at).min() > density(between).max()


def test_vectors_that_are_all_the_same_are_no_crash() -> None:
    density = Density(np.ones((6, WIDTH), np.float32), np.arange(6) % 3)
    assert density(torch.ones(1, WIDTH)).isfinite().all()


def test_utterances_are_denser_than_what_lies_between_intents(
    rows: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> None:
    vectors, labels = rows
    density = Density(vectors, labels)
    means = np.stack([vectors[labels == at].mean(0) for at in range(INTENTS)])
    between = (means[0] + means[1])[None] / 2
    assert density(torch.tensor(vectors)).min() > density(torch.tensor(between)).max()


def test_weights_come_from_out_of_scope_rows_only_where_there_are_any(
    rows: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> None:
    score = ScopeScore(Density(*rows), Density(*rows))
    rng = np.random.default_rng(2)
    inside = rng.normal(size=(50, 4)).astype(np.float32)
    assert score.weigh(inside, np.ones(50, dtype=bool)) is False
    assert torch.allclose(score.weights * torch.tensor(inside.std(0)), torch.tensor(BLIND_WEIGHTS), atol=1e-5)
    outside = inside - np.array([0, 0, 0, 8], dtype=np.float32)
    both, which = np.concatenate([inside, outside]), np.repeat([True, False], 50)
    assert score.weigh(both, which) is True
    sums = both @ score.weights.numpy() + score.bias.numpy()
    assert ((sums > 0) == which).all() and score.weights[3] > score.weights[:3].abs().max()
