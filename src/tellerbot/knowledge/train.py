"""One retriever run, from questions and passages to a measured, exported model (needs the `train` extra)."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot import weights
from tellerbot.data.split import fingerprint
from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import GateError, MissingExtraError
from tellerbot.evaluation.report import curves
from tellerbot.files import write_atomic, write_json
from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.knowledge.measure import latencies
from tellerbot.knowledge.report import CURVES, caveat, comparison, write_report
from tellerbot.knowledge.retriever import QUESTIONS, RERANKER, SCORE, VECTOR, Retriever, Settings, write_settings
from tellerbot.knowledge.rows import Question, Retrieval, load_retrieval
from tellerbot.knowledge.stages import measured
from tellerbot.training.progress import Progress
from tellerbot.training.run import Run, new_run, rows_hash, unfinished, write_card

# The tuned encoder before its export: a base model for further training, and for `models.knowledge`.
ENCODER = Path("checkpoints", "encoder")
# Near misses that a validation question's passage has to come before while the reranker is trained.
SHOWN_MISSES = 7
# At most so many texts or pairs are put through both the trained and the exported model to compare them.
COMPARED = 500


def train(
    config: RetrieverConfig,
    data: Path,
    *,
    runs: Path = Path("runs"),
    progress: Progress = lambda step, steps, note: None,
) -> Run:
    """Fine-tune, export, fit the ranking's weights and measure; returns the finished run.

    `data` is a folder or a file (see `load_retrieval`). Weights and the threshold of answerability are fitted on
    the validation questions; figures are those of the test questions, or, where splits without test questions were
    given, of the validation questions with all of it fitted on the other four fifths of them; the encoder's epoch is
    chosen on all of these. All are the exported models', over the passages of all parts. Raises ConfigError for more
    reranker layers than the encoder has, DataError for bad or leaking rows, GateError when an export strays from the
    trained model, TrainingError when training diverges. After any other failure the same call goes on.
    """
    try:
        from tellerbot.encoder.export import export_encoder
        from tellerbot.encoder.model import PooledEncoder, load_tokenizer
        from tellerbot.knowledge.candidates import candidates_for, first_written, taught
        from tellerbot.knowledge.fit import BEST, fit_retriever
        from tellerbot.knowledge.questions import LOSS, fit_questions, write_questions
        from tellerbot.knowledge.rerank import FIRST, check_layers, fit_reranker, read_pairs
        from tellerbot.training.loop import History, pick_device
    except ImportError as error:
        raise MissingExtraError("Training", "train") from error
    retrieval = load_retrieval(data, config)
    base = weights.resolve(config.model)
    if config.reranker:
        check_layers(base, config.reranker)
    base_sha256 = weights.fingerprint(base)
    hashes = {name: _hash(retrieval, rows) for name, rows in retrieval.parts.items()}
    corpus_sha256 = rows_hash(iter(retrieval.corpus.items()))
    asking = config.questions
    asks = weights.resolve(asking.model) if asking else None
    asks_sha256 = weights.fingerprint(asks) if asks else None
    made_from = [config.model_dump(), base_sha256, asks_sha256, pick_device().type, hashes, corpus_sha256]
    with unfinished(runs, "retriever", made_from) as work:
        asker, asked, written = None, History(), dict[str, list[str]]()
        if asking and asks:
            asker, asked = fit_questions(asks, asking, config.seed, retrieval, work, progress)
            kept = work / "written.jsonl"
            written = write_questions(asker, asking.per_passage, config.seed, retrieval, kept, progress)
        model, history = fit_retriever(base, config, retrieval, written, work, progress)
        model.save(str(work / "tuned"), create_model_card=False)
        with new_run("retriever", config.model_dump(), runs) as (folder, run):
            shutil.copytree(work / "tuned", folder / ENCODER)
            tuned, untuned = folder / "model", work / "untuned"
            for source, target in ((work / "tuned", tuned), (base, untuned)):
                tokenizer = load_tokenizer(source, config.max_tokens)
                export_encoder(PooledEncoder(source), tokenizer, [VECTOR], target)
                write_settings(target, Settings(keyword=config.keyword))
            # Copies of a passage share their questions, which count once.
            prints = {fingerprint(retrieval.corpus[id]): texts for id, texts in written.items()}
            if prints:
                write_json(tuned / QUESTIONS, prints)
                write_atomic(folder / CURVES["questions"], curves(asked, LOSS))
            parity = {"parity_cosine": _parity(model, Retriever(tuned), retrieval, config)}
            corpus = Retriever(tuned).index(list(retrieval.corpus.values()))
            write_atomic(folder / CURVES["encoder"], curves(history, BEST))
            epochs = [*asked.epochs, *history.epochs]
            if config.reranker:
                find = candidates_for(Retriever(tuned), corpus, retrieval)
                given, valid = retrieval.parts["train"], find(retrieval.parts["validation"])
                check_on = [replace(one, passages=one.passages[: 1 + SHOWN_MISSES]) for one in valid]
                if asker:
                    # One written question of each passage is enough beside the given ones.
                    questions = [*given, *first_written(written, retrieval)]
                    count = config.reranker.negatives
                    train_on = taught(asker, lambda: find(questions), count, config.seed, work, progress)
                else:
                    train_on = find(given)
                reranker, tokenizer, second = fit_reranker(
                    work / "tuned", config.reranker, config.seed, train_on, check_on, work, progress
                )
                export_encoder(reranker, tokenizer, [SCORE], tuned / RERANKER)
                pairs = [pair for one in check_on for pair in one.pairs]
                pairs = pairs[:: len(pairs) // COMPARED + 1]
                exported = OnnxEncoder(tuned / RERANKER)(pairs)[SCORE]
                parity["parity_reranker"] = _reranker_parity(read_pairs(reranker, tokenizer, pairs), exported, config)
                write_atomic(folder / CURVES["reranker"], curves(second, FIRST))
                epochs = [*epochs, *second.epochs]
            metrics, settings = measured(config, retrieval, Retriever(untuned), Retriever(tuned), corpus)
            write_settings(tuned, settings)
            retriever = Retriever(tuned)
            metrics |= {
                "latency": latencies(retriever, corpus, [row.text for row in retrieval.parts[retrieval.measured_on]]),
                "size_mb": sum(path.stat().st_size for path in tuned.rglob("*") if path.is_file()) / 1e6,
                **parity,
                "left_out": retrieval.left_out,
                "written_questions": sum(map(len, prints.values())),
                "epochs": epochs,
            }
            write_json(folder / "metrics.json", metrics)
            write_report(folder, f"Retriever run {run.name}", metrics)
            write_json(
                folder / "data.json",
                {
                    "kind": "retriever",
                    "base_sha256": base_sha256,
                    "questions_sha256": asks_sha256,
                    "detected": retrieval.detected,
                    "passages": len(retrieval.corpus),
                    "corpus_sha256": corpus_sha256,
                    "splits": {name: {"rows": len(rows), "sha256": hashes[name]}
                               for name, rows in retrieval.parts.items()},
                },
            )  # fmt: skip
            _write_splits(folder, retrieval)
            _write_card(folder, run, config, metrics)
    return run


def _parity(model: Any, retriever: Retriever, retrieval: Retrieval, config: RetrieverConfig) -> float:
    """Mean cosine between the trained and the exported encoder's vectors; raises GateError when it is too low."""
    texts = [text for text in retrieval.corpus.values() if text.strip()][:COMPARED]
    trained = model.encode(texts, batch_size=64, show_progress_bar=False)
    parity = float((trained * retriever.embed(texts)).sum(1).mean())
    if parity < config.min_parity:
        raise GateError(
            f"The exported encoder strays from the trained one: mean cosine {parity:.4f}, expected at least "
            f"{config.min_parity}. Train longer or at a lower rate; loosen min_parity only if you know why."
        )
    return parity


def _reranker_parity(trained: NDArray[np.float32], exported: NDArray[np.float32], config: RetrieverConfig) -> float:
    """Correlation of the trained and the exported reranker's (pairs,) scores; raises GateError when it is too low."""
    parity = float(np.corrcoef(trained, exported)[0, 1])
    if not parity >= config.min_parity:
        raise GateError(
            f"The exported reranker strays from the trained one: correlation {parity:.4f}, expected at least "
            f"{config.min_parity}. Train it longer or at a lower rate; loosen min_parity only if you know why."
        )
    return parity


def _hash(retrieval: Retrieval, questions: Sequence[Question]) -> str:
    passages = ((question.text, id) for question in questions for id in (question.passage, question.negative) if id)
    return rows_hash((text, retrieval.corpus[id]) for text, id in passages)


def _write_splits(folder: Path, retrieval: Retrieval) -> None:
    """Which question fell into which part, by id: the rows themselves stay where they are."""
    write_json(folder / "splits.json", {name: [row.id for row in rows] for name, rows in retrieval.parts.items()})


def _write_card(folder: Path, run: Run, config: RetrieverConfig, metrics: dict[str, Any]) -> None:
    found = metrics["answerable"]
    facts = {
        "base model": config.model,
        **({"questions written by": config.questions.model} if config.questions else {}),
        "questions measured": metrics["questions"],
        "no answer given": f"{found['caught']:.1%} without their passage, {found['lost']:.1%} with it",
        "size (MB)": f"{metrics['size_mb']:.1f}",
        **{f"{name}, 95 % within (ms)": f"{times['p95_ms']:.1f}" for name, times in metrics["latency"].items()},
    }
    write_card(
        folder,
        f"Retriever {run.name}",
        facts,
        f"{comparison(metrics['table'])}\n\n![The stages side by side](stages.png)\n\nFigures are the exported int8 "
        f"model's on {metrics['measured_on']}, over the passages of all parts; gain is the last stage's on the "
        f"untrained model. {caveat(metrics)}",
    )
