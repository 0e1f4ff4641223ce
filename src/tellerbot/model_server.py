"""A server that speaks OpenAI's chat protocol (vLLM, llama.cpp's server, Ollama): address, connections, errors."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from ipaddress import ip_address
from threading import Lock, Thread
from typing import Any, TypeVar

import httpx

from tellerbot.errors import ConfigError, UnavailableError

# Seconds that connecting may take, and the part of the time left.
CONNECT, PART = 5.0, 0.5
# An idle connection is dropped before servers drop it (uvicorn and llama.cpp after 5 seconds).
IDLE = 2.0
Result = TypeVar("Result")


def broken(found: str) -> UnavailableError:
    """Return the error for a reply that does not come to its end."""
    return UnavailableError(f"Expected a whole reply from the model, found: {found}. Try again.")


class ModelServer:
    """Chats with one model of a server. One event loop in one thread holds all connections.

    A deadline can so be kept to the moment, whatever the server does: a plain socket's timeout starts anew with every
    byte that arrives. HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE are respected, but this machine is never reached
    through a proxy.
    """

    def __init__(self, url: str, model: str, key: str | None = None) -> None:
        """`url` is the server's, with its /v1. Raises ConfigError when it, the key or the environment cannot be right.

        The server itself is not asked for yet.
        """
        self._url = _checked(url)
        self.model = model
        self._client = _client(self._url, _headers(key))
        self._lock = Lock()
        self._open = True
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="tellerbot-remote", daemon=True)
        self._thread.start()

    def start(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Future[Result]:
        """Begin some work on the connections' loop. Raises UnavailableError when the server is closed.

        The future is cancelled when it closes meanwhile.
        """
        # Once it is locked for closing, nothing may begin that closing would not see.
        with self._lock:
            if not self._open:
                raise UnavailableError("Expected open connections to a server, found them closed. Open others.")
            return asyncio.run_coroutine_threadsafe(work(), self._loop)

    @asynccontextmanager
    async def answer(self, body: Mapping[str, object], seconds: float) -> AsyncIterator[httpx.Response]:
        """Return the server's answer to a request for a chat completion, whose body is still to be read.

        Raises TimeoutError when not all of it is read within `seconds`, UnavailableError when the server is away or
        breaks off, and ConfigError for a key, model or request that it refuses.
        """
        request = {"model": self.model, **body}
        patience = httpx.Timeout(None, connect=min(CONNECT, seconds * PART))
        try:
            async with (
                asyncio.timeout(seconds),
                self._client.stream("POST", self._url, json=request, timeout=patience) as response,
            ):
                self._check(response.status_code)
                yield response
        except httpx.ConnectTimeout:
            raise self._away("no connection in time") from None
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise self._away(str(error) or "no connection") from None
        except httpx.HTTPError as error:
            # Its message may quote what the server sent.
            raise broken(type(error).__name__) from None

    def close(self) -> None:
        """Stop all work, and close every connection."""
        with self._lock:
            was_open, self._open = self._open, False
        if not was_open:
            return
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _check(self, status: int) -> None:
        """Raise for a status that is not 200. The answer is left unread, as it could hold what was sent."""
        if status == 200:
            return
        if status in (408, 429) or status >= 500:
            raise self._away(f"HTTP status {status}")
        remedies = {
            400: f"Check the model's name, {self.model!r}, and that its context is long enough; its log says more.",
            401: "Check the API key.",
            403: "Check the API key, and that it may use the model.",
            404: f"Check the model's name, {self.model!r}, and that the URL ends as the server's does, mostly in /v1.",
        }
        remedy = remedies.get(status, "Check the server's URL and what it says in its log.")
        raise ConfigError(f"Expected {self._url} to write a reply, found HTTP status {status}. {remedy}")

    def _away(self, found: str) -> UnavailableError:
        return UnavailableError(
            f"Expected a model's server at {self._url}, found: {found}. Check that it runs and has room, or try again."
        )

    async def _stop(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()


def _checked(url: str) -> httpx.URL:
    """Return the URL that replies are requested from."""
    # What stands before an @ or after a ? may be secret.
    shown = url.rpartition("@")[2].partition("?")[0]
    try:
        found = httpx.URL(url.rstrip("/") + "/chat/completions")
    except httpx.InvalidURL:
        found = None
    if found is None or found.scheme not in ("http", "https") or not found.host:
        raise ConfigError(
            f"Expected a URL like http://127.0.0.1:8000/v1 of a model's server, found {shown!r}. Mend the URL."
        )
    if found.userinfo or found.query or found.fragment:
        raise ConfigError(
            f"Expected the URL of a model's server up to its /v1, found more in that of {found.host}: a user, a ? or "
            "a #. Take it away; the API key is a setting of its own."
        )
    return found


def _headers(key: str | None) -> dict[str, str]:
    # A key that is read from a file often ends in a newline.
    key = (key or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(
            "Expected an API key of printable ASCII characters on one line, found others in it. Mend the key."
        )
    return {"Authorization": f"Bearer {key}"} if key else {}


def _client(url: httpx.URL, headers: dict[str, str]) -> httpx.AsyncClient:
    # Who may wait for a reply is limited elsewhere.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=IDLE)
    host = f"[{url.host}]" if ":" in url.host else url.host
    mounts = {f"all://{host}": None} if _is_loopback(url.host) else None
    try:
        return httpx.AsyncClient(headers=headers, limits=limits, mounts=mounts)
    except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
        # The message may hold a proxy's password.
        raise ConfigError(
            "Expected proxies and certificates in the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE) "
            f"that can be used, found one that cannot: {type(error).__name__}. Mend or unset it."
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
