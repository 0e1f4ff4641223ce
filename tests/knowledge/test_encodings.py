"""Pages are read in the encoding that they declare, and Markdown in UTF-8; no encoding is guessed."""

import codecs
from pathlib import Path

import pytest

from tellerbot.knowledge.documents.blocks import DocumentError, squeeze
from tellerbot.knowledge.documents.html import parse
from tellerbot.knowledge.documents.read import read


def page(text: str, encoding: str, declared: str) -> bytes:
    return f"<html><head>{declared}</head><p>{text}</p></html>".encode(encoding)


META = '<meta charset="{}">'
HTTP = "<meta http-equiv=Content-Type content='text/html; charset={}'>"


@pytest.mark.parametrize(
    "data",
    [
        page("£5, 5 €, ½", "utf-8", ""),
        page("£5, 5 €, ½", "utf-8", META.format("UTF-8")),
        page("£5, 5 €, ½", "utf-8-sig", META.format("windows-1252")),
        page("£5, 5 €, ½", "utf-16", META.format("utf-8")),
        codecs.BOM_UTF16_BE + page("£5, 5 €, ½", "utf-16-be", ""),
        page("£5, 5 €, ½", "cp1252", META.format("windows-1252")),
        page("£5, 5 €, ½", "cp1252", META.format("ISO-8859-1")),
        page("£5, 5 €, ½", "cp1252", HTTP.format("latin1")),
        page("£5, 5 €, &frac12;", "iso-8859-15", META.format("iso-8859-15")),
        b'<?xml version="1.0" encoding="windows-1252"?>' + page("£5, 5 €, ½", "cp1252", ""),
        page("£5, 5 €, ½", "utf-8", '<!-- <meta charset="latin1"> -->'),
        page("£5, 5 €, ½", "utf-8", META.format("utf-16")),
    ],
    ids=range(12),
)
def test_pages_are_read_in_the_encoding_that_they_declare(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.html").write_bytes(data)
    assert [block.lines for block in parse(tmp_path / "a.html").blocks] == [("£5, 5 €, ½",)]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (page("£5", "cp1252", ""), "Expected UTF-8 or a declared encoding, found byte 0xa3 at 22"),
        (page("5 €", "cp1252", ""), "found byte 0x80"),
        (page("½", "cp1252", META.format("utf-8")), "Expected utf-8, which the page declares, found byte 0xbd"),
        (page("£5", "utf-8", META.format("ISO-8859-1")), "Expected windows-1252, which the page declares, found UTF-8"),
        (page("£5", "cp1252", META.format("shift_jis")).replace(b"\xa35", b"\x81\xff"), "Expected shift_jis"),
        (page("£5", "utf-8", META.format("klingon")), "found 'klingon' declared"),
        (page("£5", "utf-16-le", ""), "binary"),
        (page("£5", "utf-32", ""), "found UTF-32"),
        (page("\ufffd5", "utf-8", ""), "U+FFFD"),
        (page("Â£5", "utf-8", META.format("utf-8")), "found 'Â£' for '£'"),
        (page("5 â‚¬", "utf-8", ""), "found 'â‚¬' for '€'"),
        (page("It’s".encode().decode("cp1252"), "utf-8", ""), "for '’'"),
        (b"\x89PNG\0\0", "binary"),
    ],
    ids=range(13),
)
def test_pages_whose_encoding_would_be_a_guess_are_refused(tmp_path: Path, data: bytes, found: str) -> None:
    (tmp_path / "a.html").write_bytes(data)
    with pytest.raises(DocumentError) as error:
        parse(tmp_path / "a.html")
    assert found in error.value.what and error.value.remedy


def test_other_languages_are_no_misread_characters(tmp_path: Path) -> None:
    text = "«FIANCÉ», AMANHÃ – não, ÂGE, «À», Â £5, ¢5 §3, Ã é, é€5, “x”, 10\u00a0000 ₽, Комиссия"
    (tmp_path / "a.html").write_text(f"<p>{text}</p>", encoding="utf-8")
    assert [block.lines for block in parse(tmp_path / "a.html").blocks] == [(squeeze(text),)]


def test_the_remedy_for_an_undeclared_encoding_works(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(page("£5", "cp1252", ""))
    with pytest.raises(DocumentError) as error:
        parse(path)
    remedy = error.value.remedy.split("in: ")[1].split(" in its")[0]
    path.write_bytes(page("£5", "cp1252", remedy))
    assert [block.lines for block in parse(path).blocks] == [("£5",)]


def test_the_remedy_for_a_wrong_declaration_works(tmp_path: Path) -> None:
    """The closing quotation mark has a byte in UTF-8 that is in no windows-1252."""
    path = tmp_path / "a.html"
    path.write_bytes(page("“£5”", "utf-8", META.format("latin1")))
    with pytest.raises(DocumentError, match="found UTF-8") as error:
        parse(path)
    path.write_bytes(page("“£5”", "utf-8", error.value.remedy.split("in: ")[1].rstrip(".")))
    assert [block.lines for block in parse(path).blocks] == [("“£5”",)]


@pytest.mark.parametrize("ending", [".html", ".md"])
def test_control_characters_are_no_text_and_keep_numbers_apart(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text("The fee is \x1b$5\x0710\x08 \x7fdays\x85.")
    assert [block.lines for block in read(path).blocks] == [("The fee is $5 10 days .",)]


@pytest.mark.parametrize("ending", [".html", ".md"])
def test_binary_content_is_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"The fee is $5\x000.")
    with pytest.raises(DocumentError, match="binary content"):
        read(path)
