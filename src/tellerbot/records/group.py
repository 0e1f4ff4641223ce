"""Group commit: what several threads write at once goes to disk in one transaction, with one wait for the disk."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from tellerbot.database import begin_write, translate_errors, wait_for_lock
from tellerbot.errors import UnavailableError

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[Connection], Any]
    durable: bool
    woken: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False
    result: Any = None
    error: BaseException | None = None

    def run(self, connection: Connection) -> None:
        with translate_errors(connection.engine):
            self.result = self.work(connection)


class GroupCommit:
    """A queue of writes to one database. While one group goes to the disk, the next one gathers behind it.

    There is no thread of its own: the first that waits leads its group, and hands the lead on.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._waiting: list[_Job] = []
        self._is_led = False

    def run(self, work: Callable[[Connection], Result], durable: bool = True) -> Result:
        """Run `work` in a transaction that holds the lock; it is on disk when this returns, unless not `durable`.

        An error of `work` undoes its own writes and no others'. Raises UnavailableError as `begin_write` does.
        """
        job = _Job(work, durable)
        with self._lock:
            self._waiting.append(job)
            leads, self._is_led = not self._is_led, True
        if not leads:
            job.woken.wait()
        if not job.is_done:
            self._lead()
        if job.error:
            raise job.error
        return job.result

    def _lead(self) -> None:
        """Write all that waits, then wake one of those that have come meanwhile to lead the next group."""
        with self._lock:
            jobs, self._waiting = self._waiting, []
        try:
            with begin_write(self._engine, durable=any(job.durable for job in jobs)) as connection:
                wait_for_lock(connection)
                _run(jobs, connection)
        except BaseException as error:  # noqa: BLE001 - each thread raises it for its own job
            for job in jobs:
                job.error = job.error or error
        finally:
            for job in jobs:
                job.is_done = True
                job.woken.set()
            with self._lock:
                self._is_led = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].woken.set()


def _run(jobs: list[_Job], connection: Connection) -> None:
    """Run the jobs, each undone by itself where it fails; a lone one fails with its transaction."""
    if len(jobs) == 1:
        jobs[0].run(connection)
        return
    for job in jobs:
        try:
            with connection.begin_nested():
                job.run(connection)
        except UnavailableError:
            raise  # SQLite may have undone all of the transaction, and not this job's part alone
        except Exception as error:  # noqa: BLE001 - its own thread raises it
            job.error = error
