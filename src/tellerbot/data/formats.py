"""The row formats tellerbot reads, and how each is recognised by its columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Format:
    """A way of writing one kind of row. `read` turns a row's columns into the kind's own fields.

    Fields by kind: intents `text, label`; replies `prompt, completion`; retrieval `anchor, positive, negative`.
    `read` raises ValueError with what is wrong with the row.
    """

    kind: str
    name: str
    columns: tuple[str, ...]
    read: Callable[[Columns], dict[str, str]]


def text_in(row: Columns, column: str, *, empty: bool = False) -> str:
    """The text in a column, `empty` or not. Raises ValueError where there is none, or none that a file can hold."""
    value = row.get(column)
    if not isinstance(value, str):
        found = "nothing" if value is None else f"{type(value).__name__} {value!r}"
        raise ValueError(f"Expected text in {column!r}, found {found}.")
    if "\0" in value:
        raise ValueError(f"Expected text in {column!r}, found a NUL character.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        half = f"U+{ord(value[error.start]):04X}"
        raise ValueError(f"Expected text in {column!r}, found half an emoji (the lone surrogate {half}).") from error
    if not empty and not any(char.isprintable() and not char.isspace() for char in value):
        raise ValueError(f"Expected text in {column!r}, found nothing that can be seen.")
    return value


def _pair(prompt: str, completion: str) -> Callable[[Columns], dict[str, str]]:
    return lambda row: {"prompt": text_in(row, prompt), "completion": text_in(row, completion)}


def _labelled(label: str) -> Callable[[Columns], dict[str, str]]:
    return lambda row: {"text": text_in(row, "text"), "label": text_in(row, label)}


def _alpaca(row: Columns) -> dict[str, str]:
    extra = text_in(row, "input", empty=True) if row.get("input") is not None else ""
    prompt = text_in(row, "instruction") + (f"\n\n{extra}" if extra.strip() else "")
    return {"prompt": prompt, "completion": text_in(row, "output")}


def _dialogue(column: str, role: str, content: str, assistant: frozenset[str]) -> Callable[[Columns], dict[str, str]]:
    def read(row: Columns) -> dict[str, str]:
        turns = row.get(column)
        if not isinstance(turns, list) or len(turns) < 2 or not all(isinstance(turn, dict) for turn in turns):
            raise ValueError(f"Expected a list of at least two turns in {column!r}.")
        if text_in(turns[-1], role) not in assistant:
            raise ValueError(f"Expected the last turn in {column!r} to be the assistant's.")
        prompt = "\n".join(f"{text_in(turn, role)}: {text_in(turn, content)}" for turn in turns[:-1])
        return {"prompt": prompt, "completion": text_in(turns[-1], content)}

    return read


def _retrieval(anchor: str, positive: str) -> Callable[[Columns], dict[str, str]]:
    def read(row: Columns) -> dict[str, str]:
        fields = {"anchor": text_in(row, anchor), "positive": text_in(row, positive)}
        if row.get("negative") is not None:
            fields["negative"] = text_in(row, "negative")
        return fields

    return read


_GPT, _ASSISTANT = frozenset({"gpt", "assistant"}), frozenset({"assistant"})
# Name, columns and reader by kind. The first whose columns are all there is the one: longer ones come first.
FORMATS = (
    Format("replies", "ShareGPT", ("conversations",), _dialogue("conversations", "from", "value", _GPT)),
    Format("replies", "messages", ("messages",), _dialogue("messages", "role", "content", _ASSISTANT)),
    Format("replies", "alpaca", ("instruction", "input", "output"), _alpaca),
    Format("replies", "alpaca", ("instruction", "output"), _alpaca),
    Format("replies", "instruction and response", ("instruction", "response"), _pair("instruction", "response")),
    Format("replies", "prompt and completion", ("prompt", "completion"), _pair("prompt", "completion")),
    Format("replies", "input and output", ("input", "output"), _pair("input", "output")),
    Format("retrieval", "anchor and positive", ("anchor", "positive"), _retrieval("anchor", "positive")),
    Format("retrieval", "question and context", ("question", "context"), _retrieval("question", "context")),
    Format("intents", "text and label", ("text", "label"), _labelled("label")),
    Format("intents", "text and category", ("text", "category"), _labelled("category")),
    Format("intents", "text and intent", ("text", "intent"), _labelled("intent")),
)


def detect(columns: frozenset[str]) -> Format | None:
    """The format of a file with these columns, or None."""
    return next((entry for entry in FORMATS if set(entry.columns) <= columns), None)
