"""Odd documents, made by hand, are read as a reader sees them, or say what they leave out."""

from pathlib import Path

import pytest

from round_trip.check import compare  # pyright: ignore[reportMissingImports]
from round_trip.odd import NOTES, PAGES, Odd  # pyright: ignore[reportMissingImports]
from round_trip.odd_pages import PDFS, UNRULED  # pyright: ignore[reportMissingImports]
from round_trip.odd_words import WORDS  # pyright: ignore[reportMissingImports]
from tellerbot.knowledge.documents.read import read


@pytest.mark.parametrize(
    "odd", [*PAGES, *NOTES, *WORDS, *PDFS, *UNRULED], ids=lambda odd: f"{odd.ending[1:]}: {odd.name}"
)
def test_an_odd_document_changes_no_figure_silently(odd: Odd, tmp_path: Path) -> None:
    path = tmp_path / f"odd{odd.ending}"
    odd.write(path)
    outcome = compare(odd.units(), odd.decoys(), read(path))
    assert not outcome.silent, "\n".join(outcome.silent)
