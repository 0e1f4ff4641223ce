"""The responder task: a language model fine-tuned to word replies (needs the `train` extra)."""

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tellerbot import weights
from tellerbot.data.read import Source
from tellerbot.encoder.model import PooledEncoder, embed, load_tokenizer
from tellerbot.files import build_folder, write_lines
from tellerbot.responses.base import Base, count_parameters, open_base, open_model, with_adapters
from tellerbot.responses.config import ResponderConfig
from tellerbot.responses.export import convert, exported_loss, merge, trained_loss
from tellerbot.responses.exported import AT_ONCE, ExportedModel, open_quickest
from tellerbot.responses.measure import KINDS, measure
from tellerbot.responses.rows import Pair, Replies, encode, encode_fitting, load_replies
from tellerbot.training.fine_tune import FIRST_BATCH, LOSS, fine_tune
from tellerbot.training.loop import pick_device, seed_everything
from tellerbot.training.progress import Progress
from tellerbot.training.task import Curve, Data, History, Measured, Parity, Split

# The adapters as peft writes them, and the base model with them in its weights, for other servers and further training.
ADAPTER, MERGED = Path("checkpoints", "adapter"), Path("checkpoints", "merged")
READY = "ready"
# Tokens that a reply may have while it is measured, rows that trained and exported weights are compared on, and samples
# that the report shows. Replies are compared by this many tokens, as many as sentence encoders read.
MOST_TOKENS, COMPARED, SAMPLES, READ = 160, 48, 12, 256
NOTES = (
    "Both models are exported to int8 and measured alike. It words replies for a bank's customers from notes with "
    "placeholders; plain code fills those and checks every sentence before it is sent. It is not for use without that "
    "check: by itself it knows nothing of a bank, and it speaks English only. `model/` is what serves, `checkpoints/` "
    "holds the weights for other servers and for further training."
)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained model, saved in `folder`: whole, or its adapters alone.

    `loss` is its mean loss per token on the rows that its export is compared on; `parameters` are those that were
    trained, and all.
    """

    base: Base
    folder: Path
    loss: float
    history: History
    parameters: tuple[int, int]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """The exported model, and the base model exported alike."""

    tuned: ExportedModel
    base: ExportedModel


@dataclass(frozen=True, eq=False)
class ResponderTask:
    """Pairs of a prompt and its reply, by split."""

    kind: ClassVar[str] = "responder"
    package: ClassVar[str] = "tellerbot.responses"
    config: ResponderConfig
    replies: Replies
    base: Path
    data: Data

    @classmethod
    def load(cls, config: ResponderConfig, source: Source) -> "ResponderTask":
        """Read and split the rows. Raises what `train` raises before it trains."""
        replies = load_replies(source, config)
        base = weights.resolve(config.model)
        splits = {name: Split(len(pairs), replies.hash(name)) for name, pairs in replies.parts.items()}
        data = Data(
            replies.detected, splits, {"language model": weights.fingerprint(base)}, extra={"base": config.model}
        )
        return cls(config, replies, base, data)

    @property
    def test(self) -> list[Pair]:
        """The test pairs that are measured."""
        return self.replies.parts["test"][: self.config.measured]

    def fit(self, work: Path, progress: Progress) -> Trained:
        """Train the language model, and save its adapters or weights in `work`."""
        config = self.config
        base = open_base(self.base, work)
        (work / READY).touch()
        parts = self.replies.parts
        rows = {
            name: encode_fitting(pairs, base.form, base.tokenizer, config.max_tokens) for name, pairs in parts.items()
        }
        seed_everything(config.seed)
        model = with_adapters(open_model(base.folder, config, pick_device()), config)
        history = fine_tune(model, base.tokenizer, config.recipe, rows, work, progress)
        compared = [encode(pair, base.form, base.tokenizer) for pair in self.test[:COMPARED]]
        loss = trained_loss(model, base.tokenizer, compared)
        model.save_pretrained(work / "tuned")
        left_out = {name: len(pairs) - len(rows[name]) for name, pairs in parts.items()}
        return Trained(base, work / "tuned", loss, history, count_parameters(model), left_out)

    def curves(self, fitted: Trained) -> Mapping[str, Curve]:
        """Return what each optimisation recorded, by name."""
        return {"language model": Curve(fitted.history, LOSS)}

    def export(self, fitted: Trained, folder: Path, work: Path) -> Exported:
        """Merge and convert the tuned model, convert the base, and open both."""
        base, config = fitted.base, self.config
        if config.lora:
            shutil.copytree(fitted.folder, folder / ADAPTER)
            merge(base.folder, folder / ADAPTER, base.tokenizer, folder / MERGED, config.merged)
        else:
            merge(fitted.folder, None, base.tokenizer, folder / MERGED, config.merged)
        shutil.copyfile(work / FIRST_BATCH, folder / FIRST_BATCH)
        (folder / FIRST_BATCH).chmod(0o600)
        convert(folder / MERGED, base.tokenizer, base.form, folder / "model")
        if not (work / "untuned").is_dir():
            with build_folder(work / "untuned") as partial:
                convert(base.folder, base.tokenizer, base.form, partial)
        return Exported(open_quickest(folder / "model"), open_quickest(work / "untuned"))

    def compare(self, fitted: Trained, exported: Exported) -> list[Parity]:
        """Compare by how much higher the exported model's perplexity is, as a share."""
        worse = math.exp(exported_loss(exported.tuned, self.test[:COMPARED]) - fitted.loss) - 1
        return [Parity("perplexity_rise", worse, "max_worse", at_most=self.config.max_worse)]

    def calibrate(self, fitted: Trained, exported: Exported, folder: Path) -> Exported:
        """Nothing is fitted: the likeliest token is written at each step."""
        return exported

    def measure(self, fitted: Trained, calibrated: Exported, folder: Path, progress: Progress) -> Measured:
        """Measure the base and the tuned model on the test rows, and write their replies."""
        systems: dict[str, dict[str, float]] = {}
        written: dict[str, list[str]] = {}
        for name, model in (("base", calibrated.base), ("tuned", calibrated.tuned)):
            systems[name], written[name] = self._measure_one(model, name, progress)
        self._write_rows(folder, written)
        trained, total = fitted.parameters
        details = {
            "reference_words": sum(len(pair.completion.split()) for pair in self.test) / len(self.test),
            "trained_parameters": trained,
            "parameters": total,
            "epochs": fitted.history.epochs,
            "left_out": fitted.left_out,
        }
        shown = {"samples": self._samples(written), "kinds": KINDS}
        return Measured(f"{len(self.test)} test rows", systems, details, shown=shown, notes=NOTES)

    def _measure_one(self, model: ExportedModel, name: str, progress: Progress) -> tuple[dict[str, float], list[str]]:
        """Write a reply to each test prompt: its figures, and the replies."""
        found = []
        for start in range(0, len(self.test), AT_ONCE):
            found += model.write([pair.prompt for pair in self.test[start : start + AT_ONCE]], MOST_TOKENS)
            progress(min(start + AT_ONCE, len(self.test)), len(self.test), f"the {name} model writes")
        folder = weights.resolve(self.config.encoder)
        encoder, tokenizer = PooledEncoder(folder), load_tokenizer(folder, READ)
        texts = [one.text for one in found]
        figures = measure(
            texts,
            [one.whole for one in found],
            math.exp(exported_loss(model, self.test)),
            self.test,
            self.replies.parts["train"],
            lambda some: embed(encoder, tokenizer, some).numpy(),
        )
        return figures, texts

    def _samples(self, written: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
        """Choose a few prompts with the reference and what each model wrote, for people."""
        places = list(range(0, len(self.test), max(1, len(self.test) // SAMPLES)))[:SAMPLES]
        return [
            {"prompt": self.test[at].prompt, "reference": self.test[at].completion}
            | {name: texts[at] for name, texts in written.items()}
            for at in places
        ]

    def _write_rows(self, folder: Path, written: Mapping[str, Sequence[str]]) -> None:
        """Write the splits, and both models' replies beside the references."""
        for name, pairs in self.replies.parts.items():
            rows = ({"prompt": pair.prompt, "completion": pair.completion} for pair in pairs)
            write_lines(folder / f"{name}.jsonl", (json.dumps(row, ensure_ascii=False) for row in rows))
        replies = (
            {"prompt": pair.prompt, "reference": pair.completion, "base": base, "tuned": tuned}
            for pair, base, tuned in zip(self.test, written["base"], written["tuned"], strict=True)
        )
        write_lines(folder / "replies.jsonl", (json.dumps(row, ensure_ascii=False) for row in replies))
