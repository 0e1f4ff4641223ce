"""The config of a retriever run: one YAML file, checked, saved resolved in the run."""

from pydantic import Field, field_validator

from tellerbot.training.config import Config


class RerankerConfig(Config):
    """How to train the cross-encoder that reads the best candidates again. `layers` of the tuned encoder are kept."""

    layers: int = Field(default=4, ge=1)
    epochs: int = Field(default=2, ge=1)
    batch_size: int = Field(default=16, ge=2)
    learning_rate: float = Field(default=1e-4, gt=0)
    negatives: int = Field(default=4, ge=1)
    candidates: int = Field(default=4, ge=2)
    max_tokens: int = Field(default=128, ge=16, le=512)


class QuestionsConfig(Config):
    """How to train a language model that writes questions for every passage, and teaches the reranker."""

    model: str = "HuggingFaceTB/SmolLM2-135M-Instruct"
    epochs: int = Field(default=1, ge=1)
    batch_size: int = Field(default=16, ge=1)
    learning_rate: float = Field(default=1e-4, gt=0)
    max_tokens: int = Field(default=200, ge=16)
    per_passage: int = Field(default=4, ge=1)


class RetrieverConfig(Config):
    """How to train. Rates are for AdamW; fractions are of the rows; thresholds' limits are shares, 0 to 1."""

    model: str = "sentence-transformers/all-MiniLM-L6-v2"
    seed: int = Field(default=0, ge=0, lt=2**32)
    max_tokens: int = Field(default=256, ge=16, le=512)
    epochs: int = Field(default=2, ge=1)
    batch_size: int = Field(default=64, ge=2)
    mini_batch_size: int = Field(default=64, ge=1)
    learning_rate: float = Field(default=1e-4, gt=0)
    scale: float = Field(default=20.0, gt=0)
    hard_negative_epochs: int = Field(default=1, ge=0)
    hard_negatives: int = Field(default=1, ge=1)
    negative_margin: float = Field(default=0.05, ge=0, lt=1)
    matryoshka: list[int] = Field(default=[])
    validation_fraction: float = Field(default=0.09, gt=0, lt=0.5)
    test_fraction: float = Field(default=0.10, gt=0, lt=0.5)
    allow_leaks: bool = False
    keyword: bool = True
    questions: QuestionsConfig | None = None
    reranker: RerankerConfig | None = RerankerConfig()
    min_parity: float = Field(default=0.98, ge=0, le=1)
    max_lost: float = Field(default=0.05, ge=0, lt=1)

    @field_validator("matryoshka")
    @classmethod
    def _descends(cls, sizes: list[int]) -> list[int]:
        if any(size < 1 for size in sizes) or sizes != sorted(set(sizes), reverse=True):
            raise ValueError(f"expected different sizes, the largest first, such as [256, 128], found {sizes}")
        return sizes
