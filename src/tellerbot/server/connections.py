"""Connections: how many there may be, and how long one may take to send its request."""

import asyncio
import resource
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Seconds that a request may take to arrive, its body with it.
ARRIVAL = 15
# Seconds that an answer to a request which is given up may take to be read.
LINGER = 2
# Connections at most, and descriptors that are left for files and databases.
MOST_CONNECTIONS, RESERVED = 4096, 144
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """A connection of uvicorn's that is closed when its request does not arrive in time.

    Where there are more than `most`, the one of the `waiting` that has had no whole request for the longest makes room.
    """

    def __init__(self, *arguments: Any, most: int, waiting: dict["Connection", None], **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._most, self._waiting = most, waiting
        self._expiry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, and make room where there are too many connections."""
        super().connection_made(transport)
        self._expect()
        if len(self.connections) > self._most:
            next(iter(self._waiting)).give_up(_TOO_MANY)

    def on_message_begin(self) -> None:
        """Wait for the rest of a request."""
        super().on_message_begin()
        self._expect()

    def on_message_complete(self) -> None:
        """Stop waiting: the request has arrived."""
        self._rest()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Count the connection among those without a request."""
        super().on_response_complete()
        if self.cycle.response_complete:  # and no pipelined request has begun
            self._waiting[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting: the connection is closed."""
        self._rest()
        super().connection_lost(exc)

    def give_up(self, answer: bytes) -> None:
        """Close the connection, with an answer where none has begun."""
        self._rest()
        if not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
                self.transport.write(answer)
            self.transport.close()
        # A client that does not read would hold it until TCP gives up.
        self.loop.call_later(LINGER, self.transport.abort)

    def _expect(self) -> None:
        """Wait for a whole request from now on."""
        self._rest()
        self._waiting[self] = None
        self._expiry = self.loop.call_later(ARRIVAL, self.give_up, _TOO_SLOW)

    def _rest(self) -> None:
        self._waiting.pop(self, None)
        if self._expiry:
            self._expiry.cancel()
            self._expiry = None


def connections() -> partial[Connection]:
    """Return the class that uvicorn makes connections with: as many as the process may have descriptors for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + RESERVED
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return partial(Connection, most=max(1, min(MOST_CONNECTIONS, soft - RESERVED)), waiting={})
