"""Training a responder with the trainers of trl and transformers (needs the `train` extra)."""

import math
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Sampler, SequentialSampler
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
from tellerbot.files import sync
from tellerbot.responses.config import ResponderConfig
from tellerbot.responses.rows import MASKED, Encoded
from tellerbot.training.loop import History, has_bf16, length_buckets, pick_device, seed_everything
from tellerbot.training.progress import Progress

LOSS = "valid_loss"
# Saves in one training; only the newest is kept.
SAVES = 20


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


class _Watched:
    """A trainer that stops at a batch from which nothing can be learned, or which breaks the model."""

    state: Any
    args: Any

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int] | None:
        if self.args.train_sampling_strategy == "sequential":
            return SequentialSampler(train_dataset)
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


class _CausalTrainer(_Watched, SFTTrainer):
    """trl's trainer for models that go on from a prompt."""

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The loss of the labels, from logits where there are labels only.

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


class _EncoderDecoderTrainer(_Watched, Seq2SeqTrainer):
    """transformers' trainer for T5 and its like."""


class _Keeper(TrainerCallback):
    """Gives a save its name only when it is whole and on disk, and tells where training stands."""

    def __init__(self, work: Path, progress: Progress) -> None:
        self.work = work
        self.progress = progress

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
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
            for old in _saved(self.work)[:-1]:
                shutil.rmtree(old)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **kwargs: Any
    ) -> None:
        if logs and "loss" in logs:
            note = f"epoch {math.ceil(state.epoch or 0)}, loss {logs['loss']:.3f}"
            self.progress(state.global_step, state.max_steps, note)


def _saved(work: Path) -> list[Path]:
    """Whole saves, oldest first."""
    return sorted(work.glob("saved-*"), key=lambda path: int(path.name.rpartition("-")[2]))


def make_trainer(
    model: Any,
    tokenizer: Any,
    config: ResponderConfig,
    rows: Mapping[str, Sequence[Encoded]],
    work: Path,
    progress: Progress,
    **more: Any,
) -> Any:
    """The trainer of the model's kind over the encoded train and validation rows; `more` goes into its arguments."""
    device = pick_device()
    per_step = config.batch_size * config.accumulate * int(os.environ.get("WORLD_SIZE", "1"))
    per_epoch = math.ceil(len(rows["train"]) / per_step)
    steps = config.epochs * per_epoch
    arguments: dict[str, Any] = {
        "output_dir": str(work), "seed": config.seed, "data_seed": config.seed, "num_train_epochs": config.epochs,
        "per_device_train_batch_size": config.batch_size, "per_device_eval_batch_size": config.batch_size,
        "gradient_accumulation_steps": config.accumulate, "learning_rate": config.learning_rate,
        "lr_scheduler_type": config.schedule, "warmup_steps": math.ceil(config.warmup * steps),
        "max_grad_norm": 1.0, "weight_decay": 0.0, "bf16": has_bf16(device), "use_cpu": device.type == "cpu",
        "gradient_checkpointing": config.gradient_checkpointing,
        "logging_steps": 1, "logging_nan_inf_filter": False, "report_to": "none", "disable_tqdm": True,
        # By steps, so that an epoch's evaluation comes before the save at its end and is in it.
        "eval_strategy": "steps", "eval_steps": per_epoch,
        "save_strategy": "steps", "save_steps": max(1, math.ceil(steps / SAVES)),
        "dataloader_pin_memory": device.type == "cuda",
    }  # fmt: skip
    data = {name: Dataset.from_list([asdict(row) for row in some]) for name, some in rows.items()}
    shared: dict[str, Any] = {
        "model": model, "train_dataset": data["train"], "eval_dataset": data["validation"],
        "callbacks": [_Keeper(work, progress)],
    }  # fmt: skip
    trainer: Any
    if model.config.is_encoder_decoder:
        trainer = _EncoderDecoderTrainer(
            args=Seq2SeqTrainingArguments(**arguments | more),
            data_collator=DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=MASKED), **shared,
        )  # fmt: skip
    else:
        trainer = _CausalTrainer(
            args=SFTConfig(**arguments | {"max_length": None, "dataset_kwargs": {"skip_prepare_dataset": True}} | more),
            processing_class=tokenizer,
            data_collator=DataCollatorForLanguageModeling(pad_token_id=tokenizer.pad_token_id), **shared,
        )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    return trainer


def fit(
    model: Any,
    tokenizer: Any,
    config: ResponderConfig,
    rows: Mapping[str, Sequence[Encoded]],
    work: Path,
    progress: Progress,
    show: Callable[[str], None],
) -> History:
    """Train in place. What is needed to go on is kept in `work`: a killed process ends with the same weights.

    Raises TrainingError when a batch has no label or the loss is not finite, ArtefactError when a save is damaged.
    """
    if int(os.environ.get("RANK", "0")) == 0:
        for half in work.glob("checkpoint-*"):
            shutil.rmtree(half)
    trainer = make_trainer(model, tokenizer, config, rows, work, progress)
    show(describe(next(iter(trainer.get_train_dataloader())), tokenizer))
    saved = _saved(work)
    seed_everything(config.seed)
    try:
        trainer.train(resume_from_checkpoint=str(saved[-1]) if saved else None)
    except (OSError, ValueError, KeyError, EOFError) as error:
        if not saved:
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
    """The first row of a batch as the model sees it, and which of it is learned."""
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
