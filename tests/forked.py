"""Runs the `tellerbot` command in a process of its own that need not import what every server imports.

The processes are forks of one that has imported it, as `multiprocessing`'s fork server makes them.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

IMPORTED = ["tellerbot.cli.main", "tellerbot.cli.serve", "tellerbot.server.run"]
OUTPUTS = (1, 2)
# As `serve` sets it before it imports numpy: a process with several threads cannot be forked safely.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(IMPORTED)


class ForkedCommand:
    """A process with the part of `subprocess.Popen` that tests use; `stdout` has its output and its errors."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        reader, writer = _context.Pipe(duplex=False)
        with reader, writer:
            self._process: Any = _context.Process(target=_run, args=(arguments, dict(environment), writer), daemon=True)
            self._process.start()
            self.stdout = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, minus a signal's number where one ended it, and None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("tellerbot", timeout or 0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        read: list[str] = []
        reader = Thread(target=lambda: read.append(self.stdout.read()), daemon=True)
        reader.start()
        reader.join(timeout)
        if reader.is_alive():
            self.kill()
        self.wait(timeout)
        reader.join()
        self.stdout.close()
        return read[0], ""

    def send_signal(self, number: signal.Signals) -> None:
        # It may have ended since anybody looked.
        with suppress(ProcessLookupError):
            if self.returncode is None:
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run(arguments: tuple[str, ...], environment: dict[str, str], output: Connection) -> None:
    """Run the command with this output, environment and arguments."""
    for number in OUTPUTS:
        os.dup2(output.fileno(), number)
    output.close()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["tellerbot", *arguments]
    from tellerbot.cli.main import main

    main()
