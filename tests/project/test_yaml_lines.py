"""Mistakes in YAML keys: each with its line, the key as written, and what to do."""

import pytest
from pydantic import BaseModel

from tellerbot.errors import Problem
from tellerbot.project.yaml_lines import Document, check, parse_yaml


def parse(text: str, offset: int = 0) -> tuple[Document | None, list[Problem]]:
    problems: list[Problem] = []
    return parse_yaml("zz.yaml", text, problems, offset), problems


@pytest.mark.parametrize(
    ("key", "read_as"),
    [
        *((word, "true or false") for word in ("yes", "no", "on", "off", "Yes", "NO", "true", "False")),
        *((word, "nothing") for word in ("null", "~", "Null")),
        *((word, "a number") for word in ("1", "0x1F", "1_000", "007", "1.5", ".inf", "12:30", "-3")),
        *((word, "a date") for word in ("2026-11-28", "2026-11-28 10:00:00")),
    ],
)
def test_a_key_that_yaml_takes_for_something_else_is_named_as_written(key: str, read_as: str) -> None:
    document, problems = parse(f"intents:\n  {key}:\n    title: x\n")
    assert document is None
    assert problems == [
        Problem("zz.yaml", 2, f"Expected a name as the key, found {key!r}, which YAML reads as {read_as}.",
                f'Quote it: "{key}".')
    ]  # fmt: skip
    quoted, problems = parse(f'intents:\n  "{key}":\n    title: x\n')
    assert problems == [] and quoted and quoted.content == {"intents": {key: {"title": "x"}}}
    assert quoted.line(("intents", key, "title")) == 3


def test_every_such_key_is_told_at_every_depth_with_the_lines_of_a_head() -> None:
    _, problems = parse("yes: 1\na:\n  - on: 2\n  - {b: 1, 3: 4}\nno:\n  off: 5\n", offset=1)
    assert [(problem.line, problem.remedy) for problem in problems] == [
        (2, 'Quote it: "yes".'), (4, 'Quote it: "on".'), (5, 'Quote it: "3".'), (6, 'Quote it: "no".'),
        (7, 'Quote it: "off".'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        ("a:\n  ?\n  : x\n", 2, "Expected a name as the key, found none.", "Write one before the colon."),
        ("a:\n  [b, c]: x\n", 2, "Expected a name as the key, found a list.", "in quotes"),
        ("a: x\n{balance:money}: y\n", 2, "Expected a name as the key, found a mapping.", "in quotes"),
        ("a: x\n? - b\n: y\n", 2, "Expected a name as the key, found a list.", "in quotes"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", 4, "'b' is on this line and on line 2.", "Keep one"),
        ('a:\n  yes: 1\n  "yes": 3\n', 3, "'yes' is on this line and on line 2.", "Keep one"),
        ("a: {b: 1,\n b: 2}\n", 2, "'b' is on this line and on line 1.", "Keep one"),
        ("a:\n\tb: 1\n", 2, "Expected YAML: found character '\\t'", "spaces, not tabs"),
        ("a:\n  b: 1\n \tc: 2\n", 3, "Expected YAML: found character '\\t'", "spaces, not tabs"),
        ("a:\n  b: x\n   c: y\n", 3, "Expected YAML: mapping values are not allowed", "Check the indentation"),
        ("a:\n  b: 1\n c: 2\n", 3, "while parsing a block mapping that begins on line 1", "Check the indentation"),
        ("a:\n  - b\n  c: 2\n", 3, "that begins on line 2", "Check the indentation"),
        ("a: Pay: now\n", 1, "Expected YAML: mapping values are not allowed", "colons"),
        ('a: x\nb: "never closed\nc: y\nd: z\n', 2, "unexpected end of stream", "quotes"),
        ("a: *gone\nb: 1\n", 1, "Expected YAML: found undefined alias 'gone'", "Check"),
        ("a: &x\n  b: *x\n", 1, "Expected an end, found an anchor inside itself.", "Write the values out."),
        ("a: x\nb:\n  <<: y\n", 3, "Expected YAML: expected a mapping", "Check"),
        ("a: 1\n---\nb: 2\n", 2, "expected a single document in the stream, but found another document", "Check"),
    ],
)  # fmt: skip
def test_other_mistakes_in_keys_name_their_line(text: str, line: int, what: str, remedy: str) -> None:
    document, problems = parse(text)
    assert document is None
    mine = [problem for problem in problems if what in problem.what]
    assert [(problem.line, remedy in problem.remedy) for problem in mine] == [(line, True)], problems


class _Inner(BaseModel, extra="forbid"):
    title: str
    note: str = ""


def test_mistakes_in_merged_values_name_the_line_they_are_written_on() -> None:
    text = "base: &base\n  title: yes\n  note: x\nmine:\n  <<: *base\n  note: no\nother:\n  <<: [*base]\n  titel: x\n"
    document, problems = parse(text)
    assert document and document.content["mine"] == {"title": True, "note": False}
    assert check(document, dict[str, _Inner], problems) is None
    assert sorted((problem.line, problem.what.split(":")[0]) for problem in problems) == [
        (2, "base.title"), (2, "mine.title"), (2, "other.title"), (6, "mine.note"), (9, "other.titel")
    ]  # fmt: skip
