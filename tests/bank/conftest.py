"""A demo bank, made once for the tests that only read it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_bank import TODAY, Asking
from tellerbot.bank.demo import DemoBank


@pytest.fixture(scope="session")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    folder: Path = tmp_path_factory.mktemp("bank")
    bank = DemoBank(f"sqlite:///{folder / 'bank.db'}")
    bank.prepare(folder / "passwords.txt", TODAY)
    yield Asking(bank)
    bank.engine.dispose()
