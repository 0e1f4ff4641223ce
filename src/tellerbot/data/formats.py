"""The row formats tellerbot reads, and how each is recognised by its columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Format:
    """A way of writing one kind of row. `read` turns a row's columns into the kind's own fields.

    Fields by kind: intents `text, label`; replies `prompt, completion`; retrieval `anchor, positive, negative`;
    utterances `text`. `read` raises ValueError with what is wrong with the row.
    """

    kind: str
    name: str
    columns: tuple[str, ...]
    read: Callable[[Columns], dict[str, str]]


def _text(row: Columns, column: str, *, empty: bool = False) -> str:
    value = row.get(column)
    if not isinstance(value, str):
        found = "nothing" if value is None else f"{type(value).__name__} {value!r}"
        raise ValueError(f"Expected text in {column!r}, found {found}.")
    if not empty and not value.strip():
        raise ValueError(f"Expected text in {column!r}, found only white space.")
    return value


def _columns(**fields: str) -> Callable[[Columns], dict[str, str]]:
    def read(row: Columns) -> dict[str, str]:
        return {field: _text(row, column) for field, column in fields.items()}

    return read


def _alpaca(row: Columns) -> dict[str, str]:
    extra = _text(row, "input", empty=True) if row.get("input") is not None else ""
    prompt = _text(row, "instruction") + (f"\n\n{extra}" if extra.strip() else "")
    return {"prompt": prompt, "completion": _text(row, "output")}


def _dialogue(column: str, role: str, content: str, assistant: frozenset[str]) -> Callable[[Columns], dict[str, str]]:
    def read(row: Columns) -> dict[str, str]:
        turns = row.get(column)
        if not isinstance(turns, list) or len(turns) < 2 or not all(isinstance(turn, dict) for turn in turns):
            raise ValueError(f"Expected a list of at least two turns in {column!r}.")
        if turns[-1].get(role) not in assistant:
            raise ValueError(f"Expected the last turn in {column!r} to be the assistant's.")
        prompt = "\n".join(f"{turn.get(role)}: {_text(turn, content)}" for turn in turns[:-1])
        return {"prompt": prompt, "completion": _text(turns[-1], content)}

    return read


def _retrieval(anchor: str, positive: str) -> Callable[[Columns], dict[str, str]]:
    def read(row: Columns) -> dict[str, str]:
        fields = {"anchor": _text(row, anchor), "positive": _text(row, positive)}
        if row.get("negative") is not None:
            fields["negative"] = _text(row, "negative")
        return fields

    return read


# The first format whose columns are all there is the one: longer ones come before those they contain.
FORMATS = (
    Format("replies", "ShareGPT", ("conversations",), _dialogue("conversations", "from", "value", frozenset({"gpt", "assistant"}))),
    Format("replies", "messages", ("messages",), _dialogue("messages", "role", "content", frozenset({"assistant"}))),
    Format("replies", "alpaca", ("instruction", "input", "output"), _alpaca),
    Format("replies", "alpaca", ("instruction", "output"), _alpaca),
    Format("replies", "instruction and response", ("instruction", "response"), _columns(prompt="instruction", completion="response")),
    Format("replies", "prompt and completion", ("prompt", "completion"), _columns(prompt="prompt", completion="completion")),
    Format("replies", "input and output", ("input", "output"), _columns(prompt="input", completion="output")),
    Format("retrieval", "anchor and positive", ("anchor", "positive"), _retrieval("anchor", "positive")),
    Format("retrieval", "question and context", ("question", "context"), _retrieval("question", "context")),
    Format("intents", "text and label", ("text", "label"), _columns(text="text", label="label")),
    Format("intents", "text and category", ("text", "category"), _columns(text="text", label="category")),
    Format("intents", "text and intent", ("text", "intent"), _columns(text="text", label="intent")),
    Format("utterances", "text", ("text",), _columns(text="text")),
)  # fmt: skip


def detect(columns: frozenset[str]) -> Format | None:
    """The format of a file with these columns, or None."""
    return next((entry for entry in FORMATS if set(entry.columns) <= columns), None)
