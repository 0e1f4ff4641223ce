"""A trained encoder -> ONNX int8 (needs the `train` extra)."""

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from torch import nn

from tellerbot.encoder.model import PooledEncoder
from tellerbot.encoder.norms import spell_out_norms
from tellerbot.encoder.runtime import MODEL_FILE, TOKENIZER_FILE


def export_encoder(
    module: nn.Module, tokenizer: Any, outputs: Sequence[str], folder: Path, exact: Sequence[str] = ()
) -> None:
    """Write `encoder.onnx` (int8 weights, dynamic activations) and `tokenizer.json` into `folder`.

    `module` holds a PooledEncoder (or is one) and maps (input_ids, attention_mask) to a tensor or a tuple of
    tensors, which are named `outputs`. The graph is fused before it is quantised, which saves about a third of the
    time a short message takes, and layer normalisation is spelt out after (see `norms`), which saves an eighth of a
    batch's; families the fuser does not know stay as they are. The parts of `module` named in `exact`
    keep their full precision.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / TOKENIZER_FILE))
    module = module.cpu().eval()
    encoder = next(part for part in module.modules() if isinstance(part, PooledEncoder))
    config = encoder.transformer.config
    ids = torch.ones(2, 8, dtype=torch.int64)
    axes = {"input_ids": {0: "batch", 1: "tokens"}, "attention_mask": {0: "batch", 1: "tokens"}}
    with tempfile.TemporaryDirectory() as scratch, quiet():
        full, fused = Path(scratch) / "full.onnx", Path(scratch) / "fused.onnx"
        # The fuser knows the graphs of the tracing exporter, not yet those of torch.export.
        torch.onnx.export(
            module,
            (ids, torch.ones_like(ids)),
            str(full),
            input_names=list(axes),
            output_names=list(outputs),
            dynamic_axes={**axes, **{name: {0: "batch"} for name in outputs}},
            opset_version=18,
            dynamo=False,
        )
        optimizer.optimize_model(
            str(full), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size
        ).save_model_to_file(str(fused))
        quantize_dynamic(
            fused,
            folder / MODEL_FILE,
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[
                node.name
                for node in onnx.load(fused, load_external_data=False).graph.node
                if any(f"/{part}/" in node.name for part in exact)
            ],
            # Types of the fused operators' outputs cannot be inferred; they are all floats.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        model = onnx.load(folder / MODEL_FILE)
        spell_out_norms(model)
        onnx.save(model, folder / MODEL_FILE)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence the exporter's and the fuser's progress notes, and the deprecations inside torch."""
    loggers = [
        logging.getLogger(name) for name in ("", "onnxruntime", "torch.onnx", "fusion_base", "onnx_model", "optimizer")
    ]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        # The fuser prints what it could not infer; that is no news to anyone.
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
