"""A cross-encoder reads a question and a passage together (training needs the `train` extra)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig

from tellerbot.encoder.model import PooledEncoder, batch_tensors, load_tokenizer
from tellerbot.encoder.text import encode_texts
from tellerbot.errors import ConfigError
from tellerbot.knowledge.config import RerankerConfig
from tellerbot.training.checkpoint import Checkpoint
from tellerbot.training.loop import length_buckets, optimise, pick_device, seed_everything, turn_off_dropout
from tellerbot.training.progress import Progress
from tellerbot.training.task import History

# What each epoch is checked by: the share of validation questions whose passage comes before its near misses.
FIRST = "validation_first"


# Log-likelihoods are divided by this before they teach: undivided, the best one alone would count.
TEMPERATURE = 2.0


@dataclass(frozen=True, slots=True)
class Candidates:
    """A question with passages to read: the one that answers it, then near misses.

    `taught` are a language model's log-likelihoods of the question after each of them, if there is one.
    """

    question: str
    passages: tuple[str, ...]
    taught: tuple[float, ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The question with each of its passages."""
        return [(self.question, passage) for passage in self.passages]

    def drawn(self, count: int, rng: np.random.Generator) -> "Candidates":
        """Return the right passage and `count` of the others, at random."""
        rows = [0, *(1 + rng.permutation(len(self.passages) - 1)[:count]).tolist()]
        return Candidates(
            self.question, tuple(self.passages[at] for at in rows), tuple(self.taught[at] for at in rows if self.taught)
        )


class Reranker(nn.Module):
    """One score for each pair: a linear view of the pair's mean token vector (Nogueira and Cho 2019)."""

    def __init__(self, folder: Path, layers: int) -> None:
        super().__init__()
        self.encoder = PooledEncoder(folder, layers)
        self.score = nn.Linear(self.encoder.width, 1)
        nn.init.normal_(self.score.weight, std=0.02)
        nn.init.zeros_(self.score.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(batch, tokens) of "question [SEP] passage" -> (batch,) scores, higher for a passage that answers."""
        # Unit vectors have small entries: the factor lets the linear view move at the encoder's rate.
        return self.score(self.encoder(input_ids, attention_mask) * self.encoder.width**0.5).squeeze(-1)


def check_layers(folder: Path, config: RerankerConfig) -> None:
    """Raise ConfigError unless the encoder in `folder` has the layers to keep; missing ones would be random."""
    depth = int(AutoConfig.from_pretrained(folder, local_files_only=True).num_hidden_layers)
    if config.layers > depth:
        raise ConfigError(
            f"reranker.layers: expected at most the encoder's {depth}, found {config.layers}. Lower it, or choose "
            "another model."
        )


def fit_reranker(
    folder: Path,
    config: RerankerConfig,
    seed: int,
    questions: Sequence[Candidates],
    valid: Sequence[Candidates],
    work: Path,
    progress: Progress,
) -> tuple[Reranker, Any, History]:
    """Fine-tune the first layers of the encoder in `folder` to tell a question's passage from its near misses.

    The near misses are drawn anew in each epoch. The loss is the cross-entropy of the right passage among them (ListNet
    with one relevant passage, Cao et al. 2007) and "none of these", whose score is 0, and that of "none of these" where
    the right one is left out: scores above 0 answer. Where a language model `taught`, the cross-entropy of its
    distribution over the passages is added (Hinton et al. 2015), which also says how near the misses are.
    """
    seed_everything(seed)
    device = pick_device()
    model = Reranker(folder, config.layers).to(device)
    turn_off_dropout(model)
    tokenizer = load_tokenizer(folder, config.max_tokens)

    def epochs() -> Iterator[list[list[Candidates]]]:
        for epoch in range(config.epochs):
            rng = np.random.default_rng([seed, epoch])
            lists = [one.drawn(config.negatives, rng) for one in questions]
            lengths = [max(map(len, one.passages)) for one in lists]
            yield [[lists[at] for at in rows] for rows in length_buckets(lengths, config.batch_size, rng)]

    def scores(lists: Sequence[Candidates]) -> Tensor:
        """Return scores (lists, passages); short lists are filled with minus infinity."""
        ids, mask = batch_tensors(encode_texts(tokenizer, [pair for one in lists for pair in one.pairs]))
        return _filled(model(ids.to(device), mask.to(device)).float().split([len(one.passages) for one in lists]))

    def loss_of(lists: Sequence[Candidates]) -> Tensor:
        found = scores(lists)
        # All are taught, or none is.
        if not lists[0].taught:
            return list_loss(found)
        taught = _filled([torch.tensor(one.taught, device=device) for one in lists])
        return list_loss(found) + taught_loss(found, taught)

    def after_epoch() -> dict[str, float]:
        model.eval()
        with torch.inference_mode():
            right = [bool(scores([one])[0].argmax() == 0) for one in valid]
        return {FIRST: float(np.mean(right)) if right else 0.0}

    head = list(model.score.parameters())
    body = list(model.encoder.parameters())
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": config.learning_rate}, {"params": head, "lr": 10 * config.learning_rate}], fused=True
    )
    steps = config.epochs * math.ceil(len(questions) / config.batch_size)
    history = optimise(model, optimizer, epochs(), steps, loss_of, after_epoch, Checkpoint(work / "reranker"), progress)
    return model, tokenizer, history


def read_pairs(model: Reranker, tokenizer: Any, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """(pairs,) the trained model's scores."""
    model.eval()
    device = model.score.weight.device
    found: list[Tensor] = []
    with torch.inference_mode():
        for start in range(0, len(pairs), 32):
            ids, mask = batch_tensors(encode_texts(tokenizer, pairs[start : start + 32]))
            found.append(model(ids.to(device), mask.to(device)).cpu())
    return torch.cat(found).numpy()


def list_loss(scores: Tensor) -> Tensor:
    """Mean loss of (lists, passages) scores, the right passage's first, "none of these" being 0."""
    found = functional.pad(scores, (0, 1))
    right = torch.zeros(len(found), dtype=torch.long, device=found.device)
    with_it = functional.cross_entropy(found, right)
    without = functional.cross_entropy(found[:, 1:], right + found.shape[1] - 2)
    return (with_it + without) / 2


def taught_loss(scores: Tensor, taught: Tensor) -> Tensor:
    """Mean cross-entropy of the teacher's distribution; both (lists, passages), `taught` in nats."""
    targets = functional.softmax(taught / TEMPERATURE, dim=1)
    # Where a list is filled up, 0 times minus infinity would be no number.
    found = functional.log_softmax(scores, dim=1).masked_fill(targets == 0, 0.0)
    return -(targets * found).sum(1).mean()


def _filled(lists: Sequence[Tensor]) -> Tensor:
    return nn.utils.rnn.pad_sequence(list(lists), batch_first=True, padding_value=-torch.inf)
