"""Training a retriever: questions and passages -> a run (needs the `train` extra)."""

from pathlib import Path

from tellerbot.data.read import Source
from tellerbot.errors import MissingExtraError
from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.training.folders import Run
from tellerbot.training.progress import Progress


def train(
    config: RetrieverConfig,
    data: Source,
    *,
    runs: Path = Path("runs"),
    progress: Progress = lambda step, steps, note: None,
) -> Run:
    """Fine-tune, export, fit the ranking's weights and measure; returns the finished run.

    `data` is a folder or a file (see `load_retrieval`). Weights and the threshold of answerability are fitted on
    the validation questions; figures are those of the test questions, or, where splits without test questions were
    given, of the validation questions with all of it fitted on the other four fifths of them; the encoder's epoch is
    chosen on all of these. All are the exported models', over the passages of all splits. Raises ConfigError for more
    reranker layers than the encoder has, DataError for bad or leaking rows, GateError when an export strays from the
    trained model, TrainingError when training diverges. After any other failure the same call goes on.
    """
    try:
        from tellerbot.knowledge.task import RetrieverTask
        from tellerbot.training.run import train_task
    except ImportError as error:
        raise MissingExtraError("Training", "train") from error
    return train_task(RetrieverTask.load(config, data), runs, progress)
