"""Long work shows its phases: lines in a log, bars in a terminal."""

import io
import re
import time
from collections.abc import Callable

import pytest
from rich.console import Console

from tellerbot.cli import progress
from tellerbot.cli.progress import show_phases


def shown(work: Callable[[Callable[[int, int, str], None]], None], *, terminal: bool = False) -> list[str]:
    """The lines that are written while `work` reports its steps."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, highlight=False)
    with show_phases(console, "training", "starting") as report:
        work(report)
    return stream.getvalue().splitlines()


def test_each_phase_has_a_line_and_its_last_step_too() -> None:
    def work(report: Callable[[int, int, str], None]) -> None:
        for step in range(1, 9):
            report(step, 8, f"epoch {1 + step // 5}, loss 0.5")
        for step in range(1, 4):
            report(step, 3, "measuring")

    lines = [re.sub(r", \d+:\d\d left", "", line) for line in shown(work)]
    assert lines == [
        "training 1/8 epoch 1, loss 0.5",
        "training 5/8 epoch 2, loss 0.5",
        "training 8/8 epoch 2, loss 0.5",
        "training 1/3 measuring",
        "training 3/3 measuring",
    ]


@pytest.mark.slow
def test_what_comes_before_the_first_step_and_after_the_last_is_named() -> None:
    def work(report: Callable[[int, int, str], None]) -> None:
        time.sleep(1.5)
        report(1, 1, "")
        time.sleep(3.5)

    assert shown(work) == ["training starting", "training 1/1", "training finishing"]


@pytest.mark.slow
def test_a_long_phase_has_a_line_now_and_then_with_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINES_EVERY", 1.0)

    def work(report: Callable[[int, int, str], None]) -> None:
        time.sleep(3.5)
        report(0, 100, "")
        time.sleep(0.5)
        report(1, 100, "")
        time.sleep(1.5)

    lines = shown(work)
    # Nobody knows how long a phase without steps takes, only how long it has taken.
    assert lines[0] == "training starting" and re.fullmatch(r"training starting, [123] s", lines[1])
    assert "training 0/100" in lines and re.fullmatch(r"training 1/100 0:[45]\d left", lines[-1])


@pytest.mark.slow
def test_phases_that_are_known_by_name_only_follow_each_other() -> None:
    def work(report: Callable[[int, int, str], None]) -> None:
        for name in ("exporting", "calibrating"):
            report(0, 0, name)
            time.sleep(1.5)

    assert shown(work) == ["training exporting", "training calibrating"]


def test_a_terminal_shows_a_bar_for_each_phase() -> None:
    def work(report: Callable[[int, int, str], None]) -> None:
        for steps, note in ((4, "epoch 1"), (2, "measuring")):
            for step in range(1, steps + 1):
                report(step, steps, note)

    text = "\n".join(shown(work, terminal=True)[-4:])
    assert "starting" in text and "4/4 epoch 1" in text and "2/2 measuring" in text


def test_work_that_fails_ends_its_lines() -> None:
    stream = io.StringIO()
    with (
        pytest.raises(ValueError, match="no rows"),
        show_phases(Console(file=stream, width=100), "training", "starting"),
    ):
        raise ValueError("no rows")
    time.sleep(1.2)
    assert stream.getvalue() == ""
