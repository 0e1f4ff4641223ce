"""A trained encoder -> ONNX int8 (needs the `train` extra)."""

import logging
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from tellerbot.encoder.runtime import MODEL_FILE, TOKENIZER_FILE


def export_encoder(module: nn.Module, tokenizer: Any, outputs: Sequence[str], folder: Path) -> None:
    """Write `encoder.onnx` (int8 weights, dynamic activations) and `tokenizer.json` into `folder`.

    `module` maps (input_ids, attention_mask) to a tensor or a tuple of tensors, which are named `outputs`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / TOKENIZER_FILE))
    module = module.cpu().eval()
    ids = torch.ones(2, 8, dtype=torch.int64)
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens")
    with tempfile.TemporaryDirectory() as scratch, quiet():
        full = Path(scratch) / "full.onnx"
        torch.onnx.export(
            module,
            (ids, torch.ones_like(ids)),
            full,
            input_names=["input_ids", "attention_mask"],
            output_names=list(outputs),
            dynamic_shapes=({0: batch, 1: tokens}, {0: batch, 1: tokens}),
            opset_version=18,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        model = onnx.load(full)
        # Shapes inferred for the example batch would contradict the quantiser's own inference.
        del model.graph.value_info[:]
        onnx.save(model, full)
        quantize_dynamic(full, folder / MODEL_FILE, per_channel=True, weight_type=QuantType.QInt8)


@contextmanager
def quiet() -> Any:
    """Silence the exporter's progress notes and the deprecations inside torch and onnxscript."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir", "root")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
