"""The head of a Markdown policy."""


def split_front_matter(text: str) -> tuple[str, str] | None:
    """(front matter, body) of a text that starts with YAML between two lines of ---, else None."""
    parts = text.split("---\n", 2)
    return (parts[1], parts[2]) if len(parts) == 3 and not parts[0].strip() else None
