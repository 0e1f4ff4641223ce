"""Training a responder: rows of replies -> a run (needs the `train` extra)."""

import logging
import os
from pathlib import Path

from tellerbot.data.read import Source
from tellerbot.errors import MissingExtraError
from tellerbot.responses.config import ResponderConfig
from tellerbot.training.folders import Run, share_unfinished
from tellerbot.training.progress import Progress


def train(
    config: ResponderConfig,
    data: Source,
    *,
    runs: Path = Path("runs"),
    progress: Progress = lambda step, steps, note: None,
) -> Run | None:
    """Fine-tune, merge, export and measure; returns the finished run.

    `data` is a folder with train, validation and test rows, or one file (see `load_replies`). Figures are the exported
    model's on the test rows, beside those of the base model exported alike. Started by torchrun or accelerate, all
    processes train and the first goes on alone; the others return None. Raises DataError for bad or leaking rows or
    figures in the replies, GateError when the export strays from the trained model, TrainingError when nothing can be
    learned. After any other failure the same call goes on.
    """
    # It warns on every machine without a GPU.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    try:
        from tellerbot.responses.task import READY, ResponderTask
        from tellerbot.training.language_model import quiet
        from tellerbot.training.run import identity, train_task
    except ImportError as error:
        raise MissingExtraError("Training", "train") from error
    task = ResponderTask.load(config, data)
    with quiet():
        # torchrun and accelerate say which process this is; the first one keeps the folder.
        if int(os.environ.get("RANK", "0")) > 0:
            with share_unfinished(runs, task.kind, identity(task), READY) as work:
                task.fit(work, progress)
            return None
        return train_task(task, runs, progress)
