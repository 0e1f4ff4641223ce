"""Demo banks, made once to read and to copy for those that change them, and a bank behind HTTP."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from bank.open_bank import CLIENT  # pyright: ignore[reportMissingImports]
from bank.open_bank_server import Server, serving, write_config  # pyright: ignore[reportMissingImports]
from demo_bank import TODAY, Acting, Asking
from tellerbot.bank.demo import DemoBank
from tellerbot.bank.http.bank import HttpBank


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a bank that nobody has open."""
    file = tmp_path_factory.mktemp("bank") / "bank.db"
    _prepare(f"sqlite:///{file}", file.parent)
    return file


@pytest.fixture(scope="session")
def prepared_postgres(
    make_postgres: Callable[[str], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a bank that nobody has open."""
    with make_postgres("") as url:
        _prepare(url, tmp_path_factory.mktemp("bank"))
        yield url


@pytest.fixture(scope="session")
def asking(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    file = shutil.copy(prepared, tmp_path_factory.mktemp("asking"))
    bank = DemoBank(f"sqlite:///{file}")
    yield Asking(bank)
    bank.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def acting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Acting]:
    """A bank of the test's own, on either database."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("prepared"), tmp_path)
        yield from _open(f"sqlite:///{file}")
    else:
        make = request.getfixturevalue("make_postgres")
        with make(request.getfixturevalue("prepared_postgres")) as url:
            yield from _open(url)


def _open(url: str) -> Iterator[Acting]:
    bank = DemoBank(url)
    yield Acting(bank)
    bank.engine.dispose()


def _prepare(url: str, folder: Path) -> None:
    bank = DemoBank(url)
    bank.prepare(folder / "passwords.txt", TODAY)
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
