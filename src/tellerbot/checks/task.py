"""The check task: a cross-encoder that tells supported sentences from wrong ones (needs the `train` extra)."""

import random
import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tellerbot import weights
from tellerbot.checks.claims import LOGITS, CheckSettings, ClaimCheck, pair_of, support, write_settings
from tellerbot.checks.config import CheckConfig
from tellerbot.checks.fit import AUROC, CheckModel, fit_check, read_claims_with
from tellerbot.checks.measure import choose_threshold, measure, words_shared
from tellerbot.checks.mistakes import LABELS
from tellerbot.checks.rows import Claim, write_claims
from tellerbot.encoder.export import export_encoder
from tellerbot.encoder.model import PooledEncoder, embed, load_tokenizer
from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import DataError
from tellerbot.evaluation.temperature import fit_temperature
from tellerbot.training.folders import rows_hash
from tellerbot.training.progress import Progress
from tellerbot.training.task import Curve, Data, History, Measured, Parity, Split

# At most so many claims are read by both the trained and the exported model to compare them.
COMPARED = 500
TIMED = 100
Documents = Mapping[str, Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained check and its tokenizer."""

    model: CheckModel
    tokenizer: Any
    history: History


@dataclass(frozen=True, eq=False)
class CheckTask:
    """Claims made of a bank's documents, and given ones, by split; whole documents are in one split."""

    kind: ClassVar[str] = "check"
    package: ClassVar[str] = "tellerbot.checks"
    config: CheckConfig
    parts: Mapping[str, Sequence[Claim]]
    base: Path
    data: Data

    @classmethod
    def load(cls, config: CheckConfig, documents: Documents, given: Sequence[Claim] = ()) -> "CheckTask":
        """Split the documents and make claims of them; `given` ones are trained on. Raises DataError for too few."""
        split = _split(documents, config)
        counts = {
            "train": config.claims, "validation": max(100, config.claims // 5), "test": max(100, config.claims // 5),
        }  # fmt: skip
        # Mistakes of held-out words choose the threshold and are measured: those of a language model are its own.
        parts = {
            name: write_claims(some, counts[name], config.seed, "train" if name == "train" else "held_out")
            for name, some in split.items()
        }
        parts["train"] = [*parts["train"], *given]
        base = weights.resolve(config.model)
        data = Data(
            detected=f"{sum(map(len, documents.values()))} passages of {len(documents)} documents, {len(given)} claims",
            splits={
                name: Split(len(rows), rows_hash((row.sentence, row.label) for row in rows))
                for name, rows in parts.items()
            },
            bases={"encoder": weights.fingerprint(base)},
            extra={"documents": {name: sorted(some) for name, some in split.items()}},
        )
        return cls(config, parts, base, data)

    def fit(self, work: Path, progress: Progress) -> Trained:
        """Train the cross-encoder."""
        return Trained(
            *fit_check(self.base, self.config, self.parts["train"], self.parts["validation"], work, progress)
        )

    def curves(self, fitted: Trained) -> Mapping[str, Curve]:
        """Return what the optimisation recorded."""
        return {"check": Curve(fitted.history, AUROC)}

    def export(self, fitted: Trained, folder: Path, work: Path) -> ClaimCheck:
        """Export the model, and open it with settings that are not fitted yet."""
        export_encoder(fitted.model, fitted.tokenizer, [LOGITS], folder / "model")
        return ClaimCheck(OnnxEncoder(folder / "model"), CheckSettings())

    def compare(self, fitted: Trained, exported: ClaimCheck) -> list[Parity]:
        """Compare by the correlation of both models' support."""
        claims = self.parts["validation"][:COMPARED]
        ours = support(read_claims_with(fitted.model, fitted.tokenizer, claims), CheckSettings())
        theirs = support(exported.logits(_pairs(claims)), CheckSettings())
        value = float(np.corrcoef(ours, theirs)[0, 1])
        return [Parity("support_correlation", value, "min_parity", at_least=self.config.min_parity)]

    def calibrate(self, fitted: Trained, exported: ClaimCheck, folder: Path) -> ClaimCheck:
        """Fit the temperature and choose the threshold on the validation claims."""
        claims, config = self.parts["validation"], self.config
        logits = exported.logits(_pairs(claims))
        temperature = fit_temperature(logits, np.array([LABELS.index(row.label) for row in claims]))
        scores = support(logits, CheckSettings(temperature))
        threshold = choose_threshold(scores, claims, config.most_wrong, config.most_wrong_grave)
        settings = CheckSettings(temperature, threshold)
        write_settings(folder / "model", settings)
        return ClaimCheck.open(folder / "model")

    def measure(self, fitted: Trained, calibrated: ClaimCheck, folder: Path, progress: Progress) -> Measured:
        """Measure the check on the test claims, beside shared words and the untrained encoder's cosine."""
        claims, config = self.parts["test"], self.config
        systems: dict[str, dict[str, float]] = {}
        for name, read in (("words shared", words_shared), ("cosine", self._cosines)):
            bounds = (config.most_wrong, config.most_wrong_grave)
            threshold = choose_threshold(read(self.parts["validation"]), self.parts["validation"], *bounds)
            systems[name] = measure(read(claims), claims, threshold)
        scores = support(calibrated.logits(_pairs(claims)), calibrated.settings)
        systems["check"] = measure(scores, claims, calibrated.settings.threshold)
        details = {
            "rows": len(claims),
            "kinds": Counter(row.kind for row in claims),
            "threshold": calibrated.settings.threshold,
            "latency": {"a sentence": _latency(calibrated, claims)},
            "epochs": fitted.history.epochs,
        }
        missed = sorted(zip(scores, claims, strict=True), key=lambda pair: -pair[0])
        shown = {"passed": [row for score, row in missed if not row.is_supported][:20]}
        return Measured(
            "test claims", systems, details, shown=shown,
            notes="Documents, and the words of the mistakes, are others than those of training.",
        )  # fmt: skip

    def _cosines(self, claims: Sequence[Claim]) -> NDArray[np.float64]:
        """(claims,) the cosine of each sentence with the nearest sentence of its evidence, by the untrained encoder."""
        encoder, tokenizer = PooledEncoder(self.base), load_tokenizer(self.base, self.config.max_tokens)
        texts = list(dict.fromkeys(text for row in claims for text in (*row.evidence, row.sentence)))
        at = {text: row for row, text in enumerate(texts)}
        vectors = embed(encoder, tokenizer, texts).numpy()
        return np.array(
            [float((vectors[[at[text] for text in row.evidence]] @ vectors[at[row.sentence]]).max()) for row in claims]
        )


def _pairs(claims: Sequence[Claim]) -> list[tuple[str, str]]:
    return [pair_of(row.evidence, row.sentence) for row in claims]


def _split(documents: Documents, config: CheckConfig) -> dict[str, Documents]:
    """Put whole documents into validation, test and train, in an order that the seed decides."""
    names = sorted(documents)
    random.Random(config.seed).shuffle(names)  # noqa: S311 - rows are no secrets
    valid, test = (max(1, round(share * len(names))) for share in (config.validation_fraction, config.test_fraction))
    if len(names) < valid + test + 1:
        raise DataError(f"Expected at least 3 documents to train and measure on, found {len(names)}. Add policies.")
    parts = {"train": names[valid + test :], "validation": names[:valid], "test": names[valid : valid + test]}
    return {name: {document: documents[document] for document in some} for name, some in parts.items()}


def _latency(check: ClaimCheck, claims: Sequence[Claim]) -> dict[str, float]:
    """Milliseconds for single sentences, one after the other."""
    times: list[float] = []
    for row in claims[:TIMED]:
        start = time.perf_counter()
        check.support(row.evidence, [row.sentence])
        times.append(1000 * (time.perf_counter() - start))
    return {"median_ms": statistics.median(times), "p95_ms": float(np.quantile(times, 0.95))}
