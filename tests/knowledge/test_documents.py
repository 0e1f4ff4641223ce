"""Real documents become the same blocks whatever their format; bad ones are refused with what to do."""

import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import docx
import pytest
from docx.oxml import OxmlElement
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject
from reportlab.lib import colors
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import ListFlowable, Paragraph, SimpleDocTemplate, Table

from tellerbot.knowledge.documents.blocks import Block, BlockKind, DocumentError, pages_text, unmark
from tellerbot.knowledge.documents.read import FORMATS, read
from tellerbot.knowledge.documents.worker import read_apart
from tellerbot.project.policies import ENDINGS, MAX_BYTES

# The same document in every format.
FEES = [
    Block("heading", ("Fees and charges",), 1),
    Block("paragraph", ("These fees apply to personal accounts.",)),
    Block("heading", ("ATM withdrawals",), 2),
    Block("list", ("Our own machines are free.", "Others cost $2.50 each.")),
    Block("heading", ("Wires",), 2),
    Block("table", ("Domestic: Outgoing $22.00, Incoming $5.00.", "Foreign: Outgoing $40.00, Incoming $9.00.")),
]
ROWS = [["Wire", "Outgoing", "Incoming"], ["Domestic", "$22.00", "$5.00"], ["Foreign", "$40.00", "$9.00"]]
GRID = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")]
STYLES = getSampleStyleSheet()

MARKDOWN = """---
title: Fees
---
# Fees and charges

These fees apply to personal accounts.

## ATM withdrawals

- Our own machines are free.
- Others cost **$2.50** each.

## Wires

| Wire | Outgoing | Incoming |
|---|---|---|
| Domestic | $22.00 | $5.00 |
| Foreign | $40.00 | $9.00 |
"""
HTML = """<!doctype html><html><head><title>Not text</title><style>p {}</style></head><body>
<nav><a href="https://example.com">Home</a></nav><h1>Fees <em>and</em> charges</h1>
<div>These fees apply to<br>personal accounts.<script>document.write("$9.99")</script></div>
<h2>ATM withdrawals</h2><ul><li>Our own machines are free.<li>Others cost <b>$2.50</b> each.</ul>
<h2>Wires</h2><table><tr><th>Wire<th>Outgoing<th>Incoming<tr><td>Domestic<td>$22.00<td>$5.00
<tr><td>Foreign<td>$40.00<td>$9.00</table><footer>&copy; the bank</footer></body></html>"""


def write_pdf(path: Path, *parts: Any, decorate: Callable[[Canvas, Any], None] = lambda canvas, page: None) -> None:
    SimpleDocTemplate(str(path), invariant=True).build(list(parts), onFirstPage=decorate, onLaterPages=decorate)


def text(wording: str, style: str = "BodyText") -> Paragraph:
    return Paragraph(wording, STYLES[style])


def write_docx(path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Fees and charges", "Title")
    document.add_paragraph("These fees apply to personal accounts.")
    document.add_heading("ATM withdrawals", 1)
    document.add_paragraph("Our own machines are free.", "List Bullet")
    document.add_paragraph("Others cost ", "List Bullet").add_run("$2.50 each.").bold = True
    document.add_heading("Wires", 1)
    table = document.add_table(3, 3)
    for row, texts in zip(table.rows, ROWS, strict=True):
        for cell, wording in zip(row.cells, texts, strict=True):
            cell.text = wording
    mark = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(mark)
    document.save(str(path))


def write_fees(path: Path) -> None:
    if path.suffix == ".md":
        path.write_text(MARKDOWN)
    elif path.suffix == ".docx":
        write_docx(path)
    elif path.suffix == ".pdf":
        items = ListFlowable([text(line) for line in FEES[3].lines], bulletType="bullet")
        write_pdf(path, text(FEES[0].lines[0], "Heading1"), text(FEES[1].lines[0]), text("ATM withdrawals", "Heading2"),
                  items, text("Wires", "Heading2"), Table(ROWS, style=GRID))  # fmt: skip
    else:
        path.write_text(HTML)


def kinds(path: Path) -> list[tuple[BlockKind, tuple[str, ...]]]:
    return [(block.kind, tuple(map(unmark, block.lines))) for block in read(path).blocks]


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_gives_the_same_blocks(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"fees{ending}"
    write_fees(path)
    page = 1 if ending == ".pdf" else None
    found = [replace(block, lines=tuple(map(unmark, block.lines))) for block in read(path).blocks]
    assert found == [replace(block, page=page) for block in FEES]


def test_every_ending_of_a_policy_has_a_parser() -> None:
    assert set(FORMATS) == set(ENDINGS)


def sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(2 * MAX_BYTES)


def encrypted(path: Path) -> None:
    write_fees(path)
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.encrypt("password", algorithm="AES-256")
    writer.write(path)


def halved(path: Path) -> None:
    """A font that calls `A` the first half of a character."""
    write_pdf(path, text("AAA."))
    writer = PdfWriter(clone_from=PdfReader(path))
    meaning = DecodedStreamObject()
    meaning.set_data(b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <41> <41> [55296] endbfrange")
    for font in cast(Any, writer.pages[0])["/Resources"]["/Font"].values():
        font.get_object()[NameObject("/ToUnicode")] = writer._add_object(meaning)
    writer.write(path)


def scanned(path: Path) -> None:
    canvas = Canvas(str(path))
    canvas.rect(100, 100, 300, 300, fill=1)
    canvas.showPage()
    canvas.save()


def bomb(path: Path) -> None:
    """A megabyte that says, in its directory, that it unpacks to a thousand."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 1_000_000)
    data = path.read_bytes()
    size = struct.pack("<I", 1_000_000)
    path.write_bytes(data.replace(size, struct.pack("<I", 1_000_000_000)))


@pytest.mark.parametrize(
    ("name", "make", "what", "remedy"),
    [
        ("a.pdf", lambda path: None, "Expected a readable file, found: No such file", "Put it back"),
        ("a.pdf", Path.touch, "found an empty file", "Fill the document"),
        ("a.pdf", sparse, "Expected at most 100 MB, found 200 MB.", "Split"),
        ("a.pdf", encrypted, "found an encrypted one", "without a password"),
        ("a.pdf", halved, r"found a half one: '\ud800'.", "save it again"),
        ("a.pdf", scanned, "found 1 pages without any", "OCR"),
        ("a.pdf", lambda path: path.write_bytes(b"%PDF-1.7\nbroken"), "Expected a PDF, found", "save or print it"),
        ("a.pdf", lambda path: path.write_bytes(b"\x89PNG" * 99), "Expected a PDF, found", "save or print it"),
        (
            "a.docx",
            lambda path: path.write_bytes(b"PK\3\4broken"),
            "Expected a readable .docx, found BadZip",
            "save it",
        ),
        ("a.docx", lambda path: path.write_bytes(bytes.fromhex("D0CF11E0A1B11AE1")), "an encrypted one", "password"),
        ("a.docx", bomb, "found 1000 MB", "Split"),
        ("a.docx", lambda path: docx.Document().save(str(path)), "Expected text, found none.", "Fill"),
        ("a.html", lambda path: path.write_bytes(b"\x89PNG\0\0"), "Expected HTML, found binary", "UTF-8"),
        ("a.html", lambda path: path.write_text("<script>1</script>"), "Expected text, found none.", "Fill"),
        ("a.md", lambda path: path.write_bytes(b"caf\xe9"), "Expected UTF-8 text", "UTF-8"),
        ("a.md", lambda path: path.write_text("# Only a heading\n"), "Expected text, found none.", "Fill"),
    ],
)
def test_a_bad_document_is_refused_with_what_to_do(
    tmp_path: Path, name: str, make: Callable[[Path], object], what: str, remedy: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(DocumentError) as error:
        read(tmp_path / name)
    assert what in error.value.what and remedy in error.value.remedy


def test_too_many_pages_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tellerbot.knowledge.documents.pdf_lines.MAX_PAGES", 1)
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for _ in range(2):
        canvas.drawString(72, 700, "Text.")
        canvas.showPage()
    canvas.save()
    with pytest.raises(DocumentError, match="at most 1 pages"):
        read(tmp_path / "a.pdf")


def test_a_parser_gets_only_so_much_time(tmp_path: Path) -> None:
    (tmp_path / "slow.md").write_text("*a* " * 1_000_000)
    (slow,) = read_apart([tmp_path / "slow.md"], seconds=0.05)
    assert isinstance(slow, DocumentError) and slow.what == "Expected to be read in 0.05 seconds, and was not."


@pytest.mark.slow
def test_a_parser_gets_only_so_much_memory_and_the_next_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "large.md").write_text("*a* " * 5_000_000)
    (tmp_path / "good.md").write_text("Text.")
    large, good = read_apart([tmp_path / "large.md", tmp_path / "good.md"], memory=200_000_000)
    assert isinstance(large, DocumentError) and "memory" in large.what
    assert not isinstance(good, DocumentError) and good.blocks == (Block("paragraph", ("Text.",)),)


# Run where documents are read: says which of these are not refused.
ACTIONS = """
import os, socket, sqlite3, subprocess
from pathlib import Path
from tellerbot.knowledge.documents import worker

def act(path):
    actions = {
        "open": lambda: open(path, "w"),
        "append": lambda: open(path, "a"),
        "update": lambda: open(path, "r+"),
        "os.open": lambda: os.open(path, os.O_RDONLY | os.O_TRUNC),
        "truncate": lambda: os.truncate(path, 0),
        "chmod": lambda: path.chmod(0),
        "utime": lambda: os.utime(path, (0, 0)),
        "rename": lambda: path.rename(f"{path}.new"),
        "replace": lambda: path.replace(f"{path}.new"),
        "unlink": path.unlink,
        "mkdir": lambda: Path(f"{path}.folder").mkdir(),
        "rmdir": path.with_name("empty").rmdir,
        "link": lambda: os.link(path, f"{path}.link"),
        "symlink": lambda: os.symlink(path, f"{path}.link"),
        "sqlite": lambda: sqlite3.connect(f"{path}.db"),
        "connect": lambda: meeting.connect(("127.0.0.1", 9)),
        "bind": lambda: meeting.bind(("127.0.0.1", 0)),
        "sendto": lambda: meeting.sendto(b"it", ("127.0.0.1", 9)),
        "sendmsg": lambda: meeting.sendmsg([b"it"], [], 0, ("127.0.0.1", 9)),
        "socket": socket.socket,
        "getaddrinfo": lambda: socket.getaddrinfo("localhost", 9),
        "run": lambda: subprocess.run(["true"]),
        "system": lambda: os.system("true"),
        "fork": lambda: os.fork() or os._exit(0),
        "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "exec": lambda: os.execv("/bin/true", ["true"]),
    }
    done = []
    for name, action in actions.items():
        try:
            action()
        except PermissionError as error:
            if "is refused while" in str(error):
                continue
        except OSError:
            pass
        done.append(name)
    raise worker.DocumentError(f"done: {done}, read: {open(path).read()}", "")

meeting = socket.socket(type=socket.SOCK_DGRAM)
worker.read = act
worker._serve(2 * 1024**3)
"""


def test_where_documents_are_read_nothing_is_changed_met_or_started(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "kept").write_text("whole")
    asked = json.dumps(str(tmp_path / "kept"))
    found = subprocess.run(
        [sys.executable, "-B", "-c", ACTIONS], input=asked, capture_output=True, text=True, check=True
    )
    assert json.loads(found.stdout)["what"] == "done: [], read: whole"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "kept"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_is_read_under_these_limits(tmp_path: Path, ending: str) -> None:
    write_fees(tmp_path / f"fees{ending}")
    (parsed,) = read_apart([tmp_path / f"fees{ending}"])
    assert not isinstance(parsed, DocumentError) and len(parsed.blocks) == len(FEES)


@pytest.mark.parametrize(("pages", "told"), [([1], "pages 1"), ([3, 1, 2, 5, 5], "pages 1-3, 5")])
def test_pages_are_told_as_runs(pages: list[int], told: str) -> None:
    assert pages_text(pages) == told
