"""A document, picked by its ending, -> blocks; every way in which that may fail is a DocumentError."""

from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tellerbot.errors import MissingExtraError
from tellerbot.knowledge.documents.blocks import DocumentError, ParsedDocument
from tellerbot.project.policies import file_mistake

# Raise it when the parsers, or how blocks become passages, give something else for the same document.
VERSION = 5


class _Format(NamedTuple):
    """`module` of this package parses it, on `package`, which is imported as `imported`."""

    module: str
    package: str
    imported: str


_HTML = _Format("html", "html5lib", "html5lib")
FORMATS = {
    ".md": _Format("markdown", "markdown-it-py", "markdown_it"),
    ".html": _HTML,
    ".htm": _HTML,
    ".pdf": _Format("pdf", "pdfplumber", "pdfplumber"),
    ".docx": _Format("docx", "lxml", "lxml"),
}


def read(path: Path) -> ParsedDocument:
    """Read the blocks of a document. Raises DocumentError when it cannot be read or holds no text."""
    check_size(path)
    try:
        parsed: ParsedDocument = import_module(f"{__package__}.{FORMATS[path.suffix.lower()].module}").parse(path)
    except (DocumentError, MemoryError, ImportError):
        raise
    except RecursionError as error:
        raise DocumentError(
            "Expected parts inside parts to a depth of some hundreds, found more.",
            "Save the document in a simpler form.",
        ) from error
    except Exception as error:  # what the libraries raise for broken files is anyone's guess
        raise DocumentError(
            f"Expected a readable {path.suffix}, found {type(error).__name__}: {str(error)[:200]}.",
            "Open it in the program that made it, and save it again.",
        ) from error
    if not any(block.kind != "heading" for block in parsed.blocks):
        found = f"nothing but {parsed.omissions[0].what}: {parsed.omissions[0].text!r}" if parsed.omissions else "none"
        raise DocumentError(f"Expected text, found {found}.", "Fill the document, or remove it.")
    texts = [*(line for block in parsed.blocks for line in block.lines), *(item.what for item in parsed.dropped)]
    try:
        "".join(texts).encode()
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"Expected whole characters, found a half one: {error.object[error.start]!a}.",
            "Open it in the program that made it, and save it again.",
        ) from error
    return parsed


def check_size(path: Path) -> None:
    """Raise DocumentError for a document that is gone, unreadable, empty or too large, without reading it."""
    if mistake := file_mistake(path):
        raise DocumentError(*mistake)


def check_parsers(paths: Iterable[Path]) -> None:
    """Raise MissingExtraError when a parser that these documents need is not installed."""
    if any(find_spec(FORMATS[ending].imported) is None for ending in {path.suffix.lower() for path in paths}):
        raise MissingExtraError("Reading PDF and DOCX documents", "documents")


def parser_version(path: Path) -> str:
    """Return what a document was parsed with: with another version it is parsed again."""
    package = FORMATS[path.suffix.lower()].package
    return f"{VERSION}, {package} {version(package)}"
