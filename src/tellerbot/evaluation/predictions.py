"""What a model made of labelled rows: what every metric is computed from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.noise import Operator, heavy, noisy, one_typo
from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.errors import DataError
from tellerbot.types import Understanding

Understand = Callable[[Sequence[str]], list[Understanding]]

# What is done to texts to see how well a model stands typing slips.
NOISE: Mapping[str, Operator] = {"one_typo": one_typo, "heavy_noise": heavy}
NOISE_SEED = 0


@dataclass(frozen=True, slots=True)
class Predictions:
    """A model's predictions beside the labels that were wanted; a metric of a package is called with this.

    All arrays run over the rows, in one order, and become read-only. `wanted` is the rows' label, `out_of_scope`
    included; `found` the intent chosen, also where the row was refused, and `confidence` its probability, 0 to 1.
    `scope_score` is higher the more surely a row is in scope, 0 to 1. `accepted` rows passed the scope threshold,
    `confident` rows the confidence threshold. `probabilities` (rows, labels) has a column for each of `labels`, NaN
    where the model ranked fewer intents; `candidates` (rows, labels) are the intents that it did not rule out.
    `noisy` (rows, 2) are the intents chosen for the text with one typo and under heavy noise; empty texts where that
    was not tried, as for rows that are out of scope.
    """

    wanted: NDArray[np.str_]
    found: NDArray[np.str_]
    confidence: NDArray[np.float64]
    scope_score: NDArray[np.float64]
    accepted: NDArray[np.bool_]
    confident: NDArray[np.bool_]
    probabilities: NDArray[np.float64]
    candidates: NDArray[np.bool_]
    noisy: NDArray[np.str_]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        # Several metrics share the arrays: none may spoil them for the others.
        for name in self._arrays():
            getattr(self, name).setflags(write=False)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which rows are in scope."""
        return self.wanted != OUT_OF_SCOPE

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Predictions":
        """Copy some rows, given by a mask or by numbers; a number may repeat."""
        return replace(self, **{name: getattr(self, name)[rows] for name in self._arrays()})

    def _arrays(self) -> list[str]:
        return [field.name for field in fields(self) if field.name != "labels"]


def gather(understand: Understand, rows: Sequence[Row], labels: Sequence[str]) -> Predictions:
    """Run a model on labelled rows. `labels` are the model's intents.

    Raises DataError when a row's label is neither one of them nor out_of_scope.
    """
    unknown = sorted({row.label for row in rows} - set(labels) - {OUT_OF_SCOPE})
    if unknown:
        raise DataError(
            f"Expected rows labelled with the model's {len(labels)} intents, found also: {', '.join(unknown[:10])}"
            f"{' ...' if len(unknown) > 10 else ''}. Rename those labels, or label the rows out_of_scope."
        )
    results = understand([row.text for row in rows])
    column = {label: at for at, label in enumerate(labels)}
    probabilities = np.full((len(rows), len(labels)), np.nan)
    candidates = np.zeros((len(rows), len(labels)), dtype=bool)
    for at, result in enumerate(results):
        candidates[at, [column[label] for label in result.candidates]] = True
        for label, probability in result.ranking:
            probabilities[at, column[label]] = probability
    return Predictions(
        wanted=np.array([row.label for row in rows]),
        found=np.array([result.intent for result in results]),
        confidence=np.array([result.confidence for result in results]),
        scope_score=np.array([result.scope_score for result in results]),
        accepted=np.array([result.in_scope for result in results]),
        confident=np.array([result.confident for result in results]),
        probabilities=probabilities,
        candidates=candidates,
        noisy=np.full((len(rows), len(NOISE)), ""),
        labels=tuple(labels),
    )


def with_noise(predictions: Predictions, understand: Understand, rows: Sequence[Row]) -> Predictions:
    """Return the predictions on `rows`, and on the in-scope rows' texts under each kind of NOISE, always the same."""
    inside = np.flatnonzero(predictions.inside)
    if not len(inside):
        return predictions
    texts = [rows[at].text for at in inside.tolist()]
    found = np.array([[each.intent for each in understand(noisy(texts, kind, NOISE_SEED))] for kind in NOISE.values()])
    every = np.full(predictions.noisy.shape, "", dtype=found.dtype)
    every[inside] = found.T
    return replace(predictions, noisy=every)
