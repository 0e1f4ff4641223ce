"""tellerbot and its three peers behind one face: rows in, probabilities and a scope score out.

Every system trains and answers in a process of its own, so that times and memory are its own.
"""

import json
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.noise import heavy, noisy, one_typo
from tellerbot.evaluation.intents import expected_calibration_error

BASE = "sentence-transformers/all-MiniLM-L6-v2"
# Seed of the evaluation's typos; its operators are others than training's.
NOISE_SEED = 20261122
Answer = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Probabilities (texts, intents) and in-scope scores (texts,)."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Labelled texts."""

    texts: list[str]
    labels: list[str]


@dataclass(frozen=True, slots=True)
class Parts:
    """`valid` rows only choose thresholds, where they are not to be split off `train`; peers have no thresholds."""

    train: Rows
    test: Rows
    valid: Rows | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """What a system made: its answers, the files it needs to answer, and figures of its own."""

    answer: Callable[[Sequence[str]], Answer]
    labels: list[str]
    size_mb: float
    extra: dict[str, Any]


def tfidf(rows: Parts, config: Path, folder: Path) -> Trained:
    """Character and word TF-IDF with logistic regression, scikit-learn."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    views = make_union(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
    )
    model = make_pipeline(views, LogisticRegression(C=20, max_iter=300)).fit(rows.train.texts, rows.train.labels)
    regression = model.named_steps["logisticregression"]

    def answer(texts: Sequence[str]) -> Answer:
        probabilities = model.predict_proba(list(texts))
        return probabilities, probabilities.max(1)

    return Trained(answer, list(regression.classes_), regression.coef_.nbytes / 1e6, {})


def frozen(rows: Parts, config: Path, folder: Path) -> Trained:
    """Vectors of the untuned MiniLM with logistic regression."""
    from sklearn.linear_model import LogisticRegression

    from tellerbot.encoder.model import PooledEncoder, embed, load_tokenizer
    from tellerbot.weights import resolve

    encoder, tokenizer = PooledEncoder(resolve(BASE)), load_tokenizer(resolve(BASE), 64)
    vectors = embed(encoder, tokenizer, rows.train.texts).numpy()
    regression = LogisticRegression(C=30, max_iter=300).fit(vectors, rows.train.labels)

    def answer(texts: Sequence[str]) -> Answer:
        probabilities = regression.predict_proba(embed(encoder, tokenizer, texts).numpy())
        return probabilities, probabilities.max(1)

    size = sum(parameter.nbytes for parameter in encoder.parameters()) / 1e6
    return Trained(answer, list(regression.classes_), size + regression.coef_.nbytes / 1e6, {})


def trainer(rows: Parts, config: Path, folder: Path) -> Trained:
    """MiniLM with a new linear head, fine-tuned by transformers' Trainer: tellerbot's epochs and batches, at 2e-4.

    A head that starts from nothing needs the higher rate, also where tellerbot's is lower.
    """
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments

    from tellerbot.intents.config import IntentsConfig
    from tellerbot.training.config import read_config
    from tellerbot.training.loop import has_bf16, pick_device
    from tellerbot.weights import resolve

    settings = read_config(config, IntentsConfig)
    labels = sorted(set(rows.train.labels))
    tokenizer: Any = AutoTokenizer.from_pretrained(resolve(BASE))
    model: Any = AutoModelForSequenceClassification.from_pretrained(resolve(BASE), num_labels=len(labels))
    encoded = tokenizer(rows.train.texts, truncation=True, max_length=64)
    encodings = [
        {"input_ids": ids, "attention_mask": mask, "labels": labels.index(label)}
        for ids, mask, label in zip(encoded["input_ids"], encoded["attention_mask"], rows.train.labels, strict=True)
    ]
    arguments = TrainingArguments(
        output_dir=str(folder / "trainer"),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        learning_rate=2e-4,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        bf16=has_bf16(pick_device()),
        use_cpu=pick_device().type == "cpu",
        train_sampling_strategy="group_by_length",
        seed=0,
    )
    Trainer(model=model, args=arguments, train_dataset=encodings, processing_class=tokenizer).train()  # type: ignore[arg-type]
    model = model.cpu().eval()

    def answer(texts: Sequence[str]) -> Answer:
        parts = []
        with torch.inference_mode():
            for start in range(0, len(texts), 64):
                some = list(texts[start : start + 64])
                batch = tokenizer(some, truncation=True, max_length=64, padding=True, return_tensors="pt")
                parts.append(model(**batch).logits.softmax(-1).double().numpy())
        probabilities = np.concatenate(parts)
        return probabilities, probabilities.max(1)

    return Trained(answer, labels, sum(parameter.nbytes for parameter in model.parameters()) / 1e6, {})


def tellerbot(rows: Parts, config: Path, folder: Path) -> Trained:
    """One run of the config, measured as exported. It keeps some training rows to choose thresholds by."""
    from tellerbot.intents.config import IntentsConfig
    from tellerbot.intents.predict import IntentPredictor, read_outputs
    from tellerbot.intents.train import train as train_intents
    from tellerbot.training.config import read_config

    data, test = _write(folder / "train.jsonl", rows.train), _write(folder / "test.jsonl", rows.test)
    valid = _write(folder / "valid.jsonl", rows.valid) if rows.valid else None
    # The public splits hold near-duplicates of each other, for every system alike.
    settings = read_config(config, IntentsConfig).model_copy(update={"allow_leaks": True})
    run = train_intents(settings, data, validation=valid, test=test, runs=folder / "runs")
    predictor = IntentPredictor.open(run.model)
    metrics = run.read("metrics.json")

    def answer(texts: Sequence[str]) -> Answer:
        logits, values = read_outputs(predictor.encoder, predictor.spelling, texts, batch_size=1)
        return predictor.calibration.confidence(logits), predictor.calibration.scope(values)

    extra = {"run": str(run.folder), "level": predictor.calibration.candidate_level}
    return Trained(answer, predictor.labels, metrics["size_mb"], extra)


SYSTEMS = {"TF-IDF + linear": tfidf, "frozen MiniLM + linear": frozen, "plain Trainer": trainer, "tellerbot": tellerbot}


def measure(system: str, config: Path, rows: Parts, out_of_scope: dict[str, list[str]], folder: Path) -> dict[str, Any]:
    """Train and measure in a fresh process: figures of the test rows, and of them against each out-of-scope set."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure, system, config, rows, out_of_scope, folder).result()


def _measure(
    system: str, config: Path, rows: Parts, out_of_scope: dict[str, list[str]], folder: Path
) -> dict[str, Any]:
    from sklearn.metrics import average_precision_score, roc_auc_score

    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    trained = SYSTEMS[system](rows, config, folder)
    seconds = time.perf_counter() - start
    test = rows.test
    wanted = np.array(test.labels)
    names = np.array(trained.labels)

    def accuracy(texts: Sequence[str]) -> float:
        return float((names[trained.answer(texts)[0].argmax(1)] == wanted).mean())

    # Before all else: texts that were answered once are answered sooner.
    times = []
    for text in [*rows.train.texts[:20], *test.texts[:200]]:
        before = time.perf_counter()
        trained.answer([text])
        times.append((time.perf_counter() - before) * 1000)
    probabilities, scope = trained.answer(test.texts)
    right = names[probabilities.argmax(1)] == wanted
    result: dict[str, Any] = {
        "accuracy": float(right.mean()),
        "ece": expected_calibration_error(probabilities.max(1), right),
        "one typo": accuracy(noisy(test.texts, one_typo, NOISE_SEED)),
        "heavy noise": accuracy(noisy(test.texts, heavy, NOISE_SEED)),
        "train_s": seconds,
        "median_ms": statistics.median(times[20:]),
        "size_mb": trained.size_mb,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "scope": {},
        **trained.extra,
    }
    if "level" in trained.extra:
        chosen = probabilities >= trained.extra["level"]
        chosen[np.arange(len(chosen)), probabilities.argmax(1)] = True
        true = (names[None] == wanted[:, None]) & chosen
        result |= {"coverage": float(true.any(1).mean()), "candidates": float(chosen.sum(1).mean())}
    for name, texts in out_of_scope.items():
        outside = np.r_[np.zeros(len(scope)), np.ones(len(texts))]
        scores = -np.r_[scope, trained.answer(texts)[1]]
        # The published CLINC150 figures are at 1,000 out-of-scope to 4,500 in-scope rows: rows are weighted to that.
        weights = np.where(outside == 1, len(scope) / len(texts) * 1000 / 4500, 1.0)
        result["scope"][name] = {
            "auroc": float(roc_auc_score(outside, scores)),
            "aupr": float(average_precision_score(outside, scores)),
            "aupr_weighted": float(average_precision_score(outside, scores, sample_weight=weights)),
        }
    return result


def _write(path: Path, rows: Rows) -> Path:
    pairs = zip(rows.texts, rows.labels, strict=True)
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in pairs))
    return path
