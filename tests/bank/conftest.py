"""A demo bank, made once for the tests that only read it, and a bank behind HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bank.open_bank import CLIENT  # pyright: ignore[reportMissingImports]
from bank.open_bank_server import Server, serving, write_config  # pyright: ignore[reportMissingImports]
from demo_bank import TODAY, Asking
from tellerbot.bank.demo import DemoBank
from tellerbot.bank.http.bank import HttpBank


@pytest.fixture(scope="session")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    folder: Path = tmp_path_factory.mktemp("bank")
    bank = DemoBank(f"sqlite:///{folder / 'bank.db'}")
    bank.prepare(folder / "passwords.txt", TODAY)
    yield Asking(bank)
    bank.engine.dispose()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A bank that answers over HTTP, and tellerbot's secrets for it."""
    monkeypatch.setenv("MYBANK_CLIENT_ID", CLIENT[0])
    monkeypatch.setenv("MYBANK_CLIENT_SECRET", CLIENT[1])
    with serving() as running:
        yield running


@pytest.fixture
def http_bank(server: Server, tmp_path: Path) -> Iterator[HttpBank]:
    bank = HttpBank(str(write_config(tmp_path, server.url)))
    yield bank
    bank.close()
