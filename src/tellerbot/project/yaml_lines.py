"""YAML with line numbers, so that every mistake can be pointed at."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from tellerbot.errors import DataError, Problem

Key = tuple[str | int, ...]
# Levels of a file that are read by libyaml.
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its content, and the line each key path is on."""

    file: str
    content: Any
    lines: dict[Key, int]

    def line(self, path: Key) -> int:
        """Return the line of the deepest known part of `path`."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def find(self, path: Key) -> Key:
        """Return the path as the file has it: pydantic's may have the name of one of several models among its keys."""
        shorter = [(*path[:at], *path[at + 1 :]) for at in range(len(path) - 1)]
        return max([path, *shorter], key=lambda one: (one in self.lines, self._known(one)))

    def _known(self, path: Key) -> int:
        """How many of the first keys of a path the file has."""
        return next((at for at in range(len(path)) if path[: at + 1] not in self.lines), len(path))

    def part(self, key: str) -> "Document":
        """Return what is below a key, None when nothing is; its lines go by the paths in the whole file."""
        return Document(self.file, self.content.get(key) if isinstance(self.content, dict) else None, self.lines)

    def problem(self, path: Key, what: str, remedy: str) -> Problem:
        """Return a problem at the line of `path`."""
        return Problem(self.file, self.line(path), what, remedy)


def read_yaml(path: Path, problems: list[Problem]) -> Document | None:
    """Parse `path` with the safe loader; mistakes are added to `problems` and None is returned."""
    file = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problems.append(Problem(file, None, f"Expected UTF-8 text: {error.reason}.", "Save the file as UTF-8."))
        return None
    except OSError as error:
        what = f"Expected a readable file, found: {error.strerror}."
        problems.append(Problem(file, None, what, "Put it back, or give it rights."))
        return None
    return parse_yaml(file, text, problems)


def read_again(path: Path) -> Document:
    """Read a file that was right before, for its line numbers. Raises DataError when it no longer is."""
    problems: list[Problem] = []
    document = read_yaml(path, problems)
    if document is None:
        raise DataError(f"{path}: it changed while it was read.", problems)
    return document


def parse_yaml(file: str, text: str, problems: list[Problem], offset: int = 0) -> Document | None:
    """Parse `text`, whose first line is line `offset + 1` of `file`."""
    loader = None
    try:
        loader, node = _compose(text)
        if node is None:
            problems.append(Problem(file, offset + 1, "Expected content, found an empty file.", "Fill or remove it."))
            return None
        lines: dict[Key, int] = {}
        before = len(problems)
        _Walk(loader, file, problems, offset).walk(node, (), lines)
        return Document(file, loader.construct_document(node), lines) if len(problems) == before else None
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax(file, error, offset))
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1 + offset
        problems.append(Problem(file, line, f"Expected text, found {error.reason}.", "Remove the character."))
    except RecursionError:
        problems.append(Problem(file, None, "Expected a few levels, found endless nesting.", "Write it flat."))
    finally:
        if loader:
            loader.dispose()
    return None


def _compose(text: str) -> tuple[yaml.SafeLoader | yaml.CSafeLoader, yaml.Node | None]:
    """Return the text's root, and its loader; libyaml's where that can read it, for it is several times as fast.

    PyYAML's own says better what is no YAML, and libyaml ends the process for endless nesting.
    """
    depth = 0
    with suppress(yaml.YAMLError):
        for event in yaml.parse(text, yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                break
        else:
            quick = yaml.CSafeLoader(text)
            return quick, quick.get_single_node()
    loader = yaml.SafeLoader(text)
    return loader, loader.get_single_node()


_REMEDIES = {
    "extra_forbidden": "Remove it or correct its spelling.",
    "missing": "Add it.",
    "string_type": "Put it in quotes.",
    "dict_type": "Write keys with colons below it, one a line.",
    "model_type": "Write keys with colons below it, one a line.",
}


def check(document: Document | None, model: Any, problems: list[Problem]) -> Any:
    """Validate a document, turning each of pydantic's errors into a Problem with its line."""
    if document is None:
        return None
    adapter = model if isinstance(model, TypeAdapter) else TypeAdapter(model)
    try:
        return adapter.validate_python(document.content)
    except ValidationError as error:
        for item in error.errors():
            path = document.find(tuple(part for part in item["loc"] if part != "[key]"))
            where = ".".join(map(str, path)) or "the file"
            remedy = _REMEDIES.get(item["type"], "Mend it.")
            if item["loc"][-1:] == ("[key]",) and item["type"] == "string_pattern_mismatch":
                remedy = "Name it with small letters, digits and underscores, a letter first."
            problems.append(document.problem(path, f"{where}: {item['msg']}.", remedy))
        return None


def valid_entries(document: Document, model: Any) -> dict[Any, Any]:
    """Return the right entries of a mapping or list, by key or place: a mistake in one does not affect the others."""
    content = document.content
    entries = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    adapter = TypeAdapter(model)
    found: dict[Any, Any] = {}
    for key, value in entries:
        with suppress(ValidationError):
            found[key] = adapter.validate_python(value)
    return found


def _syntax(file: str, error: yaml.MarkedYAMLError, offset: int) -> Problem:
    """Find what is wrong with a text that is no YAML, and where it begins."""
    mark, begun = error.problem_mark or error.context_mark, error.context_mark
    # What is never closed is found at the end, and is wrong where it begins.
    if begun and "end of stream" in str(error.problem):
        mark = begun
    since = f" {error.context} that begins on line {begun.line + 1 + offset}" if begun and begun is not mark else ""
    remedy = "Check the indentation, quotes and colons."
    if mark and "\\t" in str(error.problem):
        remedy = "Check the indentation: YAML takes spaces, not tabs."
    what = f"{error.context}, {error.problem}" if str(error.problem).startswith("but ") else f"{error.problem}{since}"
    return Problem(file, mark.line + 1 + offset if mark else None, f"Expected YAML: {what}.", remedy)


# What YAML 1.1 makes of words that are not quoted.
_READ_AS = {"bool": "true or false", "null": "nothing", "int": "a number", "float": "a number", "timestamp": "a date"}
_TAG = "tag:yaml.org,2002:"


@dataclass(slots=True)
class _Walk:
    """Notes the line of every key path in a document, and what is wrong with its keys and values."""

    loader: yaml.SafeLoader | yaml.CSafeLoader
    file: str
    problems: list[Problem]
    offset: int
    above: tuple[yaml.Node, ...] = ()

    def walk(self, node: yaml.Node, path: Key, lines: dict[Key, int]) -> None:
        lines[path] = self._line(node)
        if node in self.above:
            self._tell(lines[path], "Expected an end, found an anchor inside itself.", "Write the values out.")
        elif isinstance(node, yaml.ScalarNode):
            try:
                self.loader.construct_object(node)
            except ValueError as error:
                self._tell(lines[path], f"Expected a plain value: {error}.", "Put it in quotes.")
        else:
            self.above = (*self.above, node)
            if isinstance(node, yaml.MappingNode):
                self._walk_mapping(node, path, lines)
            elif isinstance(node, yaml.SequenceNode):
                for at, item in enumerate(node.value):
                    self.walk(item, (*path, at), lines)
            self.above = self.above[:-1]

    def _walk_mapping(self, node: yaml.MappingNode, path: Key, lines: dict[Key, int]) -> None:
        merged: dict[Key, int] = {}
        for key, value in node.value:
            line = self._line(key)
            if key.tag == f"{_TAG}merge":
                for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    self.walk(one, path, merged)
                continue
            self._check_key(key, line)
            name = key.value if isinstance(key, yaml.ScalarNode) else str(key.value)
            here = (*path, name)
            if here in lines:
                self._tell(line, f"{name!r} is on this line and on line {lines[here]}.", "Keep one of the two.")
            self.walk(value, here, lines)
            lines[here] = line
        for there, line in merged.items():
            lines.setdefault(there, line)

    def _check_key(self, key: yaml.Node, line: int) -> None:
        if not isinstance(key, yaml.ScalarNode):
            found = "a list" if isinstance(key, yaml.SequenceNode) else "a mapping"
            self._tell(
                line, f"Expected a name as the key, found {found}.", "Put a key with brackets or braces in quotes."
            )
        elif read_as := _READ_AS.get(key.tag.removeprefix(_TAG)):
            found = f"{key.value!r}, which YAML reads as {read_as}" if key.value else "none"
            remedy = f'Quote it: "{key.value}".' if key.value else "Write one before the colon."
            self._tell(line, f"Expected a name as the key, found {found}.", remedy)

    def _line(self, node: yaml.Node) -> int:
        return node.start_mark.line + 1 + self.offset

    def _tell(self, line: int, what: str, remedy: str) -> None:
        self.problems.append(Problem(self.file, line, what, remedy))
