"""Banks behind HTTP with files of the tests' own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from bank.open_bank_server import Server, write_config  # pyright: ignore[reportMissingImports]
from tellerbot.bank.http.bank import HttpBank


@pytest.fixture
def connect(server: Server, tmp_path: Path) -> Iterator[Callable[..., HttpBank]]:
    """Opens a bank with the shipped file, but for these top-level keys."""
    with ExitStack() as stack:

        def opened(**changes: Any) -> HttpBank:
            bank = HttpBank(str(write_config(tmp_path, server.url, **changes)))
            return stack.enter_context(closing(bank))

        yield opened
