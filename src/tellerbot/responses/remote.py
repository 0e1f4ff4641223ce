"""Replies from a server that speaks OpenAI's chat protocol (vLLM, llama.cpp's server, Ollama).

What engines of that protocol share is here too: the countdown of a budget, the chunks of a stream, and the way
back from the models' placeholders to ours.
"""

import time
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import closing
from queue import Empty, SimpleQueue
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from tellerbot.model_server import ModelServer, broken
from tellerbot.responses.engine import Budget, OutOfBudgetError, closed_error
from tellerbot.responses.prompt import SYSTEM, from_model_text, to_model_text

# Seconds between two looks at whether somebody still waits.
WATCH = 0.05
# Longer than any placeholder; longer than any line of a stream, in bytes.
LONGEST_PLACEHOLDER, LONGEST_LINE = 80, 1 << 20
# Reasons to finish that leave a reply in the middle, beside `length`.
_CUT_SHORT = ("abort", "content_filter", "error")
# Pieces of a reply; None for its end, a future for the end of all that is done about it.
Arrivals = SimpleQueue[str | Future[None] | None]


class Countdown:
    """A budget that runs from now on, and whether somebody still waits for what it pays for."""

    def __init__(self, budget: Budget, is_cancelled: Callable[[], bool]) -> None:
        self.budget = budget
        self._is_cancelled = is_cancelled
        self._end = time.monotonic() + budget.seconds

    def remaining(self) -> float:
        """Return the seconds that remain, below zero when there are none."""
        return self._end - time.monotonic()

    def check(self) -> None:
        """Raise OutOfBudgetError when the time is over or nobody waits."""
        if self._is_cancelled():
            raise OutOfBudgetError("Expected somebody to wait for the reply, found nobody. The rest was not written.")
        if self.remaining() <= 0:
            raise self.timeout_error()

    def timeout_error(self) -> OutOfBudgetError:
        """Return the error for a reply that takes too long."""
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
    # Two ways in which servers report a failure after they have answered with status 200.
    error: Any = None
    object: str | None = None

    def read(self, budget: Budget) -> tuple[str, bool]:
        """Return the text the event brings, and whether that ends the reply.

        Raises OutOfBudgetError when the tokens are used up, UnavailableError when the server failed meanwhile.
        """
        if self.error or self.object == "error":
            # The error's text could hold what was sent.
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


def from_model_pieces(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the pieces with placeholders in braces.

    A placeholder that is cut over several pieces is held back till whole.
    """
    held = ""
    for piece in pieces:
        text = held + piece
        start = text.rfind("[")
        whole = start < 0 or "]" in text[start:] or len(text) - start > LONGEST_PLACEHOLDER
        ready, held = (text, "") if whole else (text[:start], text[start:])
        if ready:
            yield from_model_text(ready)
    if held:
        yield from_model_text(held)


def messages(prompt: str) -> list[dict[str, str]]:
    """Return the chat that asks for the reply to a brief's prompt."""
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": to_model_text(prompt)}]


class RemoteEngine:
    """An engine that writes replies on a server; a budget is kept to the moment, whatever the server does."""

    def __init__(self, url: str, model: str, key: str | None = None) -> None:
        """Prepare the server's client; `url` is the server's, with its /v1.

        Raises ConfigError when it, the key or the environment cannot be right.

        The server itself is not asked for before the first reply.
        """
        self._server = ModelServer(url, model, key)

    def write(self, prompt: str, budget: Budget, is_cancelled: Callable[[], bool]) -> Generator[str, None, None]:
        """See Engine. Raises ConfigError too: for a key, model or request that the server refuses."""
        return self._write(prompt, Countdown(budget, is_cancelled))

    def close(self) -> None:
        """Stop every reply, and close every connection."""
        self._server.close()

    def _write(self, prompt: str, countdown: Countdown) -> Generator[str, None, None]:
        with closing(self._pieces(prompt, countdown)) as pieces:
            yield from from_model_pieces(pieces)

    def _pieces(self, prompt: str, countdown: Countdown) -> Generator[str, None, None]:
        """Yield the pieces as they arrive, with the model's own placeholders."""
        arrived: Arrivals = SimpleQueue()
        task = self._server.start(lambda: self._fetch(prompt, countdown, arrived))
        task.add_done_callback(arrived.put)
        try:
            while (item := _next(arrived, countdown)) is not None:
                if isinstance(item, Future):
                    item.result()
                else:
                    yield item
        except CancelledError:
            raise closed_error() from None
        except BaseException:
            task.cancel()
            raise

    async def _fetch(self, prompt: str, countdown: Countdown, arrived: Arrivals) -> None:
        body = {
            "messages": messages(prompt),
            "max_tokens": countdown.budget.tokens,
            "temperature": 0,
            "stream": True,
        }
        try:
            async with self._server.answer(body, max(countdown.remaining(), 0.0)) as response:
                await _receive(response, countdown.budget, arrived)
        except TimeoutError:
            raise countdown.timeout_error() from None


def _next(arrived: Arrivals, countdown: Countdown) -> str | Future[None] | None:
    """Wait for what arrives next. Raises OutOfBudgetError."""
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
    """Read the text in an event's data, and whether that ends the reply."""
    if data == b"[DONE]":
        return "", True
    try:
        return Chunk.model_validate_json(data).read(budget)
    except ValidationError:
        raise broken("an event that is no chat completion's") from None


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the stream's lines.

    httpx's own `aiter_lines` also cuts at U+2028 and the like, which JSON leaves unescaped.
    """
    rest = b""
    async for block in response.aiter_bytes():
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > LONGEST_LINE:
            raise broken("a line without an end")
    yield rest
