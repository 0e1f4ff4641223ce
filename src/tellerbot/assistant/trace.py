"""The steps of a turn, timed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tellerbot.conversation.events import Step, StepName


class Trace:
    def __init__(self, watch: Callable[[Step], None]) -> None:
        self._steps: list[Step] = []
        self._watch = watch

    @contextmanager
    def step(self, name: StepName) -> Iterator[Callable[[str], None]]:
        """Time a step; the yielded function notes what it did."""
        notes: list[str] = []
        start = time.perf_counter()
        yield notes.append
        step = Step(name, "; ".join(notes), round((time.perf_counter() - start) * 1000, 3))
        self._steps.append(step)
        self._watch(step)

    def steps(self) -> tuple[Step, ...]:
        return tuple(self._steps)
