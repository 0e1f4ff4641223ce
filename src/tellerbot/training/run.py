"""The run folder: everything one training or evaluation leaves behind, written whole or not at all."""

import fcntl
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

from tellerbot.errors import ArtefactError, GateError, TellerbotError, TrainingError
from tellerbot.files import building, write_atomic
from tellerbot.version import __version__


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def model(self) -> Path:
        return self.folder / "model"

    def next_evaluation(self, name: str) -> Path:
        """Where the run's next evaluation goes: `evals/NNN-name`, one above the highest number there, from 001."""
        numbers = [path.name.partition("-")[0] for path in (self.folder / "evals").glob("*")]
        number = max((int(each) for each in numbers if each.isdecimal()), default=0) + 1
        return self.folder / "evals" / f"{number:03d}-{name}"

    def read(self, file: str) -> Any:
        """The content of one of the run's JSON files."""
        try:
            return json.loads((self.folder / file).read_text())
        except (OSError, json.JSONDecodeError) as error:
            raise ArtefactError(
                f"{self.folder}: expected a run with a readable {file}: {error}. Train again or name another run."
            ) from error


def open_run(folder: Path, kind: str) -> Run:
    """The run in `folder`. Raises ArtefactError when it is none, or of another kind."""
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
    with building(run.folder) as partial:
        write_atomic(partial / "config.yaml", yaml.safe_dump(dict(config), sort_keys=False))
        write_atomic(partial / "environment.txt", environment())
        yield partial, run


@contextmanager
def unfinished(runs: Path, kind: str, made_from: Any) -> Iterator[Path]:
    """Yield the hidden folder in which training of `made_from` (config and data, JSON-like) keeps where it stands.

    A killed process leaves it, and the next that trains the same goes on from it. It is gone when all is done, or when
    training or its gate failed for good. Raises TellerbotError while another process trains the same.
    """
    folder = _unfinished(runs, kind, made_from)
    folder.mkdir(parents=True, exist_ok=True)
    # The kernel lets go of a killed process's lock.
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TellerbotError(
                f"{folder}: another process is training the same config on the same rows. Wait for it, or change one."
            ) from error
        try:
            yield folder
            shutil.rmtree(folder)
        except (TrainingError, GateError):
            shutil.rmtree(folder)
            raise


@contextmanager
def joined(runs: Path, kind: str, made_from: Any, file: str, seconds: float = 600) -> Iterator[Path]:
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


def write_card(folder: Path, title: str, facts: Mapping[str, Any], notes: str) -> None:
    """The model card (Mitchell et al. 2019): README.md for people beside the JSON for machines."""
    table = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    write_atomic(folder / "README.md", f"# {title}\n\n| what | value |\n| --- | --- |\n{table}\n\n{notes}\n")
