"""The HTTP client: time-outs, retries of reads, a circuit breaker, so many requests at once; errors hold no secrets."""

import json
import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import SystemRandom
from threading import BoundedSemaphore
from typing import Any

import httpx

from tellerbot.bank.http.breaker import CircuitBreaker
from tellerbot.bank.http.config import BearerAuth, HttpBankConfig
from tellerbot.bank.http.facts import look, read_json, wrong_answer
from tellerbot.bank.http.parts import ErrorMatch
from tellerbot.bank.http.sign_in import KeySignIn, SignIn, TokenSignIn
from tellerbot.bank.http.template import Call
from tellerbot.errors import ConfigError, UnavailableError

# An answer that is larger is none of a customer's records.
LARGEST = 4 * 2**20
# A bank, or a proxy before it, answers with these when it is away for a moment.
_AWAY = (502, 503, 504)
# What httpx logs are URLs, which hold customers' ids.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class AwayError(UnavailableError):
    """The bank has not answered. A read `may_retry`, where the bank asks for it after so many seconds."""

    def __init__(self, name: str, found: str, *, may_retry: bool = False, after: float = 0.0) -> None:
        super().__init__(f"{name}: expected an answer of the bank, found {found}. Try again later.")
        self.may_retry = may_retry
        self.after = after


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no redirect and no fault of the server; `code` is the error code in it, "" where none is."""

    name: str
    status: int
    body: bytes
    code: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the status is one of success."""
        return self.status < 300

    def fits(self, errors: Iterable[ErrorMatch]) -> bool:
        """Return whether it is one of these errors."""
        return any(self.status == error.status and error.code in ("", self.code) for error in errors)

    def content(self) -> Any:
        """Return what it holds. Raises UnavailableError where it is an error, or no JSON."""
        if not self.is_good:
            found = ", by which the bank does not know tellerbot itself (see auth)" if self.status == 401 else ""
            raise wrong_answer(self.name, "a status that the file knows", f"HTTP status {self.status}{found}")
        return self.json()

    def json(self) -> Any:
        """Return what it holds, an error or not. Raises UnavailableError where that is no JSON."""
        return read_json(self.name, self.body)


class Client:
    """A client for the requests of a bank's file; thread-safe."""

    def __init__(self, config: HttpBankConfig) -> None:
        self._config = config
        self._sign_in: SignIn = (
            KeySignIn(config.auth)
            if isinstance(config.auth, BearerAuth)
            else TokenSignIn(config.auth, self._fetch_token)
        )
        self._breaker = CircuitBreaker(config.breaker.failures, config.breaker.seconds)
        self._room = BoundedSemaphore(config.at_once.requests)
        self._random = SystemRandom()
        times = config.timeouts
        try:
            self._http = httpx.Client(
                timeout=httpx.Timeout(times.answer, connect=times.connect),
                limits=httpx.Limits(max_connections=config.at_once.requests),
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                # No proxy leads to a server on this machine.
                trust_env=not config.base_url.startswith("http:"),
            )
        except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
            # The message may hold a proxy's password.
            raise ConfigError(
                "Expected proxies and certificates in the environment (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE) that can "
                f"be used, found one that cannot: {type(error).__name__}. Mend or unset it."
            ) from None

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def read(self, call: Call, expected: Iterable[ErrorMatch] = ()) -> Answer:
        """Send what changes nothing, again where the bank is away for a moment. `expected` are errors of a meaning.

        Raises UnavailableError.
        """
        tries = 0
        while True:
            try:
                return self.send(call, expected)
            except AwayError as error:
                wait = self._wait(tries, error)
                if wait is None:
                    raise
            time.sleep(wait)
            tries += 1

    def send(self, call: Call, expected: Iterable[ErrorMatch] = ()) -> Answer:
        """Send a request once. Where the bank does not take our token it has done nothing: again with a new one.

        Raises UnavailableError, after which it is not known whether the bank has done it.
        """
        header = self._sign_in.header()
        answer = self._send_once(call, header)
        if answer.status == 401 and not answer.fits(expected) and self._sign_in.renew(header):
            answer = self._send_once(call, self._sign_in.header())
        return answer

    def _wait(self, tries: int, error: AwayError) -> float | None:
        """Return how many seconds to wait until a read is tried again; None where it is not."""
        retries = self._config.retries
        if not error.may_retry or tries >= retries.times or error.after > retries.longest_wait:
            return None
        wait = min(retries.first_wait * 2**tries, retries.longest_wait)
        # Those that failed together shall not come back together.
        return max(error.after, self._random.uniform(wait / 2, wait))

    def _send_once(self, call: Call, header: str) -> Answer:
        headers = {**call.headers, "Authorization": header}
        content = None
        if call.body is not None:
            content = json.dumps(call.body).encode()
            headers["Content-Type"] = "application/json"
        url = f"{self._config.base_url.rstrip('/')}{call.path}"
        request = self._http.build_request(
            call.method, url, params=dict(call.params) or None, headers=headers, content=content
        )
        return self._deliver(call.name, request)

    def _fetch_token(self, url: str, form: Mapping[str, str], header: str) -> Any:
        request = self._http.build_request("POST", url, data=dict(form), headers={"Authorization": header})
        return self._deliver("auth", request).content()

    def _deliver(self, name: str, request: httpx.Request) -> Answer:
        """Send a request and return the answer. Raises AwayError and UnavailableError."""
        with self._place(name), self._breaker.guard(name):
            status, headers, body = self._receive(name, request)
            if status >= 500:
                raise AwayError(name, f"HTTP status {status}", may_retry=status in _AWAY, after=_after(headers) or 0.0)
        if status in (408, 425, 429):
            after = _after(headers)
            raise AwayError(
                name, f"HTTP status {status}", may_retry=status == 429 and after is not None, after=after or 0
            )
        if not (200 <= status < 300 or 400 <= status < 500):
            raise wrong_answer(name, "an answer", f"HTTP status {status}, which leads elsewhere")
        return Answer(name, status, body, self._code(body) if status >= 400 else "")

    def _receive(self, name: str, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
        patience = self._config.timeouts.answer
        deadline = time.monotonic() + self._config.timeouts.connect + patience
        body = bytearray()
        try:
            response = self._http.send(request, stream=True)
            try:
                for piece in response.iter_raw():
                    body += piece
                    if len(body) > LARGEST:
                        raise wrong_answer(name, f"at most {LARGEST} bytes", "more")
                    if time.monotonic() > deadline:
                        raise AwayError(name, "an answer that takes too long")
            finally:
                response.close()
        except httpx.ConnectTimeout:
            raise AwayError(name, "no connection in time", may_retry=True) from None
        except httpx.TimeoutException:
            raise AwayError(name, f"none within {patience:g} seconds") from None
        except httpx.HTTPError as error:
            # Its message may hold the URL, and so a customer's id.
            raise AwayError(name, f"no whole one ({type(error).__name__})", may_retry=True) from None
        return response.status_code, response.headers, bytes(body)

    def _code(self, body: bytes) -> str:
        """Find the error code in an answer; a proxy before the bank may answer with a page instead."""
        try:
            code = look(json.loads(body), self._config.error_code)
        except (ValueError, RecursionError):
            return ""
        return code if isinstance(code, str) else ""

    @contextmanager
    def _place(self, name: str) -> Iterator[None]:
        """Hold one of the places that requests have at once. Raises UnavailableError where none becomes free."""
        if not self._room.acquire(timeout=self._config.at_once.wait):
            raise UnavailableError(f"{name}: expected room for one more request, found too many. Try again later.")
        try:
            yield
        finally:
            self._room.release()


def _after(headers: httpx.Headers) -> float | None:
    """Read the seconds that Retry-After asks for; None where it asks for none, or names a day."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else None
