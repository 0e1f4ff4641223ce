"""YAML with line numbers, so that every mistake can be pointed at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from tellerbot.errors import Problem

Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its content, and the line each key path stands on."""

    file: str
    content: Any
    lines: dict[Key, int]

    def line(self, path: Key) -> int:
        """The line of the deepest known part of `path`."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def problem(self, path: Key, what: str, remedy: str) -> Problem:
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


def parse_yaml(file: str, text: str, problems: list[Problem], offset: int = 0) -> Document | None:
    """Parse `text`, whose first line is line `offset + 1` of `file`."""
    loader = None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            problems.append(Problem(file, offset + 1, "Expected content, found an empty file.", "Fill or remove it."))
            return None
        lines: dict[Key, int] = {}
        before = len(problems)
        _walk(loader, file, node, (), lines, problems, offset)
        return Document(file, loader.construct_document(node), lines) if len(problems) == before else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 + offset if mark else None
        problems.append(
            Problem(file, line, f"Expected YAML: {error.problem}.", "Check the indentation, quotes and colons.")
        )
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1 + offset
        problems.append(Problem(file, line, f"Expected text, found {error.reason}.", "Remove the character."))
    except RecursionError:
        problems.append(Problem(file, None, "Expected a few levels, found endless nesting.", "Write it flat."))
    finally:
        if loader:
            loader.dispose()
    return None


def check(document: Document | None, model: Any, problems: list[Problem]) -> Any:
    """Validate a document, turning each of pydantic's errors into a Problem with its line."""
    if document is None:
        return None
    adapter = model if isinstance(model, TypeAdapter) else TypeAdapter(model)
    try:
        return adapter.validate_python(document.content)
    except ValidationError as error:
        for item in error.errors():
            path = tuple(part for part in item["loc"] if part != "[key]")
            where = ".".join(map(str, path)) or "the file"
            remedy = {
                "extra_forbidden": "Remove it or correct its spelling.",
                "missing": "Add it.",
                "string_type": "Put it in quotes.",
            }.get(item["type"], "Mend it.")
            problems.append(document.problem(path, f"{where}: {item['msg']}.", remedy))
        return None


def _walk(
    loader: yaml.SafeLoader,
    file: str,
    node: yaml.Node,
    path: Key,
    lines: dict[Key, int],
    problems: list[Problem],
    offset: int,
) -> None:
    lines[path] = node.start_mark.line + 1 + offset
    if isinstance(node, yaml.ScalarNode):
        try:
            loader.construct_object(node)
        except ValueError as error:
            problems.append(Problem(file, lines[path], f"Expected a plain value: {error}.", "Put it in quotes."))
    elif isinstance(node, yaml.SequenceNode):
        for at, item in enumerate(node.value):
            _walk(loader, file, item, (*path, at), lines, problems, offset)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else str(key.value)
            here = (*path, name)
            line = key.start_mark.line + 1 + offset
            if here in lines:
                problems.append(
                    Problem(file, line, f"{name!r} stands here and on line {lines[here]}.", "Keep one of the two.")
                )
            _walk(loader, file, value, here, lines, problems, offset)
            lines[here] = line
