"""Where training stands, on disk: a killed run goes on from here and ends with the same weights."""

import json
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from tellerbot.errors import ArtefactError, TellerbotError
from tellerbot.files import build_folder

T = TypeVar("T")


def in_chunks(
    kept: Path, items: Sequence[T], size: int, make: Callable[[int, Sequence[T]], Iterable[Any]]
) -> list[Any]:
    """One JSON value for each item, made `size` items at a time by `make` (first item's number, items).

    Each chunk is appended to the file `kept` when it is done, and what stands there is not made again: a killed
    process goes on behind the last whole chunk.
    """
    lines = kept.read_bytes().split(b"\n")[:-1] if kept.is_file() else []
    whole = len(lines) if len(lines) == len(items) else len(lines) // size * size
    done = [json.loads(line) for line in lines[:whole]]
    with kept.open("r+b" if lines else "wb") as file:
        file.truncate(sum(len(line) + 1 for line in lines[:whole]))
        file.seek(0, 2)
        for start in range(whole, len(items), size):
            rows = list(make(start, items[start : start + size]))
            file.write(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
            file.flush()
            done += rows
    return done


class Checkpoint:
    """The state of one optimisation in `folder`: weights, optimiser, random state, step and history.

    `save` writes a new folder beside the old one and renames it, so that a kill while saving loses nothing.
    """

    def __init__(self, folder: Path, every: float = 60.0) -> None:
        """`every`: seconds between two saves; the time of a save is no part of what is computed."""
        self.folder = folder
        self.every = every
        self._last = time.monotonic()

    def is_due(self) -> bool:
        """Whether the time between two checkpoints is over."""
        return time.monotonic() - self._last >= self.every

    def save(self, step: int, model: nn.Module, optimizer: Optimizer, history: dict[str, Any]) -> None:
        """Write the model, the optimizer, the random states and the history, in place of an earlier checkpoint."""
        tensors = {f"model.{name}": value.contiguous() for name, value in model.state_dict().items()}
        for at, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{at}.{name}": value.contiguous() for name, value in state.items()}
        tensors["random.cpu"] = torch.get_rng_state()
        if torch.cuda.is_available():
            tensors["random.cuda"] = torch.cuda.get_rng_state()
        new = self.folder.parent / f"{self.folder.name}-{step}"
        shutil.rmtree(new, ignore_errors=True)
        with build_folder(new) as partial:
            # Tied weights are one storage under two names, which the format refuses.
            try:
                save_file({name: value.clone() for name, value in tensors.items()}, partial / "state.safetensors")
            except SafetensorError as error:
                raise TellerbotError(
                    f"Expected to save training in {new}, but: {error}. Free some space and train again: it goes on "
                    "from the save before."
                ) from error
            (partial / "step.json").write_text(json.dumps({"step": step, "history": history}))
        for old in self._saved()[:-1]:
            shutil.rmtree(old)
        self._last = time.monotonic()

    def load(self, model: nn.Module, optimizer: Optimizer) -> tuple[int, dict[str, Any]] | None:
        """Bring both back to the newest save; returns its step and history, or None when there is none.

        Raises ArtefactError when the save is damaged.
        """
        saved = self._saved()
        if not saved:
            return None
        try:
            return self._load(saved[-1], model, optimizer)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise ArtefactError(
                f"{saved[-1]}: expected a save to go on from, found: {error}. Remove {self.folder.parent} to train "
                "from the start."
            ) from error

    def _load(self, saved: Path, model: nn.Module, optimizer: Optimizer) -> tuple[int, dict[str, Any]]:
        found = json.loads((saved / "step.json").read_text())
        weights: dict[str, Tensor] = {}
        states: dict[int, dict[str, Tensor]] = {}
        with safe_open(saved / "state.safetensors", framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - a safe_open is no mapping
                kind, _, rest = name.partition(".")
                if kind == "model":
                    weights[rest] = file.get_tensor(name)
                elif kind == "optimizer":
                    at, _, key = rest.partition(".")
                    states.setdefault(int(at), {})[key] = file.get_tensor(name)
                elif rest == "cpu":
                    torch.set_rng_state(file.get_tensor(name))
                else:
                    torch.cuda.set_rng_state(file.get_tensor(name))
        model.load_state_dict(weights)
        optimizer.load_state_dict({"state": states, "param_groups": optimizer.state_dict()["param_groups"]})
        return int(found["step"]), found["history"]

    def _saved(self) -> list[Path]:
        """Finished saves, oldest first: `build_folder` gives a folder its name only when it is whole."""
        folders = self.folder.parent.glob(f"{self.folder.name}-*")
        return sorted(folders, key=lambda path: int(path.name.rpartition("-")[2]))
