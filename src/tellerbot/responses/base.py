"""The model that a responder starts from (needs the `train` extra)."""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from tellerbot.errors import ConfigError, MissingExtraError, UnreadableModelError
from tellerbot.files import build_folder
from tellerbot.responses.config import ResponderConfig
from tellerbot.responses.prompt import SYSTEM, PromptFormat, to_model_text
from tellerbot.training.language_model import WHAT, open_language_model
from tellerbot.training.loop import has_bf16

_LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
_MARK = "\u2402"


@dataclass(frozen=True, slots=True)
class Base:
    """A base model's folder as transformers writes it, its tokenizer, and the text around its prompts."""

    folder: Path
    tokenizer: Any
    form: PromptFormat


def open_base(given: Path, work: Path) -> Base:
    """Open the base model in `given`; a GGUF file is dequantised in `work`. Raises ArtefactError."""
    folder = as_safetensors(given, work)
    tokenizer = open_tokenizer(folder)
    return Base(folder, tokenizer, prompt_format(tokenizer, encoder_decoder=is_encoder_decoder(folder)))


def as_safetensors(folder: Path, work: Path) -> Path:
    """Return the folder of a base model as transformers writes it; a GGUF file is dequantised in `work`, once."""
    if not list(folder.glob("*.gguf")):
        return folder
    target = work / "base"
    if not target.is_dir():
        tokenizer, model = open_language_model(folder)
        with build_folder(target) as partial:
            model.save_pretrained(partial)
            tokenizer.save_pretrained(partial)
    return target


def open_tokenizer(folder: Path) -> Any:
    """Open the base model's tokenizer.

    Its padding is never its end of text: padding is not to be learned or avoided.
    """
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, **_LOCAL)
    except (OSError, ValueError, KeyError) as error:
        raise UnreadableModelError(folder, "a tokenizer", error) from error
    if tokenizer.eos_token_id is None or not tokenizer.is_fast:
        raise UnreadableModelError(folder, WHAT, ValueError("no end-of-text token, or no tokenizer.json"))
    if tokenizer.pad_token_id in (None, tokenizer.eos_token_id):
        # Masked wherever it is, so any other token will do.
        ids = [tokenizer.unk_token_id, tokenizer.bos_token_id, 0, 1]
        chosen = next(id for id in ids if id not in (None, tokenizer.eos_token_id))
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(chosen)
    if (
        found := tokenizer.decode(tokenizer.encode(to_model_text("{n1:money}"), add_special_tokens=False))
    ) != "[n1:money]":
        raise UnreadableModelError(folder, "a tokenizer that can write [n1:money]", ValueError(repr(found)))
    return tokenizer


def prompt_format(tokenizer: Any, *, encoder_decoder: bool) -> PromptFormat:
    """Return the text around a prompt by the tokenizer's chat template, or plain text where it has none."""
    end = str(tokenizer.eos_token)
    if encoder_decoder or not tokenizer.chat_template:
        return PromptFormat(f"{SYSTEM}\n", "" if encoder_decoder else "\nReply: ", end, encoder_decoder)
    turns = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": _MARK}]
    try:
        whole = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    except TemplateError:
        # Some templates know no system turn, and say so by an error of their own.
        whole = tokenizer.apply_chat_template(
            [{"role": "user", "content": f"{SYSTEM}\n{_MARK}"}], tokenize=False, add_generation_prompt=True
        )
    fixed, _, after = str(whole).partition(_MARK)
    return PromptFormat(fixed, after, end, encoder_decoder)


def open_model(folder: Path, config: ResponderConfig, device: torch.device) -> Any:
    """Open the base model in full precision, or in 4 bits where the config asks for it."""
    how: dict[str, Any] = {"use_safetensors": True, "dtype": torch.float32}
    how["attn_implementation"] = {"flash": "flash_attention_2"}.get(config.attention, config.attention)
    if config.attention == "flash" and importlib.util.find_spec("flash_attn") is None:
        raise ConfigError("Expected the package flash-attn for `attention: flash`, found none. Use `attention: sdpa`.")
    if config.quantised:
        if importlib.util.find_spec("bitsandbytes") is None:
            raise MissingExtraError("Training on 4-bit weights", "train")
        from transformers import BitsAndBytesConfig

        how["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16 if has_bf16(device) else torch.float32,
        )  # fmt: skip
        how["device_map"] = {"": int(os.environ.get("LOCAL_RANK", "0")) if device.type == "cuda" else "cpu"}
    return _load(folder, how)


def open_plain(folder: Path) -> Any:
    """Open the model in `folder` unchanged, in full precision."""
    return _load(folder, {"use_safetensors": True, "dtype": torch.float32})


def is_encoder_decoder(folder: Path) -> bool:
    """Return whether the model reads a prompt with one part and writes with another, as T5 does."""
    try:
        return bool(AutoConfig.from_pretrained(folder, **_LOCAL).is_encoder_decoder)
    except (OSError, ValueError, KeyError) as error:
        raise UnreadableModelError(folder, WHAT, error) from error


def _load(folder: Path, how: dict[str, Any]) -> Any:
    kind = AutoModelForSeq2SeqLM if is_encoder_decoder(folder) else AutoModelForCausalLM
    try:
        return kind.from_pretrained(folder, **_LOCAL, **how)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise UnreadableModelError(folder, WHAT, error) from error


def with_adapters(model: Any, config: ResponderConfig) -> Any:
    """Prepare the model for training: with adapters beside its frozen weights, or with all of its weights."""
    if config.lora is None:
        return model
    from peft import LoraConfig as PeftLora
    from peft import TaskType, get_peft_model, prepare_model_for_kbit_training

    if config.quantised:
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=config.gradient_checkpointing)
    task = TaskType.SEQ_2_SEQ_LM if model.config.is_encoder_decoder else TaskType.CAUSAL_LM
    lora = config.lora
    try:
        return get_peft_model(
            model,
            PeftLora(r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=lora.targets,
                     task_type=task),
        )  # fmt: skip
    except ValueError as error:
        raise ConfigError(
            f"Expected lora.targets that the model has, found {lora.targets}: {error} Use all-linear, or name layers "
            "of this model."
        ) from error


def count_parameters(model: Any) -> tuple[int, int]:
    """Return the numbers of trained and of all parameters; 4-bit weights count as those they pack."""
    trained = total = 0
    for parameter in model.parameters():
        # bitsandbytes packs two values in a byte.
        size = parameter.numel() * (
            2 if type(parameter).__name__ == "Params4bit" and parameter.dtype == torch.uint8 else 1
        )
        total += size
        trained += size if parameter.requires_grad else 0
    return trained, total
