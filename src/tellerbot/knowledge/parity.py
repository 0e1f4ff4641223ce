"""How far the exported models stray from the trained ones (needs the `train` extra)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tellerbot.encoder.model import batch_tensors
from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import GateError
from tellerbot.knowledge.head import TokenEncoder
from tellerbot.knowledge.rerank import Reranker, read_pairs
from tellerbot.knowledge.retriever import SCORE, TOKEN_VECTORS, TOKEN_WEIGHTS, VECTOR


def of_vectors(trained: Any, exported: OnnxEncoder, texts: Sequence[str], least: float) -> float:
    """Mean cosine between the trained sentence encoder's vectors and the exported one's.

    Raises GateError when it is below `least`, as the others do.
    """
    vectors = trained.encode(list(texts), batch_size=64, show_progress_bar=False)
    return _checked(float((vectors * exported(texts)[VECTOR]).sum(1).mean()), "encoder", "mean cosine", least)


def of_tokens(
    trained: TokenEncoder, tokenizer: Any, exported: OnnxEncoder, texts: Sequence[str], least: float
) -> float:
    """The same of all tokens, from a `TokenEncoder` on the CPU, or how much of the weight falls on the same tokens:
    whichever is less."""
    cosines: list[float] = []
    shared: list[float] = []
    with torch.inference_mode():
        for text, read in zip(texts, exported.tokens(texts), strict=True):
            ids, mask = batch_tensors(tokenizer.encode_batch([text]))
            _, vectors, weights = (part[0].numpy() for part in trained(ids, mask))
            cosines += (vectors * read[TOKEN_VECTORS]).sum(1).tolist()
            shared.append(float(np.minimum(weights, read[TOKEN_WEIGHTS]).sum()))
    parity = min(float(np.mean(cosines)), float(np.mean(shared)))
    return _checked(parity, "token head", "mean cosine or shared weight", least)


def of_scores(
    trained: Reranker, tokenizer: Any, exported: OnnxEncoder, pairs: Sequence[tuple[str, str]], least: float
) -> float:
    """Correlation of the trained and the exported reranker's scores."""
    scores = read_pairs(trained, tokenizer, pairs), exported(pairs)[SCORE]
    return _checked(float(np.corrcoef(*scores)[0, 1]), "reranker", "correlation", least)


def _checked(parity: float, what: str, measure: str, least: float) -> float:
    if not parity >= least:
        raise GateError(
            f"The exported {what} strays from the trained one: {measure} {parity:.4f}, expected at least {least}. "
            "Train longer or at a lower rate; loosen min_parity only if you know why."
        )
    return parity
