"""The folders of runs: written whole or not at all, and kept while training can go on."""

import hashlib
import importlib.metadata
import json
import platform
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout

from tellerbot.errors import ArtefactError, GateError, TellerbotError, TrainingError
from tellerbot.files import build_folder, write_atomic
from tellerbot.version import __version__


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    folder: Path

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return self.folder.resolve().name

    @property
    def model(self) -> Path:
        """The folder of the exported model."""
        return self.folder / "model"

    def figures(self) -> dict[str, float]:
        """Return the figures of the model that serves."""
        return served_figures(self.read("metrics.json"))

    def next_evaluation(self, name: str) -> Path:
        """Where the run's next evaluation goes: `evals/NNN-name`, one above the highest number there, from 001."""
        numbers = [path.name.partition("-")[0] for path in (self.folder / "evals").glob("*")]
        number = max((int(each) for each in numbers if each.isdecimal()), default=0) + 1
        return self.folder / "evals" / f"{number:03d}-{name}"

    def read(self, file: str) -> Any:
        """Read the content of one of the run's JSON files."""
        try:
            return json.loads((self.folder / file).read_text())
        except (OSError, json.JSONDecodeError) as error:
            raise ArtefactError(
                f"{self.folder}: expected a run with a readable {file}: {error}. Train again or name another run."
            ) from error


def served_figures(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures of the system that serves: the last one in a metrics.json."""
    return dict(list(metrics["systems"].values())[-1])


def open_run(folder: Path, kind: str) -> Run:
    """Open the run in `folder`. Raises ArtefactError when it is none, or of another kind."""
    run = Run(folder)
    if not folder.is_dir() or not run.model.is_dir():
        raise ArtefactError(f"{folder}: expected a run's folder with a model, found none. See `ls runs/`.")
    found = run.read("data.json").get("kind")
    if found != kind:
        raise ArtefactError(f"{folder}: expected a run of kind {kind!r}, found {found!r}.")
    return run


@contextmanager
def new_run(kind: str, config: Mapping[str, Any], runs: Path) -> Iterator[tuple[Path, Run]]:
    """Yield the hidden folder to fill and the run it becomes; it takes its name only when all went well."""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M")
    run = Run(runs / f"{kind}-{stamp}-{secrets.token_hex(2)}")
    with build_folder(run.folder) as partial:
        write_atomic(partial / "config.yaml", yaml.safe_dump(dict(config), sort_keys=False))
        write_atomic(partial / "environment.txt", environment())
        yield partial, run


@contextmanager
def unfinished(runs: Path, kind: str, made_from: Any) -> Iterator[Path]:
    """Yield the hidden folder in which training of `made_from` (config and data, JSON-like) keeps what it has done.

    A killed process leaves it, and the next that trains the same goes on from it. It is removed when all is done, or
    when training or its gate failed for good. Raises TellerbotError while another process trains the same.
    """
    folder = _unfinished(runs, kind, made_from)
    folder.mkdir(parents=True, exist_ok=True)
    # The kernel releases a killed process's lock.
    lock = FileLock(folder / "lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise TellerbotError(
            f"{folder}: another process is training the same config on the same rows. Wait for it, or change one."
        ) from error
    try:
        yield folder
        shutil.rmtree(folder)
    except (TrainingError, GateError):
        shutil.rmtree(folder)
        raise
    finally:
        lock.release()


@contextmanager
def share_unfinished(runs: Path, kind: str, made_from: Any, file: str, seconds: float = 600) -> Iterator[Path]:
    """Yield the folder of `unfinished` that the first of several processes holds, once there is `file` in it.

    Raises TellerbotError when it does not come in time.
    """
    folder = _unfinished(runs, kind, made_from)
    end = time.monotonic() + seconds
    while not (folder / file).exists():
        if time.monotonic() > end:
            raise TellerbotError(f"{folder}: expected the first process to make it ready; it did not. See its output.")
        time.sleep(0.1)
    yield folder


def _unfinished(runs: Path, kind: str, made_from: Any) -> Path:
    mark = hashlib.sha256(json.dumps([__version__, made_from], sort_keys=True).encode()).hexdigest()[:12]
    return runs / f".{kind}-{mark}.unfinished"


def environment() -> str:
    """Versions of everything installed, as `name==version` lines under a line for the machine."""
    packages = sorted(f"{entry.metadata['Name']}=={entry.version}" for entry in importlib.metadata.distributions())
    head = f"# tellerbot {__version__}, Python {sys.version.split()[0]}, {platform.platform()}"
    return "\n".join([head, *dict.fromkeys(packages)]) + "\n"


def rows_hash(texts_and_labels: Iterator[tuple[str, str]]) -> str:
    """SHA-256 over rows in order: which data a figure was made from, whatever the file looked like."""
    digest = hashlib.sha256()
    for text, label in texts_and_labels:
        digest.update(json.dumps([text, label], ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()
