"""Documents are parsed in a process of their own, whose time and memory are limited.

A parser that a hostile document makes hang, crash or grow takes only that process with it. The two talk in lines of
JSON, which the parent checks: nothing that the child says is ever run. Start it as a module for the child's side.
"""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, cast

from tellerbot.knowledge.documents.blocks import DocumentError, ParsedDocument
from tellerbot.knowledge.documents.read import check_parsers, check_size, read

# For one document: seconds, bytes of address space, and bytes of blocks handed back.
MAX_SECONDS, MAX_MEMORY, MAX_REPLY = 300.0, 2 * 1024**3, 200_000_000
_OUT_OF_MEMORY = 77
_REFUSED = (
    *("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "os.fork", "sqlite3.connect"),
    *("os.remove", "os.rename", "os.truncate", "os.rmdir", "os.mkdir", "os.link", "os.symlink"),
    *("os.chmod", "os.chown", "os.utime", "os.setxattr"),
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def read_apart(
    paths: Sequence[Path], seconds: float = MAX_SECONDS, memory: int = MAX_MEMORY
) -> Iterator[ParsedDocument | DocumentError]:
    """Yield each document's blocks, or why it has none, in order. Raises MissingExtraError for a missing parser."""
    check_parsers(paths)
    worker: subprocess.Popen[bytes] | None = None
    try:
        for path in paths:
            try:
                check_size(path)
                worker = worker if worker and worker.poll() is None else _start(memory)
                yield _ask(worker, path, seconds)
            except DocumentError as error:
                yield error
    finally:
        if worker:
            _stop(worker)


def _start(memory: int) -> subprocess.Popen[bytes]:
    """Start a worker that imports what this process would, and inherits none of its environment's secrets."""
    return subprocess.Popen(
        [sys.executable, "-P", "-B", "-m", __name__, str(memory)],
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _stop(worker: subprocess.Popen[bytes]) -> int:
    """Return its exit status; kill it if it still runs, and close its pipes."""
    worker.kill()
    worker.communicate()
    return worker.returncode


def _ask(worker: subprocess.Popen[bytes], path: Path, seconds: float) -> ParsedDocument:
    from pydantic import TypeAdapter

    questions, answers = cast("IO[bytes]", worker.stdin), cast("IO[bytes]", worker.stdout)
    start = time.monotonic()
    timer = threading.Timer(seconds, worker.kill)
    timer.start()
    try:
        questions.write(json.dumps(str(path.absolute())).encode() + b"\n")
        questions.flush()
        line = answers.readline(MAX_REPLY)
    except BrokenPipeError:
        line = b""
    finally:
        timer.cancel()
    if line.endswith(b"\n"):
        reply = json.loads(line)
        if "parsed" in reply:
            return TypeAdapter(ParsedDocument).validate_python(reply["parsed"])
        raise DocumentError(str(reply["what"]), str(reply["remedy"]))
    code = _stop(worker)
    if time.monotonic() - start >= seconds:
        what = f"Expected to be read in {seconds:g} seconds, and was not."
    elif code == _OUT_OF_MEMORY or len(line) == MAX_REPLY:
        what = "Expected to be read in the memory that a document may take, and was not."
    else:
        what = f"Expected a readable {path.suffix}, but its parser crashed (exit {code})."
    raise DocumentError(what, "Split the document, or open it in the program that made it and save it again.")


def _serve(memory: int) -> None:
    """Run the child's side: a path a line in, a reply a line out."""
    answers = os.fdopen(os.dup(1), "wb")
    # What a parser may print is no answer.
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)
    for line in sys.stdin.buffer:
        try:
            reply = {"parsed": asdict(read(Path(json.loads(line))))}
        except DocumentError as error:
            reply = {"what": error.what, "remedy": error.remedy}
        except MemoryError:
            os._exit(_OUT_OF_MEMORY)
        answers.write(json.dumps(reply).encode() + b"\n")
        answers.flush()


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what Python does to change a file, to connect or to start a process; C code is not stopped."""
    if event.startswith(_REFUSED) or (event == "open" and arguments[2] & _WRITING):
        raise PermissionError(f"{event} is refused while a document is read")


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
