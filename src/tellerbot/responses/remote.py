"""Replies from a server that speaks OpenAI's chat protocol (vLLM, llama.cpp's server, Ollama).

What engines of that protocol share stands here too: the countdown of a budget, the chunks of a stream, and the way
back from the models' placeholders to ours.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import closing
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from tellerbot.errors import ConfigError, UnavailableError
from tellerbot.responses.engine import Budget, OutOfBudgetError, closed
from tellerbot.responses.prompt import SYSTEM, spelled, unspelled

# Seconds between two looks at whether somebody still waits.
WATCH = 0.05
# Seconds that connecting may take, and the part of the budget left.
CONNECT, PART = 5.0, 0.5
# An idle connection is dropped before servers drop it (uvicorn and llama.cpp after 5 seconds).
IDLE = 2.0
# Longer than any placeholder; longer than any line of a stream, in bytes.
LONGEST_PLACEHOLDER, LONGEST_LINE = 80, 1 << 20
# Reasons to finish that leave a reply in the middle, beside `length`.
_CUT_SHORT = ("abort", "content_filter", "error")
# Pieces of a reply; None for its end, a future for the end of all that is done about it.
Arrivals = SimpleQueue[str | Future[None] | None]


class Countdown:
    """A budget that runs from now on, and whether somebody still waits for what it pays for."""

    def __init__(self, budget: Budget, gone: Callable[[], bool]) -> None:
        self.budget = budget
        self._gone = gone
        self._end = time.monotonic() + budget.seconds

    def left(self) -> float:
        """Seconds left, below zero when there are none."""
        return self._end - time.monotonic()

    def check(self) -> None:
        """Raises OutOfBudgetError when the time is over or nobody waits."""
        if self._gone():
            raise OutOfBudgetError("Expected somebody to wait for the reply, found nobody. The rest was not written.")
        if self.left() <= 0:
            raise self.over()

    def over(self) -> OutOfBudgetError:
        """The error for a reply that takes too long."""
        return OutOfBudgetError(
            f"Expected a whole reply within {self.budget.seconds:g} seconds, found it unfinished. Give replies more "
            "seconds, or the model a faster machine."
        )


class _Delta(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Delta | None = None
    finish_reason: str | None = None


class Chunk(BaseModel, hide_input_in_errors=True):
    """One event of a streamed chat completion, as far as a reply needs it."""

    choices: list[_Choice] | None = None
    # Two ways in which servers tell of a failure after they have answered with status 200.
    error: Any = None
    object: str | None = None

    def read(self, budget: Budget) -> tuple[str, bool]:
        """The text it brings, and whether that ends the reply.

        Raises OutOfBudgetError when the tokens are used up, UnavailableError when the server failed meanwhile.
        """
        if self.error or self.object == "error":
            # What the error says could hold what was sent.
            raise broken("an error from the server; its log says which")
        if not self.choices:
            return "", False
        choice = self.choices[0]
        if choice.finish_reason == "length":
            raise OutOfBudgetError(
                f"Expected a whole reply within {budget.tokens} tokens, found it unfinished. Give replies more tokens."
            )
        if choice.finish_reason in _CUT_SHORT:
            raise broken(f"the reason {choice.finish_reason}")
        return (choice.delta.content if choice.delta else None) or "", bool(choice.finish_reason)


def unspelled_pieces(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces with placeholders in braces; a placeholder that is cut over several pieces is held back till whole."""
    held = ""
    for piece in pieces:
        text = held + piece
        start = text.rfind("[")
        whole = start < 0 or "]" in text[start:] or len(text) - start > LONGEST_PLACEHOLDER
        ready, held = (text, "") if whole else (text[:start], text[start:])
        if ready:
            yield unspelled(ready)
    if held:
        yield unspelled(held)


def messages(prompt: str) -> list[dict[str, str]]:
    """The chat that asks for the reply to a brief's prompt."""
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": spelled(prompt)}]


def broken(found: str) -> UnavailableError:
    """The error for a reply that does not come to its end."""
    return UnavailableError(f"Expected a whole reply from the model, found: {found}. Try again.")


class RemoteEngine:
    """Writes replies on a server. One event loop in one thread holds all connections.

    A budget can so be kept to the moment, whatever the server does: a plain socket's timeout starts anew with every
    byte that arrives. HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE are respected, but this machine is never reached
    through a proxy.
    """

    def __init__(self, url: str, model: str, key: str | None = None) -> None:
        """`url` is the server's, with its /v1. Raises ConfigError when it, the key or the environment cannot be right.

        The server itself is not asked for before the first reply.
        """
        self._url = _checked(url)
        self._model = model
        self._client = _client(self._url, _headers(key))
        self._lock = Lock()
        self._open = True
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="tellerbot-remote", daemon=True)
        self._thread.start()

    def write(self, prompt: str, budget: Budget, gone: Callable[[], bool]) -> Generator[str, None, None]:
        """See Engine. Raises ConfigError too: for a key, model or request that the server refuses."""
        return self._write(prompt, Countdown(budget, gone))

    def close(self) -> None:
        """Stop every reply, and close every connection."""
        with self._lock:
            was_open, self._open = self._open, False
        if not was_open:
            return
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _write(self, prompt: str, countdown: Countdown) -> Generator[str, None, None]:
        with closing(self._pieces(prompt, countdown)) as pieces:
            yield from unspelled_pieces(pieces)

    def _pieces(self, prompt: str, countdown: Countdown) -> Generator[str, None, None]:
        """The pieces as they arrive, with the model's own placeholders."""
        arrived: Arrivals = SimpleQueue()
        task = self._start(prompt, countdown, arrived)
        task.add_done_callback(arrived.put)
        try:
            while (item := _next(arrived, countdown)) is not None:
                if isinstance(item, Future):
                    item.result()
                else:
                    yield item
        except CancelledError:
            raise closed() from None
        except BaseException:
            task.cancel()
            raise

    def _start(self, prompt: str, countdown: Countdown, arrived: Arrivals) -> Future[None]:
        # Once it is locked for closing, nothing may begin that closing would not see.
        with self._lock:
            if not self._open:
                raise closed()
            return asyncio.run_coroutine_threadsafe(self._fetch(prompt, countdown, arrived), self._loop)

    async def _fetch(self, prompt: str, countdown: Countdown, arrived: Arrivals) -> None:
        body = {
            "model": self._model,
            "messages": messages(prompt),
            "max_tokens": countdown.budget.tokens,
            "temperature": 0,
            "stream": True,
        }
        left = max(countdown.left(), 0.0)
        patience = httpx.Timeout(None, connect=min(CONNECT, left * PART))
        try:
            async with (
                asyncio.timeout(left),
                self._client.stream("POST", self._url, json=body, timeout=patience) as response,
            ):
                self._check(response.status_code)
                await _receive(response, countdown.budget, arrived)
        except TimeoutError:
            raise countdown.over() from None
        except httpx.ConnectTimeout:
            raise self._away("no connection in time") from None
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise self._away(str(error) or "no connection") from None
        except httpx.HTTPError as error:
            # Its message may quote what the server sent.
            raise broken(type(error).__name__) from None

    def _check(self, status: int) -> None:
        """Raises for a status that is not 200. The answer is left unread, as it could hold what was sent."""
        if status == 200:
            return
        if status in (408, 429) or status >= 500:
            raise self._away(f"HTTP status {status}")
        remedies = {
            400: f"Check the model's name, {self._model!r}, and that its context is long enough; its log says more.",
            401: "Check the API key.",
            403: "Check the API key, and that it may use the model.",
            404: f"Check the model's name, {self._model!r}, and that the URL ends as the server's does, mostly in /v1.",
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


def _next(arrived: Arrivals, countdown: Countdown) -> str | Future[None] | None:
    """What arrives next. Raises OutOfBudgetError."""
    while True:
        countdown.check()
        try:
            return arrived.get(timeout=WATCH)
        except Empty:
            continue


async def _receive(response: httpx.Response, budget: Budget, arrived: Arrivals) -> None:
    ended = False
    async for line in _lines(response):
        # What follows the end is read only so that the connection can be used again.
        if ended:
            continue
        name, _, value = line.partition(b":")
        if name == b"error" or (name == b"event" and value.strip() == b"error"):
            raise broken("an error from the server; its log says which")
        if name == b"data":
            text, ended = _understood(value.strip(), budget)
            if text:
                arrived.put(text)
            if ended:
                arrived.put(None)
    if not ended:
        raise broken("a connection cut before its end")


def _understood(data: bytes, budget: Budget) -> tuple[str, bool]:
    """The text in an event's data, and whether that ends the reply."""
    if data == b"[DONE]":
        return "", True
    try:
        return Chunk.model_validate_json(data).read(budget)
    except ValidationError:
        raise broken("an event that is no chat completion's") from None


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """The stream's lines. httpx's own `aiter_lines` also cuts at U+2028 and the like, which JSON holds as they are."""
    rest = b""
    async for block in response.aiter_bytes():
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > LONGEST_LINE:
            raise broken("a line without an end")
    yield rest


def _checked(url: str) -> httpx.URL:
    """The URL that replies are asked from."""
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
