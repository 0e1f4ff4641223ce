"""How varied rows of replies are: repeats, distinct n-grams and near-duplicates."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from tellerbot.data.split import fingerprint, near_duplicate_groups
from tellerbot.errors import DataError

# A text set is refused with less of one of these, or more near-duplicates.
LEAST_UNIQUE, LEAST_DISTINCT, MOST_NEAR = 0.98, 0.05, 0.20
# Comparing every text with every other grows with the square: a sample says as much.
COMPARED = 4000


@dataclass(frozen=True, slots=True)
class Diversity:
    """`unique` is the share of rows whose prompt and completion no other row has; `distinct_1` to `distinct_3` are
    different n-grams among all n-grams of the customers' messages (Li et al., NAACL 2016); `near_duplicates` is the
    share of messages that nearly repeat another (`split.NEAR_DUPLICATE`), over at most `COMPARED` of them.
    """

    rows: int
    unique: float
    distinct_1: float
    distinct_2: float
    distinct_3: float
    near_duplicates: float

    def lines(self) -> list[str]:
        """The figures for people."""
        return [
            f"{name.replace('_', ' ')}: {value:,}"
            if isinstance(value, int)
            else f"{name.replace('_', ' ')}: {value:.1%}"
            for name, value in asdict(self).items()
        ]


def measure_diversity(rows: Sequence[tuple[str, str]], messages: Sequence[str], seed: int = 0) -> Diversity:
    """Figures of (prompt, completion) rows and their customers' messages (needs the `eval` extra)."""
    counts: dict[tuple[str, str], int] = {}
    for prompt, completion in rows:
        key = (fingerprint(prompt), fingerprint(completion))
        counts[key] = counts.get(key, 0) + 1
    texts = [re.findall(r"\w+", message.lower()) for message in messages]
    shares = []
    for size in (1, 2, 3):
        grams = [tuple(words[at : at + size]) for words in texts for at in range(len(words) - size + 1)]
        shares.append(len(set(grams)) / max(1, len(grams)))
    some: list[int] = np.random.default_rng(seed).permutation(len(messages))[:COMPARED].tolist()
    groups = near_duplicate_groups([messages[at] for at in some])
    near = 1 - len(set(groups.tolist())) / max(1, len(some))
    unique = sum(1 for count in counts.values() if count == 1) / max(1, len(rows))
    return Diversity(len(rows), unique, shares[0], shares[1], shares[2], near)


def require_variety(found: Diversity) -> None:
    """Raise DataError for rows that repeat themselves."""
    faults = []
    if found.unique < LEAST_UNIQUE:
        faults.append(f"{found.unique:.1%} of the rows are unique, expected at least {LEAST_UNIQUE:.0%}")
    if found.distinct_2 < LEAST_DISTINCT:
        faults.append(f"{found.distinct_2:.1%} of the word pairs are distinct, expected at least {LEAST_DISTINCT:.0%}")
    if found.near_duplicates > MOST_NEAR:
        faults.append(
            f"{found.near_duplicates:.1%} of the messages nearly repeat another, expected at most {MOST_NEAR:.0%}"
        )
    if faults:
        raise DataError(
            f"The rows repeat themselves: {'; '.join(faults)}. Ask for fewer rows, or add utterances to the project."
        )
