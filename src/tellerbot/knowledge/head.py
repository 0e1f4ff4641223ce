"""Token vectors for late interaction, learnt beside the sentence vectors (needs the `train` extra)."""

from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.util.similarity import maxsim
from torch import Tensor, nn
from torch.nn import functional

from tellerbot.encoder.model import PooledEncoder


class TokenHead(nn.Module):
    """An encoder's last hidden states -> a unit vector for each token, and how much it weighs in a question."""

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(hidden, width, bias=False)
        # Keeps angles about as they are; all tokens weigh the same at first.
        nn.init.orthogonal_(self.project.weight)
        self.weigh = nn.Linear(hidden, 1)
        nn.init.zeros_(self.weigh.weight)
        nn.init.zeros_(self.weigh.bias)

    def forward(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, tokens, hidden) and their mask -> (batch, tokens, width) unit vectors, 0 where there is no token,
        and (batch, tokens) weights, which add up to 1 for each text."""
        there = mask.bool()
        vectors = functional.normalize(self.project(hidden).float(), dim=-1) * there[..., None]
        weights = self.weigh(hidden).float().squeeze(-1).masked_fill(~there, -1e9).softmax(-1)
        return vectors, weights


class TokenEncoder(nn.Module):
    """An encoder with its token head, to be exported."""

    def __init__(self, encoder: PooledEncoder, head: TokenHead) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(batch, tokens) ids and mask -> (batch, width) unit vectors of the texts, and what `TokenHead` returns."""
        hidden = self.encoder.hidden(input_ids, attention_mask)[-1]
        return self.encoder.pooled(hidden, attention_mask), *self.head(hidden, attention_mask)


class LateInteractionLoss(nn.Module):
    """`loss` of the sentence vectors plus the same of the token vectors, from one pass through the encoder.

    `loss` is one of sentence-transformers' losses over whole batches of questions and passages; the first column is
    asked, the second answers, further ones do not. The token vectors' is the cross-entropy of the right passage among
    all of the batch by `maxsim`, with scores multiplied by `scale`.
    """

    def __init__(self, model: SentenceTransformer, head: TokenHead, loss: nn.Module, scale: float) -> None:
        super().__init__()
        self.model, self.head, self.loss, self.scale = model, head, loss, scale

    def forward(self, features: list[dict[str, Tensor]], labels: Tensor) -> Tensor:
        """What the model's `preprocess` made of each column -> the loss. `labels` (rows,) are not used."""
        seen: list[tuple[Tensor, Tensor]] = []

        def keep(module: nn.Module, inputs: Any, found: dict[str, Tensor]) -> None:
            seen.append((found["token_embeddings"], found["attention_mask"]))

        # The losses keep the tokens' hidden states to themselves.
        hook = self.model[0].register_forward_hook(keep)
        try:
            loss = self.loss(features, labels)
        finally:
            hook.remove()
        (hidden, mask), *columns = seen
        # In full precision, as the sentence vectors' cosines.
        with torch.autocast(hidden.device.type, enabled=False):
            vectors, weights = self.head(hidden.float(), mask)
            asked = vectors * weights[..., None]
            scores = [maxsim(asked, self.head(states.float(), own)[0], mask.bool(), own.bool())
                      for states, own in columns]  # fmt: skip
            right = torch.arange(len(hidden), device=hidden.device)
            return loss + functional.cross_entropy(self.scale * torch.cat(scores, 1), right)
