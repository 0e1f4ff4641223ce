"""Documents are read back as they were written: every figure is right, or its omission is reported."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from round_trip.check import check, describe  # pyright: ignore[reportMissingImports]
from round_trip.document import (  # pyright: ignore[reportMissingImports]
    Cell,
    Document,
    Heading,
    Line,
    Paragraph,
    Piece,
    Sentence,
    Table,
)
from round_trip.run import round_trip  # pyright: ignore[reportMissingImports]
from tellerbot.knowledge.documents.blocks import Block, Omission, ParsedDocument
from tellerbot.knowledge.documents.worker import read_apart

# A file of Word takes longer than the others.
DOCUMENTS = {".md": 200, ".html": 200, ".docx": 120, ".pdf": 100}


@pytest.mark.slow
@pytest.mark.parametrize("ending", DOCUMENTS)
def test_no_figure_changes_silently(ending: str, tmp_path: Path) -> None:
    # Smaller documents that fail alike would take minutes to find.
    @settings(max_examples=DOCUMENTS[ending], derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(st.randoms(use_true_random=False))
    def every_document(random: Random) -> None:
        document, _, outcome = round_trip(random, ending, tmp_path)
        assert not outcome.silent, "\n".join([*outcome.silent, "", *describe(document)])
        assert outcome.right + outcome.reported == outcome.figures

    every_document()


def test_apart_documents_are_read_as_here(tmp_path: Path) -> None:
    made = []
    for ending in DOCUMENTS:
        (tmp_path / ending[1:]).mkdir()
        document, path, _ = round_trip(Random(1), ending, tmp_path / ending[1:])  # noqa: S311
        made.append((document, path))
    read = read_apart([path for _, path in made])
    for (document, _), parsed in zip(made, read, strict=True):
        assert isinstance(parsed, ParsedDocument) and not check(document, parsed).silent


def plain(text: str) -> Line:
    return (Piece("text", text),)


FEE = (Piece("text", "The Alder fee is "), Piece("struck", "$12"), Piece("text", " $9.50"), Piece("mark", "1"))
KNOWN = Document(
    (
        Heading(Sentence("Linden", plain("Linden fees of 2026")), 1),
        Paragraph((Sentence("Alder", (*FEE, Piece("text", " a month."))), Sentence("Harrow", plain("Harrow is 4½%.")))),
        Table(
            (
                *(Cell(0, at, plain(name)) for at, name in enumerate(("Account", "Monthly", "Yearly"))),
                *(Cell(1, at, plain(text)) for at, text in enumerate(("Marlow", "$5", "$60"))),
                *(Cell(2, at, plain(text)) for at, text in enumerate(("Newlyn", "$7", "$80"))),
            ),
            1, 3, 3, ("Marlow", "Newlyn"),
        ),
    )
)  # fmt: skip
OMITTED = (Omission("struck-out text", "$12"), Omission("superscripts and subscripts", "1"))
HEADING = Block("heading", ("Linden fees of 2026",), 1)
SENTENCES = "The Alder fee is $9.50 a month. Harrow is 4½%."
ROWS = ("Marlow: Monthly $5, Yearly $60.", "Newlyn: Monthly $7, Yearly $80.")


def parsed(
    sentences: str = SENTENCES, rows: tuple[str, ...] = ROWS, omissions: tuple[Omission, ...] = OMITTED
) -> ParsedDocument:
    return ParsedDocument((HEADING, Block("paragraph", (sentences,)), Block("table", rows)), omissions=omissions)


def test_the_check_passes_a_document_that_is_read_right() -> None:
    outcome = check(KNOWN, parsed())
    assert (outcome.figures, outcome.right, outcome.reported, outcome.silent) == (7, 7, 0, [])


def changed(old: str, new: str) -> ParsedDocument:
    return parsed(SENTENCES.replace(old, new), tuple(row.replace(old, new) for row in ROWS))


SWAPPED = ("Marlow: Monthly $7, Yearly $80.", "Newlyn: Monthly $5, Yearly $60.")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (changed("$9.50", "$9.501"), "found 'The Alder fee is $9.501 a month.'"),
        (changed("$9.50", "$12 $9.50"), "found 'The Alder fee is $12 $9.50"),
        (changed("$9.50", ""), "expected 'The Alder fee is $9.50 a month.'"),
        (changed("4½%", "41⁄2%"), "found 'Harrow is 41⁄2%.'"),
        (changed("month.", "month"), "Alder, Harrow are one line"),
        (changed("$9.50", "nothing. $9.50"), "read where nothing was written: '$9.50 a month.'"),
        (changed("4½%.", "4½%. Waived with $500."), "read where nothing was written: 'Waived with $500.'"),
        (changed("Monthly $5, Yearly $60", "Monthly $60, Yearly $5"), "table row, Monthly: expected '$5', found ' $60"),
        (changed("Monthly ", ""), "table row, Monthly: expected '$5', found ''"),
        (changed(", Yearly $60", ""), "table row, Yearly: expected '$60', found ''"),
        (parsed(rows=SWAPPED), "table row, Monthly: expected '$5', found ' $7"),
        (parsed(rows=("Account: Over $1,000.", *ROWS)), "read where nothing was written: 'Account: Over $1,000.'"),
        (parsed(omissions=OMITTED[1:]), "left out without a report, or read: struck '$12'"),
        (parsed(omissions=OMITTED[:1]), "left out without a report, or read: mark '1'"),
        (replace(parsed(), blocks=parsed().blocks[1:]), "heading: expected 'Linden fees of 2026', found ''"),
    ],
)
def test_the_check_finds_what_changed_silently(wrong: ParsedDocument, message: str) -> None:
    assert any(message in silent for silent in check(KNOWN, wrong).silent), check(KNOWN, wrong).silent


def test_a_figure_left_out_with_a_report_is_not_silent() -> None:
    rows = ("Marlow: Monthly $5.", ROWS[1])
    outcome = check(KNOWN, parsed(rows=rows, omissions=(*OMITTED, Omission("form fields", "Yearly $60"))))
    assert (outcome.figures, outcome.right, outcome.reported, outcome.silent) == (7, 6, 1, [])
    # A decoy of the same amount is no report of it.
    assert check(KNOWN, parsed(SENTENCES.replace("$9.50", ""), omissions=(Omission("struck-out text", "$12"),))).silent
