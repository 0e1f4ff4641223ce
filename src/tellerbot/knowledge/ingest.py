"""Policies -> an index, reading and embedding only what changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tellerbot.errors import Problem
from tellerbot.files import sha256
from tellerbot.knowledge.documents.blocks import DocumentError, DroppedContent
from tellerbot.knowledge.documents.read import check_parsers, check_size, parser_version
from tellerbot.knowledge.index import embedding_text
from tellerbot.knowledge.ingested import DocumentRecord, Ingested, Vectors, load_ingested, save_ingested, stacked
from tellerbot.knowledge.looks import Look, find_looks
from tellerbot.knowledge.passages import WORDS, LengthLimit, Reading, read_policies
from tellerbot.project.policies import Policy
from tellerbot.types import Passage


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingestion did: files by what became of them, and passages in the index.

    By file: what is not in the index (`dropped`), and the figures in it that an editor should look at (`looks`).
    """

    read: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    failed: tuple[Problem, ...]
    passages: int
    dropped: dict[str, tuple[DroppedContent, ...]]
    looks: dict[str, tuple[Look, ...]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A document's share of the index."""

    known: DocumentRecord
    passages: Sequence[Passage]
    vectors: Vectors
    sentences: Vectors


def ingest(
    policies: Sequence[Policy],
    folder: Path,
    embed: Callable[[Sequence[str]], Vectors],
    model_sha256: str,
    room: LengthLimit = WORDS,
) -> Report:
    """Bring the index in `folder` up to `policies`, and report.

    `embed` maps texts to (texts, width) unit vectors, of texts that have `room`; with another `model_sha256` everything
    is embedded again. A document that cannot be read is reported, and nothing of it is in the index; a passage that is
    too long for its vector is, and is reported too. A kill leaves the index as it was.
    One ingestion at a time may work in a folder.
    Raises MissingExtraError when a format's parser is not installed, TellerbotError when the folder cannot be written.
    """
    check_parsers(policy.path for policy in policies)
    kept = _parts(folder, model_sha256)
    old = kept or {}
    known: dict[str, DocumentRecord] = {}
    failed: dict[str, Problem] = {}
    for policy in policies:
        try:
            known[policy.name] = _known(policy)
        except DocumentError as error:
            failed[policy.name] = Problem(str(policy.path), None, error.what, error.remedy)
    same = {name for name, now in known.items() if name in old and _is_same(old[name].known, now)}
    parts = {name: old[name] for name in same}
    changed = [policy for policy in policies if policy.name in known and policy.name not in same]
    good: list[Reading] = []
    for reading in read_policies(changed, room):
        if reading.problem:
            failed[reading.policy.name] = reading.problem
        else:
            good.append(replace(reading, dropped=(*reading.dropped, *_too_long(reading.passages, room))))
    parts |= _embedded(good, known, embed)
    # In the policies' order, whatever was read first.
    ordered = {policy.name: parts[policy.name] for policy in policies if policy.name in parts}
    if kept is None or list(ordered) != list(kept) or not same.issuperset(ordered):
        _save(folder, model_sha256, ordered)
    names = {policy.name for policy in policies}
    return Report(
        read=tuple(reading.policy.path.name for reading in good),
        unchanged=tuple(part.known.file for name, part in ordered.items() if name in same),
        removed=tuple(part.known.file for name, part in old.items() if name not in names),
        failed=tuple(failed[policy.name] for policy in policies if policy.name in failed),
        passages=sum(len(part.passages) for part in ordered.values()),
        dropped={part.known.file: part.known.dropped for part in ordered.values() if part.known.dropped},
        looks={part.known.file: part.known.looks for part in ordered.values() if part.known.looks},
    )


def _known(policy: Policy) -> DocumentRecord:
    """Describe the document as it is now, not yet read. Raises DocumentError when it is gone, empty or too large."""
    check_size(policy.path)
    try:
        digest = sha256(policy.path)
    except OSError as error:
        raise DocumentError(f"Expected a readable file, found: {error.strerror}.", "Give it rights.") from error
    return DocumentRecord(
        policy.path.name, digest, policy.head.model_dump(mode="json"), parser_version(policy.path), 0, 0
    )


def _is_same(old: DocumentRecord, now: DocumentRecord) -> bool:
    return (old.file, old.sha256, old.head, old.parser) == (now.file, now.sha256, now.head, now.parser)


def _parts(folder: Path, model_sha256: str) -> dict[str, _Part] | None:
    """Load the index that is there, by document; None when there is none, or it is damaged or another encoder's."""
    try:
        old = load_ingested(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if old.encoder != model_sha256:
        return None
    parts: dict[str, _Part] = {}
    at = sentence = 0
    for name, known in old.documents.items():
        end, sentence_end = at + known.passages, sentence + known.sentences
        rows = old.vectors[at:end], old.sentences[sentence:sentence_end]
        parts[name] = _Part(known, old.passages[at:end], *rows)
        at, sentence = end, sentence_end
    return parts if (at, at, sentence) == (len(old.passages), len(old.vectors), len(old.sentences)) else None


def _too_long(passages: Sequence[Passage], room: LengthLimit) -> tuple[DroppedContent, ...]:
    """Passages whose end is not in their vectors: a single word, or a heading, took all the room."""
    long = [passage.id for passage in passages if room.length(embedding_text(passage)) > room.limit]
    return (DroppedContent("ends of passages from the vectors", len(long), ", ".join(long)),) if long else ()


def _embedded(
    readings: Sequence[Reading], known: dict[str, DocumentRecord], embed: Callable[[Sequence[str]], Vectors]
) -> dict[str, _Part]:
    """All new texts embedded at once, then dealt out to their documents."""
    if not readings:
        return {}
    passages = [passage for reading in readings for passage in reading.passages]
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    vectors = embed([*map(embedding_text, passages), *sentences])
    counts = [len(reading.passages) for reading in readings]
    counts += [sum(len(passage.sentences) for passage in reading.passages) for reading in readings]
    rows = np.split(vectors, np.cumsum(counts)[:-1])
    return {
        reading.policy.name: _Part(
            replace(
                known[reading.policy.name],
                passages=len(own),
                sentences=len(said),
                dropped=reading.dropped,
                gaps=reading.gaps,
                looks=tuple(find_looks(reading.passages, reading.gaps)),
            ),
            reading.passages,
            own,
            said,
        )
        for reading, own, said in zip(readings, rows, rows[len(readings) :], strict=False)
    }


def _save(folder: Path, model_sha256: str, parts: dict[str, _Part]) -> None:
    save_ingested(
        folder,
        Ingested(
            encoder=model_sha256,
            documents={name: part.known for name, part in parts.items()},
            passages=[passage for part in parts.values() for passage in part.passages],
            vectors=stacked([part.vectors for part in parts.values()]),
            sentences=stacked([part.sentences for part in parts.values()]),
        ),
    )
