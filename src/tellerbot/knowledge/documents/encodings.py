"""Bytes of a page or a Markdown file -> text. No encoding is guessed."""

import codecs
import re

import webencodings
from bs4.dammit import EncodingDetector

from tellerbot.knowledge.documents.blocks import DocumentError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # UTF-32 starts as UTF-16 does, and browsers read neither of its orders.
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)
_COMMENTS = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
# Browsers look for a declaration in the first 1024 bytes; long heads before it are common, and harmless here.
_DECLARED_WITHIN = 65536
# UTF-8 that was once read as windows-1252. Only pairs that no language writes: capitals before `»` are French.
_MISREAD = re.compile(r"(?<![^\W\d_])Â[\u00a0¢£¥§©®°±²³¼½¾]|â‚¬|â€[\u0080-\u009f¦¢œ™˜“”š¡°²³]|Ã[©¨ª§¡³±¶¼¢¤Ÿ]|ï»¿|ï¿½")
_PAGE_REMEDY = "Save the page as HTML in UTF-8."
_LEGACY_REMEDY = 'Save it as UTF-8, or declare the encoding that it is in: <meta charset="windows-1252"> in its <head>.'
_UTF8_REMEDY = 'Declare the encoding that it is in: <meta charset="utf-8">.'
# Signs to machines, which are no text. They keep what is before and after them apart.
_CONTROLS = dict.fromkeys([*range(9), 0x0B, *range(0x0E, 0x20), *range(0x7F, 0xA0)], " ")


def decode_page(data: bytes) -> str:
    """Decode an HTML page by its byte order mark, its declaration, or as UTF-8.

    Raises DocumentError for bytes that are not text in that encoding, and for characters that were lost before.
    """
    name, is_marked = _byte_order_mark(data, _PAGE_REMEDY)
    if not is_marked and b"\0" in data:
        raise DocumentError("Expected HTML, found binary content.", _PAGE_REMEDY)
    declared = None if is_marked else _declared_encoding(data)
    encoding = webencodings.lookup(declared or name)
    if encoding is None:
        raise DocumentError(f"Expected a known encoding, found {declared!r} declared.", _LEGACY_REMEDY)
    # A declaration that can be read as ASCII is in no UTF-16, whatever it declares.
    if declared and encoding.name.startswith("utf-16"):
        encoding = webencodings.UTF8
    name = encoding.name
    try:
        text = encoding.codec_info.decode(data, "strict")[0].removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        expected = f"{name}, which the page declares" if declared else "UTF-8 or a declared encoding"
        found = "UTF-8" if _is_utf8(data) else f"byte 0x{data[error.start]:02x} at {error.start}, which is not in it"
        remedy = _UTF8_REMEDY if _is_utf8(data) else _LEGACY_REMEDY
        raise DocumentError(f"Expected {expected}, found {found}.", remedy) from error
    if name != "utf-8" and len(text) == len(data) and _is_utf8(data):
        raise DocumentError(f"Expected {name}, which the page declares, found UTF-8.", _UTF8_REMEDY)
    return _check(text)


def decode_utf8(data: bytes) -> str:
    """Decode a text file in UTF-8, with or without a byte order mark. Raises DocumentError for anything else."""
    remedy = "Save the file as UTF-8."
    name, _ = _byte_order_mark(data, remedy)
    if name != "utf-8":
        raise DocumentError(f"Expected UTF-8 text, found {name.upper()}.", remedy)
    if b"\0" in data:
        raise DocumentError("Expected UTF-8 text, found binary content.", remedy)
    try:
        return _check(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        what = f"Expected UTF-8 text, found byte 0x{data[error.start]:02x} at {error.start}: {error.reason}."
        raise DocumentError(what, remedy) from error


def _byte_order_mark(data: bytes, remedy: str) -> tuple[str, bool]:
    """Return the encoding that a byte order mark names, and whether there is one; UTF-8 without."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            if not name:
                raise DocumentError("Expected UTF-8 or UTF-16, found UTF-32.", remedy)
            return name, True
    return "utf-8", False


def _declared_encoding(data: bytes) -> str | None:
    head = _COMMENTS.sub(b"", data[:_DECLARED_WITHIN])
    return EncodingDetector.find_declared_encoding(head, is_html=True, search_entire_document=True)


def _is_utf8(data: bytes) -> bool:
    """Return whether the bytes are UTF-8 and more than ASCII."""
    try:
        return not data.decode().isascii()
    except UnicodeDecodeError:
        return False


def _check(text: str) -> str:
    """Return the text without control characters.

    Raises DocumentError where characters in it were lost or misread before the file was saved.
    """
    if "\ufffd" in text:
        line = text.count("\n", 0, text.index("\ufffd")) + 1
        what = f"Expected whole characters, found a replacement character (U+FFFD) in line {line}."
        raise DocumentError(what, "Write the character that belongs there, and save the file as UTF-8.")
    if found := _MISREAD.search(text):
        line = text.count("\n", 0, found.start()) + 1
        meant = found[0].encode("cp1252", "ignore").decode("utf-8", "ignore")
        what = f"Expected readable characters, found {found[0]!r} for {meant!r} in line {line}: UTF-8 read as another."
        raise DocumentError(what, "Replace such characters by what they were, and save the file as UTF-8.")
    return text.translate(_CONTROLS)
