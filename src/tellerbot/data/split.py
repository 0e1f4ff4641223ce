"""Seeded, stratified splits that keep near-duplicates together, and the leak check."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.characters import plain_letters
from tellerbot.data.labels import refuse_labels
from tellerbot.data.read import OUT_OF_SCOPE, Row, RowFile, plain_label
from tellerbot.errors import DataError, MissingExtraError, Problem

# Cosine of character 2- to 4-gram TF-IDF from which two texts count as the same text, lightly edited.
NEAR_DUPLICATE = 0.9
# A character group that a larger share of the texts hold is common.
_COMMON = 0.02


def fingerprint(text: str) -> str:
    """Return the text without case, accents' encoding, punctuation and spacing: equal for trivially equal texts."""
    folded = plain_letters(text).casefold()
    return re.sub(r"[\W_]+", " ", folded).strip() or folded.strip()


def check_intents(file: RowFile) -> list[Row]:
    """Rows fit for training: labels named consistently, repeated rows dropped.

    Raises DataError for labels that look alike or mean nothing (see `labels`), when an intent has fewer than three
    different utterances (one each to train on, to choose by and to measure with) or there is only one intent.
    """
    named = [row.named(plain_label(row.label)) for row in file.rows]
    refuse_labels(file.path, named)
    kept: dict[tuple[str, str], Row] = {}
    for row in named:
        kept.setdefault((fingerprint(row.text), row.label), row)
    rows = list(kept.values())
    counts = Counter(row.label for row in rows)
    first = {row.label: row for row in reversed(rows)}
    problems = [
        Problem(
            first[label].file,
            first[label].line,
            f"Intent {label!r} has {count} different utterance{'s' if count > 1 else ''}, expected at least 3.",
            "Add utterances or remove the intent.",
        )
        for label, count in counts.items()
        if count < 3 and label != OUT_OF_SCOPE
    ]
    if problems:
        raise DataError(f"{file.path}: {len(problems)} intents are too thin to train and measure.", problems)
    if len(counts.keys() - {OUT_OF_SCOPE}) < 2:
        raise DataError(
            f"{file.path}: expected at least two intents, found {len(counts.keys() - {OUT_OF_SCOPE})}. "
            "Label some rows with another intent."
        )
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
            wanted = max(1, round(fractions[at] * total))
            chosen = _fill(left, wanted, len(left) - at)
            parts[at] += [row for group in chosen for row in group]
            taken = {id(group) for group in chosen}
            left = [group for group in left if id(group) not in taken]
        parts[0] += [row for group in left for row in group]
    if not all(any(row.label != OUT_OF_SCOPE for row in part) for part in parts):
        raise DataError(
            f"Expected enough different utterances for {len(fractions)} parts, found {len(members)} that are not "
            "near-duplicates of each other. Add varied utterances."
        )
    order = {id(row): at for at, row in enumerate(rows)}
    return [sorted(part, key=lambda row: order[id(row)]) for part in parts]


def _fill(groups: Sequence[list[Row]], wanted: int, most: int) -> list[list[Row]]:
    """At most `most` of the groups, the last first, that hold `wanted` rows between them, or nearly so.

    A group that is too large stays out, or one of many near-duplicates would be all a part has of its label; where
    every group is, the smallest goes in.
    """
    chosen: list[list[Row]] = []
    room = wanted
    for group in reversed(groups):
        if len(chosen) < most and len(group) <= room:
            chosen.append(group)
            room -= len(group)
    return chosen or ([min(groups, key=len)] if most > 0 else [])


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
    """Every two texts of which one is the other, lightly edited; `left` comes before `right`."""
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
    """Find the near-duplicates of the rows of one matrix of vectors among the rows of another.

    Most pairs share none but common character groups. Only those whose cosine could reach `NEAR_DUPLICATE` by what
    their rare groups add up to, and what their common ones could at most, are multiplied out.
    """
    is_common = right.getnnz(axis=0) > _COMMON * right.shape[0]
    rare, others = left[:, ~is_common], right[:, ~is_common].T.tocsr()
    most_left, most_right = _lengths(left[:, is_common]), _lengths(right[:, is_common])
    found = [Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for start in range(0, left.shape[0], 1000):
        near = (rare[start : start + 1000] @ others).tocoo()
        rows = near.row + start
        possible = near.data + most_left[rows] * most_right[near.col] >= NEAR_DUPLICATE
        found.append(_multiplied(left, right, rows[possible], near.col[possible]))
    # Texts of next to nothing but common groups may be alike without a rare one.
    plain_left, plain_right = (np.flatnonzero(most >= NEAR_DUPLICATE) for most in (most_left, most_right))
    for start in range(0, len(plain_left), 1000):
        some = plain_left[start : start + 1000]
        rows, columns = np.nonzero((rare[some] @ others[:, plain_right]).toarray() == 0)
        found.append(_multiplied(left, right, some[rows], plain_right[columns]))
    return Pairs(*(np.concatenate([getattr(pairs, name) for pairs in found]) for name in ("left", "right", "cosine")))


def _lengths(vectors: Any) -> NDArray[np.float64]:
    """(rows,) the length of each row."""
    return np.sqrt(np.asarray(vectors.multiply(vectors).sum(1)).ravel())


def _multiplied(left: Any, right: Any, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Pairs:
    """Those of the pairs that are near-duplicates."""
    # In pieces: texts from a few templates are all alike.
    pieces = range(0, len(rows), 100_000)
    parts = [left[rows[at : at + 100_000]].multiply(right[columns[at : at + 100_000]]).sum(1) for at in pieces]
    cosines = np.concatenate([np.zeros(0), *(np.asarray(part).ravel() for part in parts)])
    close = cosines >= NEAR_DUPLICATE
    # Rounding can lift the cosine of equal texts over 1.
    return Pairs(rows[close], columns[close], cosines[close].clip(max=1))


@dataclass(frozen=True, slots=True)
class Leak:
    """A row to choose by or measure with, and the one it is, or nearly is (`cosine` from `NEAR_DUPLICATE` to 1)."""

    row: Row
    known: Row
    cosine: float


def find_leaks(train: Sequence[Row], *others: Sequence[Row]) -> list[Leak]:
    """Find rows of the others that repeat, at most lightly edited, a row of `train` or of an earlier one of `others`.

    Each is given once, with the nearest of those rows.
    """
    rows = [row for part in (train, *others) for row in part]
    vectors = _vectors([row.text for row in rows])
    leaks: list[Leak] = []
    start = len(train)
    for part in others:
        pairs = _near(vectors[start : start + len(part)], vectors[:start])
        nearest: dict[int, Leak] = {}
        for at in np.lexsort((pairs.right, -pairs.cosine)).tolist():
            leak = Leak(part[int(pairs.left[at])], rows[int(pairs.right[at])], float(pairs.cosine[at]))
            nearest.setdefault(int(pairs.left[at]), leak)
        leaks += [nearest[at] for at in sorted(nearest)]
        start += len(part)
    return leaks


def refuse_leaks(leaks: Sequence[Leak]) -> None:
    """Raise DataError when there are any. It names lines and no text, for customers wrote those."""
    problems = [
        Problem(
            leak.row.file,
            leak.row.line,
            f"{_how(leak)} {leak.known.file}:{leak.known.line}.",
            "Remove it from one of the two.",
        )
        for leak in leaks
    ]
    if problems:
        files = ", ".join(dict.fromkeys(problem.file for problem in problems))
        raise DataError(
            f"{files}: {len(problems)} rows are in other rows too, lightly edited at most, so figures measured on "
            "them would say nothing. Remove them, or train with `allow_leaks: true`.",
            problems,
        )


def _how(leak: Leak) -> str:
    same = fingerprint(leak.row.text) == fingerprint(leak.known.text)
    return "It is also in" if same else f"It is nearly (cosine {leak.cosine:.2f})"
