"""A killed training goes on from where it stood and ends with the same weights."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.numpy import load_file

from tellerbot.errors import ArtefactError, TellerbotError, TrainingError
from tellerbot.intents.train import train
from tellerbot.training.checkpoint import Checkpoint
from tellerbot.training.folders import unfinished

# Fits the tests' rows and, given a step, kills itself there as `kill -9` would.
SCRIPT = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[5])
from conftest import labelled_rows
from safetensors.torch import save_file
from tellerbot.data.read import Row
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.fit import fit
from tellerbot.training.checkpoint import Checkpoint

model, work, out, die_at = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
rows = [Row({"text": text, "label": label}, 1) for text, label in labelled_rows()]
labels = sorted({row.label for row in rows} - {"out_of_scope"})

def progress(step, steps, note):
    if step == die_at:
        os.kill(os.getpid(), signal.SIGKILL)

config = IntentsConfig(model=str(model), epochs=3, batch_size=16, frozen=0)
fitted = fit(model, config, labels, rows, rows[:50], [], Checkpoint(work / "steps", every=0.0), progress)
save_file({k: v.contiguous() for k, v in fitted.model.state_dict().items()}, out)
print(len(fitted.history.loss))
"""


def run(tmp_path: Path, model: Path, name: str, die_at: int = -1) -> subprocess.CompletedProcess[str]:
    work = tmp_path / name
    work.mkdir(exist_ok=True)
    arguments = [str(model), str(work), str(tmp_path / f"{name}.safetensors"), str(die_at)]
    tests = str(Path(__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments, tests], capture_output=True, text=True, timeout=120, check=False
    )


def same(one: Path, other: Path) -> bool:
    left, right = load_file(one), load_file(other)
    return left.keys() == right.keys() and all((left[name] == right[name]).all() for name in left)


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_weights(tiny_model: Path, tmp_path: Path) -> None:
    whole = run(tmp_path, tiny_model, "whole")
    assert whole.returncode == 0, whole.stderr
    assert run(tmp_path, tiny_model, "killed", die_at=17).returncode == -signal.SIGKILL
    # What a kill in the middle of a save leaves: a folder that never got its name.
    (tmp_path / "killed" / ".steps-18.partial-1").mkdir()
    again = run(tmp_path, tiny_model, "killed")
    assert again.returncode == 0, again.stderr
    assert again.stdout == whole.stdout
    assert same(tmp_path / "whole.safetensors", tmp_path / "killed.safetensors")


class StopError(Exception):
    pass


@pytest.mark.slow
def test_an_interrupted_run_goes_on_and_leaves_nothing_behind(
    tiny_config: Any, tiny_project: Path, tmp_path: Path
) -> None:
    def interrupt(step: int, total: int, note: str) -> None:
        if step > 0.5 * total:
            raise StopError

    with pytest.raises(StopError):
        train(tiny_config, tiny_project, runs=tmp_path, progress=interrupt)
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".unfinished")
    again = train(tiny_config, tiny_project, runs=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [again.name]


@pytest.mark.slow
def test_what_is_trained_outlives_a_failure_after_it(
    tiny_config: Any, tiny_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(TellerbotError, match="No space left"):
        patch.setattr("tellerbot.intents.task.export_encoder", full_disk)
        train(tiny_config, tiny_project, runs=tmp_path)
    steps: list[int] = []
    train(tiny_config, tiny_project, runs=tmp_path, progress=lambda step, total, note: steps.append(step))
    assert not any(steps)


def test_one_config_is_trained_once_at_a_time(tmp_path: Path) -> None:
    with (
        unfinished(tmp_path, "intents", ["same"]),
        pytest.raises(TellerbotError, match="another process is training"),
        unfinished(tmp_path, "intents", ["same"]),
    ):
        pass
    with unfinished(tmp_path, "intents", ["same"]), unfinished(tmp_path, "intents", ["other"]):
        pass
    assert not list(tmp_path.iterdir())


def test_only_what_would_fail_again_is_thrown_away(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError), unfinished(tmp_path, "intents", []) as folder:
        raise ArtefactError("a disk that was away")
    assert folder.is_dir()
    with pytest.raises(TrainingError), unfinished(tmp_path, "intents", []):
        raise TrainingError("the loss became nan")
    assert not folder.exists()


def test_a_damaged_save_is_named_with_the_remedy(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    checkpoint = Checkpoint(tmp_path / "steps")
    checkpoint.save(3, model, optimizer, {"loss": [1.0], "epochs": []})
    assert checkpoint.load(model, optimizer) == (3, {"loss": [1.0], "epochs": []})
    state = tmp_path / "steps-3" / "state.safetensors"
    state.write_bytes(state.read_bytes()[:100])
    with pytest.raises(ArtefactError, match=f"Remove {tmp_path} to train from the start"):
        checkpoint.load(model, optimizer)


def test_a_failed_run_leaves_nothing_to_go_on_from(tiny_config: Any, tiny_project: Path, tmp_path: Path) -> None:
    wild = tiny_config.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(TellerbotError, match="the loss became nan"):
        train(wild, tiny_project, runs=tmp_path)
    assert not list(tmp_path.iterdir())
