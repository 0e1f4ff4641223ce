"""Reading arrays from disk, in any number of threads."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# NumPy parses an array's head with Python's own parser, which some versions confuse when threads parse at once
# ("AST constructor recursion depth mismatch", CPython issue 106905).
_PARSING = threading.Lock()


def load_array(path: Path, *, mapped: bool) -> NDArray[Any]:
    """Load the array in a .npy file, all of it or `mapped`, to be read when it is used.

    Raises OSError or ValueError.
    """
    with _PARSING:
        return np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
