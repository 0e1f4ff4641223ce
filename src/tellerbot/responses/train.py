"""One responder run, from rows of replies to a measured, exported model (needs the `train` extra)."""

import json
import logging
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tellerbot import weights
from tellerbot.errors import MissingExtraError
from tellerbot.evaluation.report import curves, write_page
from tellerbot.files import building, write_atomic, write_json, write_lines
from tellerbot.responses.config import ResponderConfig
from tellerbot.responses.measure import KINDS, comparison
from tellerbot.responses.rows import Pair, Replies, load_replies
from tellerbot.training.progress import Progress
from tellerbot.training.run import Run, joined, new_run, unfinished, write_card

if TYPE_CHECKING:
    from tellerbot.responses.base import Base

# The adapters as peft writes them, and the base model with them in its weights, for other servers and further training.
ADAPTER, MERGED = Path("checkpoints", "adapter"), Path("checkpoints", "merged")
CURVES, FIRST_BATCH, READY = "curves.png", "first_batch.txt", "ready"
# Tokens that a reply may have while it is measured, rows that trained and exported weights are compared on, and samples
# that the report shows. Replies are compared by this many tokens, as many as sentence encoders read.
MOST_TOKENS, COMPARED, SHOWN, READ = 160, 48, 12, 256


def train(
    config: ResponderConfig,
    data: Path,
    *,
    runs: Path = Path("runs"),
    progress: Progress = lambda step, steps, note: None,
    show: Callable[[str], None] = lambda text: None,
) -> Run | None:
    """Fine-tune, merge, export and measure; returns the finished run.

    `data` is a folder with train, validation and test rows, or one file (see `load_replies`). `show` is told the first
    batch as the model reads it. Figures are the exported model's on the test rows, beside those of the base model
    exported alike. Started by torchrun or accelerate, all processes train and the first goes on alone; the others
    return None. Raises DataError for bad or leaking rows or figures in the replies, GateError when the export strays
    from the trained model, TrainingError when nothing can be learned. After any other failure the same call goes on.
    """
    # It warns on every machine without a GPU.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    try:
        from tellerbot.responses.base import count_parameters, open_base, open_model, quiet, with_adapters
        from tellerbot.responses.export import merge, trained_loss
        from tellerbot.responses.fit import LOSS, fit
        from tellerbot.responses.rows import encode, fitting
        from tellerbot.training.loop import pick_device, seed_everything
    except ImportError as error:
        raise MissingExtraError("Training a responder", "train") from error
    replies = load_replies(data, config)
    source = weights.resolve(config.model)
    base_sha256 = weights.fingerprint(source)
    device = pick_device()
    made_from = [config.model_dump(), base_sha256, device.type, replies.hashes()]
    # torchrun and accelerate say which process this is; the first one keeps the folder.
    others = int(os.environ.get("RANK", "0")) > 0
    place = joined(runs, "responder", made_from, READY) if others else unfinished(runs, "responder", made_from)
    with quiet(), place as work:
        base = open_base(source, work)
        (work / READY).touch()
        rows = {
            name: fitting(pairs, base.form, base.tokenizer, config.max_tokens) for name, pairs in replies.parts.items()
        }
        seed_everything(config.seed)
        model = with_adapters(open_model(base.folder, config, device), config)
        trained, total = count_parameters(model)
        first: list[str] = []
        history = fit(model, base.tokenizer, config, rows, work, progress, first.append)
        show(first[0])
        if others:
            return None
        compared = replies.parts["test"][: min(config.measured, COMPARED)]
        full = trained_loss(model, base.tokenizer, [encode(pair, base.form, base.tokenizer) for pair in compared])
        with new_run("responder", config.model_dump(), runs) as (folder, run):
            if config.lora:
                model.save_pretrained(folder / ADAPTER)
                merge(base.folder, folder / ADAPTER, base.tokenizer, folder / MERGED, config.merged)
            else:
                model.save_pretrained(work / "tuned")
                merge(work / "tuned", None, base.tokenizer, folder / MERGED, config.merged)
            del model
            found = _export(base, config, replies, full, folder, work, progress)
            write_atomic(folder / CURVES, curves(history, LOSS))
            write_atomic(folder / FIRST_BATCH, f"{first[0]}\n", mode=0o600)
            _write_rows(folder, replies, found.written)
            test = replies.parts["test"][: config.measured]
            metrics = {
                "measured_on": f"{len(test)} test rows",
                "table": found.table,
                "reference_words": sum(len(pair.completion.split()) for pair in test) / len(test),
                "trained_parameters": trained,
                "parameters": total,
                "perplexity_worse_by_export": found.worse,
                "valid_perplexity": [math.exp(epoch[LOSS]) for epoch in history.epochs],
                "size_mb": sum(path.stat().st_size for path in (folder / "model").iterdir()) / 1e6,
                "left_out": {name: len(pairs) - len(rows[name]) for name, pairs in replies.parts.items()},
            }
            write_json(folder / "metrics.json", metrics)
            samples = {"samples": _samples(test, found.written), "kinds": KINDS}
            pictures = {"Loss": (folder / CURVES).read_bytes()}
            write_page(folder, "tellerbot.responses", f"Responder run {run.name}", metrics | samples, pictures)
            _write_card(folder, run, config, metrics)
            write_json(
                folder / "data.json",
                {"kind": "responder", "base": config.model, "base_sha256": base_sha256, "detected": replies.detected,
                 "splits": replies.hashes()},
            )  # fmt: skip
    return run


@dataclass(frozen=True, slots=True)
class _Exported:
    """What came of the export: how much higher its perplexity is, and figures and replies of both models."""

    worse: float
    table: dict[str, dict[str, float]]
    written: dict[str, list[str]]


def _export(
    base: "Base", config: ResponderConfig, replies: Replies, full: float, folder: Path, work: Path, progress: Progress
) -> _Exported:
    """Convert the merged weights, hold them against the loss of what was trained, `full`, and measure both models."""
    from tellerbot.responses.export import convert, exported_loss, require_parity
    from tellerbot.responses.exported import open_quickest

    convert(folder / MERGED, base.tokenizer, base.form, folder / "model")
    if not (work / "untuned").is_dir():
        with building(work / "untuned") as partial:
            convert(base.folder, base.tokenizer, base.form, partial)
    tuned = open_quickest(folder / "model")
    compared = replies.parts["test"][: min(config.measured, COMPARED)]
    worse = require_parity(full, exported_loss(tuned, compared), config.max_worse)
    table: dict[str, dict[str, float]] = {}
    written: dict[str, list[str]] = {}
    for name, writer in (("base", open_quickest(work / "untuned")), ("tuned", tuned)):
        table[name], written[name] = _measured(writer, name, config, replies, progress)
    return _Exported(worse, table, written)


def _measured(
    writer: Any, name: str, config: ResponderConfig, replies: Replies, progress: Progress
) -> tuple[dict[str, float], list[str]]:
    """A model's figures and replies on the test pairs."""
    from tellerbot.encoder.model import PooledEncoder, embed, load_tokenizer
    from tellerbot.responses.export import exported_loss
    from tellerbot.responses.exported import AT_ONCE
    from tellerbot.responses.measure import measure

    test = replies.parts["test"][: config.measured]
    found = []
    for start in range(0, len(test), AT_ONCE):
        found += writer.write([pair.prompt for pair in test[start : start + AT_ONCE]], MOST_TOKENS)
        progress(min(start + AT_ONCE, len(test)), len(test), f"the {name} model writes")
    folder = weights.resolve(config.encoder)
    encoder, tokenizer = PooledEncoder(folder), load_tokenizer(folder, READ)
    texts = [one.text for one in found]
    figures = measure(
        texts,
        [one.whole for one in found],
        math.exp(exported_loss(writer, test)),
        test,
        replies.parts["train"],
        lambda some: embed(encoder, tokenizer, some).numpy(),
    )
    return figures, texts


def _samples(test: Sequence[Pair], written: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """A few prompts with the reference and what each model wrote, for people."""
    places = range(0, len(test), max(1, len(test) // SHOWN))
    return [
        {
            "prompt": test[at].prompt,
            "reference": test[at].completion,
            **{name: texts[at] for name, texts in written.items()},
        }
        for at in list(places)[:SHOWN]
    ]


def _write_rows(folder: Path, replies: Replies, written: Mapping[str, Sequence[str]]) -> None:
    """The splits, and both models' replies beside the references."""
    for name, pairs in replies.parts.items():
        write_lines(
            folder / f"{name}.jsonl",
            (json.dumps({"prompt": pair.prompt, "completion": pair.completion}, ensure_ascii=False) for pair in pairs),
        )
    test = replies.parts["test"]
    write_lines(
        folder / "replies.jsonl",
        (
            json.dumps(
                {"prompt": test[at].prompt, "reference": test[at].completion, "base": base, "tuned": tuned},
                ensure_ascii=False,
            )
            for at, (base, tuned) in enumerate(zip(written["base"], written["tuned"], strict=True))
        ),
    )


def _write_card(folder: Path, run: Run, config: ResponderConfig, metrics: Mapping[str, Any]) -> None:
    facts = {
        "base model": config.model,
        "figures": metrics["measured_on"],
        "trained parameters": f"{metrics['trained_parameters']:,} of {metrics['parameters']:,}",
        "exported size": f"{metrics['size_mb']:.0f} MB",
        "perplexity against the trained weights": f"{metrics['perplexity_worse_by_export']:+.1%}",
    }
    notes = (
        f"{comparison(metrics['table'], metrics['reference_words'])}\n\n"
        "It words replies for a bank's customers from notes with placeholders; plain code fills those and checks "
        "every sentence before it is sent. It is not for use without that check: by itself it knows nothing of a bank, "
        "and it speaks English only. `model/` is what serves, `checkpoints/` holds the weights for other servers and "
        "for further training."
    )
    write_card(folder, f"Responder {run.name}", facts, notes)
