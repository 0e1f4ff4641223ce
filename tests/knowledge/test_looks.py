"""Figures to look at, and the report that shows them in the text as it was read."""

import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tellerbot.errors import ConfigError, Problem
from tellerbot.knowledge.documents.blocks import Block, Gap, Omissions, ParsedDocument
from tellerbot.knowledge.ingest import ingest
from tellerbot.knowledge.ingested import Ingested, load_ingested
from tellerbot.knowledge.looks import AMBIGUOUS, BESIDE
from tellerbot.knowledge.passages import split_policy
from tellerbot.knowledge.reading_report import reading_report, write_report
from tellerbot.project.policies import Policy
from tellerbot.project.schema import PolicyHead

HEAD = PolicyHead(title="Fees", version="1", in_force_from=date(2026, 1, 1))
BODY = """# Fees

The monthly fee is $5<sup>1</sup>. A card is ~~$12~~ $9 a year, a wire <span style="display:none">$90</span> is free.

| Fee | Basic |
|---|---|
| Wire <s>out</s> abroad | $22.00 |
"""
# The words before a figure to look at, its value, and the words after it.
LOOKS = [
    ("The monthly fee is ", "USD 5", ". A card is $9 a year, a wire is free."),
    ("The monthly fee is $5. A card is ", "USD 9", " a year, a wire is free."),
]


def read(blocks: list[Block], omissions: Omissions) -> tuple[list[str], tuple[Gap, ...]]:
    reading = split_policy(
        Policy("fees", HEAD, Path("fees.md")), ParsedDocument(tuple(blocks), (), tuple(omissions.items))
    )
    return [passage.text for passage in reading.passages], reading.gaps


def test_marks_become_gaps_with_their_places_in_the_text() -> None:
    omissions = Omissions()
    one, two, three, four = (omissions.add("struck-out text", text) for text in ("a", "b", "c", "d"))
    blocks = [
        Block("heading", (f"Fees{one}",), 1),
        Block("paragraph", (f"It is $5{two}.{three} It was{four}.",)),
    ]
    texts, gaps = read(blocks, omissions)
    assert texts == ["It is $5. It was."]
    assert [(gap.text, gap.passage, gap.at) for gap in gaps] == [
        ("a", "fees#fees", 0),
        ("b", "fees#fees", 8),
        ("c", "fees#fees", 9),
        ("d", "fees#fees", 16),
    ]


def test_a_mark_after_a_full_stop_ends_the_sentence_too() -> None:
    omissions = Omissions()
    mark = omissions.add("footnotes", "1")
    reading = split_policy(
        Policy("fees", HEAD, Path("fees.md")),
        ParsedDocument((Block("paragraph", (f"It is $5.{mark} Then $6.",)),), (), tuple(omissions.items)),
    )
    assert reading.passages[0].sentences == ("It is $5.", "Then $6.")


def test_a_mark_beside_which_nothing_was_read_is_a_gap_without_a_passage() -> None:
    omissions = Omissions()
    omissions.add("hidden text", "$99")
    assert read([Block("paragraph", ("Text.",))], omissions)[1] == (Gap("hidden text", "$99", "", 0),)


def test_figures_beside_a_gap_and_ambiguous_ones_are_to_be_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "fees.md"
    path.write_text(BODY + "\nIt ends on 31/12/2026 and begins on 3/4/2026.\n")
    folder = tmp_path / "index"
    report = ingest([Policy("fees", HEAD, path)], folder, lambda texts: np.ones((len(texts), 2), np.float32), "m")
    assert [(look.figure, look.why) for look in report.looks["fees.md"]] == [
        ("$5", BESIDE),
        ("$9", BESIDE),
        ("3/4/2026", AMBIGUOUS),
    ]
    # They are kept for the documents that are not read again.
    again = ingest([Policy("fees", HEAD, path)], folder, lambda texts: np.ones((len(texts), 2), np.float32), "m")
    assert again.unchanged == ("fees.md",) and again.looks == report.looks


@pytest.fixture
def ingested(tmp_path: Path) -> Ingested:
    path = tmp_path / "fees.md"
    path.write_text(BODY)
    ingest([Policy("fees", HEAD, path)], tmp_path / "index", lambda texts: np.ones((len(texts), 2), np.float32), "m")
    return load_ingested(tmp_path / "index")


@pytest.mark.parametrize(
    ("line", "text", "places"),
    [
        ("{}{} $9 {}", "$9", [0, 0, 2]),
        ("The fee {} is $9", "The fee is $9", [8]),
        ("The fee {} {}is $9", "The fee is $9", [8, 8]),
        ("The fee{} is{}{} $9.{}", "The fee is $9.", [7, 10, 10, 14]),
        ("$5{}0", "$50", [2]),
    ],
)
def test_marks_leave_one_space_and_none_at_the_ends_of_a_line(line: str, text: str, places: list[int]) -> None:
    omissions = Omissions()
    written = line.format(*(omissions.add("hidden text", "x") for _ in range(line.count("{}"))))
    (found,), gaps = read([Block("paragraph", (written,))], omissions)
    assert found == text and [gap.at for gap in gaps] == places


def test_the_report_holds_every_figure_and_every_gap_with_its_place(ingested: Ingested) -> None:
    report = reading_report("A bank", ingested, [Problem("bad.pdf", None, "Expected text, found none.", "Fill it.")])
    (document,) = report["documents"]
    (passage,) = document["passages"]
    assert [figure["text"] for figure in passage["figures"]] == ["$5", "$9", "$22.00"]
    for figure in passage["figures"]:
        assert passage["text"][figure["start"] : figure["end"]] == figure["text"]
    assert [(gap["text"], passage["text"][: gap["at"]].split()[-1]) for gap in passage["gaps"]] == [
        ("1", "$5"),
        ("$12", "is"),
        ("$90", "wire"),
        ("out", "Wire"),
    ]
    assert [figure["why"] for figure in passage["figures"]] == [[BESIDE], [BESIDE], []]
    assert (report["figures"], report["looks"], report["left_out"]) == (3, 2, 4)
    assert [(look["before"], look["value"], look["after"]) for look in document["looks"]] == LOOKS
    assert [[gap["text"] for gap in look["beside"]] for look in document["looks"]] == [["1"], ["$12"]]
    assert report["failed"][0]["remedy"] == "Fill it."


def test_the_report_is_written_as_a_page_and_as_json(tmp_path: Path, ingested: Ingested) -> None:
    write_report(tmp_path / "r.json", "A bank", ingested, [])
    assert json.loads((tmp_path / "r.json").read_text()) == json.loads(
        json.dumps(reading_report("A bank", ingested, []))
    )
    write_report(tmp_path / "r.html", "A & B bank", ingested, [])
    page = (tmp_path / "r.html").read_text()
    assert "A &amp; B bank" in page
    (look,) = re.findall(
        r'<mark id="([^"]*)" class="look" title="money USD 9: something beside it was left out">', page
    )
    assert f'href="#{look}"' in page
    assert page.count("<del>$12</del>") == 2


def test_a_report_of_another_kind_is_refused(tmp_path: Path, ingested: Ingested) -> None:
    with pytest.raises(ConfigError, match=r"ends in \.html or \.json"):
        write_report(tmp_path / "r.txt", "A bank", ingested, [])
