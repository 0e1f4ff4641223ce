"""A message and the question before it, as one text to understand: in training and when serving."""

# Characters of the question before that are read.
_MOST_BEFORE = 200
_AFTER = " || "


def join_follow_up(before: str, text: str) -> str:
    """Join the two as one text; return `text` alone when there is no question before."""
    return f"{before[-_MOST_BEFORE:]}{_AFTER}{text}" if before else text


def without_before(joined: str) -> str:
    """Return the message of a joined text by itself."""
    return joined.rpartition(_AFTER)[2]
