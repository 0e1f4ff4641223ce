"""The config of a run that trains a check of claims: one YAML file, checked, saved resolved in the run."""

from pydantic import Field

from tellerbot.training.config import Config


class CheckConfig(Config):
    """How to train. Rates are for AdamW; fractions are of the documents; `most_wrong` are shares, 0 to 1.

    `layers` of the encoder are kept. `claims` rows are made of the policies. At the threshold at most `most_wrong` of
    the wrong sentences pass, and at most `most_wrong_grave` of those with a wrong condition, negation or promise.
    """

    model: str = "sentence-transformers/all-MiniLM-L6-v2"
    seed: int = Field(default=0, ge=0, lt=2**32)
    layers: int = Field(default=6, ge=1)
    max_tokens: int = Field(default=192, ge=32, le=512)
    epochs: int = Field(default=2, ge=1)
    batch_size: int = Field(default=32, ge=2)
    learning_rate: float = Field(default=1e-4, gt=0)
    claims: int = Field(default=20_000, ge=100)
    validation_fraction: float = Field(default=0.15, gt=0, lt=0.5)
    test_fraction: float = Field(default=0.2, gt=0, lt=0.5)
    most_wrong: float = Field(default=0.01, gt=0, lt=1)
    most_wrong_grave: float = Field(default=0.002, gt=0, lt=1)
    min_parity: float = Field(default=0.95, ge=0, le=1)
