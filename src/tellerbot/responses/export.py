"""A trained responder -> merged weights, and the CTranslate2 model that serves (needs the `train` extra)."""

import contextlib
import io
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from ctranslate2.converters import TransformersConverter
from peft import PeftModel

from tellerbot.responses.base import open_plain
from tellerbot.responses.exported import AT_ONCE, TOKENIZER, WEIGHTS, ExportedModel
from tellerbot.responses.prompt import PromptFormat
from tellerbot.responses.rows import MASKED, EncodedPair, Pair


class _Converter(TransformersConverter):
    """CTranslate2's converter, with one thing that transformers 5 keeps elsewhere.

    A T5 config there declares the embeddings of every model tied. Whether outputs are scaled, as with tied embeddings,
    is a setting of its own; CTranslate2 still takes the first for the second.
    """

    def load_model(self, *arguments: Any, **options: Any) -> Any:
        model = super().load_model(*arguments, **options)
        if hasattr(model.config, "scale_decoder_outputs"):
            model.config.tie_word_embeddings = model.config.scale_decoder_outputs
        return model


def merge(base: Path, adapter: Path | None, tokenizer: Any, target: Path, dtype: str) -> None:
    """Write the base model with its adapters in its weights, in 16 or 32 bits, to a folder that any server reads.

    Never merged into 4 bits: rounding would undo what the adapters learned. The sums are made in 32 bits.
    """
    model = open_plain(base)
    if adapter:
        model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    model.to(getattr(torch, dtype)).save_pretrained(target)
    tokenizer.save_pretrained(target)


def convert(merged: Path, tokenizer: Any, form: PromptFormat, target: Path) -> None:
    """Write the CTranslate2 model in int8, its tokenizer and the prompt's format."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".convert-") as scratch:
        folder = Path(scratch) / "model"
        # The converter prints its own progress, which would tear ours.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            _Converter(str(merged)).convert(str(folder), quantization="int8_float32")
        target.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            shutil.move(path, target / (WEIGHTS if path.name == "model.bin" else path.name))
    tokenizer.backend_tokenizer.save(str(target / TOKENIZER))
    form.write(target)


def trained_loss(model: Any, tokenizer: Any, rows: Sequence[EncodedPair]) -> float:
    """Compute the mean loss per token of the replies, by the model as it was trained."""
    model.eval()
    total, count = 0.0, 0
    causal = not model.config.is_encoder_decoder
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        ids, mask = _pad([row.input_ids for row in some], tokenizer.pad_token_id)
        labels, _ = _pad([row.labels for row in some], MASKED)
        inputs = {"input_ids": ids, "attention_mask": mask, "labels": labels}
        with torch.inference_mode():
            loss = model(**{name: each.to(model.device) for name, each in inputs.items()}).loss
        tokens = int((labels[:, 1:] if causal else labels).ne(MASKED).sum())
        total, count = total + float(loss) * tokens, count + tokens
    return total / count


def exported_loss(model: ExportedModel, pairs: Sequence[Pair]) -> float:
    """Compute the mean loss per token of the replies, by the exported model."""
    found = model.score([(pair.prompt, pair.completion) for pair in pairs])
    return -sum(value for value, _ in found) / sum(count for _, count in found)


def _pad(rows: Sequence[Sequence[int]], value: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, mask
