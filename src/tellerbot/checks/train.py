"""Training a check of claims: a bank's documents -> a run (needs the `train` extra)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tellerbot.checks.config import CheckConfig
from tellerbot.checks.rows import Claim
from tellerbot.errors import MissingExtraError
from tellerbot.training.folders import Run
from tellerbot.training.progress import Progress


def train(
    config: CheckConfig,
    documents: Mapping[str, Sequence[Sequence[str]]],
    *,
    given: Sequence[Claim] = (),
    runs: Path = Path("runs"),
    progress: Progress = lambda step, steps, note: None,
) -> Run:
    """Make claims of the documents, train, export, calibrate and measure; returns the finished run.

    `documents` are passages as sentences, by document. Validation documents choose the temperature and the threshold,
    test documents give the figures, which are the exported model's. `given` claims are trained on beside those made.

    Raises DataError for too few documents, GateError when the export strays from the trained model, and TrainingError
    when training diverges. After any other failure the same call goes on from where training was stopped.
    """
    try:
        from tellerbot.checks.task import CheckTask
        from tellerbot.training.run import train_task
    except ImportError as error:
        raise MissingExtraError("Training", "train") from error
    return train_task(CheckTask.load(config, documents, given), runs, progress)
