"""Policies -> an index with the model that searches it."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from tellerbot.data.split import fingerprint as fingerprint_of_text
from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.encoder.text import as_reader
from tellerbot.errors import GateError, MissingExtraError
from tellerbot.files import write_json
from tellerbot.knowledge.index import KEYWORD, THRESHOLDS, KnowledgeIndex, embedding_text
from tellerbot.knowledge.ingest import Report, ingest
from tellerbot.knowledge.ingested import encoder_sha256, load_ingested
from tellerbot.knowledge.passages import LengthLimit
from tellerbot.knowledge.retriever import (
    DENSE_WEIGHT,
    VECTOR,
    Answerable,
    Fusion,
    Ranking,
    Retriever,
    Settings,
    read_questions,
    write_settings,
)
from tellerbot.knowledge.tune import fit_answerable, threshold_for
from tellerbot.project.policies import Policy
from tellerbot.training.folders import Run
from tellerbot.version import __version__
from tellerbot.weights import fingerprint, resolve

MAX_TOKENS = 256
# Mean cosine between the exported and the original encoder's vectors, below which the export is refused.
MIN_PARITY = 0.98
# At most so many passages, evenly picked, are embedded by both to compare them.
PARITY_PASSAGES = 500
# The share of out-of-scope utterances that may find a passage, where no run has fitted a threshold.
MAX_FALSE_FINDS = 0.02
# The share of utterances that may lose the sections their intent's reply points to.
MAX_LOST = 0.05
# At most so many utterances of a kind, evenly picked, are asked to choose thresholds.
ASKED = 600
ENCODER = "encoder.json"
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Built:
    """What was ingested, and the mean cosine between the exported and the original encoder; None without passages."""

    report: Report
    parity: float | None


def build_index(model: str | Run, policies: Sequence[Policy], folder: Path) -> Built:
    """Bring the index in `folder` up to `policies`; the model that searches it is put there.

    That is a retriever's run's, or the encoder of a base model, exported unless it already was. Only exporting needs
    the `train` extra. Raises GateError when the exported encoder strays from the original, and what `ingest` raises.
    """
    if isinstance(model, Run):
        shutil.copytree(model.model, folder, dirs_exist_ok=True)
        return Built(_ingest(policies, folder), float(model.read("metrics.json")["parity"]["cosine"]))
    base = resolve(model)
    origin = {
        "model": model,
        "base_sha256": fingerprint(base),
        "code_version": __version__,
    }
    accepted = _accepted(folder)
    parity = accepted.pop("parity_cosine", None)
    original = None
    if accepted != origin:
        (folder / ENCODER).unlink(missing_ok=True)
        original = _export(base, folder)
    report = _ingest(policies, folder)
    if original and report.passages:
        parity = _parity(*original, folder)
        if parity < MIN_PARITY:
            raise GateError(
                f"The exported encoder strays from {model}: mean cosine {parity:.4f}, expected {MIN_PARITY}. "
                "Name another model in assistant.yaml."
            )
        # Written last: an export that was not compared does not count.
        write_json(folder / ENCODER, {**origin, "parity_cosine": parity})
    return Built(report, parity)


def fit_index(
    folder: Path, asked: Sequence[tuple[str, Sequence[str]]], outside: Sequence[str], day: date, *, is_fitted: bool
) -> dict[str, float]:
    """Fit the index in `folder` (see `build_index`) to be served, and return its figures; needs the `eval` extra.

    `asked` are utterances with the sections that their intent's reply points to, `outside` out-of-scope ones. A model
    that a run has fitted is served as it is; a base model with fixed weights and a threshold that at most 2 % of the
    out-of-scope utterances reach. The threshold for the sections that a reply points to is one that its intent's own
    utterances seldom miss (see `threshold_for`).
    """
    retriever = Retriever.open(folder, None if is_fitted else Settings())
    texts = [embedding_text(passage) for passage in load_ingested(folder).passages]
    written = read_questions(folder)
    # Questions are known by the whole text: where the training saw other texts, this says so.
    known_texts = [fingerprint_of_text(text) in written for text in texts] if written else []
    if keyword := retriever.keyword(texts):
        keyword.save(folder / KEYWORD)
    asked, outside = _some(asked), _some(outside)
    questions = [text for text, _ in asked]
    index = KnowledgeIndex(folder, retriever, 0.0)
    if not is_fitted:
        index = index.with_settings(_base_settings(index, questions, outside, day), 0.0)
        write_settings(folder, index.retriever.settings)
    pointed = [index.rank([text], 1, day, within=sections)[0] for text, sections in asked]
    # Sections that are not in force are never quoted, whatever the threshold.
    scores = [ranking.answerability for ranking in pointed if len(ranking.rows)]
    policy = threshold_for(np.array(scores), MAX_LOST) if scores else 0.0
    chosen = {"on": f"{len(scores)} utterances of intents whose reply points to sections", "max_lost": MAX_LOST}
    write_json(folder / THRESHOLDS, {"policy": policy, "chosen": chosen})
    settings = index.retriever.settings
    return {
        "threshold": (settings.reranked if retriever.reranker else settings.first).threshold,
        "policy_threshold": policy,
        "found_in_scope": _share(index.rank(questions, 1, day)),
        "found_out_of_scope": _share(index.rank(outside, 1, day)),
        **({"with_written_questions": float(np.mean(known_texts))} if known_texts else {}),
    }


def _base_settings(index: KnowledgeIndex, questions: Sequence[str], outside: Sequence[str], day: date) -> Settings:
    """For a model that was not trained: usual weights, and answerability fitted on utterances in scope and out."""
    everything = [*questions, *outside]
    if not everything:
        return Settings(Fusion(DENSE_WEIGHT), Answerable((1.0, 0.0, 0.0)))
    cosines = index.retriever.embed(everything) @ index.corpus.vectors.T
    fusion = Fusion(DENSE_WEIGHT, float(cosines.mean()), float(cosines.std()) or 1.0)
    index = index.with_settings(Settings(fusion), 0.0)
    first = Answerable((1.0, 0.0, 0.0))
    if outside:
        out = _features(index.rank(outside, 1, day))
        if questions:
            first = fit_answerable(_features(index.rank(questions, 1, day)), out, MAX_LOST)
        first = replace(first, threshold=float(np.quantile(first.score(out), 1 - MAX_FALSE_FINDS)))
    return Settings(fusion, first)


def _features(rankings: Sequence[Ranking]) -> NDArray[np.float64]:
    return np.array([ranking.features for ranking in rankings]).reshape(len(rankings), -1)


def _share(rankings: Sequence[Ranking]) -> float:
    """Return the share of questions that get an answer."""
    return float(np.mean([ranking.answerable for ranking in rankings])) if rankings else 0.0


def _some(rows: Sequence[Row]) -> Sequence[Row]:
    return rows[:: len(rows) // ASKED + 1]


def _ingest(policies: Sequence[Policy], folder: Path) -> Report:
    """With the encoder in `folder`."""
    encoder = OnnxEncoder(folder)
    room = token_limit(encoder.tokenizer)
    return ingest(policies, folder, lambda texts: encoder(texts)[VECTOR], encoder_sha256(folder), room)


def token_limit(tokenizer: Tokenizer) -> LengthLimit:
    """Passages of as many tokens as the encoder of this tokenizer reads."""
    counting = as_reader(Tokenizer.from_str(tokenizer.to_str()))
    counting.no_truncation()
    counting.no_padding()
    reads = (tokenizer.truncation or {"max_length": MAX_TOKENS})["max_length"]
    marks = counting.num_special_tokens_to_add(False)
    return LengthLimit(lambda text: len(counting.encode(text, add_special_tokens=False)), reads - marks)


def _accepted(folder: Path) -> dict[str, Any]:
    """Read what the encoder in `folder` was exported from; empty when there is none that was accepted."""
    try:
        return dict(json.loads((folder / ENCODER).read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def _export(base: Path, folder: Path) -> tuple[Any, Any]:
    """Export the encoder of the `base` folder; returns the original and its tokenizer."""
    try:
        from tellerbot.encoder.export import export_encoder
        from tellerbot.encoder.model import PooledEncoder, load_tokenizer
    except ImportError as error:
        raise MissingExtraError("Exporting an encoder", "train") from error
    encoder, tokenizer = PooledEncoder(base), load_tokenizer(base, MAX_TOKENS)
    export_encoder(encoder, tokenizer, [VECTOR], folder)
    return encoder, tokenizer


def _parity(encoder: Any, tokenizer: Any, folder: Path) -> float:
    from tellerbot.encoder.model import embed

    ingested = load_ingested(folder)
    rows = range(0, len(ingested.passages), len(ingested.passages) // PARITY_PASSAGES + 1)
    original = embed(encoder, tokenizer, [embedding_text(ingested.passages[row]) for row in rows]).cpu().numpy()
    return float((original * ingested.vectors[list(rows)]).sum(1).mean())
