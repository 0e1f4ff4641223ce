"""Finding the bank's connector: any object that meets `types.Bank`, made by an installed entry point."""

from importlib.metadata import EntryPoint, entry_points
from traceback import extract_tb

from tellerbot.bank.own import OwnBank
from tellerbot.errors import ConfigError, TellerbotError
from tellerbot.types import Bank

GROUP = "tellerbot.banks"


def connect_bank(name: str, url: str) -> Bank:
    """Open the connector registered as `name` in the entry-point group `tellerbot.banks`, with its `url`.

    One that is not tellerbot's own has its answers checked (see `OwnBank`). Raises ConfigError where it cannot be
    opened.
    """
    known = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in known:
        raise ConfigError(f"Expected a bank connector among {', '.join(sorted(known))}, found {name!r}.")
    entry = known[name]
    if entry.module.startswith("tellerbot."):
        return entry.load()(url)
    return OwnBank(_open(entry, url), name)


def _open(entry: EntryPoint, url: str) -> object:
    try:
        return entry.load()(url)
    except TellerbotError:
        raise
    except Exception as error:  # whatever a connector raises
        frame = extract_tb(error.__traceback__)[-1]
        raise ConfigError(
            f"Bank connector {entry.name!r}: expected {entry.value} to open the bank's URL, found "
            f"{type(error).__name__}: {error} ({frame.filename}:{frame.lineno}). Mend the connector, or the URL."
        ) from error
