"""What a responder run would take on this machine, measured on a few steps (needs the `train` extra)."""

import math
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from tellerbot import weights
from tellerbot.errors import MissingExtraError
from tellerbot.responses.config import ResponderConfig
from tellerbot.responses.rows import Encoded, load_replies
from tellerbot.training.progress import Progress

# Steps that are timed, after one on the longest rows, which takes the most memory.
STEPS = 3
GB = 1e9
# Shipped configs, the better first, with the peak in GB that `--plan` measured of each on a CPU (docs/experiments.md).
SHIPPED = {"smollm2-lora.yaml": 6.6, "smollm2-full.yaml": 4.8}


@dataclass(frozen=True, slots=True)
class Plan:
    """Parameters, the memory of the longest batch in GB, and the steps with the seconds that an average one takes.

    What could not be measured, because the weights alone do not fit, is None.
    """

    trained: int | None
    parameters: int
    rows: int
    left_out: int
    steps: int
    seconds_per_step: float | None
    peak_gb: float
    available_gb: float
    device: str

    @property
    def fits(self) -> bool:
        return self.peak_gb < self.available_gb

    def lines(self) -> list[str]:
        """The plan for people."""
        lines = [f"Parameters   {self.parameters:,}"]
        least = "at least " if self.seconds_per_step is None else ""
        if self.trained is not None and self.seconds_per_step is not None:
            lines = [
                f"Parameters   {self.trained:,} trained of {self.parameters:,} ({self.trained / self.parameters:.2%})",
                f"Time         {self.steps:,} steps of {self.seconds_per_step:.2g} s, "
                f"{self.steps * self.seconds_per_step / 60:.0f} minutes; then the export and the figures",
            ]
        lines += [
            f"Rows         {self.rows:,} to train on, {self.left_out:,} left out as too long",
            f"Memory       {least}{self.peak_gb:.1f} GB at the longest batch, of {self.available_gb:.1f} GB on "
            f"{self.device}",
        ]
        return lines if self.fits else [*lines, _instead(self.available_gb)]

    def figures(self) -> dict[str, Any]:
        """The plan as JSON takes it."""
        return asdict(self) | {"fits": self.fits}


def make_plan(config: ResponderConfig, data: Path, *, progress: Progress = lambda step, steps, note: None) -> Plan:
    """Train a few steps on the config's own rows and throw them away. Raises what `train` raises before it trains."""
    try:
        from tellerbot.responses.base import (
            count_parameters,
            open_base,
            open_model,
            open_skeleton,
            quiet,
            with_adapters,
        )
        from tellerbot.responses.rows import fitting
        from tellerbot.training.loop import pick_device, seed_everything
    except ImportError as error:
        raise MissingExtraError("Training a responder", "train") from error
    replies = load_replies(data, config)
    device = pick_device()
    with quiet(), tempfile.TemporaryDirectory(prefix="tellerbot-plan-") as scratch:
        base = open_base(weights.resolve(config.model), Path(scratch))
        given = replies.parts["train"]
        rows = fitting(given, base.form, base.tokenizer, config.max_tokens)
        steps = config.epochs * math.ceil(len(rows) / (config.batch_size * config.accumulate))
        parameters = count_parameters(open_skeleton(base.folder))[1]
        available = _available(device.type)
        shared = {"rows": len(rows), "left_out": len(given) - len(rows), "steps": steps, "available_gb": available,
                  "device": device.type}  # fmt: skip
        # Weights that are trained have a gradient and two moments beside them.
        least = parameters * (0.5 if config.quantised else 4 if config.lora else 16) / GB
        if least > available:
            return Plan(trained=None, parameters=parameters, seconds_per_step=None, peak_gb=least, **shared)
        seed_everything(config.seed)
        model = with_adapters(open_model(base.folder, config, device), config)
        trained, parameters = count_parameters(model)
        seconds = _timed(model, base.tokenizer, config, rows, Path(scratch), progress)
        # Out of memory is beyond all that was free.
        peak = available if seconds is None else _peak(device.type)
        return Plan(trained=trained, parameters=parameters, seconds_per_step=seconds, peak_gb=peak, **shared)


def _timed(
    model: Any, tokenizer: Any, config: ResponderConfig, rows: Sequence[Encoded], work: Path, progress: Progress
) -> float | None:
    """Seconds of an average step: the longest rows first, for the memory, then some of the average length are timed.

    None when a GPU runs out of memory.
    """
    import torch
    from transformers import TrainerCallback

    from tellerbot.responses.fit import make_trainer

    per_step = config.batch_size * config.accumulate
    by_length = sorted(rows, key=lambda row: len(row.input_ids), reverse=True)
    mean = sum(len(row.input_ids) for row in rows) / len(rows)
    middle = min(range(len(by_length)), key=lambda at: abs(len(by_length[at].input_ids) - mean))
    typical = by_length[max(0, middle - per_step // 2) :][:per_step]
    chosen = [*by_length[:per_step], *typical * STEPS]

    class Clock(TrainerCallback):
        times: ClassVar[list[float]] = []

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.times.append(time.perf_counter())
            progress(len(self.times), STEPS + 1, "steps are timed")

    clock = Clock()
    clock.times.clear()
    trainer = make_trainer(
        model, tokenizer, config, {"train": chosen, "validation": chosen[:1]}, work, lambda step, steps, note: None,
        max_steps=STEPS + 1, save_strategy="no", eval_strategy="no", train_sampling_strategy="sequential",
    )  # fmt: skip
    trainer.add_callback(clock)
    try:
        trainer.train()
    except torch.OutOfMemoryError:
        return None
    return statistics.median(later - earlier for earlier, later in pairwise(clock.times))


def _available(device: str) -> float:
    """Free memory in GB: the GPU's, or what this machine can give without swapping."""
    if device == "cuda":
        import torch

        return torch.cuda.mem_get_info()[0] / GB
    found = Path("/proc/meminfo")
    if found.is_file():
        line = next(line for line in found.read_text().splitlines() if line.startswith("MemAvailable"))
        return int(line.split()[1]) * 1024 / GB
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GB


def _peak(device: str) -> float:
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_reserved() / GB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GB


def _instead(available: float) -> str:
    """What to do where a config does not fit."""
    fitting = [name for name, peak in SHIPPED.items() if peak < available]
    if not fitting:
        return "It will not fit, nor would any shipped config. Lower batch_size, or set gradient_checkpointing."
    return f"It will not fit. configs/{fitting[0]} would; or lower batch_size, or set gradient_checkpointing."
