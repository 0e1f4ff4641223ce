"""The config of an intents run: one YAML file, checked, saved resolved in the run."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tellerbot.errors import ConfigError, explain
from tellerbot.project.load import load_project
from tellerbot.project.schema import Metric


class IntentsConfig(BaseModel):
    """How to train. Rates are for AdamW; fractions are of the rows; thresholds' limits are shares, 0 to 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = "sentence-transformers/all-MiniLM-L6-v2"
    seed: int = 0
    max_tokens: int = Field(default=64, ge=8, le=512)
    epochs: int = Field(default=4, ge=1)
    batch_size: int = Field(default=64, ge=2)
    learning_rate: float = Field(default=2e-4, gt=0)
    layer_decay: float = Field(default=0.85, gt=0, le=1)
    head_learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=0.01, ge=0)
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    scale: float = Field(default=20.0, gt=0)
    noise: float = Field(default=0.5, ge=0, le=1)
    label_names: bool = False
    valid_fraction: float = Field(default=0.15, gt=0, lt=0.5)
    test_fraction: float = Field(default=0.15, gt=0, lt=0.5)
    allow_leaks: bool = False
    min_agreement: float = Field(default=0.95, ge=0, le=1)
    max_accuracy_loss: float = Field(default=0.01, ge=0, le=1)
    max_refused: float = Field(default=0.03, ge=0, lt=1)
    max_wrong: float = Field(default=0.05, ge=0, lt=1)
    miss_rate: float = Field(default=0.05, gt=0, lt=1)
    metrics: list[Metric] = []

    def for_data(self, data: Path) -> "IntentsConfig":
        """This config with the metrics of `data` where that is a project that names any."""
        metrics = load_project(data).assistant.metrics if data.is_dir() else []
        return self.model_copy(update={"metrics": metrics}) if metrics else self


def load_config(path: Path) -> IntentsConfig:
    """Read and check a config file. Raises ConfigError naming each wrong key."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: expected a config file, found none. See configs/ for complete ones.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: expected YAML: {error}") from error
    try:
        return IntentsConfig.model_validate(raw or {})
    except ValidationError as error:
        lines = [f"  {line}" for line in explain(error)]
        known = ", ".join(IntentsConfig.model_fields)
        raise ConfigError("\n".join([f"{path}: the config is wrong.", *lines, f"Known keys: {known}."])) from error
