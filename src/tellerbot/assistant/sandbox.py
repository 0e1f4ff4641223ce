"""Banks that conversation tests may act at: a demo bank of its own for each, or a sandbox of the bank's."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tellerbot.bank.connect import connect_bank
from tellerbot.bank.demo import DemoBank
from tellerbot.errors import ConfigError
from tellerbot.settings import Settings
from tellerbot.types import Bank

_DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The source of the bank for each conversation test. `can_act`: tests may change what is there."""

    open: Callable[[], AbstractContextManager[Bank]]
    can_act: bool


def open_sandbox(settings: Settings, folder: Path, is_sandbox: bool) -> Sandbox:
    """Open demo banks in `folder`, or the configured bank, where tests may act only if `is_sandbox`.

    Raises ConfigError where a sandbox has no URL of its own.
    """
    if settings.bank.name == _DEMO:
        return _demo_banks(folder)
    if is_sandbox and not settings.bank.url:
        raise ConfigError("TELLERBOT_BANK__URL: expected the URL of a sandbox, found none. Set it, or leave it out.")
    bank = connect_bank(settings.bank.name, settings.bank_url)
    return Sandbox(lambda: nullcontext(bank), is_sandbox)


def _demo_banks(folder: Path) -> Sandbox:
    """Make one demo bank; each test opens a copy of its file."""
    made = folder / "made.db"
    first = DemoBank(f"sqlite:///{made}")
    first.prepare(folder / "passwords.txt", date.today())
    # The last connection that closes leaves all in the one file.
    first.engine.dispose()

    @contextmanager
    def open_copy() -> Iterator[Bank]:
        own = Path(tempfile.mkdtemp(dir=folder))
        shutil.copyfile(made, own / "bank.db")
        # Nobody reads codes in the terminal here.
        bank = DemoBank(f"sqlite:///{own / 'bank.db'}", show=lambda text: None)
        try:
            yield bank
        finally:
            bank.engine.dispose()
            shutil.rmtree(own)

    return Sandbox(open_copy, can_act=True)
