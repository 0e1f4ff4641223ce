"""What customers may name, as the bank's lists say; kept for a moment, for one message needs them several times."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import Any

from tellerbot.bank.http.client import Client
from tellerbot.bank.http.config import HttpBankConfig
from tellerbot.bank.http.facts import look, look_list, look_text, wrong_answer
from tellerbot.bank.http.parts import NameKind, NamesOf
from tellerbot.bank.http.requests import call_for
from tellerbot.types import Customer, Named

# Seconds that names are kept.
_KEPT = 3.0


class Names:
    """Names by customer; safe among threads."""

    def __init__(self, config: HttpBankConfig, client: Client) -> None:
        self._config = config
        self._client = client
        self._lock = Lock()
        self._known: dict[str, tuple[float, tuple[Named, ...]]] = {}

    def find(self, principal: Customer | None) -> Sequence[Named]:
        """Return the customer's names and the public ones; only these without a sign-in. Raises UnavailableError."""
        customer = principal.id if principal else ""
        with self._lock:
            since, names = self._known.get(customer, (0.0, ()))
        if time.monotonic() - since < _KEPT and since:
            return names
        began = time.monotonic()
        names = tuple(
            named
            for kind, listed in self._config.names.items()
            if principal or listed.public
            for named in self._read(kind, listed, principal)
        )
        with self._lock:
            self._known = {key: kept for key, kept in self._known.items() if began - kept[0] < _KEPT}
            self._known[customer] = (began, names)
        return names

    def forget(self, principal: Customer) -> None:
        """Ask anew: an action may have changed them."""
        with self._lock:
            self._known.pop(principal.id, None)

    def _read(self, kind: NameKind, listed: NamesOf, principal: Customer | None) -> list[Named]:
        name = f"names.{kind}"
        call = call_for(self._config, listed, name, None if listed.public else principal)
        content = self._client.read(call).content()
        return [_make_name(kind, listed, item, name) for item in look_list(content, listed.at, name)]


def _make_name(kind: NameKind, listed: NamesOf, item: Any, name: str) -> Named:
    aliases = [alias for at in listed.aliases for alias in _aliases(look(item, at), f"{name}, {at}")]
    return Named(kind, look_text(item, listed.ref, name), look_text(item, listed.name, name), tuple(aliases))


def _aliases(value: Any, place: str) -> list[str]:
    """Read one alias, several, or none."""
    aliases = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(alias, str) for alias in aliases):
        raise wrong_answer(place, "a text or a list of texts", "something else")
    return [alias for alias in aliases if alias.strip()]
