"""A causal language model's folder -> the model and its tokenizer (needs the `train` extra)."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from tellerbot.encoder.model import refusal
from tellerbot.errors import ArtefactError, MissingExtraError

WHAT = "a causal language model (Llama and its like)"


def open_language_model(folder: Path) -> tuple[Any, Any]:
    """The tokenizer and the model in full precision, from safetensors or from the folder's only GGUF file.

    Quantised weights are multiplied out. Raises ArtefactError for a folder that holds no such model.
    """
    files = list(folder.glob("*.gguf"))
    if len(files) > 1:
        raise ArtefactError(f"{folder}: expected one GGUF file, found {len(files)}. Leave the one to use there.")
    # Without a bar, which would tear our own.
    transformers_logging.disable_progress_bar()
    how: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    how |= {"gguf_file": files[0].name} if files else {}
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, **how)
        how |= {} if files else {"use_safetensors": True}
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **how)
    except ImportError as error:
        raise MissingExtraError("Reading this language model", "train") from error
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise refusal(folder, WHAT, error) from error
    if tokenizer.eos_token_id is None or model.get_output_embeddings() is None:
        raise refusal(folder, WHAT, ValueError("no end-of-text token, or no head over the vocabulary"))
    return tokenizer, model
