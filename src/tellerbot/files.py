"""Writing files so that nothing is ever half-written, and hashing them."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock

from tellerbot.errors import TellerbotError


@contextmanager
def replace_file(path: Path, mode: int) -> Iterator[BinaryIO]:
    """Yield a file beside `path`; on success flush it to disk and rename it over `path`, on failure remove it."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
        sync(path.parent)
    except OSError as error:
        raise TellerbotError(
            f"Expected to write {path}, but: {error.strerror or error}. Nothing was changed; "
            "free some space or mend the folder's rights and try again."
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def write_atomic(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Write beside `path`, flush to disk, then rename over it: readers see the old file or the new one.

    Raises TellerbotError when the disk is full or the folder cannot be written; the old file stays.
    """
    data = content.encode() if isinstance(content, str) else content
    with replace_file(path, mode) as stream:
        stream.write(data)


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines as `write_atomic` does, each as it comes; return how many there were.

    Only the owner may read the file (mode 0600), for such files repeat customers' texts.
    """
    count = 0
    with replace_file(path, 0o600) as stream:
        for line in lines:
            stream.write(f"{line}\n".encode())
            count += 1
    return count


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically."""
    write_atomic(path, to_json(value))


def to_json(value: Any) -> str:
    """Return `value` as indented JSON that ends its line."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


@contextmanager
def build_folder(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder beside `folder`; rename it into place on success, remove it on failure."""
    if folder.exists():
        raise TellerbotError(f"{folder} exists already. Remove it or choose another name.")
    partial = folder.parent / f".{folder.name}.partial-{os.getpid()}"
    made = False
    try:
        partial.mkdir(parents=True)
        made = True
        yield partial
        for path in partial.rglob("*"):
            sync(path)
        partial.rename(folder)
        sync(folder.parent)
    except OSError as error:
        raise TellerbotError(
            f"Expected to write {folder}, but: {error.strerror or error}. Nothing was kept; "
            "free some space or mend the folder's rights and try again."
        ) from error
    finally:
        # Never another builder's.
        if made and partial.exists():
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold `folder`, made when missing, by its `.lock`, once no other process does; a kill lets go of it.

    Raises TellerbotError when the folder cannot be written.
    """
    lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise TellerbotError(
            f"{folder}: expected a folder to write in, found: {error.strerror}. Mend its rights."
        ) from error
    try:
        yield
    finally:
        lock.release()


def sync(path: Path) -> None:
    """Make a file's content, or the renames inside a folder, survive power loss."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private_folder(folder: Path) -> None:
    """Make a folder, or tighten one, so that only its owner may look inside."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
