"""Seeded, stratified splits that keep near-duplicates together, and the leak check."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

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
        kept.setdefault((fingerprint(row.text), label), Row({"text": row.text, "label": label}, row.line))
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


def near_duplicate_groups(texts: Sequence[str]) -> NDArray[np.int64]:
    """(texts,) group numbers: texts joined by a chain of near-duplicates share one."""
    try:
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as error:
        raise MissingExtraError("Splitting data", "eval") from error
    if not texts:
        return np.zeros(0, dtype=np.int64)

    prints = [fingerprint(text) for text in texts]
    matrix = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit_transform(prints)
    left: list[NDArray[np.int64]] = []
    right: list[NDArray[np.int64]] = []
    for start in range(0, len(texts), 1000):
        near = (matrix[start : start + 1000] @ matrix.T).tocoo()
        close = near.data >= NEAR_DUPLICATE
        left.append(near.row[close].astype(np.int64) + start)
        right.append(near.col[close].astype(np.int64))
    rows, columns = np.concatenate(left), np.concatenate(right)
    graph = coo_matrix((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(len(texts), len(texts)))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def refuse_leaks(train: RowFile, valid: RowFile) -> None:
    """Raise DataError when validation rows stand in the training rows (but for case and punctuation)."""
    seen = {fingerprint(row.text): row.line for row in train.rows}
    problems = [
        Problem(
            str(valid.path),
            row.line,
            f"{row.text!r} also stands in {train.path.name}:{seen[fingerprint(row.text)]}.",
            "Remove it from one of the two.",
        )
        for row in valid.rows
        if fingerprint(row.text) in seen
    ]
    if problems:
        raise DataError(
            f"{valid.path}: {len(problems)} of {len(valid.rows)} validation rows stand in the training rows, so "
            "figures measured on them would say nothing.",
            problems,
        )
