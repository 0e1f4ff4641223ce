"""The optimisation loop: warm-up and cosine decay, clipping, bf16 where the hardware has it, a stop on NaN."""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from tellerbot.errors import TrainingError
from tellerbot.training.checkpoint import Checkpoint
from tellerbot.training.progress import Progress
from tellerbot.training.task import History


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and PyTorch's random numbers."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def pick_device() -> torch.device:
    """Return the GPU when there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def has_bf16(device: torch.device) -> bool:
    """Whether bf16 is computed in hardware; emulated it would be slower than fp32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()


def turn_off_dropout(model: nn.Module) -> None:
    """Let every unit take part: the rows' noise keeps a model from learning by heart, and costs no speed."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def length_buckets(lengths: Sequence[int], batch_size: int, rng: np.random.Generator) -> list[list[int]]:
    """Row numbers in batches of like length, both batches and the rows of equal length in random order."""
    noise = rng.uniform(0, 1, len(lengths))
    # Pools of 50 batches keep neighbours varied from epoch to epoch, yet of like length.
    shuffled = rng.permutation(len(lengths))
    batches: list[list[int]] = []
    pool = batch_size * 50
    for start in range(0, len(shuffled), pool):
        rows = sorted(shuffled[start : start + pool].tolist(), key=lambda row: (lengths[row], noise[row]))
        batches += [rows[at : at + batch_size] for at in range(0, len(rows), batch_size)]
    rng.shuffle(batches)  # type: ignore[arg-type]
    return batches


def _rate(step: int, total_steps: int) -> float:
    warm = max(1, total_steps // 10)
    if step < warm:
        return (step + 1) / warm
    # A cosine would rise again after its end: epochs may turn out longer than was planned.
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warm) / max(1, total_steps - warm))))


def _stop_unless_finite(what: str, value: float, step: int, epoch: int) -> None:
    if not math.isfinite(value):
        raise TrainingError(
            f"Training stopped: the {what} became {value} in step {step} of epoch {epoch}. The likely "
            "cause is a learning rate that is too high; lower it in the config and train again."
        )


def optimise(
    model: nn.Module,
    optimizer: Optimizer,
    epochs: Iterable[Sequence[Any]],
    total_steps: int,
    loss_of: Callable[[Any], Tensor],
    after_epoch: Callable[[], dict[str, float]],
    checkpoint: Checkpoint,
    progress: Progress,
) -> History:
    """Run `loss_of` over every batch of every epoch and step the optimiser.

    The rate rises linearly over the first tenth of the steps and then falls along a cosine to zero
    (Loshchilov and Hutter 2017). Where `checkpoint` holds a save, the steps before it are skipped: the
    same `epochs` must be given, and the result is the same as without a stop. Raises TrainingError at the
    first loss or gradient that is not finite, naming the step.
    """
    device = next(model.parameters()).device
    bf16 = has_bf16(device)
    full = [float(group["lr"]) for group in optimizer.param_groups]
    history = History()
    done = 0
    if found := checkpoint.load(model, optimizer):
        done, history = found[0], History(**found[1])

    step = 0
    for number, batches in enumerate(epochs, 1):
        model.train()
        for batch in batches:
            step += 1
            if step <= done:
                continue
            for group, lr in zip(optimizer.param_groups, full, strict=True):
                group["lr"] = lr * _rate(step - 1, total_steps)
            with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                loss = loss_of(batch)
            value = loss.item()
            _stop_unless_finite("loss", value, step, number)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            # Clipping to an infinite norm would turn every weight to NaN.
            _stop_unless_finite("gradient", nn.utils.clip_grad_norm_(model.parameters(), 1.0).item(), step, number)
            optimizer.step()
            history.loss.append(value)
            if checkpoint.is_due():
                checkpoint.save(step, model, optimizer, asdict(history))
            progress(step, total_steps, f"epoch {number}, loss {value:.3f}")
        if len(history.epochs) < number:
            history.epochs.append(after_epoch())
    if step > done:
        checkpoint.save(step, model, optimizer, asdict(history))
    return history
