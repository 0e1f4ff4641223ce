"""Which servers run in a home: each holds the lock on a file with its process id for as long as it lives."""

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def noted(folder: Path, port: int) -> Iterator[None]:
    """Hold the file of the server at `port` while it runs. One that a killed server left is taken over."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"server-{port}.pid"
    with path.open("a+") as file:
        # Nobody else can hold it: the port is ours.
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def reload_all(folder: Path) -> int:
    """Let every server that runs load what its alias names now; gives how many there are.

    A file that nobody holds is of a server that was killed; its number may be another process's by now.
    """
    reached = 0
    for path in folder.glob("server-*.pid"):
        with suppress(FileNotFoundError), path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                os.kill(int(file.read()), signal.SIGHUP)
                reached += 1
    return reached
