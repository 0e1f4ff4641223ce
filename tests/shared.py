"""Folders that are made once for all processes of a test run, and homes over them."""

import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

from tellerbot.assistant.load import open_bank
from tellerbot.settings import BankSettings, Settings


def make_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make` fills for the first process that needs it. Nobody may change what is in it."""
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    shared.mkdir(exist_ok=True)
    folder, made = shared / name, shared / f"{name}.made"
    with FileLock(f"{folder}.lock"):
        if not made.exists():
            if folder.exists():
                # What failed half made.
                shutil.rmtree(folder)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


def copy_home(home: Path, folder: Path) -> Path:
    """A home in `folder` over the releases of another, with the demo bank as it is when it is new."""
    (folder / "releases").symlink_to(home / "releases")
    shutil.copytree(home / "registry", folder / "registry")
    # As a careless copy leaves it: opening a home makes it the owner's alone.
    (folder / "var").mkdir(mode=0o755)
    for name, content in _new_bank().items():
        file = folder / "var" / name
        file.touch(mode=0o600)
        file.write_bytes(content)
    return folder


@cache
def _new_bank() -> dict[str, bytes]:
    """The files of a demo bank: to hash its customers' passwords takes a second."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), bank=BankSettings())
        open_bank(settings).engine.dispose()  # type: ignore[attr-defined]
        return {path.name: path.read_bytes() for path in settings.var.iterdir()}
