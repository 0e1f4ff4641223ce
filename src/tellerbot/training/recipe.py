"""What a language model is trained on, and how."""

from dataclasses import dataclass
from typing import Literal

# The label of a token that is read and not learned.
MASKED = -100


@dataclass(frozen=True, slots=True)
class EncodedPair:
    """A prompt and its reply as token ids; the loss is over `labels` that are not MASKED.

    Lists of equal length but for T5's kind.
    """

    input_ids: list[int]
    labels: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a language model is trained.

    `batch_size` rows are computed at once, and `accumulate` such batches make a step. `learning_rate` is AdamW's, which
    rises over the first `warmup` of the steps, 0 to 1, and then follows `schedule`. `gradient_checkpointing` spends
    time to save memory. Training can go on from the newest of `saves` saves.
    """

    seed: int
    epochs: int
    batch_size: int
    learning_rate: float
    accumulate: int = 1
    schedule: Literal["linear", "cosine", "constant"] = "cosine"
    warmup: float = 0.1
    gradient_checkpointing: bool = False
    saves: int = 20
