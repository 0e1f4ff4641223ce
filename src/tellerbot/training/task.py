"""What a trainer provides: one kind of model, from its rows to its figures. `training.run.train` does the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from tellerbot.training.config import Config
from tellerbot.training.progress import Progress

SPLITS = ("train", "validation", "test")
Fitted = TypeVar("Fitted")
Exported = TypeVar("Exported")
Calibrated = TypeVar("Calibrated")


@dataclass(frozen=True, slots=True)
class Split:
    """One part of the rows: how many, and the SHA-256 over them in order."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Data:
    """Where a model comes from: with the config it decides every weight.

    `bases` are the SHA-256 of the models that training starts from, by what each is for. `leaks` counts the rows to
    measure on that are in the training rows too, which the config may allow. `extra` is what only this task keeps.
    """

    detected: str
    splits: Mapping[str, Split]
    bases: Mapping[str, str]
    leaks: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Parity:
    """How near an exported model is to the trained one, by one measure, and the bound that its config sets."""

    measure: str
    value: float
    setting: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the value keeps to the bound; a value that is no number never does."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.at_most is not None and self.value <= self.at_most

    def __str__(self) -> str:
        bound = f"at least {self.at_least}" if self.at_least is not None else f"at most {self.at_most}"
        return f"{self.measure.replace('_', ' ')} {self.value:.4f}, expected {bound} ({self.setting})"


@dataclass(slots=True)
class History:
    """The loss of each step, and whatever each epoch's check returned."""

    loss: list[float] = field(default_factory=list[float])
    epochs: list[dict[str, float]] = field(default_factory=list[dict[str, float]])


@dataclass(frozen=True, slots=True)
class Curve:
    """What one optimisation recorded; `measure` names what each epoch reached on the validation rows."""

    history: History
    measure: str


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a run.

    `systems` holds each system's figures by metric, the one that serves last. `details` go into metrics.json beside
    them, `pictures` (PNG by heading) and `shown` into the report alone, and `notes` into the card.
    """

    measured_on: str
    systems: Mapping[str, Mapping[str, float]]
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    pictures: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    shown: Mapping[str, Any] = field(default_factory=dict[str, Any])
    notes: str = ""


class Task(Protocol[Fitted, Exported, Calibrated]):
    """One kind of training, its rows loaded and split. A run calls the methods in this order.

    `package` has the template of its report. Each method raises what its documentation says, and GateError or
    TrainingError where training again the same way would fail the same way.
    """

    kind: ClassVar[str]
    package: ClassVar[str]

    @property
    def config(self) -> Config:
        """The config of the run."""
        ...

    @property
    def data(self) -> Data:
        """The data of the run."""
        ...

    def fit(self, work: Path, progress: Progress) -> Fitted:
        """Train; what is needed to go on after a kill is kept in `work`."""
        ...

    def curves(self, fitted: Fitted) -> Mapping[str, Curve]:
        """Return what each optimisation recorded, by name."""
        ...

    def export(self, fitted: Fitted, folder: Path, work: Path) -> Exported:
        """Write `checkpoints/` and `model/` into the run's folder, and open the exported model."""
        ...

    def compare(self, fitted: Fitted, exported: Exported) -> Sequence[Parity]:
        """Return how near the exported model is to the trained one on real rows."""
        ...

    def calibrate(self, fitted: Fitted, exported: Exported, folder: Path) -> Calibrated:
        """Fit what is chosen on validation rows, write it beside the model, and return the model with it."""
        ...

    def measure(self, fitted: Fitted, calibrated: Calibrated, folder: Path, progress: Progress) -> Measured:
        """Measure the model as it will serve, beside others."""
        ...
