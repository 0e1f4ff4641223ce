"""Trains a responder whole, and again for each STEP with a kill while that step is saved. test_train.py runs it.

    python killed_training.py CONFIG ROWS HOME STEP...

Runs are left in HOME/whole and HOME/STEP. Every training is a process of its own, forked from one that has imported
all and computed nothing: what else a process did before must not count, and importing takes longer than training.
"""

import os
import signal
import sys
import time
import traceback
from pathlib import Path

import torchmetrics.functional.text  # noqa: F401

import tellerbot.responses.export
import tellerbot.training.fine_tune  # noqa: F401
from tellerbot.responses.config import ResponderConfig
from tellerbot.responses.train import train

SECONDS = 100


def start(config: ResponderConfig, rows: Path, runs: Path) -> int:
    process = os.fork()
    if process:
        return process
    try:
        train(config, rows, runs=runs)
    except BaseException:  # noqa: BLE001 - a child must never go on as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def finish(process: int) -> None:
    _, status = os.waitpid(process, 0)
    assert status == 0, f"the training ended with {status}"


def kill_while_saving(process: int, runs: Path, step: int) -> None:
    """A save is cut short: its folder has no name of its own yet."""
    end = time.monotonic() + SECONDS
    while not list(runs.glob(f".responder-*/checkpoint-{step}")):
        assert os.waitpid(process, os.WNOHANG) == (0, 0), "the training ended before it could be killed"
        assert time.monotonic() < end, f"step {step} was not saved in {SECONDS} seconds"
        time.sleep(0.001)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    assert list(runs.glob(".responder-*/saved-*")), "nothing to go on from was left"
    assert not list(runs.glob("responder-*")), "the training ended before it could be killed"


def main() -> None:
    path, rows, home, *steps = sys.argv[1:]
    config = ResponderConfig.model_validate_json(Path(path).read_text())
    finish(start(config, Path(rows), Path(home, "whole")))
    for step in steps:
        runs = Path(home, step)
        kill_while_saving(start(config, Path(rows), runs), runs, int(step))
        finish(start(config, Path(rows), runs))


if __name__ == "__main__":
    main()
