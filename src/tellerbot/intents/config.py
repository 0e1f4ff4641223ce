"""The config of an intents run: one YAML file, checked, saved resolved in the run."""

from pydantic import Field

from tellerbot.project.schema import Metric
from tellerbot.training.config import Config


class IntentsConfig(Config):
    """How to train. Rates are for AdamW; fractions are of the rows; thresholds' limits are shares, 0 to 1.

    `frozen`: how many of the encoder's blocks, from the words' own vectors up, stay as they are; half of them at most.
    They gain little, and the words' vectors alone take half of a step's time. `acts`: whether a project's run
    has the model of the acts, which are in English.
    """

    model: str = "sentence-transformers/all-MiniLM-L6-v2"
    seed: int = Field(default=0, ge=0, lt=2**32)
    max_tokens: int = Field(default=64, ge=8, le=512)
    epochs: int = Field(default=2, ge=1)
    batch_size: int = Field(default=96, ge=2)
    learning_rate: float = Field(default=6e-4, gt=0)
    layer_decay: float = Field(default=0.85, gt=0, le=1)
    head_learning_rate: float = Field(default=8e-4, gt=0)
    frozen: int = Field(default=3, ge=0)
    weight_decay: float = Field(default=0.01, ge=0)
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    scale: float = Field(default=20.0, gt=0)
    noise: float = Field(default=0.5, ge=0, le=1)
    acts: bool = True
    label_names: bool = False
    validation_fraction: float = Field(default=0.15, gt=0, lt=0.5)
    test_fraction: float = Field(default=0.15, gt=0, lt=0.5)
    allow_leaks: bool = False
    min_agreement: float = Field(default=0.95, ge=0, le=1)
    max_accuracy_loss: float = Field(default=0.01, ge=0, le=1)
    max_refused: float = Field(default=0.03, ge=0, lt=1)
    max_wrong: float = Field(default=0.05, ge=0, lt=1)
    miss_rate: float = Field(default=0.05, gt=0, lt=1)
    metrics: list[Metric] = Field(default=[])
