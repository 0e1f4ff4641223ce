"""How long work tells where it stands."""

from collections.abc import Callable

# Called with the steps done, the steps there are, and a note for people.
Progress = Callable[[int, int, str], None]
