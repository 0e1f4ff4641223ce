"""A circuit breaker: a bank that fails again and again is left alone for a while."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from tellerbot.errors import UnavailableError


class CircuitBreaker:
    """A breaker that opens for `seconds` after so many `failures` in a row, then lets one call try; thread-safe."""

    def __init__(self, failures: int, seconds: float) -> None:
        self._most = failures
        self._seconds = seconds
        self._lock = Lock()
        self._failures = 0
        self._next_try = 0.0

    @contextmanager
    def guard(self, name: str) -> Iterator[None]:
        """Count whether what runs inside fails. Raises UnavailableError at once while nothing is let through."""
        self._admit(name)
        try:
            yield
        except BaseException:
            with self._lock:
                self._failures += 1
                self._next_try = time.monotonic() + self._seconds
            raise
        with self._lock:
            self._failures = 0

    def _admit(self, name: str) -> None:
        with self._lock:
            if self._failures < self._most:
                return
            now = time.monotonic()
            if now < self._next_try:
                raise UnavailableError(
                    f"{name}: expected the bank to answer, found {self._failures} failures in a row. "
                    f"It is tried again within {self._seconds:g} seconds."
                )
            # This call tries; the next ones wait for its outcome.
            self._next_try = now + self._seconds
