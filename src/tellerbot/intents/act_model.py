"""The model of the acts: an encoder with a head, as it is trained, kept and exported (needs the `train` extra).

It ships with tellerbot as what each weight of the default encoder gained when the acts were learned, the product of two
thin matrices (Hu et al. 2021), so that eight megabytes carry it.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from tellerbot import weights
from tellerbot.encoder.export import export_encoder
from tellerbot.encoder.model import PooledEncoder, load_tokenizer
from tellerbot.errors import ArtefactError
from tellerbot.files import write_json
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.listen import LOGITS, SETTINGS
from tellerbot.intents.spelling import save_words

ACTS_MODEL = Path(__file__).with_name("acts.safetensors")
# The width of the thin matrices.
RANK = 96
_UP, _DOWN, _HEAD, _SCALE = "/up", "/down", "head.", 20.0


class ActModel(nn.Module):
    """A logit for each act, for a message may do several: linear in the vectors of the last two layers."""

    def __init__(self, encoder: PooledEncoder, acts: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(2 * encoder.width, acts)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(batch, tokens) -> the log-odds of each act (batch, acts)."""
        return self.head(_SCALE * torch.cat(self.encoder.layers(input_ids, attention_mask), dim=-1))

    def loss(self, input_ids: Tensor, attention_mask: Tensor, acts: Tensor) -> Tensor:
        """Binary cross-entropy, summed over the acts; of `acts` (batch, acts), 0 and 1, NaN is left out."""
        known = ~acts.isnan()
        found = self(input_ids, attention_mask).float()
        each = functional.binary_cross_entropy_with_logits(found, acts.nan_to_num(), reduction="none")
        # A batch of which nothing is known teaches nothing.
        return acts.shape[-1] * (each * known).sum() / known.sum().clamp(min=1)


def save_model(
    model: ActModel, base: Path, thresholds: Mapping[str, float], words: Mapping[str, int], path: Path
) -> None:
    """Write what the model gained over the encoder in `base`, its thresholds, and the words to mend slips to."""
    before = PooledEncoder(base).state_dict()
    tensors = {_HEAD + name: tensor.half() for name, tensor in model.head.state_dict().items()}
    for name, now in model.encoder.state_dict().items():
        gained = (now - before[name]).float()
        if not gained.any():
            continue
        if gained.dim() < 2:
            tensors[name] = gained.half()
            continue
        left, sizes, right = torch.linalg.svd(gained, full_matrices=False)
        root = sizes[:RANK].sqrt()
        tensors[name + _UP] = (left[:, :RANK] * root).half().contiguous()
        tensors[name + _DOWN] = (root[:, None] * right[:RANK]).half().contiguous()
    about = {"base": weights.fingerprint(base), "thresholds": dict(thresholds), "words": dict(words)}
    save_file(tensors, path, {"about": json.dumps(about)})


def load_model(base: Path, path: Path = ACTS_MODEL) -> tuple[ActModel, dict[str, float], dict[str, int]]:
    """Load the model with its thresholds by act, and the words. Raises ArtefactError when `base` is another encoder."""
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["about"])
        found = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - it is no mapping
    if about["base"] != weights.fingerprint(base):
        raise ArtefactError(f"{path}: expected the encoder that it was learned with, found another in {base}.")
    model = ActModel(PooledEncoder(base), len(about["thresholds"]))
    own = model.state_dict()
    for name, tensor in found.items():
        if name.startswith(_HEAD):
            own[name].copy_(tensor)
        elif name.endswith(_UP):
            plain = name.removesuffix(_UP)
            own[f"encoder.{plain}"] += tensor @ found[plain + _DOWN]
        elif not name.endswith(_DOWN):
            own[f"encoder.{name}"] += tensor
    return model, about["thresholds"], about["words"]


def export_acts(folder: Path, base: Path | None = None, path: Path = ACTS_MODEL) -> None:
    """Write the model that ships into `folder`, for the core install."""
    config = IntentsConfig()
    base = base or weights.resolve(config.model)
    model, thresholds, words = load_model(base, path)
    export_encoder(model, load_tokenizer(base, config.max_tokens), [LOGITS], folder, exact=("head",))
    save_words(folder, words)
    write_json(folder / SETTINGS, {"thresholds": thresholds})
