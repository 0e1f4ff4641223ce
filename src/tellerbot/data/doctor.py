"""What may be wrong with labelled utterances, found in the rows themselves (needs the `doctor` extra).

Findings are made from rows whose personal data is masked already, so that no output can show any.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.kinds import KINDS, FindingKind
from tellerbot.data.labels import alike, commonest, means_nothing, shown
from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.data.split import Leak, Pairs
from tellerbot.errors import format_count

FOLDS = 5
# An intent with fewer different utterances can be neither trained nor measured well; one with less than this
# share of the median loses to the others.
FEWEST, LEAN = 10, 1 / 3
# Two intents collapse when this share of their rows, and at least so many, are taken for the other.
CONFUSED_SHARE, CONFUSED_ROWS = 0.05, 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A row to mend: where it stands, its masked text, what is wrong (a kind's name), what to do, how sure (0 to 1).

    `other_file`, `other_line` and `other_label` are those of the row it clashes with, or of the label it is taken for.
    """

    file: str
    line: int
    text: str
    label: str
    finding: str
    suggestion: str
    score: float
    other_file: str | None = None
    other_line: int | None = None
    other_label: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """All that was found of one kind: rows to mend, surest first, and figures (one mapping for each intent, say)."""

    kind: FindingKind
    count: int
    rows: tuple[Finding, ...] = ()
    table: tuple[Mapping[str, str | int | float], ...] = ()
    note: str = ""

    @property
    def severity(self) -> str:
        """The severity of this kind; `none` when nothing was found."""
        return self.kind.severity if self.count else "none"


def section(kind: str, found: Sequence[Finding], note: str = "") -> Section:
    """Return the section of these rows to mend."""
    rows = sorted(found, key=lambda finding: (-finding.score, finding.file, finding.line))
    return Section(KINDS[kind], len(rows), tuple(rows), note=note)


def _finding(row: Row, kind: str, suggestion: str, score: float, other: Row | None = None) -> Finding:
    finding = Finding(row.file, row.line, row.text, row.label, kind, suggestion, score)
    return replace(finding, other_file=other.file, other_line=other.line, other_label=other.label) if other else finding


def find_label_names(rows: Sequence[Row]) -> tuple[Section, Section]:
    """Rows whose label looks like a commoner one, and rows whose label stands for an empty cell."""
    counts = Counter(row.label for row in rows)
    meant: dict[str, str] = {}
    table = []
    for group in alike(counts):
        chosen = commonest(group, counts)
        meant |= {label: chosen for label in group if label != chosen}
        table.append({"labels": " and ".join(map(shown, group)), "rows": sum(counts[label] for label in group)})
    twins = [
        replace(_finding(row, "alike_labels", f"Label it {shown(meant[row.label])}", 1.0), other_label=meant[row.label])
        for row in rows
        if row.label in meant
    ]
    empty = [_finding(row, "empty_labels", "Label it or remove it", 1.0) for row in rows if means_nothing(row.label)]
    return replace(section("alike_labels", twins), table=tuple(table)), section("empty_labels", empty)


def find_repeats(rows: Sequence[Row], pairs: Pairs) -> tuple[Section, Section]:
    """Near-duplicates: of another intent's row (contradictions), of a row of the same intent (repeats).

    Each row is reported once in each section, with the nearest of the rows before it. Rows out of scope may repeat
    each other: they are no intent that would be lopsided.
    """
    found: dict[tuple[int, bool], Finding] = {}
    for at in np.lexsort((pairs.left, -pairs.cosine)).tolist():
        row, other = rows[int(pairs.right[at])], rows[int(pairs.left[at])]
        same = row.label == other.label
        if same and row.label == OUT_OF_SCOPE:
            continue
        kind = "repeat" if same else "contradiction"
        advice = "Remove one of the two" if same else f"Keep it in {row.label} or in {other.label}, not in both"
        finding = _finding(row, kind, advice, float(pairs.cosine[at]), other)
        found.setdefault((int(pairs.right[at]), same), finding)
    contradictions = [finding for (_, same), finding in found.items() if not same]
    repeats = [finding for (_, same), finding in found.items() if same]
    return section("contradiction", contradictions), section("repeat", repeats)


def find_leaking(leaks: Sequence[Leak], mask: Callable[[str], str]) -> Section:
    """Rows that rows to choose by or measure with repeat; `mask` masks their texts."""
    found = [
        _finding(
            replace(leak.known, fields={**leak.known.fields, "text": mask(leak.known.text)}),
            "leak",
            f"Remove it here, or line {leak.row.line} of {leak.row.file}",
            leak.cosine,
            leak.row,
        )
        for leak in leaks
    ]
    return section("leak", found)


def find_personal(rows: Sequence[Row], kinds: Sequence[Sequence[str]]) -> Section:
    """Rows in which personal data of these kinds was masked."""
    found = [
        _finding(row, "personal_data", f"Make up another {' and '.join(some)}", 1.0)
        for row, some in zip(rows, kinds, strict=True)
        if some
    ]
    counts = Counter(kind for some in kinds for kind in some)
    table = tuple({"what": kind, "rows": count} for kind, count in sorted(counts.items()))
    return replace(section("personal_data", found), table=table)


def find_thin(rows: Sequence[Row], groups: NDArray[np.int64]) -> tuple[Section, Section]:
    """Intents with too few different utterances, and those with far fewer than the median intent.

    `groups` (rows,) number the near-duplicates, which count once.
    """
    distinct = _distinct(rows, groups)
    total = Counter(row.label for row in rows)
    del distinct[OUT_OF_SCOPE]
    median = float(np.median(list(distinct.values()))) if distinct else 0.0
    order = sorted(distinct, key=lambda label: (distinct[label], label))
    thin = [label for label in order if distinct[label] < FEWEST]
    lean = [label for label in order if FEWEST <= distinct[label] < LEAN * median]

    def of(kind: str, labels: list[str], note: str) -> Section:
        table = [{"intent": label, "different utterances": distinct[label], "rows": total[label]} for label in labels]
        return Section(KINDS[kind], len(table), table=tuple(table), note=note)

    note = f"The median intent has {median:g} different utterances."
    return of("thin_intent", thin, f"Expected at least {FEWEST}. {note}"), of("lean_intent", lean, note)


def _distinct(rows: Sequence[Row], groups: NDArray[np.int64]) -> Counter[str]:
    """How many groups of near-duplicates each label has."""
    pairs = {(row.label, group) for row, group in zip(rows, groups.tolist(), strict=True)}
    return Counter(label for label, _ in pairs)


@dataclass(frozen=True, slots=True)
class Guesses:
    """What a classifier that has not seen a row makes of it: `probabilities` (rows, labels), of `rows` (positions).

    Rows of labels with fewer than FOLDS groups of near-duplicates are left out: no fold could learn those. So are
    rows out of scope, which have no subject in common: as a label of its own, theirs would draw in all that is unusual.
    """

    rows: list[int]
    labels: list[str]
    probabilities: NDArray[np.float64]


def out_of_fold(
    vectors: NDArray[np.float32],
    rows: Sequence[Row],
    groups: NDArray[np.int64],
    seed: int,
    progress: Callable[[int], None] = lambda folds: None,
) -> Guesses:
    """Probabilities of a logistic regression over unit vectors (rows, width), each from folds without the row.

    Near-duplicates share a fold. Stratified folds of groups; the seed decides them. `progress` hears how many are done.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold

    distinct = _distinct(rows, groups)
    labels = sorted(label for label, count in distinct.items() if count >= FOLDS and label != OUT_OF_SCOPE)
    number = {label: at for at, label in enumerate(labels)}
    kept = [at for at, row in enumerate(rows) if row.label in number]
    probabilities = np.zeros((len(kept), len(labels)))
    if len(labels) < 2:
        return Guesses([], labels, probabilities[:0])
    wanted, inputs = np.array([number[rows[at].label] for at in kept]), vectors[kept]
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for done, (learn, judge) in enumerate(folds.split(inputs, wanted, groups[kept])):
        progress(done)
        # Unit vectors are small: less regularisation than by default.
        model = LogisticRegression(C=10, max_iter=500).fit(inputs[learn], wanted[learn])
        probabilities[np.ix_(judge, model.classes_)] = model.predict_proba(inputs[judge])
    return Guesses(kept, labels, probabilities)


def find_label_errors(rows: Sequence[Row], guesses: Guesses) -> Section:
    """Rows whose label is likely wrong, by confident learning (Northcutt, Jiang and Chuang 2021).

    The score is half of one plus the margin by which the best label is likelier than the given one.
    """
    from cleanlab.filter import find_label_issues

    outside = sum(row.label == OUT_OF_SCOPE for row in rows)
    thin = len(rows) - outside - len(guesses.rows)
    what = [(thin, f"of intents with fewer than {FOLDS} different utterances"), (outside, "out of scope")]
    left_out = " and ".join(f"{format_count(count, 'row')} {which}" for count, which in what if count)
    note = f"Not judged: {left_out}." if left_out else ""
    if not guesses.rows:
        return section("label_error", [], note)
    given = np.array([guesses.labels.index(rows[at].label) for at in guesses.rows])
    # Both of its ways of pruning must agree: as many errors are found, with fewer false alarms.
    issues: Any = find_label_issues(given, guesses.probabilities, filter_by="both", n_jobs=1)
    found = []
    for at in np.flatnonzero(issues).tolist():
        row, chances = rows[guesses.rows[at]], guesses.probabilities[at]
        better = guesses.labels[int(chances.argmax())]
        score = float(1 + chances.max() - chances[given[at]]) / 2
        advice = f"Label it {better}, if that is what it asks for"
        found.append(replace(_finding(row, "label_error", advice, score), other_label=better))
    return section("label_error", found, note)


def find_confused(rows: Sequence[Row], guesses: Guesses) -> Section:
    """Pairs of intents that are taken for each other, both ways, with the rows that are."""
    taken: dict[tuple[str, str], list[int]] = {}
    for at, best in enumerate(guesses.probabilities.argmax(1).tolist() if guesses.rows else []):
        taken.setdefault((rows[guesses.rows[at]].label, guesses.labels[best]), []).append(at)
    total = Counter(rows[at].label for at in guesses.rows)
    found, table = [], []
    for (one, other), there in taken.items():
        back = taken.get((other, one), [])
        share = (len(there) + len(back)) / (total[one] + total[other])
        if one >= other or not back or len(there) + len(back) < CONFUSED_ROWS or share < CONFUSED_SHARE:
            continue
        table.append(
            {
                "intent": one,
                "other intent": other,
                "taken for the other": len(there) / total[one],
                "the other taken for it": len(back) / total[other],
                "rows": len(there) + len(back),
                "share of both": share,
            }
        )
        for some, meant in ((there, other), (back, one)):
            for at in some:
                row, chances = rows[guesses.rows[at]], guesses.probabilities[at]
                advice = f"Merge {one} and {other}, or word it so that only {row.label} fits"
                finding = _finding(row, "confused_intents", advice, float(chances.max()))
                found.append(replace(finding, other_label=meant))
    table.sort(key=lambda pair: (-pair["share of both"], pair["intent"], pair["other intent"]))
    return replace(section("confused_intents", found), count=len(table), table=tuple(table))
