"""Learning the acts: `make acts` (needs the `train` extra)."""

import math
import sys
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor

from tellerbot import weights
from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.encoder.model import batch_tensors, load_tokenizer
from tellerbot.intents.act_model import ACTS_MODEL, ActModel, export_acts, save_model
from tellerbot.intents.acts import ALARMS, GRAVE, Acts, act_targets, choose_thresholds, load_acts
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.examples import Examples
from tellerbot.intents.fit import Batch, each_epoch, load_encoder
from tellerbot.intents.listen import ActPredictor
from tellerbot.intents.rows import load_labelled
from tellerbot.intents.spelling import Spelling, common_words
from tellerbot.project.follow_ups import without_before
from tellerbot.training.checkpoint import Checkpoint
from tellerbot.training.loop import optimise, pick_device, seed_everything
from tellerbot.training.progress import Progress

# More epochs and more layers than a project's training has time for. The words' own vectors stay.
CONFIG = IntentsConfig(epochs=5, learning_rate=3e-4, layer_decay=0.9, frozen=1)
# The project's calm intent whose utterances may be an alarm.
_UNEASY = "suspicious_message"
# How often an epoch sees an utterance of the project, and a row of an act that is no alarm: each of these acts has few.
_ORDINARY, _FEW = 0.2, 2.0


def learn_acts(project: Path, config: IntentsConfig, path: Path, progress: Progress) -> None:
    """Learn the acts from the rows that ship, and from a project's utterances what is no alarm; write the model."""
    labelled = load_labelled(project)
    rows = [*labelled.file.rows, *_heard_alone(labelled.file.rows)]
    acts = load_acts(config.validation_fraction, config.seed, labelled.calm)
    base = weights.resolve(config.model)
    seed_everything(config.seed)
    encoder, tokenizer = load_encoder(base, config.frozen), load_tokenizer(base, config.max_tokens)
    texts = [row.text for row in (*rows, *acts.train)]
    few = [_FEW if set(row.acts) - {*ALARMS} else 1.0 for row in acts.train]
    times = np.array([_ORDINARY] * len(rows) + few)
    examples = Examples(texts, [], torch.full((len(texts),), -1), times)
    targets = act_labels(rows, acts)
    model = ActModel(encoder, len(acts.names)).to(pick_device())
    spelling = Spelling(common_words(texts), tokenizer.get_vocab())

    def loss_of(batch: Batch) -> Tensor:
        ids, mask = batch_tensors([encoding for _, encoding in batch])
        device = model.head.weight.device
        return model.loss(ids.to(device), mask.to(device), targets[[row for row, _ in batch]].to(device))

    epochs = each_epoch(examples, [*map(spelling, texts)], spelling, tokenizer, config)
    steps = config.epochs * math.ceil(times.sum() / config.batch_size)
    optimizer = torch.optim.AdamW(_groups(model, config), fused=True)
    with TemporaryDirectory() as scratch:
        optimise(model, optimizer, epochs, steps, loss_of, dict, Checkpoint(Path(scratch) / "steps"), progress)
        model.cpu()
        # The thresholds are those of the model as it is served.
        save_model(model, base, dict.fromkeys(acts.names, 0.0), spelling.words, Path(scratch) / "acts.safetensors")
        export_acts(Path(scratch) / "acts", base, Path(scratch) / "acts.safetensors")
        found = ActPredictor(Path(scratch) / "acts").probabilities([row.text for row in acts.validation])
    thresholds = choose_thresholds(acts.names, found, act_targets(acts.names, acts.validation))
    save_model(model, base, thresholds, spelling.words, path)


def _heard_alone(rows: list[Row]) -> list[Row]:
    """Return the follow-ups among the rows without the message before them, as the acts are heard first."""
    alone = [(without_before(row.text), row) for row in rows]
    return [Row({**row.fields, "text": text}, row.line, row.file) for text, row in alone if text != row.text]


def act_labels(rows: list[Row], acts: Acts) -> Tensor:
    """(rows, acts): which acts the rows of a project do, and after them those of the acts; NaN where it is not known.

    A project's out-of-scope rows are no alarms and not grave, nor are those of intents that never go to a person.
    """
    targets = torch.full((len(rows), len(acts.names)), math.nan)
    calm = {OUT_OF_SCOPE, *acts.calm}
    for kinds, labelled in ((ALARMS, calm - {_UNEASY}), (GRAVE, calm)):
        at = torch.tensor([at for at, row in enumerate(rows) if row.label in labelled], dtype=torch.int64)
        for act in set(kinds) & set(acts.names):
            targets[at, acts.names.index(act)] = 0.0
    return torch.cat([targets, torch.tensor(act_targets(acts.names, acts.train))])


def _groups(model: ActModel, config: IntentsConfig) -> list[dict[str, object]]:
    """AdamW groups: the rate falls by `layer_decay` with each layer down (Howard and Ruder 2018)."""
    blocks = [block for block in model.encoder.blocks() if any(part.requires_grad for part in block)]
    groups: list[dict[str, object]] = [
        {"params": block, "lr": config.learning_rate * config.layer_decay**above, "weight_decay": config.weight_decay}
        for above, block in enumerate(reversed(blocks))
    ]
    return [*groups, {"params": [*model.head.parameters()], "lr": config.head_learning_rate, "weight_decay": 0.0}]


def _show(step: int, steps: int, note: str) -> None:
    sys.stderr.write(f"\r{step}/{steps} {note}")


if __name__ == "__main__":
    with as_file(files("tellerbot.project") / "demo") as demo:
        learn_acts(demo, CONFIG, ACTS_MODEL, _show)
