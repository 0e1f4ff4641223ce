"""How far the exported models stray from the trained ones (needs the `train` extra)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tellerbot.encoder.model import batch_tensors
from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import GateError
from tellerbot.knowledge.head import TokenEncoder
from tellerbot.knowledge.rerank import Reranker, read_pairs
from tellerbot.knowledge.retriever import SCORE, TOKEN_VECTORS, VECTOR


def of_vectors(trained: Any, exported: OnnxEncoder, texts: Sequence[str], least: float) -> float:
    """Mean cosine between the trained sentence encoder's vectors and the exported one's.

    Raises GateError when it is below `least`, as the others do.
    """
    vectors = trained.encode(list(texts), batch_size=64, show_progress_bar=False)
    return _checked(float((vectors * exported(texts)[VECTOR]).sum(1).mean()), "encoder", "mean cosine", least)


def of_tokens(
    trained: TokenEncoder, tokenizer: Any, exported: OnnxEncoder, texts: Sequence[str], least: float
) -> float:
    """The same of the vectors of all tokens, from a `TokenEncoder` on the CPU."""
    found: list[NDArray[np.float32]] = []
    with torch.inference_mode():
        for text in texts:
            ids, mask = batch_tensors(tokenizer.encode_batch([text]))
            found.append(trained(ids, mask)[1][0].numpy())
    read = exported.tokens(texts)
    cosines = [(own * other[TOKEN_VECTORS]).sum(1) for own, other in zip(found, read, strict=True)]
    return _checked(float(np.concatenate(cosines).mean()), "token head", "mean cosine", least)


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
