"""Keys of actions: until when a request with one may arrive, and which of them are closed."""

import time
from datetime import UTC, datetime, timedelta
from threading import Lock

# So many keys are kept, the last ones; what is older has long been asked about.
_KEPT = 100_000


class Keys:
    """What this process knows of keys; safe among threads.

    The bank begins nothing after a request's `expires_at`, so that a key it does not know by then was never used.
    """

    def __init__(self, seconds: float, margin: float) -> None:
        self._seconds = seconds
        self._margin = margin
        self._lock = Lock()
        self._last: dict[str, float] = {}
        self._closed: dict[str, None] = {}

    def open(self, key: str) -> datetime | None:
        """Return when a request that is sent now expires, in UTC; None where the key is closed: send nothing."""
        with self._lock:
            if key in self._closed:
                return None
            self._note(key)
            return datetime.now(UTC) + timedelta(seconds=self._seconds)

    def close(self, key: str) -> bool:
        """Return whether no request with this key can arrive any more, after which none is sent.

        Of a key that is new here, another process may have sent one just now.
        """
        with self._lock:
            if key not in self._closed and key not in self._last:
                self._note(key)
            if time.monotonic() < self._last.get(key, 0.0):
                return False
            self._closed[key] = None
            _trim(self._closed)
            return True

    def _note(self, key: str) -> None:
        self._last[key] = time.monotonic() + self._seconds + self._margin
        _trim(self._last)


def _trim(keys: dict[str, float] | dict[str, None]) -> None:
    if len(keys) > _KEPT:
        del keys[next(iter(keys))]
