"""A text file -> its lines, with their numbers, and a row -> the text in it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tellerbot.errors import DataError


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Stream a text file's lines, ends included, with their numbers. Raises DataError naming one that is not text."""
    try:
        with path.open("rb") as stream:
            for number, data in enumerate(stream, 1):
                try:
                    line = data.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise DataError(
                        f"{path}:{number}: expected UTF-8 text, found the byte 0x{error.object[error.start]:02x}. "
                        "Save the file as UTF-8."
                    ) from error
                if "\0" in line:
                    raise DataError(f"{path}:{number}: expected text, found a NUL character. Is this a binary file?")
                yield number, line
    except OSError as error:
        raise DataError(
            f"{path}: expected a file that can be read, found: {error.strerror}. Check its rights."
        ) from error


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen."""
    return not any(char.isprintable() and not char.isspace() for char in text)


def text_in(row: Mapping[str, Any], column: str, *, empty: bool = False) -> str:
    """Return the text in a column, `empty` or not.

    Raises ValueError when there is none, or none that a file can hold.
    """
    value = row.get(column)
    if not isinstance(value, str):
        found = "nothing" if value is None else f"{type(value).__name__} {value!r}"
        raise ValueError(f"Expected text in {column!r}, found {found}.")
    if "\0" in value:
        raise ValueError(f"Expected text in {column!r}, found a NUL character.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        half = f"U+{ord(value[error.start]):04X}"
        raise ValueError(f"Expected text in {column!r}, found half an emoji (the lone surrogate {half}).") from error
    if not empty and is_blank(value):
        raise ValueError(f"Expected text in {column!r}, found nothing that can be seen.")
    return value
