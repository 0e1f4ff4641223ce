"""The head of a Markdown policy."""

import re

_FRONT_MATTER = re.compile(r"\s*^---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def split_front_matter(text: str) -> tuple[str, str] | None:
    """(front matter, body) of a text that starts with YAML between two lines of ---, else None.

    Only whole lines count: a value that ends in ---, and a rule of a table, do not end the head.
    """
    found = _FRONT_MATTER.match(text)
    return (found[1], text[found.end() :]) if found else None
