"""The steps of a turn, timed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tellerbot.conversation.event_values import Step, StepName


class Trace:
    """The timed steps of one turn; `on_step` is called after each step."""

    def __init__(self, on_step: Callable[[Step], None]) -> None:
        self._steps: list[Step] = []
        self._on_step = on_step

    @contextmanager
    def step(self, name: StepName) -> Iterator[Callable[[str], None]]:
        """Time a step; the yielded function notes what it did."""
        notes: list[str] = []
        start = time.perf_counter()
        yield notes.append
        step = Step(name, "; ".join(notes), round((time.perf_counter() - start) * 1000, 3))
        self._steps.append(step)
        self._on_step(step)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps so far."""
        return tuple(self._steps)
