"""Limits on how often somebody may do something."""

import time

from tellerbot.server.limits import Limiter

SECONDS = 0.5


def test_there_is_room_again_when_the_first_is_old_enough() -> None:
    limiter = Limiter(SECONDS)
    assert [limiter.wait("ada", 2), limiter.wait("ada", 2), limiter.wait("ben", 2)] == [0, 0, 0]
    first = time.monotonic()
    wait = limiter.wait("ada", 2)
    assert 0 < wait <= SECONDS
    while limiter.wait("ada", 2):
        pass
    assert wait - 0.05 < time.monotonic() - first < SECONDS + 0.2


def test_refusals_do_not_count() -> None:
    limiter = Limiter(SECONDS)
    end = time.monotonic() + 3 * SECONDS
    done = 0
    while time.monotonic() < end:
        done += limiter.wait("ada", 1) == 0
    assert done in (3, 4)


def test_who_has_done_nothing_for_long_is_forgotten() -> None:
    limiter = Limiter(SECONDS)
    for number in range(10_000):
        limiter.wait(f"nobody {number}", 1)
    limiter.wait("nobody 0", 1)
    begun = time.monotonic()
    while len(limiter) > 1:
        assert time.monotonic() < begun + 10
        limiter.wait("ada", 1)
