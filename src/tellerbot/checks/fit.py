"""A cross-encoder reads evidence and a sentence together (needs the `train` extra)."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tellerbot.checks.claims import pair_of
from tellerbot.checks.config import CheckConfig
from tellerbot.checks.mistakes import LABELS
from tellerbot.checks.rows import Claim
from tellerbot.encoder.model import PooledEncoder, batch_tensors, load_tokenizer, read_batches
from tellerbot.encoder.text import encode_texts
from tellerbot.training.checkpoint import Checkpoint
from tellerbot.training.loop import length_buckets, optimise, pick_device, seed_everything, turn_off_dropout
from tellerbot.training.progress import Progress
from tellerbot.training.task import History

# What each epoch is checked by: how often a right sentence scores above a wrong one, on the validation rows.
AUROC = "validation_auroc"


class CheckModel(nn.Module):
    """A logit for each label: a linear view of the pair's mean token vector."""

    def __init__(self, folder: Path, layers: int) -> None:
        super().__init__()
        self.encoder = PooledEncoder(folder, layers)
        self.label = nn.Linear(self.encoder.width, len(LABELS))
        nn.init.normal_(self.label.weight, std=0.02)
        nn.init.zeros_(self.label.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(batch, tokens) of "evidence [SEP] sentence" -> (batch, labels) logits."""
        # Unit vectors have small entries: the factor lets the linear view move at the encoder's rate.
        return self.label(self.encoder(input_ids, attention_mask) * self.encoder.width**0.5)


def fit_check(
    folder: Path,
    config: CheckConfig,
    rows: Sequence[Claim],
    valid: Sequence[Claim],
    work: Path,
    progress: Progress,
) -> tuple[CheckModel, Any, History]:
    """Fine-tune the encoder in `folder` by the cross-entropy of the rows' labels."""
    seed_everything(config.seed)
    device = pick_device()
    model = CheckModel(folder, config.layers).to(device)
    turn_off_dropout(model)
    tokenizer = load_tokenizer(folder, config.max_tokens)
    pairs = [pair_of(row.evidence, row.sentence) for row in rows]
    wanted = [LABELS.index(row.label) for row in rows]

    def epochs() -> Iterator[list[list[int]]]:
        lengths = [len(evidence) + len(sentence) for evidence, sentence in pairs]
        for epoch in range(config.epochs):
            yield length_buckets(lengths, config.batch_size, np.random.default_rng([config.seed, epoch]))

    def loss_of(batch: Sequence[int]) -> Tensor:
        ids, mask = batch_tensors(encode_texts(tokenizer, [pairs[row] for row in batch]))
        labels = torch.tensor([wanted[row] for row in batch], device=device)
        return functional.cross_entropy(model(ids.to(device), mask.to(device)).float(), labels)

    def after_epoch() -> dict[str, float]:
        from sklearn.metrics import roc_auc_score

        found = read_claims_with(model, tokenizer, valid)
        supported = [row.is_supported for row in valid]
        return {AUROC: float(roc_auc_score(supported, found[:, 0] - found[:, 1:].max(1)))}

    head, body = list(model.label.parameters()), list(model.encoder.parameters())
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": config.learning_rate}, {"params": head, "lr": 10 * config.learning_rate}], fused=True
    )
    steps = config.epochs * math.ceil(len(rows) / config.batch_size)
    history = optimise(model, optimizer, epochs(), steps, loss_of, after_epoch, Checkpoint(work / "check"), progress)
    return model, tokenizer, history


def read_claims_with(model: CheckModel, tokenizer: Any, claims: Sequence[Claim]) -> NDArray[np.float32]:
    """(claims, labels) the trained model's logits."""
    pairs = [pair_of(row.evidence, row.sentence) for row in claims]
    return read_batches(model, tokenizer, pairs, lambda ids, mask: (model(ids, mask).float(),))[0].cpu().numpy()
