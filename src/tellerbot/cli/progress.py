"""How long work shows its phases: as bars in a terminal, as lines in a log."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, Task, TaskID, TextColumn, TimeElapsedColumn

# Seconds between two lines where there is no terminal to draw a bar on.
LINES_EVERY = 10.0
# Seconds after which a phase without steps is worth a word.
PATIENCE = 1.0


@dataclass
class Phase:
    """One part of the work. `steps` is 0 where nobody knows how many there are; times are monotonic seconds."""

    step: int
    steps: int
    note: str
    first_step: int = 0
    began: float = field(default_factory=time.monotonic)
    changed: float = field(default_factory=time.monotonic)

    @property
    def name(self) -> str:
        """What the note begins with: `epoch 2` of `epoch 2, loss 0.487`."""
        return self.note.split(",")[0]

    @property
    def is_done(self) -> bool:
        """Whether all steps are done."""
        return 0 < self.steps <= self.step

    def remaining(self) -> str:
        """Return the remaining time, as `0:30 left`; empty when it cannot be estimated."""
        done = self.step - self.first_step
        if self.is_done or done <= 0:
            return ""
        seconds = round((self.changed - self.began) / done * (self.steps - self.step))
        return f"{seconds // 60}:{seconds % 60:02d} left"


class View(Protocol):
    """What shows phases."""

    def begin(self, phase: Phase) -> None:
        """Begin to show a phase."""
        ...

    def show(self, phase: Phase) -> None:
        """Show the current state of a phase."""
        ...


class Lines:
    """A line for each phase, and one now and then."""

    def __init__(self, console: Console, title: str) -> None:
        self._console, self._title = console, title.strip()
        self._name: str | None = None
        self._last = 0.0

    def begin(self, phase: Phase) -> None:
        """Begin to show a phase."""
        self._name = None
        self.show(phase)

    def show(self, phase: Phase) -> None:
        """Print a line for the phase when it is new, done, or due for one."""
        now = time.monotonic()
        is_new = phase.name != self._name and (phase.steps > 0 or now - phase.began >= PATIENCE)
        is_due = self._name is not None and now - self._last >= LINES_EVERY
        is_end = phase.is_done and phase.changed > self._last
        if is_new or is_due or is_end:
            self._name, self._last = phase.name, now
            counts = f"{self._title} {phase.step}/{phase.steps}" if phase.steps else self._title
            took = "" if phase.steps or is_new else f"{now - phase.began:.0f} s"
            what = ", ".join(filter(None, (phase.note, took, phase.remaining())))
            self._console.print(f"{counts} {what}".rstrip(), markup=False)


class Bars:
    """A bar for each phase, below one another."""

    def __init__(self, bars: Progress, title: str) -> None:
        self._bars, self._title = bars, title
        self._task: TaskID | None = None

    def begin(self, phase: Phase) -> None:
        """Fill the bar of the last phase, and add one for this phase."""
        self.end()
        self._task = self._bars.add_task(self._title, note="", remaining="")
        self.show(phase)

    def show(self, phase: Phase) -> None:
        """Update the bar of the phase."""
        if self._task is not None:
            counts = f"{phase.step}/{phase.steps} " if phase.steps else ""
            self._bars.update(
                self._task, total=phase.steps or None, completed=phase.step,
                note=f"{counts}{phase.note}", remaining=phase.remaining(),
            )  # fmt: skip

    def end(self) -> None:
        """Fill the bar of the last phase."""
        if self._task is not None:
            task: Task = self._bars.tasks[self._task]
            self._bars.update(self._task, total=task.total or 1, completed=task.total or 1, remaining="")


class Phases:
    """Takes (step, steps, note) and tells phases apart: steps that are counted anew make a new one."""

    def __init__(self, view: View, first: str) -> None:
        self._view = view
        self._lock = threading.Lock()
        self._phase = Phase(0, 0, first)
        view.begin(self._phase)

    def __call__(self, step: int, steps: int, note: str) -> None:
        """Show a step, in a new phase when the steps are counted anew."""
        with self._lock:
            phase = self._phase
            is_new = steps != phase.steps or step < phase.step or (not steps and note != phase.note)
            if is_new:
                self._phase = Phase(step, steps, note, first_step=step)
                self._view.begin(self._phase)
            else:
                phase.step, phase.note, phase.changed = step, note, time.monotonic()
                self._view.show(phase)

    def wait(self, stopped: threading.Event) -> None:
        """Show that the work goes on until `stopped`; what follows the last step is a phase too."""
        while not stopped.wait(PATIENCE / 4):
            with self._lock:
                if self._phase.is_done and time.monotonic() - self._phase.changed >= PATIENCE:
                    self._phase = Phase(0, 0, "finishing")
                    self._view.begin(self._phase)
                else:
                    self._view.show(self._phase)


@contextmanager
def show_phases(console: Console, title: str, first: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show phases on `console` while the context is open; yields what to call with (step, steps, note)."""
    if not console.is_terminal:
        with _waiting(Phases(Lines(console, title), first)) as phases:
            yield phases
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(30), TimeElapsedColumn(), TextColumn("{task.fields[note]}"),
        TextColumn("{task.fields[remaining]}", style="dim"),
    )  # fmt: skip
    with Progress(*columns, console=console) as bars:
        view = Bars(bars, title)
        with _waiting(Phases(view, first)) as phases:
            yield phases
        view.end()


@contextmanager
def _waiting(phases: Phases) -> Iterator[Phases]:
    stopped = threading.Event()
    thread = threading.Thread(target=phases.wait, args=(stopped,), daemon=True)
    thread.start()
    try:
        yield phases
    finally:
        stopped.set()
        thread.join()
