"""Rows -> a trained intent model (needs the `train` extra)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.encoder.model import PooledEncoder, batch_tensors, embed, load_tokenizer
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.model import IntentModel, class_centroids, loss
from tellerbot.training.loop import History, Progress, length_buckets, optimise, pick_device, seed_everything


@dataclass(slots=True)
class Fitted:
    """A trained model with its tokenizer and label order, and the untrained start to compare with."""

    model: IntentModel
    tokenizer: Any
    labels: list[str]
    history: History
    base_logits: Tensor


def fit(
    base: Path,
    config: IntentsConfig,
    train: Sequence[Row],
    valid: Sequence[Row],
    probes: Sequence[str],
    progress: Progress,
) -> Fitted:
    """Fine-tune the encoder in `base`.

    `base_logits` are the untrained encoder's scaled cosines to its class centroids, on `probes`.
    """
    seed_everything(config.seed)
    device = pick_device()
    labels = sorted({row.label for row in train} - {OUT_OF_SCOPE})
    number = {label: at for at, label in enumerate(labels)} | {OUT_OF_SCOPE: -1}
    encoder = PooledEncoder(base).to(device)
    tokenizer = load_tokenizer(base, config.max_tokens)
    targets = [number[row.label] for row in train]
    centroids = class_centroids(embed(encoder, tokenizer, [row.text for row in train]), targets, len(labels))
    base_logits = (config.scale * embed(encoder, tokenizer, probes) @ centroids.T).cpu()

    model = IntentModel(encoder, centroids, config.scale).to(device)
    learns_scope = any(target < 0 for target in targets)
    encodings = tokenizer.encode_batch([row.text for row in train])
    lengths = [sum(encoding.attention_mask) for encoding in encodings]
    rng = np.random.default_rng(config.seed)
    epochs = [length_buckets(lengths, config.batch_size, rng) for _ in range(config.epochs)]

    def loss_of(rows: list[int]) -> Tensor:
        ids, mask = batch_tensors([encodings[row] for row in rows])
        logits, scope = model(ids.to(device), mask.to(device))
        wanted = torch.tensor([targets[row] for row in rows], device=device)
        return loss(logits, scope, wanted, config.label_smoothing, learns_scope)

    inside = [row for row in valid if row.label != OUT_OF_SCOPE]
    wanted = torch.tensor([number[row.label] for row in inside])

    def after_epoch() -> dict[str, float]:
        logits, _ = predict(model, tokenizer, [row.text for row in inside])
        return {
            "valid_accuracy": float((logits.argmax(1) == wanted).float().mean()),
            "valid_loss": float(torch.nn.functional.cross_entropy(logits, wanted)),
        }

    optimizer = torch.optim.AdamW(model.parameter_groups(config), fused=True)
    steps = sum(len(batches) for batches in epochs)
    history = optimise(model, optimizer, epochs, steps, loss_of, after_epoch, progress)
    return Fitted(model, tokenizer, labels, history, base_logits)


def predict(model: IntentModel, tokenizer: Any, texts: Sequence[str], batch_size: int = 64) -> tuple[Tensor, Tensor]:
    """Logits (texts, intents) and scope (texts,) of the trained model, in fp32 on the CPU."""
    device = next(model.parameters()).device
    encodings = tokenizer.encode_batch(list(texts))
    order = sorted(range(len(texts)), key=lambda row: sum(encodings[row].attention_mask))
    logits, scope = torch.empty(len(texts), len(model.intents)), torch.empty(len(texts))
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            ids, mask = batch_tensors([encodings[row] for row in rows])
            out = model(ids.to(device), mask.to(device))
            logits[rows], scope[rows] = out[0].cpu(), out[1].cpu()
    return logits, scope
