"""A message and the question before it, as one text to understand: in training and when serving."""

# Characters of the question before that are read.
_MOST_BEFORE = 200
_AFTER = " || "


def join_follow_up(before: str, text: str) -> str:
    """The two as one text; `text` alone where there is no question before."""
    return f"{before[-_MOST_BEFORE:]}{_AFTER}{text}" if before else text
