"""Questions and passages -> a fine-tuned sentence encoder (needs the `train` extra)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
from sentence_transformers.sentence_transformer.losses import (
    CachedMultipleNegativesRankingLoss,
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
)
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from sentence_transformers.util import batch_to_device, cos_sim, mine_hard_negatives
from torch import Tensor

from tellerbot.characters import plain_letters
from tellerbot.errors import ConfigError
from tellerbot.files import write_json
from tellerbot.knowledge.batches import like_lengths
from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.knowledge.rows import Question, Retrieval
from tellerbot.training.checkpoint import Checkpoint
from tellerbot.training.loop import optimise, pick_device, seed_everything, turn_off_dropout
from tellerbot.training.progress import Progress
from tellerbot.training.task import History

# Passages a question's hard negatives are drawn from: the best ranked that are no copies of the right one.
MINED_FROM = 60
BEST = "validation_ndcg@10"


def open_encoder(folder: Path, max_tokens: int) -> SentenceTransformer:
    """Open the encoder in `folder` with mean pooling and unit vectors, whatever else the folder holds."""
    words = Transformer(str(folder), max_seq_length=max_tokens, model_kwargs={"attn_implementation": "eager"})
    # Names of special tokens in a text are text, as in serving.
    words.tokenizer.split_special_tokens = True  # type: ignore[union-attr]
    pooling = Pooling(words.get_embedding_dimension(), "mean")
    return SentenceTransformer(modules=[words, pooling, Normalize()], device=str(pick_device()))


def fit_retriever(
    base: Path,
    config: RetrieverConfig,
    retrieval: Retrieval,
    written: Mapping[str, Sequence[str]],
    work: Path,
    progress: Progress,
) -> tuple[SentenceTransformer, History]:
    """Fine-tune the encoder in `base` so that questions are near their passages; the best epoch's weights.

    In-batch negatives first (multiple negatives ranking, Henderson et al. 2017; with cached gradients, Gao et al.
    2021, where a batch is larger than a mini-batch), then hard ones that the model itself ranks high. Before all of it
    comes an epoch of the questions `written` for each passage, by its id, if there are any. The best epoch
    is the one of the highest NDCG@10 of the validation questions over the whole corpus. What is needed to go on after
    a kill is kept in `work`. Vectors can be cut to the config's `matryoshka` sizes (Kusupati et al. 2022). Raises
    ConfigError when one is not below the width.
    """
    seed_everything(config.seed)
    model = open_encoder(base, config.max_tokens)
    turn_off_dropout(model)
    loss = _loss(model, config)
    given, invented = _pairs(retrieval, written)
    plain = [*([invented] if invented else []), *([given] * config.epochs)]
    device = next(model.parameters()).device

    def epochs() -> Iterator[list[list[tuple[str, ...]]]]:
        for epoch, rows in enumerate(plain):
            yield _batches(rows, config, epoch)
        for epoch in range(len(plain), len(plain) + config.hard_negative_epochs):
            yield _batches(_mined(model, config, retrieval, work / f"negatives-{epoch}.json"), config, epoch)

    def loss_of(batch: Sequence[tuple[str, ...]]) -> Tensor:
        columns = [list(column) for column in zip(*batch, strict=True)]
        features = [
            batch_to_device(model.preprocess([plain_letters(text) for text in texts]), device) for texts in columns
        ]
        return loss(features, torch.zeros(len(batch), device=device))

    evaluate = evaluator(retrieval.corpus, retrieval.parts["validation"])
    best = work / "best.safetensors"

    def after_epoch() -> dict[str, float]:
        found = evaluate(model)
        value = float(found["cosine_ndcg@10"])
        if value > _reached(best):
            _save_best(model, value, best)
        return {BEST: value, "validation_accuracy@1": float(found["cosine_accuracy@1"])}

    optimizer = torch.optim.AdamW(model.parameters(), lr=config.learning_rate, fused=True)
    # Rows that share a text cannot share a batch: there may be more batches than their number says.
    each = len(_batches(given, config, 0))
    steps = each * (config.epochs + config.hard_negative_epochs)
    steps += len(_batches(invented, config, 0)) if invented else 0
    checkpoint = Checkpoint(work / "retriever")
    history = optimise(model, optimizer, epochs(), steps, loss_of, after_epoch, checkpoint, progress)
    model.load_state_dict(load_file(best))
    return model, history


def _pairs(
    retrieval: Retrieval, written: Mapping[str, Sequence[str]]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the training questions and the written ones, each with its passage's text."""
    given = [(row.text, retrieval.corpus[row.passage]) for row in retrieval.parts["train"]]
    # Copies of a passage share their questions.
    invented = dict.fromkeys((text, retrieval.corpus[id]) for id, texts in written.items() for text in texts)
    return given, list(invented)


def _loss(model: SentenceTransformer, config: RetrieverConfig) -> Any:
    loss: Any = MultipleNegativesRankingLoss(model, config.scale, _cosines)
    if config.batch_size > config.mini_batch_size:
        # Embeds every batch twice, which only pays where it does not fit the memory at once.
        loss = CachedMultipleNegativesRankingLoss(model, config.scale, _cosines, mini_batch_size=config.mini_batch_size)
    return MatryoshkaLoss(model, loss, [_width(model, config), *config.matryoshka]) if config.matryoshka else loss


def _cosines(some: Tensor, others: Tensor) -> Tensor:
    """In full precision: those of bf16, scaled by 20, would differ by 1/16 or not at all."""
    with torch.autocast(some.device.type, enabled=False):
        return cos_sim(some.float(), others.float())


def _width(model: SentenceTransformer, config: RetrieverConfig) -> int:
    """How many numbers a vector has. Raises ConfigError when it cannot be cut to the sizes asked for."""
    width = model.get_embedding_dimension() or 0
    if config.matryoshka[0] >= width:
        raise ConfigError(
            f"matryoshka: expected sizes below the encoder's {width}, found {config.matryoshka[0]}. "
            "Leave it out, or choose another model."
        )
    return width


def evaluator(corpus: dict[str, str], questions: Sequence[Question]) -> InformationRetrievalEvaluator:
    """Ranks the whole corpus for each question; only the given passage counts."""
    return InformationRetrievalEvaluator(
        {row.id: row.text for row in questions},
        corpus,  # type: ignore[arg-type]
        {row.id: {row.passage} for row in questions},
        batch_size=64,
        write_csv=False,
    )


def _reached(best: Path) -> float:
    """Return what the best weights so far reach, before or after a kill."""
    if not best.is_file():
        return -1.0
    with safe_open(best, framework="pt") as file:
        return float(file.metadata()[BEST])


def _save_best(model: SentenceTransformer, value: float, best: Path) -> None:
    partial = best.with_suffix(".partial")
    tensors = {name: part.contiguous() for name, part in model.state_dict().items()}
    save_file(tensors, partial, {BEST: repr(value)})
    partial.replace(best)


def _batches(rows: Sequence[tuple[str, ...]], config: RetrieverConfig, epoch: int) -> list[list[tuple[str, ...]]]:
    batches = like_lengths(rows, config.batch_size, np.random.default_rng([config.seed, epoch]))
    return [[rows[at] for at in batch] for batch in batches]


def _mined(
    model: SentenceTransformer, config: RetrieverConfig, retrieval: Retrieval, kept: Path
) -> list[tuple[str, ...]]:
    """(question, passage, negatives...): a given one, then what the model ranks high, but clearly below the passage.

    They are kept in a file: a training that goes on after a kill must see the same.
    """
    if not kept.is_file():
        train = retrieval.parts["train"]
        pairs = Dataset.from_dict(
            {"question": [row.text for row in train], "passage": [retrieval.corpus[row.passage] for row in train]}
        )
        found: Any = mine_hard_negatives(
            pairs,
            model,
            corpus=[text for text in dict.fromkeys(retrieval.corpus.values()) if text.strip()],
            range_max=MINED_FROM,
            relative_margin=config.negative_margin,
            num_negatives=config.hard_negatives,
            sampling_strategy="top",
            output_format="n-tuple",
            batch_size=64,
            verbose=False,
        )
        write_json(kept, _with_given([tuple(row.values()) for row in found], retrieval, config.hard_negatives))
    return [tuple(row) for row in json.loads(kept.read_text())]


def _with_given(mined: Sequence[tuple[str, ...]], retrieval: Retrieval, count: int) -> list[tuple[str, ...]]:
    """(question, passage, `count` negatives) rows: first the one that came with the question, then mined ones.

    A question with a given one stays where too few could be mined; its own is repeated then.
    """
    negatives = {row[:2]: row[2:] for row in mined}
    rows: list[tuple[str, ...]] = []
    for question in retrieval.parts["train"]:
        pair = (question.text, retrieval.corpus[question.passage])
        own = [retrieval.corpus[question.negative]] if question.negative else []
        all_of_them = [*own, *(text for text in negatives.get(pair, ()) if text not in own)]
        if all_of_them:
            rows.append((*pair, *(all_of_them[min(at, len(all_of_them) - 1)] for at in range(count))))
    return rows
