"""Which servers run in a home: each holds the lock on a file with its process id for as long as it lives."""

import fcntl
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def note_server(folder: Path) -> Iterator[None]:
    """Keep a file for this server while it runs."""
    folder.mkdir(parents=True, exist_ok=True)
    name = folder / f"server-{secrets.token_hex(8)}"
    # Under another name until it is locked and whole.
    with name.with_suffix(".new").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(f"{os.getpid()}\n")
        file.flush()
        path = Path(file.name).rename(name.with_suffix(".pid"))
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def reload_all(folder: Path) -> int:
    """Let every server that runs load what its alias names now; gives how many there are.

    A file that nobody holds is of a server that was killed; another process may have its number by now.
    """
    reached = 0
    for path in folder.glob("server-*.pid"):
        with suppress(FileNotFoundError), path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                os.kill(int(file.read()), signal.SIGHUP)
                reached += 1
            else:
                path.unlink(missing_ok=True)
    return reached
