"""What a message may be."""

import unicodedata

from tellerbot.errors import DataError

MAX_CHARACTERS = 2000


def clean(text: str) -> str:
    """The message without control characters and surrounding space.

    Raises DataError when nothing visible is left or it is longer than MAX_CHARACTERS.
    """
    if len(text) > MAX_CHARACTERS:
        raise DataError(
            f"Expected a message of at most {MAX_CHARACTERS} characters, found {len(text)}. Ask in fewer words."
        )
    kept = "".join(
        char if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co") else " " for char in text
    ).strip()
    if not any(unicodedata.category(char)[0] in "LNPS" for char in kept):
        raise DataError("Expected a message, found nothing to read. Type a question.")
    return kept
