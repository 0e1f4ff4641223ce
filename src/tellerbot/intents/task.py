"""The intents task: an encoder fine-tuned to tell intents, its thresholds, its figures (needs the `train` extra)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import save_file

from tellerbot import weights
from tellerbot.data.read import OUT_OF_SCOPE, Row, Source
from tellerbot.encoder.export import export_encoder
from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.evaluation.find import FoundMetric, find_metrics
from tellerbot.evaluation.intents import latency, score
from tellerbot.evaluation.metrics import measure
from tellerbot.evaluation.predictions import Predictions, gather, with_noise
from tellerbot.files import sha256
from tellerbot.intents.act_model import export_acts
from tellerbot.intents.acts import NO_ACTS, Acts, load_acts, outside_rows
from tellerbot.intents.calibrate import calibrate
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.fit import Fitted, fit, fit_scope, label_numbers, predict
from tellerbot.intents.predict import (
    LOGITS,
    SCOPE,
    Calibration,
    IntentPredictor,
    Outputs,
    interpret,
    read_outputs,
    write_settings,
)
from tellerbot.intents.report import pictures
from tellerbot.intents.rows import Labelled, hash_rows, is_project, load_labelled, split_parts
from tellerbot.intents.scores import HELD_OUT, VALIDATION, Scores, save_scores
from tellerbot.intents.seen import seen_marks
from tellerbot.intents.spelling import save_words
from tellerbot.intents.thresholds import choose_by_costs
from tellerbot.training.checkpoint import Checkpoint
from tellerbot.training.progress import Progress
from tellerbot.training.task import Curve, Data, Measured, Parity, Split

# Figures that do not depend on thresholds, which are the exported model's alone: what systems are compared by.
COMPARED = ("accuracy", "macro_precision", "macro_recall", "macro_f1", "ece", "scope_auroc")
# So many mistaken texts are shown in the report.
MISTAKES = 50
NOTES = (
    "The exported int8 model is what serves. It is meant for the utterances of one bank's customers in the language of "
    "its training rows, nothing else; messages under the scope threshold must be refused or handed to a person. See "
    "report.html for each intent."
)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A fitted model with its logits and scope values on the validation and test rows.

    `has_outside` says whether out-of-scope validation rows weighed the parts of its in-scope score.
    """

    fitted: Fitted
    outputs: Outputs
    has_outside: bool


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """The exported encoder with what it computes for the validation and test rows."""

    encoder: OnnxEncoder
    outputs: Outputs


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """An exported encoder with its thresholds, and the figures of their choice where costs chose them."""

    exported: Exported
    calibration: Calibration
    choice: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class IntentsTask:
    """Labelled rows by split, with the acts that a project's run carries."""

    kind: ClassVar[str] = "intents"
    package: ClassVar[str] = "tellerbot.intents"
    config: IntentsConfig
    labelled: Labelled
    parts: Mapping[str, Sequence[Row]]
    acts: Acts
    metrics: Sequence[FoundMetric]
    base: Path
    data: Data
    in_turn: bool

    @classmethod
    def load(
        cls, config: IntentsConfig, source: Source, validation: Source | None, test: Source | None
    ) -> "IntentsTask":
        """Read and split the rows. Raises what `train` raises before it trains."""
        labelled = load_labelled(source)
        config = config.model_copy(update={"metrics": labelled.metrics or config.metrics})
        metrics = find_metrics(config.metrics)
        parts, leaks = split_parts(config, labelled.file, validation, test)
        acts = load_acts(config.validation_fraction, config.seed) if config.acts and is_project(source) else NO_ACTS
        base = weights.resolve(config.model)
        sources = {"data": source, "validation": validation, "test": test}
        files = {name: Path(one) for name, one in sources.items() if isinstance(one, str | Path)}
        data = Data(
            detected=labelled.detected,
            splits={name: Split(len(rows), hash_rows(rows)) for name, rows in parts.items()},
            bases={"encoder": weights.fingerprint(base)},
            leaks=leaks,
            extra={
                "files": {name: sha256(file) for name, file in files.items() if file.is_file()},
                "costs": labelled.costs.model_dump(exclude_none=True) if labelled.costs else None,
                "seen": seen_marks(
                    _with_outside(parts["train"], acts.train), _with_outside(parts["validation"], acts.validation)
                ),
            },
        )
        return cls(config, labelled, parts, acts, metrics, base, data, is_project(source))

    @cached_property
    def labels(self) -> list[str]:
        """The intents, in the order of the model's logits."""
        return sorted({row.label for row in self.parts["train"]} - {OUT_OF_SCOPE})

    @cached_property
    def held_out(self) -> list[Row]:
        """The validation rows, then the test rows."""
        return [*self.parts["validation"], *self.parts["test"]]

    @cached_property
    def wanted(self) -> NDArray[np.int64]:
        """(validation and test rows,): their label numbers, -1 for out of scope."""
        return np.array(label_numbers(self.held_out, self.labels))

    def fit(self, work: Path, progress: Progress) -> Trained:
        """Train the encoder on the rows and the acts, and fit its scope scores."""
        texts = [row.text for row in self.held_out]
        train, validation = self.parts["train"], self.parts["validation"]
        # "Yes" and "the second one" ask for nothing: they are out of scope of every intent.
        rows = _with_outside(train, self.acts.train)
        fitted = fit(
            self.base, self.config, self.labels, rows, validation, texts, Checkpoint(work / "steps"), progress,
            in_turn=self.in_turn,
        )  # fmt: skip
        has_outside = fit_scope(fitted, self.labels, train, _with_outside(validation, self.acts.validation))
        logits, values = predict(fitted, texts)
        return Trained(fitted, (logits.numpy(), values.numpy()), has_outside)

    def curves(self, fitted: Trained) -> Mapping[str, Curve]:
        """Return what each optimisation recorded, by name."""
        return {"encoder": Curve(fitted.fitted.history, "validation_accuracy")}

    def export(self, fitted: Trained, folder: Path, work: Path) -> Exported:
        """Export the encoder and its checkpoint, and read the held-out rows with the exported model."""
        model, tokenizer = fitted.fitted.model, fitted.fitted.tokenizer
        (folder / "checkpoints").mkdir()
        state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
        save_file(state, folder / "checkpoints" / "trained.safetensors")
        export_encoder(model, tokenizer, [LOGITS, SCOPE], folder / "model", exact=("scope",))
        save_words(folder / "model", fitted.fitted.spelling.words)
        if self.acts.names:
            export_acts(folder / "acts")
        encoder = OnnxEncoder(folder / "model")
        # One text at a time, as it is served.
        outputs = read_outputs(encoder, fitted.fitted.spelling, [row.text for row in self.held_out], batch_size=1)
        return Exported(encoder, outputs)

    def compare(self, fitted: Trained, exported: Exported) -> list[Parity]:
        """Return how near the exported model is to the trained one on the held-out rows."""
        return compare(fitted.outputs, exported.outputs, self.wanted, self.config)

    def calibrate(self, fitted: Trained, exported: Exported, folder: Path) -> Calibrated:
        """Calibrate on the validation rows, choose thresholds by the costs if there are any, and write both."""
        calibration, choice = self._calibrate(exported.outputs, fitted.has_outside), dict[str, Any]()
        if self.labelled.costs:
            validation, test = self._scores(exported.outputs, calibration)
            calibration, choice["thresholds"] = choose_by_costs(calibration, validation, test, self.labelled.costs)
        write_settings(folder / "model", self.labels, calibration)
        return Calibrated(exported, calibration, choice)

    def measure(self, fitted: Trained, calibrated: Calibrated, folder: Path, progress: Progress) -> Measured:
        """Measure the exported model on the test rows, plain and under noise."""
        exported, calibration, words = calibrated.exported, calibrated.calibration, fitted.fitted.spelling.words
        rows = self.parts["test"]
        validation, test = self._scores(exported.outputs, calibration)
        found = interpret(self.labels, calibration, test.probabilities, test.scope, len(self.labels))
        predictor = IntentPredictor(self.labels, calibration, exported.encoder, words)
        predictions = with_noise(
            gather(lambda _: found, rows, self.labels),
            lambda texts: predictor.understand(texts, batch_size=1),
            rows,
        )
        number = {label: at for at, label in enumerate(self.labels)}
        noisy = np.array([[number.get(intent, -1) for intent in row] for row in predictions.noisy.tolist()])
        save_scores(folder / VALIDATION, validation)
        save_scores(folder / HELD_OUT, Scores(test.probabilities, test.scope, test.wanted, noisy))
        scores = score(predictions)
        base = fitted.fitted.base_logits.numpy()
        systems = {
            "base": self._compared((base, np.logaddexp.reduce(base, axis=1)), has_outside=False),
            "tuned": self._compared(fitted.outputs, fitted.has_outside),
            "exported": scores.pop("figures"),
        }
        # Texts that were mended once are mended sooner: a message comes to words that nobody has seen.
        fresh = IntentPredictor(self.labels, calibration, exported.encoder, words)
        details = {
            **scores,
            **measure(predictions, self.metrics),
            "latency": {"one message": latency(fresh.understand, [row.text for row in rows])},
            "calibration": asdict(calibration),
            **calibrated.choice,
        }
        return Measured("test rows", systems, details, pictures(details), _shown(rows, predictions), NOTES)

    def _calibrate(self, outputs: Outputs, has_outside: bool) -> Calibration:
        """Choose temperature and thresholds on the validation rows, which come first in `outputs`."""
        cut = len(self.parts["validation"])
        return calibrate(outputs[0][:cut], outputs[1][:cut], self.wanted[:cut], has_outside, self.config)

    def _scores(self, outputs: Outputs, calibration: Calibration) -> tuple[Scores, Scores]:
        """Calibrate the outputs on the validation rows, and on the test rows."""
        cut = len(self.parts["validation"])
        probabilities, scope = calibration.confidence(outputs[0]), calibration.scope(outputs[1])
        some, others = (
            Scores(probabilities[part], scope[part], self.wanted[part]) for part in (slice(cut), slice(cut, None))
        )
        return some, others

    def _compared(self, outputs: Outputs, has_outside: bool) -> dict[str, float]:
        """Score any model's outputs on the test rows, by what does not depend on thresholds."""
        calibration = self._calibrate(outputs, has_outside)
        _, test = self._scores(outputs, calibration)
        found = interpret(self.labels, calibration, test.probabilities, test.scope)
        figures = score(gather(lambda _: found, self.parts["test"], self.labels))["figures"]
        return {name: figures[name] for name in COMPARED if name in figures}


def _shown(rows: Sequence[Row], predictions: Predictions) -> dict[str, Any]:
    """Return what the report shows of the texts: in-scope rows that were mistaken, and subjects that slip through."""
    wrong = np.flatnonzero(predictions.inside & (predictions.found != predictions.wanted))
    surest = sorted(wrong.tolist(), key=lambda at: -predictions.confidence[at])[:MISTAKES]
    mistakes = [
        {"text": rows[at].text, "label": rows[at].label, "found": str(predictions.found[at]),
         "confidence": float(predictions.confidence[at])}
        for at in surest
    ]  # fmt: skip
    outside = [(row.subject, bool(taken)) for row, taken in zip(rows, predictions.accepted, strict=True)
               if row.label == OUT_OF_SCOPE]  # fmt: skip
    every, accepted = Counter(name for name, _ in outside), Counter(name for name, taken in outside if taken)
    subjects = [{"subject": name or "out of scope", "accepted": accepted[name], "rows": count}
                for name, count in every.most_common()]  # fmt: skip
    return {"mistakes": mistakes, "subjects": sorted(subjects, key=lambda each: -each["accepted"])}


def compare(trained: Outputs, exported: Outputs, wanted: NDArray[np.int64], config: IntentsConfig) -> list[Parity]:
    """Compare outputs on real rows; `wanted` (rows,) are label numbers, -1 for out of scope.

    An output that is not finite makes the agreement NaN, which no bound lets through.
    """
    finite = all(bool(np.isfinite(part).all()) for part in (*trained, *exported))
    inside = wanted >= 0
    mine, theirs = exported[0][inside].argmax(1), trained[0][inside].argmax(1)
    agreement = float((mine == theirs).mean()) if finite else float("nan")
    loss = float((theirs == wanted[inside]).mean() - (mine == wanted[inside]).mean())
    return [
        Parity("agreement", agreement, "min_agreement", at_least=config.min_agreement),
        Parity("accuracy_loss", loss, "max_accuracy_loss", at_most=config.max_accuracy_loss),
    ]


def _with_outside(rows: Sequence[Row], acts: Sequence[Any]) -> list[Row]:
    return [*rows, *outside_rows(acts)]
