"""What the server holds while it runs, and the limits that keep it answering."""

import asyncio
import ctypes
import gc
import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from fastapi import Request

from tellerbot.assistant.load import Assistant, load_release
from tellerbot.bank.demo import DemoBank
from tellerbot.errors import TellerbotError
from tellerbot.records.store import Records
from tellerbot.server.limits import Limiter
from tellerbot.server.metrics import Metrics
from tellerbot.settings import Settings
from tellerbot.types import Customer

P = ParamSpec("P")
Result = TypeVar("Result")
log = logging.getLogger("tellerbot")
MAX_TICKETS = 10_000
# Seconds that a message waits for its page to open the stream of its reply.
TICKET_AGE = 600.0
# Seconds that turns under way have to end when the server stops, and those that streams have of them.
GRACE, STREAMS = 10, 8


BUSY = "The server is busy. Try again in a second."


class OverloadedError(TellerbotError):
    """Too much work is waiting; `retry_after` is in seconds."""

    retry_after = 1


class RateLimitError(TellerbotError):
    """Somebody asks too often; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Workers:
    """A bounded pool of threads for one kind of work that blocks."""

    def __init__(self, name: str, size: int, queue: int) -> None:
        """Make room for `size` pieces of work at once, and for `queue` more that wait."""
        self._limit = size + queue
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._busy = 0

    @property
    def has_room(self) -> bool:
        """Whether more work can wait."""
        return self._busy < self._limit

    async def run(self, work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """Run `work` in the pool. Raises OverloadedError at once when too much is waiting."""
        return await self.submit(work, *args, **kwargs)

    def submit(self, work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[Result]":
        """Give `work` its place in the pool. Raises OverloadedError when too much is waiting."""
        if not self.has_room:
            raise OverloadedError(BUSY)
        self._busy += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))
        # Counted until the work ends, also when the client that asked for it has gone.
        future.add_done_callback(self._done)
        return asyncio.shield(future)

    def _done(self, future: "asyncio.Future[Any]") -> None:
        self._busy -= 1
        if not future.cancelled():
            future.exception()

    def close(self) -> None:
        """Wait for what runs, so that every turn under way is recorded."""
        self._pool.shutdown(wait=True)


def waits(assistant: Assistant) -> bool:
    """Return whether turns wait for something outside: a language model, or a bank that is not in our database."""
    parts = assistant.parts
    return bool(parts.writer or parts.proposer) or not isinstance(parts.bank, DemoBank)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a customer sent it. `turn` is the id of its turn, where the customer's program gave it an id."""

    customer: Customer
    conversation: str
    text: str
    turn: str | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A message that waits for its stream, or is being answered in one.

    `turn` is the id of its turn and names the ticket, `message_id` is the page's id of the message, `shown` its masked
    text. `at` is the time of the monotonic clock when it came.
    """

    message: Message
    turn: str
    message_id: str
    shown: str
    at: float = field(default_factory=time.monotonic)

    @property
    def is_good(self) -> bool:
        """Whether its page may still come for it."""
        return time.monotonic() - self.at < TICKET_AGE


@dataclass(slots=True)
class ServerState:
    """`assistant` is replaced whole on reload: a turn under way keeps the one it began with.

    `workers` take turns. What is quick has threads of its own, the `readers`, and does not wait behind turns; nor do
    turns wait behind `sign_ins`, whose passwords are slow to check by design.
    """

    settings: Settings
    release: str
    assistant: Assistant
    store: Records
    secret: str
    workers: Workers
    readers: Workers
    sign_ins: Workers
    metrics: Metrics = field(default_factory=Metrics)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    started: dict[str, str] = field(default_factory=dict)
    _reloading: threading.Lock = field(default_factory=threading.Lock)
    _limiter: Limiter = field(default_factory=Limiter)

    def reload(self) -> None:
        """Load what the alias names now; keep serving the old one when that fails."""
        with self._reloading:
            try:
                fresh = load_release(self.release, self.settings, self.assistant.parts.bank, self.store)
            except (TellerbotError, OSError) as error:
                self.metrics.reloads.labels("failed").inc()
                log.error("Reload failed, still serving %s: %s", self.assistant.manifest.version, error)
                return
            old, self.assistant = self.assistant, fresh
        if waits(fresh) and not waits(old):
            log.warning("Turns now wait for a language model; start the server anew, so that it has threads for them.")
        old.close()
        del old
        _trim()
        self.metrics.reloads.labels("done").inc()
        log.warning("Now serving %s", fresh.manifest.version)

    def limit_messages(self, customer: Customer) -> None:
        """Count a customer's message. Raises RateLimitError when there were too many in the last minute."""
        self._limit(self.settings.messages_per_minute, "message", customer.id)

    def limit_sign_ins(self, who: str) -> None:
        """Count a try to sign in. Raises RateLimitError when there were too many in the last minute."""
        self._limit(self.settings.sign_ins_per_minute, "sign-in", who)

    def add_ticket(self, ticket: Ticket) -> None:
        """Keep a message for its stream; sent again it is kept once. The oldest go when nobody comes for them."""
        self.tickets.pop(ticket.turn, None)
        while self.tickets and not (oldest := next(iter(self.tickets.values()))).is_good:
            del self.tickets[oldest.turn]
        for kept in (self.tickets, self.started):
            while len(kept) >= MAX_TICKETS:
                kept.pop(next(iter(kept)))
        self.tickets[ticket.turn] = ticket
        self.started[ticket.message.conversation] = ticket.message.customer.id

    def find_ticket(self, turn: str, customer: Customer) -> Ticket | None:
        """Return the customer's own ticket that is still good; None for another's, as for one that is not there."""
        found = self.tickets.get(turn)
        return found if found and found.is_good and found.message.customer.id == customer.id else None

    def list_tickets(self, conversation: str, customer: Customer) -> list[Ticket]:
        """Return the customer's own tickets of a conversation, the oldest first."""
        return [
            ticket
            for ticket in self.tickets.values()
            if ticket.message.conversation == conversation and self.find_ticket(ticket.turn, customer)
        ]

    def _limit(self, per_minute: int, what: str, who: str) -> None:
        if wait := math.ceil(self._limiter.wait(f"{what} {who}", per_minute)):
            raise RateLimitError(f"At most {per_minute} of these a minute. Try again in {wait} seconds.", wait)


def _trim() -> None:
    """Give the memory of what is gone back to the system: glibc would keep more of it with each reload."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def state_of(request: Request) -> ServerState:
    """Return the state of the server that handles a request."""
    return request.app.state.server


# FastAPI takes a thread for each dependency that is not async.
async def server_state(request: Request) -> ServerState:
    """Return the state of the server, as a dependency of routes."""
    return state_of(request)
