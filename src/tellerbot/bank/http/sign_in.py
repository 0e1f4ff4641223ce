"""How tellerbot itself signs in at the bank: a key, or a token that is fetched and renewed."""

import os
import time
from base64 import b64encode
from collections.abc import Callable
from threading import Lock
from typing import Protocol
from urllib.parse import quote

from tellerbot.bank.http.config import BearerAuth, ClientAuth
from tellerbot.bank.http.facts import look, look_text, wrong_answer
from tellerbot.errors import ConfigError

# A token is renewed so many seconds before it expires, for a request takes time.
_EARLY = 10


class SignIn(Protocol):
    """The source of the Authorization header, with a new one where the bank no longer takes the last one."""

    def header(self) -> str:
        """Return the Authorization header."""
        ...

    def renew(self, refused: str) -> bool:
        """Return whether there may be another header than the one that the bank refused."""
        ...


class KeySignIn:
    """A key that stays."""

    def __init__(self, auth: BearerAuth) -> None:
        self._header = f"Bearer {read_secret(auth.key_from)}"

    def header(self) -> str:
        """Return the header with the key."""
        return self._header

    def renew(self, refused: str) -> bool:
        """Return false: the key is always the same."""
        return False


class TokenSignIn:
    """A token; `fetch` posts a form to the token URL with a basic Authorization header and returns the answer."""

    def __init__(self, auth: ClientAuth, fetch: Callable[[str, dict[str, str], str], object]) -> None:
        pair = (
            f"{quote(read_secret(auth.client_id_from), safe='')}:{quote(read_secret(auth.client_secret_from), safe='')}"
        )
        self._basic = f"Basic {b64encode(pair.encode()).decode()}"
        self._auth = auth
        self._fetch = fetch
        self._lock = Lock()
        self._header = ""
        self._until = 0.0

    def header(self) -> str:
        """Return the header with the token, a new one where the old one has run out."""
        with self._lock:
            if not self._header or time.monotonic() >= self._until:
                self._header, self._until = self._new()
            return self._header

    def renew(self, refused: str) -> bool:
        """Drop the refused token, so that the next header has a new one; return true."""
        with self._lock:
            # Another thread may have renewed it already.
            if self._header == refused:
                self._header = ""
        return True

    def _new(self) -> tuple[str, float]:
        form = {"grant_type": "client_credentials"} | ({"scope": self._auth.scope} if self._auth.scope else {})
        began = time.monotonic()
        answer = self._fetch(self._auth.token_url, form, self._basic)
        token, lasts = look_text(answer, "access_token", "auth"), look(answer, "expires_in")
        if not (token.isascii() and token.isprintable()):
            raise wrong_answer("auth, access_token", "a token of printable ASCII", "other characters")
        if lasts is None:
            return f"Bearer {token}", float("inf")
        if not isinstance(lasts, int) or isinstance(lasts, bool) or lasts <= 0:
            raise wrong_answer("auth, expires_in", "a number of seconds", "something else")
        return f"Bearer {token}", began + max(lasts - _EARLY, lasts / 2)


def read_secret(variable: str) -> str:
    """Read the secret in an environment variable. Raises ConfigError where it holds none that can be used."""
    # What is read from a file often ends in a newline.
    value = os.environ.get(variable, "").strip()
    if not value or not (value.isascii() and value.isprintable()):
        raise ConfigError(f"{variable}: expected a secret of printable ASCII characters, found none. Set the variable.")
    return value
