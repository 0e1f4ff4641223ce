"""Training an intents model: labelled utterances -> a run (needs the `train` extra)."""

from pathlib import Path

from tellerbot.data.read import Source
from tellerbot.errors import MissingExtraError
from tellerbot.intents.config import IntentsConfig
from tellerbot.training.folders import Run
from tellerbot.training.progress import Progress


def train(
    config: IntentsConfig,
    data: Source,
    *,
    validation: Source | None = None,
    test: Source | None = None,
    runs: Path = Path("runs"),
    progress: Progress = lambda step, steps, note: None,
) -> Run:
    """Train, export, calibrate and measure; returns the finished run.

    `data` is a project folder, or labelled utterances in a file or in memory (see `read_rows`). Validation rows choose
    the temperature and the thresholds, test rows give the figures in metrics.json, which are the exported model's; both
    are split off `data` unless they are given. Accuracy with typing slips is measured there too, and
    so are the config's metrics, or the project's where it names any; their bounds are shown, not enforced. Where the
    project states costs, they choose the thresholds.

    Raises DataError for bad or leaking rows, ConfigError for metrics that cannot be found, GateError when the export
    strays from the trained model, and TrainingError when training diverges: nothing is left behind then. After any
    other failure the same call goes on from where training was stopped.
    """
    try:
        from tellerbot.intents.task import IntentsTask
        from tellerbot.training.run import train_task
    except ImportError as error:
        raise MissingExtraError("Training", "train") from error
    return train_task(IntentsTask.load(config, data, validation, test), runs, progress)
