"""Policies -> an index with its own exported encoder (needs the `train` extra)."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from tellerbot.errors import GateError
from tellerbot.knowledge.index import VECTOR, KnowledgeIndex, write_index, write_settings
from tellerbot.knowledge.passages import split_policies
from tellerbot.project.load import Policy
from tellerbot.weights import resolve

MAX_TOKENS = 256
# Mean cosine between the exported and the original encoder's vectors, below which the export is refused.
MIN_PARITY = 0.98
# The share of out-of-scope utterances that may find a passage.
MAX_FALSE_FINDS = 0.02


def build_knowledge(
    model: str, policies: Sequence[Policy], out_of_scope: Sequence[str], folder: Path, day: date
) -> dict[str, float]:
    """Write the index into `folder` and return its figures.

    The threshold under which nothing is found is the score that at most 2 % of the out-of-scope utterances
    reach. Raises GateError when the exported encoder strays from the original.
    """
    from tellerbot.encoder.export import export_encoder
    from tellerbot.encoder.model import PooledEncoder, embed, load_tokenizer

    base = resolve(model)
    encoder, tokenizer = PooledEncoder(base), load_tokenizer(base, MAX_TOKENS)
    passages = split_policies(policies)
    original = embed(encoder, tokenizer, [passage.text for passage in passages]).cpu().numpy()
    export_encoder(encoder, tokenizer, [VECTOR], folder)
    write_index(passages, folder)
    write_settings(folder, 0.0, {})
    index = KnowledgeIndex(folder)
    parity = float((original * index.embed([passage.text for passage in passages])).sum(1).mean())
    if parity < MIN_PARITY:
        raise GateError(f"The exported encoder strays from {model}: mean cosine {parity:.4f}, expected {MIN_PARITY}.")
    tops = [ranking[0][1] for ranking in index.rank(out_of_scope, 1, day)] if out_of_scope else [0.0]
    threshold = float(np.quantile(tops, 1 - MAX_FALSE_FINDS))
    chosen = {"on": f"{len(out_of_scope)} out-of-scope utterances", "max_false_finds": MAX_FALSE_FINDS}
    write_settings(folder, threshold, chosen)
    return {"passages": len(passages), "parity_cosine": parity, "threshold": threshold}
