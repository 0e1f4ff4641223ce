"""Labelled rows -> the files of a project: an intent for each label, with a reply that is still to be written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from tellerbot.errors import DataError, Problem, format_count
from tellerbot.figures import find_figures
from tellerbot.project.defaults import default_acts

_REPLY = "I can't answer that here yet."
_MOST_TOPICS = 10
_HEAD = {
    "intents/main.yaml": '# What customers ask for, from your rows. `title` completes "I can help you ...".\n',
    "intents/out_of_scope.yaml": "# What the assistant should refuse, by subject.\n",
    "responses.yaml": (
        "# The reply to each intent is still to be written: until then a person takes over. Write `reply`, and take\n"
        "# out `hand_off`. Figures come from a query ({balance:money}) or a policy (policy: [fees#atm-withdrawals]).\n"
    ),
    "tests/main.yaml": "# What a customer types, and what is expected of the reply: tellerbot test\n",
}


@dataclass(frozen=True, slots=True)
class Utterance:
    """A labelled text, with its file and line; `label` is "" out of scope, where `subject` may say what it is about."""

    text: str
    label: str
    subject: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Draft:
    """The files of a project by their place in it; `intents` are their names by label, `repeats` the rows left out."""

    files: Mapping[str, str]
    intents: Mapping[str, str]
    repeats: int


def draft_project(rows: Sequence[Utterance]) -> Draft:
    """Draft the files that take the place of the minimal project's.

    Without rows that are out of scope the minimal project's stay. Raises DataError for utterances in two intents, and
    for labels that give one name.
    """
    names = _names(dict.fromkeys(row.label for row in rows if row.label))
    kept, repeats = _kept(rows)
    intents: dict[str, Any] = {name: {"title": _title(name), "utterances": []} for name in names.values()}
    subjects: dict[str, list[str]] = {}
    for row in kept:
        if row.label:
            intents[names[row.label]]["utterances"].append(row.text)
        else:
            subjects.setdefault(_name(row.subject) if row.subject else "other", []).append(row.text)
    first = next(iter(intents))
    test = {"say": intents[first]["utterances"][0], "expect": {"hand_off": True}}
    contents: dict[str, Any] = {
        "intents/main.yaml": {"intents": intents},
        "responses.yaml": {name: {"reply": _REPLY, "hand_off": True} for name in intents},
        "tests/main.yaml": [test],
    }
    if subjects:
        contents["intents/out_of_scope.yaml"] = {"out_of_scope": subjects}
    files = {name: _HEAD[name] + _dump(content) for name, content in contents.items()}
    minimal = (resources.files("tellerbot.project") / "minimal" / "assistant.yaml").read_text("utf-8")
    # They are its last key.
    head, _, _ = minimal.partition("topics:\n")
    files["assistant.yaml"] = head + _dump({"topics": [*intents][:_MOST_TOPICS]})
    return Draft(files, names, repeats)


def _kept(rows: Iterable[Utterance]) -> tuple[list[Utterance], int]:
    """Return the rows without repeats within an intent, and the number of these."""
    seen: dict[str, Utterance] = {}
    repeats, problems = 0, []
    for row in rows:
        other = seen.setdefault(" ".join(row.text.casefold().split()), row)
        repeats += other is not row
        if other.label != row.label:
            what = f"{row.text!r} is also an utterance of {other.label or 'out_of_scope'} (line {other.line})."
            problems.append(Problem(row.file, row.line, what, "Keep it in one intent."))
    if problems:
        raise DataError(f"{problems[0].file}: {format_count(len(problems), 'utterance')} in two intents.", problems)
    return [*seen.values()], repeats


def _names(labels: Iterable[str]) -> dict[str, str]:
    """Return the name of each label's intent."""
    found: dict[str, str] = {}
    for label in labels:
        name = _name(label)
        # An act, such as cancel, has a reply of its own.
        name = f"{name}_intent" if name in default_acts() else name
        if other := next((one for one in found if found[one] == name), None):
            raise DataError(f"Expected labels of different letters, found {other!r} and {label!r}. Rename one.")
        found[label] = name
    return found


def _name(label: str) -> str:
    """Write a label in small letters, digits and underscores, a letter first: `Card lost?` is `card_lost`."""
    name = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")
    return name if name[:1].isalpha() else f"intent_{name}"


def _title(name: str) -> str:
    # A title stands in replies, where every figure has a source.
    words = [word for word in name.split("_") if not find_figures(word)]
    return f"ask about {' '.join(words) or 'this'}"


def _dump(content: Any) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
