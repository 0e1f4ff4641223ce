"""The reading report: each document's text as it was read, beside what was left out, for a bank's editor."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from tellerbot.errors import ConfigError, Problem
from tellerbot.figures import locate_figures
from tellerbot.files import write_atomic, write_json
from tellerbot.knowledge.ingested import DocumentRecord, Ingested
from tellerbot.knowledge.looks import BESIDE, Look, gaps_beside
from tellerbot.types import Passage
from tellerbot.version import __version__

ENDINGS = (".html", ".json")
# How much of its line is shown before and after a figure to look at, in characters.
_CONTEXT = 60


def check_report(path: Path) -> None:
    """Raise ConfigError when a report cannot have this name."""
    if path.suffix.lower() not in ENDINGS:
        raise ConfigError(f"{path}: expected a name that ends in {' or '.join(ENDINGS)}. Give the report such a name.")


def write_report(path: Path, bank: str, ingested: Ingested, failed: Sequence[Problem]) -> None:
    """Write the report as a page or as JSON, by the ending of `path`."""
    check_report(path)
    report = reading_report(bank, ingested, failed)
    if path.suffix.lower() == ".json":
        write_json(path, report)
        return
    page = Environment(loader=PackageLoader("tellerbot.knowledge"), autoescape=True).get_template("reading.html")
    write_atomic(path, page.render(report=report, pieces=_pieces, beside=BESIDE, version=__version__))


def reading_report(bank: str, ingested: Ingested, failed: Sequence[Problem]) -> dict[str, Any]:
    """Return the content of the report, ready for JSON.

    `documents` hold `passages` with their text, its `figures` and the `gaps` where something was left out; places are
    offsets in the text. A figure has the reasons to look at it in `why`. `looks` holds each such reason, with the words
    `before` and `after` the figure, its `value`, and the gaps `beside` it. `elsewhere` are gaps beside which nothing
    was read, `dropped` counts what was left out, by reason.
    """
    documents = [_document(name, known, ingested.document(name)) for name, known in ingested.documents.items()]
    return {
        "bank": bank,
        "documents": documents,
        "failed": [asdict(problem) for problem in failed],
        "passages": sum(len(document["passages"]) for document in documents),
        "figures": sum(len(passage["figures"]) for document in documents for passage in document["passages"]),
        "left_out": sum(item["count"] for document in documents for item in document["dropped"]),
        "looks": sum(len(known.looks) for known in ingested.documents.values()),
    }


def _document(name: str, known: DocumentRecord, passages: Sequence[Passage]) -> dict[str, Any]:
    gaps = [asdict(gap) for gap in known.gaps]
    return {
        "name": name,
        "file": known.file,
        "title": known.head["title"],
        "version": known.head["version"],
        "passages": [
            _passage(known, passage, [gap for gap in gaps if gap["passage"] == passage.id]) for passage in passages
        ],
        "elsewhere": [gap for gap in gaps if not gap["passage"]],
        "dropped": [asdict(item) for item in known.dropped],
        "looks": [
            _look(look, passage, known) for passage in passages for look in known.looks if look.passage == passage.id
        ],
    }


def _look(look: Look, passage: Passage, known: DocumentRecord) -> dict[str, Any]:
    text, start, end = passage.text, look.start, look.end
    # An index may be older than the rules by which figures are found now.
    value = next((figure.value for figure, *place in locate_figures(text) if place == [start, end]), look.figure)
    gaps = [gap for gap in known.gaps if gap.passage == passage.id]
    return asdict(look) | {
        "before": text[max(0, start - _CONTEXT) : start].rpartition("\n")[2],
        "after": text[end : end + _CONTEXT].partition("\n")[0],
        "value": value,
        "beside": [asdict(gap) for gap in gaps_beside(text, start, end, gaps)],
    }


def _passage(known: DocumentRecord, passage: Passage, gaps: list[dict[str, Any]]) -> dict[str, Any]:
    reasons: dict[tuple[int, int], list[str]] = {}
    for look in known.looks:
        if look.passage == passage.id:
            reasons.setdefault((look.start, look.end), []).append(look.why)
    figures = [
        {
            "kind": figure.kind,
            "value": figure.value,
            "text": passage.text[start:end],
            "start": start,
            "end": end,
            "why": reasons.get((start, end), []),
        }
        for figure, start, end in locate_figures(passage.text)
    ]
    return {
        "id": passage.id,
        "section": passage.section,
        "page": passage.page,
        "text": passage.text,
        "figures": figures,
        "gaps": sorted(gaps, key=lambda gap: gap["at"]),
    }


def _pieces(passage: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Cut a passage's text into plain pieces, figures and gaps, in reading order; a gap in a figure comes after it."""
    text, at = passage["text"], 0
    marks = [(gap["at"], "gap", gap) for gap in passage["gaps"]]
    marks += [(figure["start"], "figure", figure) for figure in passage["figures"]]
    for start, kind, mark in sorted(marks, key=lambda mark: mark[0]):
        if start > at:
            yield {"text": text[at:start]}
        at = max(at, mark.get("end", start))
        yield {kind: mark}
    yield {"text": text[at:]}
