"""The config of a responder run."""

from typing import Literal

from pydantic import Field, model_validator

from tellerbot.training.config import Config
from tellerbot.training.recipe import Recipe


class LoraConfig(Config):
    """Low-rank adapters (Hu et al. 2022) beside the weights; see configs/smollm2-lora.yaml for every key.

    `targets` are the names of the layers that get one, or `all-linear`.
    """

    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: list[str] | Literal["all-linear"] = "all-linear"


class ResponderConfig(Config):
    """How a language model is fine-tuned to word replies; see configs/smollm2-lora.yaml for every key explained.

    Without `lora` all weights are trained. `quantised` keeps the frozen weights in 4 bits while the adapters are
    trained (QLoRA, Dettmers et al. 2023), and needs `lora`.
    """

    model: str = "HuggingFaceTB/SmolLM2-135M-Instruct"
    seed: int = 7
    epochs: int = Field(default=1, ge=1)
    batch_size: int = Field(default=8, ge=1)
    accumulate: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    schedule: Literal["linear", "cosine", "constant"] = "cosine"
    warmup: float = Field(default=0.05, ge=0, lt=1)
    max_tokens: int = Field(default=384, ge=16)
    lora: LoraConfig | None = LoraConfig()
    quantised: bool = False
    gradient_checkpointing: bool = False
    attention: Literal["sdpa", "eager", "flash"] = "sdpa"
    validation_fraction: float = Field(default=0.1, gt=0, lt=0.5)
    test_fraction: float = Field(default=0.1, gt=0, lt=0.5)
    merged: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    max_worse: float = Field(default=0.05, ge=0)
    measured: int = Field(default=300, ge=1)
    encoder: str = "sentence-transformers/all-MiniLM-L6-v2"

    @property
    def recipe(self) -> Recipe:
        """Return what of this is about the training itself."""
        return Recipe(
            seed=self.seed,
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            accumulate=self.accumulate,
            schedule=self.schedule,
            warmup=self.warmup,
            gradient_checkpointing=self.gradient_checkpointing,
        )

    @model_validator(mode="after")
    def _adapters_are_there(self) -> "ResponderConfig":
        if self.quantised and self.lora is None:
            raise ValueError("expected lora beside quantised: weights of 4 bits cannot be trained themselves")
        return self
