"""One number that makes logits into calibrated probabilities (numpy alone)."""

import numpy as np
from numpy.typing import NDArray


def fit_temperature(logits: NDArray[np.float32], wanted: NDArray[np.int64]) -> float:
    """Fit the temperature with the least negative log-likelihood (Guo et al. 2017), to 1 %."""
    grid = np.exp(np.linspace(np.log(0.1), np.log(10), 464))

    def loss(temperature: float) -> float:
        scaled = logits.astype(np.float64) / temperature
        top = scaled.max(1, keepdims=True)
        log_total = np.log(np.exp(scaled - top).sum(1)) + top[:, 0]
        return float((log_total - scaled[np.arange(len(wanted)), wanted]).mean())

    return float(min(grid, key=loss))
