"""A causal language model's folder -> the model and its tokenizer (needs the `train` extra)."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from tellerbot.errors import ArtefactError, MissingExtraError, UnreadableModelError

WHAT = "a causal language model (Llama and its like)"


def open_language_model(folder: Path) -> tuple[Any, Any]:
    """Open the tokenizer and the model in full precision, from safetensors or from the folder's only GGUF file.

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
        raise UnreadableModelError(folder, WHAT, error) from error
    if tokenizer.eos_token_id is None or model.get_output_embeddings() is None:
        raise UnreadableModelError(folder, WHAT, ValueError("no end-of-text token, or no head over the vocabulary"))
    return tokenizer, _as_plain(model) if files else model


def _as_plain(model: Any) -> Any:
    """Return a copy that transformers does not take for a quantised model, which it would not train."""
    config = model.config.to_dict()
    kept = {name: value for name, value in config.items() if name not in ("quantization_config", "model_type")}
    copy = AutoModelForCausalLM.from_config(AutoConfig.for_model(model.config.model_type, **kept))
    copy.load_state_dict(model.state_dict())
    return copy


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the libraries' bars and notes, and their warnings of what one library still calls in another."""
    level = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            # peft recognises GPT-2's layers by itself, and warns each time.
            warnings.filterwarnings("ignore", message="fan_in_fan_out")
            yield
    finally:
        transformers_logging.set_verbosity(level)
