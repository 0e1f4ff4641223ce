"""The optimisation loop stops before a figure that is not finite can spoil the weights."""

from pathlib import Path

import pytest
import torch

from tellerbot.errors import TrainingError
from tellerbot.training.checkpoint import Checkpoint
from tellerbot.training.loop import optimise


def test_an_infinite_gradient_stops_training_before_it_reaches_the_weights(tmp_path: Path) -> None:
    model = torch.nn.Linear(3, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    # The root of nothing is finite, and infinitely steep.
    losses = {"fine": lambda: model.weight.sum() * 0, "steep": lambda: model.weight.sum().sqrt()}
    with pytest.raises(TrainingError, match=r"the gradient became inf in step 2 of epoch 1.* learning rate"):
        optimise(
            model,
            torch.optim.AdamW(model.parameters()),
            [["fine", "steep", "fine"]],
            3,
            lambda batch: losses[batch](),
            dict,
            Checkpoint(tmp_path / "steps"),
            lambda step, steps, note: None,
        )
    assert model.weight.isfinite().all()


def test_the_rate_stays_at_nothing_when_there_are_more_steps_than_planned(tmp_path: Path) -> None:
    model = torch.nn.Linear(3, 1, bias=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    rates: list[float] = []

    def loss_of(batch: int) -> torch.Tensor:
        rates.append(optimizer.param_groups[0]["lr"])
        return model.weight.sum()

    checkpoint = Checkpoint(tmp_path / "steps")
    optimise(model, optimizer, [range(25)], 10, loss_of, dict, checkpoint, lambda step, steps, note: None)
    assert max(rates[:10]) == 1.0 and all(rate < 1e-9 for rate in rates[10:])
