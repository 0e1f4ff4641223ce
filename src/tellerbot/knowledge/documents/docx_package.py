"""A .docx archive -> the XML of its parts, in memory. Links to parts that are not there are ignored."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from tellerbot.knowledge.documents.blocks import DocumentError

# What a DOCX may unpack to, in bytes, and in how many files.
MAX_UNPACKED = 200_000_000
MAX_FILES = 5000
# An element of an XML tree; lxml carries no types.
Element = Any

_OLD_OR_ENCRYPTED = bytes.fromhex("D0CF11E0A1B11AE1")
_NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
}
# Strict Open XML has the same elements in other namespaces: ISO/IEC 29500-1 against 29500-4.
_STRICT = "http://purl.oclc.org/ooxml/"
_STRICT_NAME = re.compile(r'="http://purl\.oclc\.org/ooxml/(\w+)/')
_TRANSITIONAL_NAME = r'="http://schemas.openxmlformats.org/\1/2006/'


@cache
def q(name: str) -> str:
    """Return the name that lxml gives to an element or attribute such as `w:p`."""
    prefix, local = name.split(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


def val(parent: Element, name: str) -> str | None:
    """Return the `w:val` of a child; None where there is no parent, no such child or no value."""
    child = None if parent is None else parent.find(q(name))
    return None if child is None else child.get(q("w:val"))


def is_on(element: Element) -> bool:
    """Return whether a switch (`<w:strike/>`, `<w:strike w:val="0"/>`) is on; an absent one is not."""
    return element is not None and element.get(q("w:val"), "true") in ("true", "1", "on")


class Package:
    """The parts of an open archive. Part names have no slash in front and no case."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        # Some programs write backslashes, and part names have no case.
        self._names = {_part_name(entry.filename): entry for entry in archive.infolist()}
        mains = [target for kind, target in self._links("") if kind == "officeDocument"]
        name = next((target for target in [*mains, "word/document.xml"] if target in self._names), None)
        self.document: Element = None if name is None else self._xml(name)
        if name is None or self.document.tag != q("w:document"):
            raise DocumentError(
                "Expected a Word document, found an archive of something else.",
                "Open it in the program that made it, and save it as Word Document (.docx).",
            )
        self._related = [link for link in self._links(name) if link[1] in self._names]

    def related_parts(self, kind: str) -> list[Element]:
        """Return the roots of the parts of this kind (`styles`, `footnotes`, `header`) that the document refers to."""
        return [self._xml(target) for target in dict.fromkeys(name for of, name in self._related if of == kind)]

    def macros(self) -> int:
        """Count the parts that hold macros."""
        return sum(name.endswith("vbaproject.bin") for name in self._names)

    def _links(self, name: str) -> list[tuple[str, str]]:
        """Return the (kind, part name) pairs of what a part refers to inside the archive, which itself has no name."""
        folder, file = posixpath.split(name)
        links = posixpath.join(folder, "_rels", f"{file}.rels")
        if links not in self._names:
            return []
        return [
            (link.get("Type", "").rsplit("/", 1)[-1], _part_name(posixpath.join("/", folder, link.get("Target", ""))))
            for link in self._xml(links)
            if link.get("TargetMode") != "External"
        ]

    def _xml(self, name: str) -> Element:
        root = _parse(self._archive.read(self._names[name]))
        if any(uri.startswith(_STRICT) for uri in root.nsmap.values()):
            text = etree.tostring(root, encoding="unicode")
            root = _parse(_STRICT_NAME.sub(_TRANSITIONAL_NAME, text).encode())
        return root


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Open a .docx, a template or a document with macros, transitional or Strict.

    Raises DocumentError when it is encrypted, an old Word file, no Word document, or unpacks to more than it should.
    """
    with path.open("rb") as stream:
        if stream.read(8) == _OLD_OR_ENCRYPTED:
            raise DocumentError(
                "Expected a .docx, found an encrypted one or an old Word file (.doc).",
                "Save it as .docx without a password.",
            )
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        # Reading stops at the size that the directory gives, so that a smaller one gains nothing.
        size = sum(entry.file_size for entry in entries)
        if size > MAX_UNPACKED or len(entries) > MAX_FILES:
            raise DocumentError(
                f"Expected at most {MAX_UNPACKED // 10**6} MB in {MAX_FILES} files once unpacked, "
                f"found {size // 10**6} MB in {len(entries)}.",
                "Split the document, or make its pictures smaller.",
            )
        yield Package(archive)


def _part_name(name: str) -> str:
    return posixpath.normpath(posixpath.join("/", unquote(name).replace("\\", "/"))).lstrip("/").lower()


def _parse(data: bytes) -> Element:
    """Parse XML without comments, so that no text is cut in two.

    Raises DocumentError for XML that declares entities.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(data, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentError("Expected plain XML, found a document type.", "Open it in Word, and save it again.")
    return root
