"""JSON -> rows: an object a line, or one array of objects."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tellerbot.data.lines import read_lines
from tellerbot.errors import Problem

_SPACE = re.compile(r"[ \t\r\n]*")


def read_jsonl(path: Path, tell: Callable[[Problem], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Stream the objects of a .jsonl file with their line numbers; `tell` hears of each line that holds none."""
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            yield number, _object(_DECODER.decode(line.strip()))
        except ValueError as error:
            tell(Problem(str(path), number, _what(error), "Write one object, {...}, a line."))
        except RecursionError:
            tell(Problem(str(path), number, _DEEP, "Write one object, {...}, a line."))


def read_json(path: Path, tell: Callable[[Problem], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the objects of a .json file with the lines they begin on: an array's, or those of a file with one a line.

    `tell` hears of what is no object, and of where the file stops being JSON.
    """
    if not holds_array(path):
        yield from read_jsonl(path, tell)
        return
    text = "".join(line for _, line in read_lines(path))
    at, line = _after(text, text.index("[") + 1), 1
    before, remedy = 0, "Write one array of objects: [{...}, {...}]."
    while text[at : at + 1] != "]":
        line, before = line + text.count("\n", before, at), at
        try:
            value, end = _DECODER.raw_decode(text, at)
            end = _after(text, end)
            if text[end : end + 1] not in (",", "]"):
                raise json.JSONDecodeError("Expecting ',' delimiter", text, end)
        except (ValueError, RecursionError) as error:
            # The rest cannot be read, for nobody knows where the next object begins.
            place = line + text.count("\n", at, error.pos) if isinstance(error, json.JSONDecodeError) else line
            what = f"Expected JSON, found: {error.msg}." if isinstance(error, json.JSONDecodeError) else _what(error)
            tell(Problem(str(path), place, what, remedy))
            return
        try:
            yield line, _object(value)
        except ValueError as error:
            tell(Problem(str(path), line, str(error), remedy))
        at = _after(text, end + 1) if text[end] == "," else end


def holds_array(path: Path) -> bool:
    """Whether a .json file holds one array, and not an object a line."""
    return next((line.lstrip()[0] == "[" for _, line in read_lines(path) if line.strip()), False)


def _after(text: str, at: int) -> int:
    """Return the place of the next character that is no space."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"Expected each key once, found {twice!r} again.")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_unrepeated)
_DEEP = "Expected JSON of a row, found something nested too deeply."


def _object(value: Any) -> dict[str, Any]:
    """Return the value, which must be an object. Raises ValueError with what it is instead."""
    if not isinstance(value, dict):
        raise ValueError(f"Expected an object, found {type(value).__name__}.")
    return value


def _what(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return _DEEP
    if isinstance(error, json.JSONDecodeError):
        return f"Expected JSON, found at character {error.pos + 1}: {error.msg}."
    return str(error)
