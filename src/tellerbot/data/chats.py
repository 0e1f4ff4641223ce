"""Chats as rows: the last reply is what is learned, and what was said before it is the prompt, a line for each turn."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tellerbot.data.lines import text_in

Columns = Mapping[str, Any]
# Columns of any row of replies that are said before its prompt.
SYSTEM, HISTORY = ("system", "system_prompt"), "history"
BEFORE = (*SYSTEM, HISTORY)
_USER, _ASSISTANT = "user", "assistant"
# How the turns of a chat name their speaker and their text, and whose the reply is.
_TURNS = (("role", "content"), ("from", "value"))
PARTS = tuple(name for names in _TURNS for name in names)
_REPLIERS = {"assistant", "gpt", "chatgpt", "bot", "model"}


def with_before(row: Columns, prompt: str) -> str:
    """Return the prompt below the row's system message and history; alone when the row has neither.

    Raises ValueError when one of them cannot be read.
    """
    lines = before(row)
    return "\n".join([*lines, f"{_USER}: {prompt}"]) if lines else prompt


def before(row: Columns) -> list[str]:
    """Return the text of the row's `BEFORE` columns, a line for each turn."""
    said = [f"system: {text_in(row, name, empty=True)}" for name in SYSTEM if str(row.get(name) or "").strip()]
    return [*said, *_history(row.get(HISTORY))]


def _history(value: Any) -> list[str]:
    """Earlier turns: pairs of a question and an answer, or turns as chats have them; CSV files hold them as JSON."""
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except ValueError:
            raise _unreadable("text that is no JSON") from None
    if not value or not str(value).strip():
        return []
    if not isinstance(value, list):
        raise _unreadable(type(value).__name__)
    lines: list[str] = []
    for part in value:
        if isinstance(part, dict) and any(name in part for name, _ in _TURNS):
            lines.append(_line(part))
        elif isinstance(part, list) and len(part) == 2:
            lines += [
                f"{name}: {text_in({name: text}, name)}" for name, text in zip((_USER, _ASSISTANT), part, strict=True)
            ]
        else:
            raise _unreadable(f"{type(part).__name__} {part!r:.40}")
    return lines


def _unreadable(found: str) -> ValueError:
    return ValueError(
        f"Expected pairs of a question and an answer, or turns with role and content, in {HISTORY!r}, found {found}."
    )


def _line(part: Columns) -> str:
    """One turn as a line of a prompt."""
    role, content = _names(part)
    return f"{text_in(part, role)}: {text_in(part, content)}"


def _names(part: Columns) -> tuple[str, str]:
    return next((names for names in _TURNS if names[0] in part), _TURNS[0])


def without_last(turns: Sequence[Columns]) -> Sequence[Columns]:
    """Return the turns up to the assistant's last; a chat may end with turns that nobody answered."""
    ends = [at for at, turn in enumerate(turns, 1) if str(turn.get(_names(turn)[0])).casefold() in _REPLIERS]
    return turns[: ends[-1]] if ends else ()


def read_chat(row: Columns, column: str) -> tuple[str, str]:
    """Read the reply that ends the turns in a column, and the prompt: all the turns before it.

    Turns after the last reply are left out. Raises ValueError where there are fewer than two turns up to it.
    """
    found = row.get(column)
    if not isinstance(found, list) or len(found) < 2 or not all(isinstance(part, dict) for part in found):
        raise ValueError(f"Expected a list of at least two turns in {column!r}.")
    if len(turns := without_last(found)) < 2:
        text_in(found[-1], _names(found[-1])[0])
        raise ValueError(f"Expected a turn in {column!r}, and then one that is the assistant's.")
    *earlier, last = turns
    _, content = _names(last)
    return "\n".join([*before(row), *map(_line, earlier)]), text_in(last, content)
