"""Rows -> a trained intent model (needs the `train` extra)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tellerbot.data.noise import augment
from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.encoder.model import PooledEncoder, batch_tensors, embed, load_tokenizer, read_batches
from tellerbot.encoder.text import encode_texts
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.examples import Examples, gather_examples
from tellerbot.intents.model import IntentModel, class_centroids
from tellerbot.intents.scope import density_of
from tellerbot.intents.spelling import Spelling, common_words
from tellerbot.training.checkpoint import Checkpoint
from tellerbot.training.loop import has_bf16, length_buckets, optimise, pick_device, seed_everything, turn_off_dropout
from tellerbot.training.progress import Progress
from tellerbot.training.task import History

# One batch: row numbers, each with the encoding of its text as this epoch's noise left it.
Batch = list[tuple[int, Any]]


@dataclass(slots=True)
class Fitted:
    """A trained model with what reads texts for it, and the untrained start to compare with."""

    model: IntentModel
    tokenizer: Any
    spelling: Spelling
    history: History
    base_logits: Tensor


def label_numbers(rows: Sequence[Row], labels: Sequence[str]) -> list[int]:
    """Each row's label by its place in `labels`, -1 for out of scope."""
    number = {label: at for at, label in enumerate(labels)} | {OUT_OF_SCOPE: -1}
    return [number[row.label] for row in rows]


def fit(
    base: Path,
    config: IntentsConfig,
    labels: Sequence[str],
    train: Sequence[Row],
    valid: Sequence[Row],
    probes: Sequence[str],
    checkpoint: Checkpoint,
    progress: Progress,
    in_turn: bool = False,
) -> Fitted:
    """Fine-tune the encoder in `base` to tell `labels` apart, and the subjects of out-of-scope rows.

    `in_turn`: see `gather_examples`. `valid` is only watched. `base_logits` are the untrained encoder's scaled cosines
    to its class centroids, on `probes`.
    """
    seed_everything(config.seed)
    device = pick_device()
    encoder = load_encoder(base, config.frozen).to(device)
    tokenizer = load_tokenizer(base, config.max_tokens)
    examples = gather_examples(labels, train, config.label_names, in_turn, config.seed)
    texts, classes = examples.texts, examples.classes
    spelling = Spelling(common_words([row.text for row in train]), tokenizer.get_vocab())
    spelled = [*map(spelling, texts)]
    with torch.autocast(device.type, torch.bfloat16, enabled=has_bf16(device)):
        # On the CPU: a GPU adds rows up in an order of its own.
        vectors, probed = (embed(encoder, tokenizer, some).cpu() for some in (spelled, [*map(spelling, probes)]))
    centroids = class_centroids(vectors, classes, len(examples.names))
    start, subjects = centroids[: len(labels)], centroids[len(labels) :]
    base_logits = config.scale * probed @ start.T
    model = IntentModel(encoder, start, subjects, config.scale).to(device)

    def loss_of(batch: Batch) -> Tensor:
        ids, mask = batch_tensors([encoding for _, encoding in batch])
        rows = [row for row, _ in batch]
        return model.loss(ids.to(device), mask.to(device), classes[rows].to(device), config.label_smoothing)

    inside = [row for row in valid if row.label != OUT_OF_SCOPE]
    right = torch.tensor(label_numbers(inside, labels))

    fitted = Fitted(model, tokenizer, spelling, History(), base_logits)

    def after_epoch() -> dict[str, float]:
        logits, *_ = each_batch(fitted, [row.text for row in inside], fitted.model, rough=True)
        return {
            "validation_accuracy": float((logits.argmax(1) == right).float().mean()),
            "validation_loss": float(nn.functional.cross_entropy(logits, right)),
        }

    optimizer = torch.optim.AdamW(model.parameter_groups(config), fused=True)
    steps = config.epochs * math.ceil(examples.times.sum() / config.batch_size)
    epochs = each_epoch(examples, spelled, spelling, tokenizer, config)
    fitted.history = optimise(model, optimizer, epochs, steps, loss_of, after_epoch, checkpoint, progress)
    return fitted


def load_encoder(base: Path, frozen: int) -> PooledEncoder:
    """Load the encoder in `base` without dropout, its lowest `frozen` blocks fixed, half of them at most."""
    encoder = PooledEncoder(base)
    turn_off_dropout(encoder)
    blocks = encoder.blocks()
    for parameter in chain(*blocks[: min(frozen, len(blocks) // 2)]):
        parameter.requires_grad_(False)
    return encoder


def each_epoch(
    examples: Examples, spelled: Sequence[str], spelling: Spelling, tokenizer: Any, config: IntentsConfig
) -> Iterator[list[Batch]]:
    """Yield the batches of each epoch, its texts with noise of their own; `spelled` are the texts without it."""
    texts = examples.texts
    for epoch in range(config.epochs):
        rng = np.random.default_rng([config.seed, epoch])
        chosen = examples.pick(rng)
        noised = [augment(texts[row], rng, config.noise) for row in chosen]
        read = [
            spelled[row] if text == texts[row] else spelling(text) for row, text in zip(chosen, noised, strict=True)
        ]
        encodings = encode_texts(tokenizer, read)
        lengths = [sum(encoding.attention_mask) for encoding in encodings]
        batches = length_buckets(lengths, config.batch_size, rng)
        yield [[(chosen[at], encodings[at]) for at in batch] for batch in batches]


def predict(fitted: Fitted, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Logits (texts, intents) and scope (texts,) of the trained model, in fp32 on the CPU."""
    logits, scope = each_batch(fitted, texts, fitted.model)
    return logits, scope


def fit_scope(fitted: Fitted, labels: Sequence[str], train: Sequence[Row], valid: Sequence[Row]) -> bool:
    """Give the trained model its in-scope score; True when out-of-scope validation rows weighed its parts."""
    model = fitted.model
    before, last = each_batch(fitted, [row.text for row in train], model.encoder.layers, rough=True)
    score = density_of((before, last), label_numbers(train, labels)).to(next(model.parameters()).device)
    model.scope = score

    def parts(ids: Tensor, mask: Tensor) -> tuple[Tensor]:
        before, last = model.encoder.layers(ids, mask)
        logits = model.logits(last, model.intents)
        return (score.parts(before, last, logits, model.trained_scope(last, logits)),)

    (found,) = each_batch(fitted, [row.text for row in valid], parts)
    return score.weigh(found.numpy(), np.array(label_numbers(valid, labels)) >= 0)


def each_batch(
    fitted: Fitted, texts: Sequence[str], run: Any, batch_size: int = 64, rough: bool = False
) -> tuple[Tensor, ...]:
    """`run(ids, mask)`, which gives tensors with a row for each text, over all texts; in their order, on the CPU.

    `rough`: in bf16 where the hardware has it.
    """
    device = next(fitted.model.parameters()).device
    spelled = [*map(fitted.spelling, texts)]
    with torch.autocast(device.type, torch.bfloat16, enabled=rough and has_bf16(device)):
        parts = read_batches(fitted.model, fitted.tokenizer, spelled, run, batch_size)
    return tuple(part.float().cpu() for part in parts)
