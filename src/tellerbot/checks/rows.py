"""Rows that a check of claims is trained and measured on: evidence, a sentence, and whether it is supported."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tellerbot.checks.mistakes import LABELS, OPERATORS, Around, Label, spoil
from tellerbot.checks.paraphrase import join, paraphrase
from tellerbot.checks.words import Part
from tellerbot.errors import DataError

# Sentences shorter than this say too little to be made wrong.
LEAST_CHARACTERS = 25
# The names of VitaminC and FEVER.
_LABELS: Mapping[str, Label] = {
    **{label: label for label in LABELS},
    "SUPPORTS": "supported", "REFUTES": "contradicted", "NOT ENOUGH INFO": "not stated",
}  # fmt: skip
_NAME = re.compile(r"\b[A-Z][a-z]+(?: (?:[A-Z][a-z]+|credit card|debit card|loan))+\b")
# A name of the bank's stands in several sentences.
_LEAST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence beside evidence; `kind` is the mistake in it, or how it was said otherwise."""

    evidence: tuple[str, ...]
    sentence: str
    label: Label
    kind: str

    @property
    def is_supported(self) -> bool:
        """Whether it may be said."""
        return self.label == "supported"


def read_claims(path: Path) -> list[Claim]:
    """Read JSON lines with `evidence` (a text or several), `sentence` or `claim`, `label`, and perhaps `kind`.

    Raises DataError naming the first line that is none.
    """
    claims: list[Claim] = []
    try:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            claims.append(_claim(json.loads(line), f"{path}, line {number}"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected a file of JSON lines, found: {error}. Mend it or name another.") from error
    return claims


def _claim(row: Any, place: str) -> Claim:
    evidence = row.get("evidence") if isinstance(row, dict) else None
    sentence = row.get("sentence", row.get("claim")) if isinstance(row, dict) else None
    texts = [evidence] if isinstance(evidence, str) else evidence
    if not isinstance(sentence, str) or not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        raise DataError(f"{place}: expected evidence and a sentence, found {row!r:.200}. Mend the line.")
    label = _LABELS.get(row.get("label", ""))
    if label is None:
        raise DataError(f"{place}: expected one of the labels {', '.join(_LABELS)}, found {row.get('label')!r}.")
    return Claim(tuple(texts), sentence, label, str(row.get("kind", label)))


def write_claims(documents: Mapping[str, Sequence[Sequence[str]]], count: int, seed: int, part: Part) -> list[Claim]:
    """Make claims over passages, given as sentences by document: up to `count`, a half of them right.

    A sentence beside its own passage is right said otherwise, and wrong with a mistake of each kind in turn, put into
    it as it stands or said otherwise. `part` says which words and forms of mistakes are used.
    """
    rng = random.Random(f"{seed} {part}")  # noqa: S311 - rows are no secrets
    passages = [tuple(passage) for some in documents.values() for passage in some if any(map(_is_enough, passage))]
    if len(passages) < 2:
        raise DataError(f"Expected passages of at least two sections, found {len(passages)}. Add policies.")
    everything = [sentence for passage in passages for sentence in passage if _is_enough(sentence)]
    products = _products(everything)
    right = _right(passages, rng)
    claims: dict[Claim, None] = {}
    made = Counter[str]()
    tries = 0
    while len(claims) < count and tries < 20 * count:
        tries += 1
        if len(claims) % 2 == 0:
            claims[next(right)] = None
            continue
        passage = rng.choice(passages)
        sentence = rng.choice([one for one in passage if _is_enough(one)])
        around = Around([one for one in passage if one != sentence], everything, products)
        # The rarest kind that fits: few sentences have a place for some of them.
        for kind in sorted(OPERATORS, key=lambda kind: (made[kind], rng.random())):
            said = paraphrase(sentence, rng) if rng.random() < 0.5 else sentence
            wrong = spoil(said, kind, around, part, rng)
            if wrong and wrong not in passage:
                label = OPERATORS[kind][1]
                claims[Claim(_evidence(passage, passages, rng), wrong, label, kind)] = None
                made[kind] += 1
                break
    return list(claims)


def _right(passages: Sequence[tuple[str, ...]], rng: random.Random) -> Iterator[Claim]:
    while True:
        passage = rng.choice(passages)
        sentences = [one for one in passage if _is_enough(one)]
        at = rng.randrange(len(sentences))
        drawn = rng.random()
        if drawn < 0.15 and at + 1 < len(sentences):
            said, kind = join(paraphrase(sentences[at], rng), sentences[at + 1], rng), "joined"
        elif drawn < 0.25:
            said, kind = sentences[at], "verbatim"
        else:
            said, kind = paraphrase(sentences[at], rng), "said otherwise"
        yield Claim(_evidence(passage, passages, rng), said, "supported", kind)


def _evidence(passage: tuple[str, ...], passages: Sequence[tuple[str, ...]], rng: random.Random) -> tuple[str, ...]:
    """Return a passage, alone or beside another, as a search brings them."""
    if rng.random() < 0.4:
        return passage
    other = rng.choice(passages)
    return (*passage, *other) if rng.random() < 0.5 else (*other, *passage)


def _is_enough(sentence: str) -> bool:
    return len(sentence) >= LEAST_CHARACTERS and not sentence.endswith(":")


def _products(sentences: Sequence[str]) -> list[str]:
    """Return the names of more than one word that several sentences have."""
    counts = Counter(name for sentence in sentences for name in set(_NAME.findall(sentence[1:])))
    return sorted(name for name, count in counts.items() if count >= _LEAST_NAMED)
