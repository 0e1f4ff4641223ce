"""The row formats tellerbot reads, and how each is recognised by its columns."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tellerbot.data.chats import BEFORE, PARTS, Columns, read_chat, with_before, without_last
from tellerbot.data.lines import text_in


@dataclass(frozen=True, slots=True)
class Format:
    """A way of writing one kind of row. `read` turns a row's columns into the kind's own fields.

    Fields by kind: intents `text, label`; replies `prompt, completion`; retrieval `anchor, positive, negative`.
    `optional` columns are read where a row has them, `parts` are the fields of a turn that are. `read` raises
    ValueError with what is wrong with the row.
    """

    kind: str
    name: str
    columns: tuple[str, ...]
    read: Callable[[Columns], dict[str, str]]
    optional: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def _pair(prompt: str, completion: str, further: str = "") -> Callable[[Columns], dict[str, str]]:
    """`further` names a column whose text, if there is any, goes below the prompt's."""

    def read(row: Columns) -> dict[str, str]:
        extra = text_in(row, further, empty=True) if row.get(further) is not None else ""
        text = text_in(row, prompt) + (f"\n\n{extra}" if extra.strip() else "")
        return {"prompt": with_before(row, text), "completion": text_in(row, completion)}

    return read


def _labelled(label: str) -> Callable[[Columns], dict[str, str]]:
    def read(row: Columns) -> dict[str, str]:
        value = row.get(label)
        # A label without a name goes by its number.
        name = str(value) if _is_number(value) else text_in(row, label)
        return {"text": text_in(row, "text"), "label": name}

    return read


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _dialogue(column: str) -> Callable[[Columns], dict[str, str]]:
    return lambda row: dict(zip(("prompt", "completion"), read_chat(row, column), strict=True))


def _retrieval(anchor: str, positive: str) -> Callable[[Columns], dict[str, str]]:
    def read(row: Columns) -> dict[str, str]:
        fields = {"anchor": text_in(row, anchor), "positive": text_in(row, positive)}
        if row.get("negative") is not None:
            fields["negative"] = text_in(row, "negative")
        return fields

    return read


def _replies(name: str, columns: tuple[str, str], further: str = "") -> Format:
    """Rows of two columns, the prompt and the reply, and `further` text below the prompt."""
    prompt, completion = columns
    optional = (*BEFORE, further) if further else BEFORE
    return Format("replies", name, columns, _pair(prompt, completion, further), optional)


def _chats(name: str, column: str) -> Format:
    return Format("replies", name, (column,), _dialogue(column), BEFORE, PARTS)


def _pairs(one: str, other: str) -> Format:
    return Format("retrieval", f"{one} and {other}", (one, other), _retrieval(one, other), ("negative",))


# Name, columns and reader by kind. The first whose columns are all there is the one: longer ones come first.
FORMATS = (
    _chats("ShareGPT", "conversations"),
    _chats("messages", "messages"),
    _replies("alpaca", ("instruction", "output"), "input"),
    _replies("instruction and response", ("instruction", "response"), "input"),
    _replies("prompt and completion", ("prompt", "completion")),
    _replies("input and output", ("input", "output")),
    _pairs("anchor", "positive"),
    _pairs("question", "context"),
    Format("intents", "text and label", ("text", "label"), _labelled("label")),
    Format("intents", "text and category", ("text", "category"), _labelled("category")),
    Format("intents", "text and intent", ("text", "intent"), _labelled("intent")),
)


def detect(columns: frozenset[str]) -> Format | None:
    """Return the format of a file with these columns, or None."""
    return next((entry for entry in FORMATS if set(entry.columns) <= columns), None)


def notes(form: Format, rows: Iterable[Columns]) -> list[str]:
    """Describe what prompts hold beside the last message and what is not read at all, with the number of rows.

    `rows` are such as `form` can read.
    """
    said: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    for row in rows:
        for name, value in row.items():
            if name in form.columns:
                unread.update(_unread_parts(form, name, value))
                if form.parts:
                    turns = without_last(value)
                    said["earlier turns"] += len(turns) > 2
                    unread["turns after the last reply"] += len(turns) < len(value)
                numbers[f"{name} are numbers without names"] += form.kind == "intents" and _is_number(value)
            elif _holds(value) and name in BEFORE and name in form.optional:
                said[name] += 1
            elif _holds(value) and name not in form.optional:
                unread[name] += 1
    found = (("in the prompts", said), ("labels", numbers), ("not used", unread))
    return [f"{where}: {_counts(counts)}" for where, counts in found if counts.total()]


def _unread_parts(form: Format, column: str, value: Any) -> set[str]:
    """Fields of a chat's turns that are not read, as `messages.tool_calls`."""
    some = value if form.parts else ()
    return {f"{column}.{name}" for part in some for name in part if name not in form.parts and _holds(part[name])}


def _holds(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value not in (None, [], {})


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in found.items() if count)
