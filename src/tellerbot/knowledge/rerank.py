"""A cross-encoder reads a question and a passage together (training needs the `train` extra)."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig

from tellerbot.encoder.model import PooledEncoder, batch_tensors, load_tokenizer
from tellerbot.errors import ConfigError
from tellerbot.knowledge.config import RerankerConfig
from tellerbot.training.checkpoint import Checkpoint
from tellerbot.training.loop import History, length_buckets, optimise, pick_device, seed_everything
from tellerbot.training.progress import Progress

# What each epoch is checked by: the share of validation questions whose passage comes before its near misses.
FIRST = "valid_first"


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
    questions: Sequence[tuple[str, str, Sequence[str]]],
    valid: Sequence[tuple[str, str, Sequence[str]]],
    work: Path,
    progress: Progress,
) -> tuple[Reranker, Any, History]:
    """Fine-tune the first layers of the encoder in `folder` to tell a question's passage from its near misses.

    `questions` hold a question, its passage and the passages that the first stage ranks high beside it. The loss is
    the cross-entropy of the right one among them (ListNet with one relevant passage, Cao et al. 2007) and "none of
    these", whose score is 0, and that of "none of these" where the right one is left out: scores above 0 answer.
    """
    seed_everything(seed)
    device = pick_device()
    model = Reranker(folder, config.layers).to(device)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    tokenizer = load_tokenizer(folder, config.max_tokens)

    def epochs() -> Iterator[list[list[list[tuple[str, str]]]]]:
        for epoch in range(config.epochs):
            rng = np.random.default_rng([seed, epoch])
            lists = [[(asked, right), *((asked, wrong) for wrong in _drawn(wrongs, config.negatives, rng))]
                     for asked, right, wrongs in questions]  # fmt: skip
            lengths = [max(len(passage) for _, passage in pairs) for pairs in lists]
            yield [[lists[at] for at in rows] for rows in length_buckets(lengths, config.batch_size, rng)]

    def scores(lists: Sequence[Sequence[tuple[str, str]]]) -> Tensor:
        """(lists, pairs); short lists are filled with minus infinity."""
        ids, mask = batch_tensors(tokenizer.encode_batch([pair for pairs in lists for pair in pairs]))
        found = model(ids.to(device), mask.to(device)).float().split([len(pairs) for pairs in lists])
        return nn.utils.rnn.pad_sequence(list(found), batch_first=True, padding_value=-torch.inf)

    def loss_of(lists: Sequence[Sequence[tuple[str, str]]]) -> Tensor:
        found = functional.pad(scores(lists), (0, 1))
        right = torch.zeros(len(lists), dtype=torch.long, device=device)
        with_it = functional.cross_entropy(found, right)
        without = functional.cross_entropy(found[:, 1:], right + found.shape[1] - 2)
        return (with_it + without) / 2

    def after_epoch() -> dict[str, float]:
        model.eval()
        with torch.inference_mode():
            right = [
                bool(scores([[(asked, text) for text in (passage, *others)]])[0].argmax() == 0)
                for asked, passage, others in valid
            ]
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
            ids, mask = batch_tensors(tokenizer.encode_batch(list(pairs[start : start + 32])))
            found.append(model(ids.to(device), mask.to(device)).cpu())
    return torch.cat(found).numpy()


def _drawn(passages: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    return [passages[int(at)] for at in rng.permutation(len(passages))[:count]]
