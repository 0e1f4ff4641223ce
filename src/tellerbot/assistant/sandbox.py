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
    """The source of the bank for each conversation test.

    `open` takes the day on which a test is played: a demo bank has its history up to it, a bank of your own does not
    change. `can_act`: tests may change what is there.
    """

    open: Callable[[date], AbstractContextManager[Bank]]
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
    return Sandbox(lambda day: nullcontext(bank), is_sandbox)


def _demo_banks(folder: Path) -> Sandbox:
    """Make one demo bank a day that tests are played on; each test opens a copy of its file."""

    def make(day: date) -> Path:
        made = folder / f"{day}.db"
        if not made.exists():
            first = DemoBank(f"sqlite:///{made}")
            first.prepare(folder / f"{day}.txt", day)
            # The last connection that closes leaves all in the one file.
            first.engine.dispose()
        return made

    @contextmanager
    def open_copy(day: date) -> Iterator[Bank]:
        own = Path(tempfile.mkdtemp(dir=folder))
        shutil.copyfile(make(day), own / "bank.db")
        # Nobody reads codes in the terminal here.
        bank = DemoBank(f"sqlite:///{own / 'bank.db'}", show=lambda text: None)
        try:
            yield bank
        finally:
            bank.engine.dispose()
            shutil.rmtree(own)

    return Sandbox(open_copy, can_act=True)
