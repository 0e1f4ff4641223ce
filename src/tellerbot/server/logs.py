"""The log: repeated records are sampled, so that no client that causes errors can fill the disk."""

import logging
import threading
import time
from typing import Any

# So many alike are written in so many seconds.
MOST_ALIKE, WINDOW = 20, 60.0
MOST_KINDS = 1000


class RepeatFilter(logging.Filter):
    """A filter that lets the first few records of a kind through, and then says how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._seen: dict[tuple[Any, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written; records are alike when logger, level and template are."""
        raised = record.exc_info[0] if record.exc_info else None
        kind, now = (record.name, record.levelno, str(record.msg), raised), time.monotonic()
        with self._lock:
            if len(self._seen) > MOST_KINDS:
                self._seen.clear()
            since, count = self._seen.get(kind, (now, 0))
            left_out = count - MOST_ALIKE
            if now - since > WINDOW:
                since, count = now, 0
            self._seen[kind] = since, count + 1
        if count == 0 and left_out > 0:
            record.msg, record.args = f"{record.getMessage()} ({left_out} more like this were left out)", ()
        return count < MOST_ALIKE


def start_log() -> None:
    """Write warnings and errors to standard error."""
    handler = logging.StreamHandler()
    handler.addFilter(RepeatFilter())
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s", handlers=[handler]
    )
