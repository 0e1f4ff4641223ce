"""A causal language model's folder -> the model and its tokenizer (needs the `train` extra)."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tellerbot.errors import ArtefactError, MissingExtraError


def open_language_model(folder: Path) -> tuple[Any, Any]:
    """The tokenizer and the model in full precision, from safetensors or from a single GGUF file.

    Quantised weights are multiplied out. Raises ArtefactError for a folder that holds no causal language model.
    """
    found = sorted(folder.glob("*.gguf"))
    file = {"gguf_file": found[0].name} if found else {}
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True, **file)
        model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32, **file)
    except ImportError as error:
        raise MissingExtraError("Reading this language model", "train") from error
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"{folder}: expected a causal language model (Llama and its like), found: {error}. Name another."
        ) from error
    if tokenizer.eos_token_id is None:
        raise ArtefactError(
            f"{folder}: expected a tokenizer with an end-of-text token, found none. Name another model."
        )
    return tokenizer, model
