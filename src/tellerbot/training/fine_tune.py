"""Fine-tuning language models with the trainers of trl and transformers (needs the `train` extra)."""

import math
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Sampler
from transformers import (
    DataCollatorForSeq2Seq,
    PrinterCallback,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    TrainerCallback,
)
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling, SFTTrainer

from tellerbot.errors import ArtefactError, TrainingError
from tellerbot.files import sync, write_atomic
from tellerbot.training.loop import has_bf16, length_buckets, pick_device, seed_everything
from tellerbot.training.progress import Progress
from tellerbot.training.recipe import MASKED, EncodedPair, Recipe
from tellerbot.training.task import History

LOSS = "validation_loss"
# The file in the work folder that shows the first batch as the model reads it.
FIRST_BATCH = "first_batch.txt"


class _ByLength(Sampler[int]):
    """Rows in batches of like length, in an order that the seed and the epoch alone decide, as going on needs it."""

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self.lengths, self.batch_size, self.seed, self.epoch = lengths, batch_size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        batches = length_buckets(self.lengths, self.batch_size, np.random.default_rng([self.seed, self.epoch]))
        # A short batch anywhere but at the end would shift all after it.
        batches.sort(key=lambda batch: len(batch) < self.batch_size)
        return iter([row for batch in batches for row in batch])


class _WatchfulTrainer:
    """A trainer that stops at a batch from which nothing can be learned, or which breaks the model."""

    state: Any
    args: Any

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int] | None:
        lengths = [len(ids) for ids in train_dataset["input_ids"]]
        return _ByLength(lengths, self.args.train_batch_size, self.args.seed)

    def training_step(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Tensor:
        step = self.state.global_step + 1
        if not bool((inputs["labels"] != MASKED).any()):
            raise TrainingError(
                f"Training stopped: batch {step} has no label to learn, all are masked. The likely cause is replies "
                "that are empty or cut off; check the rows, and max_tokens in the config."
            )
        loss: Tensor = super().training_step(model, inputs, *args, **kwargs)  # type: ignore[misc]
        if not bool(torch.isfinite(loss)):
            raise TrainingError(
                f"Training stopped: the loss became {loss.item()} in batch {step}. The likely cause is a learning "
                "rate that is too high; lower it in the config and train again."
            )
        return loss


class _CausalTrainer(_WatchfulTrainer, SFTTrainer):
    """trl's trainer for models that go on from a prompt."""

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Compute the loss of the labels, from logits where there are labels only.

        Without Triton, trl's own scores every token of the vocabulary at every place and twice, which takes half of a
        step on a CPU.
        """
        inputs = dict(inputs)
        # Each place predicts the next token.
        labels = functional.pad(inputs.pop("labels"), (0, 1), value=MASKED)[:, 1:]
        places = (labels != MASKED).any(0).nonzero().squeeze(1)
        outputs = model(**inputs, use_cache=False, logits_to_keep=places)
        labels = labels[:, places].flatten()
        loss = functional.cross_entropy(
            outputs.logits.flatten(0, 1).float(), labels, ignore_index=MASKED, reduction="sum"
        )
        if num_items_in_batch is None:
            loss = loss / (labels != MASKED).sum()
        else:
            # It counts the labels of all processes, whose gradients are averaged.
            loss = loss / num_items_in_batch * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss


class _EncoderDecoderTrainer(_WatchfulTrainer, Seq2SeqTrainer):
    """The trainer of transformers for T5 and its like."""


class _Keeper(TrainerCallback):
    """A callback that names a save only when it is whole and on disk, and reports where training is."""

    def __init__(self, work: Path, progress: Progress) -> None:
        self.work = work
        self.progress = progress
        self.has_begun = False

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.has_begun = True
        # What is dropped in a step must not depend on what was drawn before it, or going on would end elsewhere.
        torch.manual_seed(args.seed + 1000 * state.global_step + args.process_index)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if args.world_size > 1:
            torch.distributed.barrier()
        if state.is_world_process_zero:
            new = self.work / f"checkpoint-{state.global_step}"
            for path in (*new.rglob("*"), new):
                sync(path)
            new.rename(self.work / f"saved-{state.global_step}")
            for old in _list_saves(self.work)[:-1]:
                shutil.rmtree(old)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **kwargs: Any
    ) -> None:
        if logs and "loss" in logs:
            note = f"epoch {math.ceil(state.epoch or 0)}, loss {logs['loss']:.3f}"
            self.progress(state.global_step, state.max_steps, note)


def _list_saves(work: Path) -> list[Path]:
    """Return whole saves, oldest first."""
    return sorted(work.glob("saved-*"), key=lambda path: int(path.name.rpartition("-")[2]))


def _make_trainer(
    model: Any,
    tokenizer: Any,
    recipe: Recipe,
    rows: Mapping[str, Sequence[EncodedPair]],
    keeper: _Keeper,
) -> Any:
    """Make the trainer of the model's kind over the encoded train and validation rows."""
    device = pick_device()
    per_step = recipe.batch_size * recipe.accumulate * int(os.environ.get("WORLD_SIZE", "1"))
    per_epoch = math.ceil(len(rows["train"]) / per_step)
    steps = recipe.epochs * per_epoch
    arguments: dict[str, Any] = {
        "output_dir": str(keeper.work), "seed": recipe.seed, "data_seed": recipe.seed,
        "num_train_epochs": recipe.epochs,
        "per_device_train_batch_size": recipe.batch_size, "per_device_eval_batch_size": recipe.batch_size,
        "gradient_accumulation_steps": recipe.accumulate, "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": recipe.schedule, "warmup_steps": math.ceil(recipe.warmup * steps),
        "max_grad_norm": 1.0, "weight_decay": 0.0, "bf16": has_bf16(device), "use_cpu": device.type == "cpu",
        "gradient_checkpointing": recipe.gradient_checkpointing,
        "logging_steps": 1, "logging_nan_inf_filter": False, "report_to": "none", "disable_tqdm": True,
        # By steps, so that an epoch's evaluation comes before the save at its end and is in it.
        "eval_strategy": "steps", "eval_steps": per_epoch,
        "save_strategy": "steps", "save_steps": max(1, math.ceil(steps / recipe.saves)),
        "dataloader_pin_memory": device.type == "cuda",
    }  # fmt: skip
    data = {name: Dataset.from_list([asdict(row) for row in some]) for name, some in rows.items()}
    shared: dict[str, Any] = {
        "model": model, "train_dataset": data["train"], "eval_dataset": data["validation"],
        "callbacks": [keeper],
    }  # fmt: skip
    trainer: Any
    if model.config.is_encoder_decoder:
        trainer = _EncoderDecoderTrainer(
            args=Seq2SeqTrainingArguments(**arguments),
            data_collator=DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=MASKED), **shared,
        )  # fmt: skip
    else:
        trainer = _CausalTrainer(
            args=SFTConfig(**arguments | {"max_length": None, "dataset_kwargs": {"skip_prepare_dataset": True}}),
            processing_class=tokenizer,
            data_collator=DataCollatorForLanguageModeling(pad_token_id=tokenizer.pad_token_id), **shared,
        )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    # Several GPUs are used by torchrun's processes. In one process it would split the batches that compute_loss joins.
    trainer.args._n_gpu = min(1, trainer.args.n_gpu)
    return trainer


def fine_tune(
    model: Any,
    tokenizer: Any,
    recipe: Recipe,
    rows: Mapping[str, Sequence[EncodedPair]],
    work: Path,
    progress: Progress,
) -> History:
    """Train in place. What is needed to go on is kept in `work`: a killed process ends with the same weights.

    Raises TrainingError when a batch has no label or the loss is not finite, ArtefactError when a save is damaged.
    """
    if int(os.environ.get("RANK", "0")) == 0:
        for half in work.glob("checkpoint-*"):
            shutil.rmtree(half)
    keeper = _Keeper(work, progress)
    trainer = _make_trainer(model, tokenizer, recipe, rows, keeper)
    write_atomic(work / FIRST_BATCH, f"{describe(next(iter(trainer.get_train_dataloader())), tokenizer)}\n", mode=0o600)
    saved = _list_saves(work)
    seed_everything(recipe.seed)
    try:
        trainer.train(resume_from_checkpoint=str(saved[-1]) if saved else None)
    except Exception as error:  # whatever reading a damaged file raises
        if not saved or keeper.has_begun:
            raise
        raise ArtefactError(
            f"{saved[-1]}: expected a save to go on from, found: {error}. Remove {work} to train from the start."
        ) from error
    found = History()
    for entry in trainer.state.log_history:
        if "loss" in entry:
            found.loss.append(entry["loss"])
        if "eval_loss" in entry:
            found.epochs.append({LOSS: entry["eval_loss"]})
    return found


def describe(batch: Mapping[str, Tensor], tokenizer: Any) -> str:
    """Describe the first row of a batch as the model sees it, and which of it is learned."""
    ids, labels = batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
    mask = batch["attention_mask"][0].tolist()
    learned = [label for label in labels if label != MASKED]
    total = int((batch["labels"] != MASKED).sum())
    return (
        f"First batch: {len(batch['labels'])} rows, {total} labels. Its first row, as the model reads it:\n"
        f"{tokenizer.decode([id for id, seen in zip(ids, mask, strict=True) if seen])}\n"
        f"What is learned of it ({len(learned)} of {sum(mask)} tokens; the last ends the reply):\n"
        f"{tokenizer.decode(learned)}"
    )
