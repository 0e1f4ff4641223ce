"""How often each may do something: exact over any minute, and forgotten when the minute has passed."""

import time
from collections import deque

MINUTE = 60.0


class Limiter:
    """A count of what each has done in the last minute, or in the last `seconds`; for one thread.

    Names without anything since then take no memory: clients choose the names, and there is no end of them.
    """

    def __init__(self, seconds: float = MINUTE) -> None:
        self._seconds = seconds
        # When each did it. The one who has done nothing for the longest comes first.
        self._times: dict[str, deque[float]] = {}

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._times)

    def wait(self, who: str, most: int) -> float:
        """Count one more and return 0, or where there were `most` already, return the seconds until there is room."""
        now = time.monotonic()
        self._forget(now - self._seconds)
        times = self._times.get(who, deque())
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= most:
            return times[0] + self._seconds - now
        times.append(now)
        self._times.pop(who, None)
        self._times[who] = times
        return 0.0

    def _forget(self, until: float) -> None:
        while self._times and (oldest := next(iter(self._times.items())))[1][-1] <= until:
            del self._times[oldest[0]]
