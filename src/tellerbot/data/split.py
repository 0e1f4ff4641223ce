"""Seeded, stratified splits that keep near-duplicates together, and the leak check."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.read import OUT_OF_SCOPE, Row, RowFile, plain_label
from tellerbot.errors import DataError, MissingExtraError, Problem

# Cosine of character 2- to 4-gram TF-IDF from which two texts count as the same text, lightly edited.
NEAR_DUPLICATE = 0.9


def fingerprint(text: str) -> str:
    """The text without case, accents' encoding, punctuation and spacing: equal for trivially equal texts."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", " ", folded).strip() or folded.strip()


def check_intents(file: RowFile) -> list[Row]:
    """Rows fit for training: labels named consistently, repeated rows dropped.

    Raises DataError when an intent has fewer than three different utterances (one each to train on, to
    choose by and to measure with) or there is only one intent.
    """
    kept: dict[tuple[str, str], Row] = {}
    for row in file.rows:
        label = plain_label(row.label)
        kept.setdefault((fingerprint(row.text), label), row.named(label))
    rows = list(kept.values())
    counts = Counter(row.label for row in rows)
    first = {row.label: row.line for row in reversed(rows)}
    problems = [
        Problem(
            str(file.path),
            first[label],
            f"Intent {label!r} has {count} different utterance{'s' if count > 1 else ''}, expected at least 3.",
            "Add utterances or remove the intent.",
        )
        for label, count in counts.items()
        if count < 3 and label != OUT_OF_SCOPE
    ]
    if problems:
        raise DataError(f"{file.path}: {len(problems)} intents are too thin to train and measure.", problems)
    if len(counts.keys() - {OUT_OF_SCOPE}) < 2:
        raise DataError(f"{file.path}: expected at least two intents, found {len(counts.keys() - {OUT_OF_SCOPE})}.")
    return rows


def split_rows(rows: Sequence[Row], fractions: Sequence[float], seed: int) -> list[list[Row]]:
    """Split into parts of about these fractions (which add up to 1), each with every label in proportion.

    Near-duplicates always fall into the same part; the first part takes what is left over. Raises DataError
    when there are too few different utterances to fill every part.
    """
    rng = np.random.default_rng(seed)
    members: dict[int, list[Row]] = {}
    for row, group in zip(rows, near_duplicate_groups([row.text for row in rows]).tolist(), strict=True):
        members.setdefault(group, []).append(row)
    by_label: dict[str, list[list[Row]]] = {}
    for group in members.values():
        by_label.setdefault(group[0].label, []).append(group)
    parts: list[list[Row]] = [[] for _ in fractions]
    for _, groups in sorted(by_label.items()):
        left = [groups[at] for at in rng.permutation(len(groups))]
        total = sum(len(group) for group in groups)
        for at in range(len(fractions) - 1, 0, -1):
            wanted, taken = max(1, round(fractions[at] * total)), 0
            # Each part before this one must still get a group of the label.
            while taken < wanted and len(left) > at:
                group = left.pop()
                parts[at] += group
                taken += len(group)
        parts[0] += [row for group in left for row in group]
    if not all(any(row.label != OUT_OF_SCOPE for row in part) for part in parts):
        raise DataError(
            f"Expected enough different utterances for {len(fractions)} parts, found {len(members)} that are not "
            "near-duplicates of each other. Add varied utterances."
        )
    order = {id(row): at for at, row in enumerate(rows)}
    return [sorted(part, key=lambda row: order[id(row)]) for part in parts]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Near-duplicates: positions in the texts, and cosines from `NEAR_DUPLICATE` to 1, each of shape (pairs,)."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    cosine: NDArray[np.float64]


def near_duplicate_groups(texts: Sequence[str]) -> NDArray[np.int64]:
    """(texts,) group numbers: texts joined by a chain of near-duplicates share one."""
    return join_pairs(near_duplicate_pairs(texts), len(texts))


def near_duplicate_pairs(texts: Sequence[str]) -> Pairs:
    """Every two texts of which one is the other, lightly edited; `left` stands before `right`."""
    vectors = _vectors(texts)
    pairs = _near(vectors, vectors)
    first = pairs.left < pairs.right
    return Pairs(pairs.left[first], pairs.right[first], pairs.cosine[first])


def join_pairs(pairs: Pairs, count: int) -> NDArray[np.int64]:
    """(count,) group numbers of the texts that these pairs join, directly or by a chain."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = (np.ones(len(pairs.left), dtype=bool), (pairs.left, pairs.right))
    return connected_components(coo_matrix(edges, shape=(count, count)), directed=False)[1].astype(np.int64)


def _vectors(texts: Sequence[str]) -> Any:
    """(texts, n-grams) sparse unit rows."""
    try:
        from scipy.sparse import csr_matrix
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as error:
        raise MissingExtraError("Looking for near-duplicates", "eval") from error
    if not texts:
        return csr_matrix((0, 0))
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit_transform(map(fingerprint, texts))


def _near(left: Any, right: Any) -> Pairs:
    """The near-duplicates of the rows of one matrix of vectors among the rows of another."""
    others = right.T.tocsr()
    found = [Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for start in range(0, left.shape[0], 1000):
        near = (left[start : start + 1000] @ others).tocoo()
        close = near.data >= NEAR_DUPLICATE
        # Rounding can lift the cosine of equal texts over 1.
        found.append(Pairs(near.row[close] + start, near.col[close], near.data[close].clip(max=1)))
    return Pairs(*(np.concatenate([getattr(pairs, name) for pairs in found]) for name in ("left", "right", "cosine")))


@dataclass(frozen=True, slots=True)
class Leak:
    """A validation row and the training row that it is, or nearly is (`cosine` from `NEAR_DUPLICATE` to 1)."""

    valid: Row
    train: Row
    cosine: float


def find_leaks(train: Sequence[Row], valid: Sequence[Row]) -> list[Leak]:
    """The validation rows that stand in the training rows, lightly edited at most, each with the nearest of them."""
    vectors = _vectors([row.text for row in (*valid, *train)])
    pairs = _near(vectors[: len(valid)], vectors[len(valid) :])
    nearest: dict[int, Leak] = {}
    for at in np.lexsort((pairs.right, -pairs.cosine)).tolist():
        leak = Leak(valid[int(pairs.left[at])], train[int(pairs.right[at])], float(pairs.cosine[at]))
        nearest.setdefault(int(pairs.left[at]), leak)
    return [nearest[at] for at in sorted(nearest)]


def refuse_leaks(train: RowFile, valid: RowFile) -> None:
    """Raise DataError when validation rows stand in the training rows, lightly edited at most."""
    leaks = find_leaks(train.rows, valid.rows)
    problems = [
        Problem(
            str(valid.path),
            leak.valid.line,
            f"{leak.valid.text!r} also stands in {train.path.name}:{leak.train.line}{_as(leak)}.",
            "Remove it from one of the two.",
        )
        for leak in leaks
    ]
    if problems:
        raise DataError(
            f"{valid.path}: {len(problems)} of {len(valid.rows)} validation rows stand in the training rows, so "
            "figures measured on them would say nothing. Remove them, or train with `allow_leaks: true`.",
            problems,
        )


def _as(leak: Leak) -> str:
    same = fingerprint(leak.valid.text) == fingerprint(leak.train.text)
    return "" if same else f", nearly the same: {leak.train.text!r}"
