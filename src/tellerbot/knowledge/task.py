"""The retriever task: an encoder that brings questions to their passages, and a reranker (needs the `train` extra)."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tellerbot import weights
from tellerbot.data.read import Source
from tellerbot.data.split import fingerprint
from tellerbot.encoder.export import export_encoder
from tellerbot.encoder.model import PooledEncoder, load_tokenizer
from tellerbot.files import write_json
from tellerbot.knowledge.candidates import candidates_for, first_written, teach
from tellerbot.knowledge.config import RerankerConfig, RetrieverConfig
from tellerbot.knowledge.fit import BEST, fit_retriever
from tellerbot.knowledge.measure import latencies
from tellerbot.knowledge.questions import QuestionModel, fit_questions, write_questions
from tellerbot.knowledge.report import caveat, pictures
from tellerbot.knowledge.rerank import FIRST, Reranker, check_layers, fit_reranker, read_pairs
from tellerbot.knowledge.retriever import (
    QUESTIONS,
    RERANKER,
    SCORE,
    VECTOR,
    Corpus,
    Retriever,
    Settings,
    write_settings,
)
from tellerbot.knowledge.rows import Retrieval, load_retrieval
from tellerbot.knowledge.stages import Stages, measure_stages
from tellerbot.training.fine_tune import LOSS
from tellerbot.training.folders import rows_hash
from tellerbot.training.progress import Progress
from tellerbot.training.task import Curve, Data, Measured, Parity, Split

# The tuned encoder before its export: a base model for further training, and for `models.knowledge`.
ENCODER = Path("checkpoints", "encoder")
# Near misses that a validation question's passage has to come before while the reranker is trained.
SHOWN_MISSES = 7
# At most so many texts or pairs are put through both the trained and the exported model to compare them.
COMPARED = 500


@dataclass(frozen=True, slots=True, eq=False)
class TrainedReranker:
    """A trained reranker, its tokenizer, and validation pairs with their scores by it, to compare its export with."""

    model: Reranker
    tokenizer: Any
    pairs: Sequence[tuple[str, str]]
    scores: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The tuned encoder, the reranker if the config has one, and the questions written for each passage, by its id."""

    encoder: Any
    reranker: TrainedReranker | None
    written: Mapping[str, Sequence[str]]
    curves: Mapping[str, Curve]


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """The exported model with the corpus by it, before its ranking is fitted, and the base model exported alike."""

    tuned: Retriever
    untuned: Retriever
    corpus: Corpus


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """The exported model with the settings that its stages were fitted with."""

    retriever: Retriever
    corpus: Corpus
    stages: Stages


@dataclass(frozen=True, eq=False)
class RetrieverTask:
    """Questions with the passages that answer them, by split."""

    kind: ClassVar[str] = "retriever"
    package: ClassVar[str] = "tellerbot.knowledge"
    config: RetrieverConfig
    retrieval: Retrieval
    base: Path
    question_base: Path | None
    data: Data

    @classmethod
    def load(cls, config: RetrieverConfig, source: Source) -> "RetrieverTask":
        """Read and split the rows. Raises what `train` raises before it trains."""
        retrieval = load_retrieval(source, config)
        base = weights.resolve(config.model)
        if config.reranker:
            check_layers(base, config.reranker)
        question_base = weights.resolve(config.questions.model) if config.questions else None
        data = Data(
            detected=retrieval.detected,
            splits={name: Split(len(rows), retrieval.hash(rows)) for name, rows in retrieval.parts.items()},
            bases={"encoder": weights.fingerprint(base)}
            | ({"questions": weights.fingerprint(question_base)} if question_base else {}),
            extra={
                "passages": len(retrieval.corpus),
                "corpus_sha256": rows_hash(iter(retrieval.corpus.items())),
                "left_out": retrieval.left_out,
                # Which question fell into which split, by id: the rows themselves stay where they are.
                "questions": {name: [row.id for row in rows] for name, rows in retrieval.parts.items()},
            },
        )
        return cls(config, retrieval, base, question_base, data)

    def fit(self, work: Path, progress: Progress) -> Trained:
        """Train the encoder, and the question model and the reranker when the config has them."""
        config, retrieval, curves = self.config, self.retrieval, dict[str, Curve]()
        model, written = None, dict[str, list[str]]()
        if self.question_base and config.questions:
            model, history = fit_questions(self.question_base, config.questions, config.seed, retrieval, work, progress)
            curves["questions"] = Curve(history, LOSS)
            kept = work / "written.jsonl"
            written = write_questions(model, config.questions.per_passage, config.seed, retrieval, kept, progress)
        encoder, history = fit_retriever(self.base, config, retrieval, written, work, progress)
        curves["encoder"] = Curve(history, BEST)
        encoder.save(str(work / "tuned"), create_model_card=False)
        # The reranker learns from what the exported encoder ranks high, as it will when it serves.
        self._export_encoder(work / "tuned", work / "exported", written)
        second = None
        if config.reranker:
            second, curve = self._fit_reranker(config.reranker, model, written, work, progress)
            curves["reranker"] = curve
        return Trained(encoder, second, written, curves)

    def curves(self, fitted: Trained) -> Mapping[str, Curve]:
        """Return what each optimisation recorded, by name."""
        return fitted.curves

    def export(self, fitted: Trained, folder: Path, work: Path) -> Exported:
        """Export the encoder and the reranker, and open the tuned and the untuned retriever."""
        shutil.copytree(work / "tuned", folder / ENCODER)
        shutil.copytree(work / "exported", folder / "model")
        if fitted.reranker:
            export_encoder(fitted.reranker.model, fitted.reranker.tokenizer, [SCORE], folder / "model" / RERANKER)
        self._export_encoder(self.base, work / "untuned", {})
        plain = Settings(keyword=self.config.keyword)
        tuned, untuned = (Retriever.open(each, plain) for each in (folder / "model", work / "untuned"))
        return Exported(tuned, untuned, tuned.index(list(self.retrieval.corpus.values())))

    def compare(self, fitted: Trained, exported: Exported) -> list[Parity]:
        """Compare vectors by their mean cosine, and the reranker's scores by their correlation."""
        texts = [text for text in self.retrieval.corpus.values() if text.strip()][:COMPARED]
        trained = fitted.encoder.encode(texts, batch_size=64, show_progress_bar=False)
        found = {"cosine": float((trained * exported.tuned.embed(texts)).sum(1).mean())}
        if fitted.reranker and exported.tuned.reranker:
            scores = exported.tuned.reranker(fitted.reranker.pairs)[SCORE]
            found["reranker_correlation"] = float(np.corrcoef(fitted.reranker.scores, scores)[0, 1])
        return [Parity(name, value, "min_parity", at_least=self.config.min_parity) for name, value in found.items()]

    def calibrate(self, fitted: Trained, exported: Exported, folder: Path) -> Calibrated:
        """Choose the settings on the validation questions, and write them beside the model."""
        stages = measure_stages(self.config, self.retrieval, exported.untuned, exported.tuned, exported.corpus)
        write_settings(folder / "model", stages.settings)
        return Calibrated(replace(exported.tuned, settings=stages.settings), exported.corpus, stages)

    def measure(self, fitted: Trained, calibrated: Calibrated, folder: Path, progress: Progress) -> Measured:
        """Measure every stage, and the time that a search takes."""
        stages, measured_on = calibrated.stages, self.retrieval.measured_on
        questions = [row.text for row in self.retrieval.parts[measured_on]]
        written = sum(map(len, self._by_print(fitted.written).values()))
        details = {
            **stages.details,
            "latency": latencies(calibrated.retriever, calibrated.corpus, questions),
            "written_questions": written,
            "epochs": [epoch for curve in fitted.curves.values() for epoch in curve.history.epochs],
        }
        answerable, note = stages.details["answerable"], caveat(measured_on, written)
        return Measured(
            f"{measured_on} questions", stages.systems, details, pictures(stages.systems, details), {"caveat": note},
            f"Figures are the exported int8 model's, over the passages of all splits. Without their passage "
            f"{answerable['caught']:.1%} of the questions get no answer, with it {answerable['lost']:.1%}. {note}",
        )  # fmt: skip

    def _export_encoder(self, source: Path, target: Path, written: Mapping[str, Sequence[str]]) -> None:
        tokenizer = load_tokenizer(source, self.config.max_tokens)
        export_encoder(PooledEncoder(source), tokenizer, [VECTOR], target)
        if prints := self._by_print(written):
            write_json(target / QUESTIONS, prints)

    def _by_print(self, written: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
        """Key the written questions by their passage's fingerprint: copies of a passage share theirs."""
        return {fingerprint(self.retrieval.corpus[id]): texts for id, texts in written.items()}

    def _fit_reranker(
        self,
        config: RerankerConfig,
        teacher: QuestionModel | None,
        written: Mapping[str, Sequence[str]],
        work: Path,
        progress: Progress,
    ) -> tuple[TrainedReranker, Curve]:
        retriever = Retriever.open(work / "exported", Settings(keyword=self.config.keyword))
        find = candidates_for(retriever, retriever.index(list(self.retrieval.corpus.values())), self.retrieval)
        given, validation = self.retrieval.parts["train"], find(self.retrieval.parts["validation"])
        check_on = [replace(one, passages=one.passages[: 1 + SHOWN_MISSES]) for one in validation]
        if teacher:
            # One written question of each passage is enough beside the given ones.
            questions = [*given, *first_written(written, self.retrieval)]
            train_on = teach(teacher, lambda: find(questions), config.negatives, self.config.seed, work, progress)
        else:
            train_on = find(given)
        model, tokenizer, history = fit_reranker(
            work / "tuned", config, self.config.seed, train_on, check_on, work, progress
        )
        pairs = [pair for one in check_on for pair in one.pairs]
        pairs = pairs[:: len(pairs) // COMPARED + 1]
        return TrainedReranker(model, tokenizer, pairs, read_pairs(model, tokenizer, pairs)), Curve(history, FIRST)
