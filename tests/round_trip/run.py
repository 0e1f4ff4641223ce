"""One round trip: make a document, write it, read it back, compare."""

from pathlib import Path
from random import Random

from tellerbot.knowledge.documents.blocks import DocumentError
from tellerbot.knowledge.documents.read import read

from . import docx, html, markdown, pdf
from .check import Outcome, check
from .document import Document
from .make import make

WRITERS = {".md": markdown, ".html": html, ".docx": docx, ".pdf": pdf}


def round_trip(random: Random, ending: str, folder: Path) -> tuple[Document, Path, Outcome]:
    """The document, the file it was written to, and what became of its figures."""
    writer = WRITERS[ending]
    document = make(random, writer.KINDS)
    path = folder / f"document{ending}"
    writer.write(document, path, random)
    try:
        return document, path, check(document, read(path))
    except DocumentError as error:
        return document, path, Outcome(silent=[f"refused: {error}"])
