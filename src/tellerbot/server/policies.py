"""A policy as a customer reads it: one document's passages in order, from a release and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby, zip_longest
from pathlib import Path
from urllib.parse import quote

from tellerbot.conversation.event_values import Citation
from tellerbot.knowledge.ingested import Ingested, open_ingested
from tellerbot.release.manifest import verify
from tellerbot.release.registry import Registry
from tellerbot.server.state import ServerState
from tellerbot.types import Passage


@dataclass(frozen=True, slots=True)
class Part:
    """A passage for the page: the headings that begin with it, by level from 2, and its lines by kind."""

    passage: Passage
    anchor: str
    headings: tuple[tuple[int, str], ...]
    blocks: tuple[tuple[str, tuple[str, ...]], ...]


def link_passage(citation: Citation, release: str, prefix: str) -> str:
    """Return the path that shows a cited passage in its document, of the release that cited it."""
    return f"{prefix}/policies/{quote(release, safe='')}/{quote(citation.policy, safe='')}#{_anchor(citation)}"


def _anchor(passage: Passage | Citation) -> str:
    return passage.id.removeprefix(f"{passage.policy}#")


def read_policy(state: ServerState, release: str, policy: str, today: date) -> list[Part] | None:
    """Read a document of the release that is served, or of one that the served alias named before.

    None where there is none, or where it was never in force: only what can have been cited is shown.
    Raises ArtefactError when an earlier release is not as it was built.
    """
    ingested = _ingested(state, release)
    passages = ingested.document(policy) if ingested else ()
    return _parts(passages) if passages and passages[0].in_force_from <= today else None


def _ingested(state: ServerState, release: str) -> Ingested | None:
    assistant = state.assistant
    if release == assistant.manifest.version:
        return assistant.parts.index.ingested
    registry = Registry.at(state.settings)
    if release not in registry.aliases().get(state.release, []) or release not in registry.versions():
        return None
    return _earlier(registry.releases / release)


@lru_cache(4)
def _earlier(folder: Path) -> Ingested:
    verify(folder)
    return open_ingested(folder / "knowledge")


def _parts(passages: Sequence[Passage]) -> list[Part]:
    parts: list[Part] = []
    above: tuple[str, ...] = (passages[0].title,)
    for passage in passages:
        anchor = _anchor(passage)
        path = passage.path or (passage.section,)
        # The page has the title above already.
        path = path if path[0] == passage.title else (passage.title, *path)
        same = next((at for at, (one, other) in enumerate(zip_longest(path, above)) if one != other), len(path))
        # A heading that comes again begins a section of its own; a further piece of a section has none.
        same = len(path) - 1 if same == len(path) > 1 and "/" not in anchor else same
        headings = tuple((min(at + 1, 6), heading) for at, heading in enumerate(path) if at >= same and at)
        parts.append(Part(passage, anchor, headings, _blocks(passage)))
        above = path
    return parts


def _blocks(passage: Passage) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Group lines of one kind that follow each other."""
    lines = zip_longest(passage.text.split("\n"), passage.kinds, fillvalue="paragraph")
    return tuple((kind, tuple(line for line, _ in run)) for kind, run in groupby(lines, lambda pair: pair[1]))
