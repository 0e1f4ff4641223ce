"""What writes a generated reply: an engine goes on from a prompt, piece by piece."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tellerbot.errors import TellerbotError, UnavailableError


class OutOfBudgetError(TellerbotError):
    """A reply took more tokens or seconds than it may, or nobody waits for it any more."""


class BusyError(UnavailableError):
    """Too many replies wait to be written already."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one reply may cost: tokens written, and seconds from when it was asked for."""

    tokens: int
    seconds: float


def closed_error() -> UnavailableError:
    """Return the error for a reply that is asked of a closed engine, or that was under way when it closed."""
    return UnavailableError("Expected an open engine, found it closed. Open another one.")


class Engine(Protocol):
    """A writer of replies. Implementations may be called from several threads at once."""

    def write(self, prompt: str, budget: Budget, is_cancelled: Callable[[], bool]) -> Iterator[str]:
        """Write the reply to a brief's prompt, in pieces, with placeholders in braces.

        The iterator's end is the reply's end. Raises OutOfBudgetError when the budget is spent or `is_cancelled()` is
        true, UnavailableError when the engine cannot be reached, and BusyError when too much waits already.
        Closing the iterator stops the writing.
        """
        ...

    def close(self) -> None:
        """Stop for good."""
        ...
