"""Finding the bank's connector: any object that meets `types.Bank`, made by an installed entry point."""

from importlib.metadata import entry_points

from tellerbot.errors import ConfigError
from tellerbot.types import Bank

GROUP = "tellerbot.banks"


def connect_bank(name: str, url: str) -> Bank:
    """Open the connector registered as `name` in the entry-point group `tellerbot.banks`, with its `url`."""
    known = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in known:
        raise ConfigError(f"Expected a bank connector among {', '.join(sorted(known))}, found {name!r}.")
    return known[name].load()(url)
