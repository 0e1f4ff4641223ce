"""The trained encoder: any transformers encoder with mean pooling (needs the `train` extra)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from tellerbot.encoder.text import as_reader, batch_by_length, encode_texts
from tellerbot.errors import ArtefactError, UnreadableModelError


class PooledEncoder(nn.Module):
    """Token vectors averaged over the attended tokens and scaled to length one (Reimers and Gurevych 2019)."""

    def __init__(self, folder: Path, layers: int | None = None) -> None:
        """`layers`: how many of the model's layers to keep, from the first; None keeps all."""
        super().__init__()
        kept: dict[str, Any] = {} if layers is None else {"num_hidden_layers": layers}
        # Its bar would tear our own.
        transformers_logging.disable_progress_bar()
        try:
            # An attention that is plain tensor arithmetic: it trains and exports the same for every family.
            self.transformer = AutoModel.from_pretrained(
                folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
                attn_implementation="eager",
                **kept,
            )
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise UnreadableModelError(folder, "a transformers encoder", error) from error
        config: Any = self.transformer.config
        self.width: int = config.hidden_size
        self.takes_token_types = getattr(config, "type_vocab_size", 0) > 0

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(batch, tokens) ids and mask -> (batch, width) unit vectors."""
        return self.layers(input_ids, attention_mask)[1]

    def layers(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return unit vectors (batch, width) of the layer before the last, and of the last."""
        arguments = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self.takes_token_types:
            arguments["token_type_ids"] = torch.zeros_like(input_ids)
        found = self.transformer(**arguments, output_hidden_states=True)
        mask = attention_mask.unsqueeze(-1).to(found.last_hidden_state.dtype)
        tokens = mask.sum(1).clamp(min=1e-9)

        def pooled(hidden: Tensor) -> Tensor:
            return functional.normalize((hidden * mask).sum(1) / tokens, dim=-1)

        return pooled(found.hidden_states[-2]), pooled(found.last_hidden_state)

    def blocks(self) -> list[list[nn.Parameter]]:
        """Parameters from the embeddings up, one list for each layer: for layer-wise learning rates."""
        depth = int(self.transformer.config.num_hidden_layers)
        groups: list[list[nn.Parameter]] = [[] for _ in range(depth + 1)]
        for name, parameter in self.transformer.named_parameters():
            numbers = [int(part) for part in name.split(".") if part.isdigit()]
            groups[numbers[0] + 1 if numbers and numbers[0] < depth else 0].append(parameter)
        return groups


def load_tokenizer(folder: Path, max_tokens: int) -> Any:
    """Load the model's fast tokenizer, with truncation at `max_tokens` and padding to the longest text of a batch."""
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise UnreadableModelError(folder, "a tokenizer", error) from error
    if not getattr(tokenizer, "is_fast", False):
        raise ArtefactError(
            f"{folder}: expected a tokenizer.json (a fast tokenizer), found a slow one, which the exported model "
            "cannot use. Convert it with transformers and save it again."
        )
    backend = tokenizer.backend_tokenizer
    backend.enable_truncation(max_tokens)
    pad = tokenizer.pad_token or tokenizer.eos_token
    backend.enable_padding(pad_id=tokenizer.convert_tokens_to_ids(pad), pad_token=pad)
    return as_reader(backend)


def batch_tensors(encodings: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """Tokenizer encodings -> (ids, mask), each (batch, longest of the batch)."""
    longest = max(sum(encoding.attention_mask) for encoding in encodings)
    ids = torch.tensor([encoding.ids[:longest] for encoding in encodings])
    mask = torch.tensor([encoding.attention_mask[:longest] for encoding in encodings])
    return ids, mask


def read_batches(
    model: nn.Module,
    tokenizer: Any,
    texts: Sequence[str] | Sequence[tuple[str, str]],
    read: Callable[[Tensor, Tensor], tuple[Tensor, ...]],
    batch_size: int = 64,
) -> tuple[Tensor, ...]:
    """Call `read(ids, mask)`, which gives tensors with a row for each text, on batches; join them in the texts' order.

    Without gradients, on the model's device.
    """
    encodings = encode_texts(tokenizer, texts)
    batches, places = batch_by_length([sum(encoding.attention_mask) for encoding in encodings], batch_size)
    device = next(model.parameters()).device
    parts: list[tuple[Tensor, ...]] = []
    model.eval()
    with torch.inference_mode():
        for rows in batches:
            ids, mask = batch_tensors([encodings[row] for row in rows])
            parts.append(read(ids.to(device), mask.to(device)))
    return tuple(torch.cat(column)[torch.from_numpy(places)] for column in zip(*parts, strict=True))


def embed(encoder: PooledEncoder, tokenizer: Any, texts: Sequence[str], batch_size: int = 64) -> Tensor:
    """(texts, width) unit vectors, without gradients, on the encoder's device."""
    if not texts:
        return torch.empty(0, encoder.width, device=next(encoder.parameters()).device)
    return read_batches(encoder, tokenizer, texts, lambda ids, mask: (encoder(ids, mask).float(),), batch_size)[0]
