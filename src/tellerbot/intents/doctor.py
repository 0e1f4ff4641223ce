"""Looks labelled utterances over, with an encoder's help (needs the `doctor` extra)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.doctor import (
    FOLDS,
    Section,
    find_confused,
    find_label_errors,
    find_label_names,
    find_leaking,
    find_personal,
    find_repeats,
    find_thin,
    out_of_fold,
)
from tellerbot.data.doctor_report import Diagnosis
from tellerbot.data.kinds import KINDS
from tellerbot.data.noise import noisy, one_typo
from tellerbot.data.read import OUT_OF_SCOPE, Row, plain_label, read_rows
from tellerbot.data.split import find_leaks, join_pairs, near_duplicate_pairs
from tellerbot.errors import MissingExtraError
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.predict import IntentPredictor
from tellerbot.intents.rows import load_labelled
from tellerbot.intents.seen import find_seen
from tellerbot.training.folders import Run, open_run
from tellerbot.types import MaskedText
from tellerbot.weights import resolve

Thing = TypeVar("Thing")
SEED = 0
# Unseen rows this close (cosine of the frozen encoder) to a seen row of their intent are near paraphrases.
NEAR_PARAPHRASE = 0.8
# Rows that are embedded before the progress is shown.
PIECE = 512
# Accuracy that lags behind that on seen rows by more than this, beyond two standard errors, counts as a finding.
GAP = 0.05


def examine(
    data: Path,
    mask: Callable[[str], MaskedText],
    *,
    model: str = IntentsConfig().model,
    run: Path | None = None,
    validation: Path | None = None,
    test: Path | None = None,
    progress: Callable[[int, int, str], None] = lambda step, steps, note: None,
) -> Diagnosis:
    """Look for what is wrong with a file of labelled utterances or a project's.

    `mask` finds personal data; only masked texts are in the diagnosis. `model` names the frozen encoder that rows
    are compared with; `run` adds how far its model has memorised its rows, `validation` and `test` the rows that leak.
    `progress` hears (step, steps, note) all along. The same rows give the same diagnosis.

    Raises DataError for unreadable rows, ArtefactError when there is no such model or run.
    """
    progress(0, 1, "reading")
    try:
        import cleanlab  # noqa: F401 - better an error now than after a minute's work

        from tellerbot.encoder.model import PooledEncoder, embed, load_tokenizer
    except ImportError as error:
        raise MissingExtraError("The data doctor", "doctor") from error
    labelled = load_labelled(data)
    rows = [row.named(plain_label(row.label)) for row in labelled.file.rows]
    finished = open_run(run, "intents") if run else None
    others = [read_rows(path, "intents").rows for path in (validation, test) if path]
    folder = resolve(model)
    stages = _Stages(progress, len(rows))
    masked = [mask(row.text) for row in stages.each(rows, "masking")]
    shown = [replace(row, fields={"text": to.text, "label": row.label}) for row, to in zip(rows, masked, strict=True)]
    sections = [*find_label_names(shown), find_personal(shown, [to.kinds for to in masked])]

    stages.at(0, "near-duplicates")
    pairs = near_duplicate_pairs([row.text for row in rows])
    groups = join_pairs(pairs, len(rows))
    sections += [*find_repeats(shown, pairs), *find_thin(shown, groups)]
    if others:
        sections.append(find_leaking(find_leaks(rows, *others), lambda text: mask(text).text))

    stages.finish()
    tokenizer, encoder = load_tokenizer(folder, IntentsConfig().max_tokens), PooledEncoder(folder)
    vectors = np.zeros((len(rows), encoder.width), np.float32)
    # Nothing is asked of those out of scope. Texts of about one length are the quickest together.
    inside = sorted(_in_scope(rows), key=lambda at: len(rows[at].text))
    pieces = [inside[at : at + PIECE] for at in range(0, len(inside), PIECE)]
    for piece in stages.each(pieces, "vectors"):
        vectors[piece] = embed(encoder, tokenizer, [rows[at].text for at in piece]).numpy()
    guesses = out_of_fold(vectors, shown, groups, SEED, lambda done: stages.at(done / FOLDS, "label errors"))
    sections += [find_label_errors(shown, guesses), find_confused(shown, guesses)]
    if finished:
        stages.at(1, "memorised rows")
        sections.append(find_memorised(finished, rows, vectors))
    progress(1, 1, "")
    order = list(KINDS)
    sections.sort(key=lambda part: order.index(part.kind.name))
    return Diagnosis(labelled.detected, len(rows), len({row.label for row in rows} - {OUT_OF_SCOPE}), sections)


def _in_scope(rows: Sequence[Row]) -> list[int]:
    return [at for at, row in enumerate(rows) if row.label != OUT_OF_SCOPE]


@dataclass(slots=True)
class _Stages:
    """Tells how far four stages are, each as long as the rows are many."""

    progress: Callable[[int, int, str], None]
    rows: int
    done: int = 0

    def at(self, share: float, note: str) -> None:
        """Report that a share of the current stage is done."""
        self.progress(int((self.done + share) * self.rows), 4 * self.rows, note)

    def finish(self) -> None:
        self.done += 1

    def each(self, things: Sequence[Thing], note: str) -> Iterator[Thing]:
        """Yield the things one by one and report how many are done; then finish the stage."""
        for number, thing in enumerate(things):
            if number % max(1, len(things) // 100) == 0:
                self.at(number / len(things), note)
            yield thing
        self.finish()


def find_memorised(run: Run, rows: Sequence[Row], vectors: NDArray[np.float32]) -> Section:
    """Accuracy and mean confidence of the run's exported model on seen rows, near ones and others, all in scope.

    Seen rows are those it was trained on. `vectors` (rows, width) are the frozen encoder's, of length one. Rows of
    intents that the model does not know and validation rows, which it was tuned on, are left out. Counted are the
    sets of rows on which it is clearly less accurate than on seen rows (see GAP).
    """
    predictor = IntentPredictor.open(run.model)
    trained, validated = find_seen(run, [row.text for row in rows])
    known = [at for at, row in enumerate(rows) if row.label in predictor.labels and not validated[at]]
    seen = [at for at in known if trained[at]]
    unseen = sorted(set(known) - set(seen))
    of = {label: vectors[[at for at in seen if rows[at].label == label]] for label in {rows[at].label for at in seen}}
    near = [at for at in unseen if rows[at].label in of and (of[rows[at].label] @ vectors[at]).max() >= NEAR_PARAPHRASE]
    far = sorted(set(unseen) - set(near))
    texts = {at: rows[at].text for at in known}
    reworded = dict(zip(seen, noisy([texts[at] for at in seen], one_typo, SEED), strict=True))
    table, count, reference = [], 0, None
    for name, some, wording in (
        ("seen", seen, texts),
        ("seen, with one typing slip", seen, reworded),
        ("unseen, near a seen row", near, texts),
        ("unseen, further away", far, texts),
    ):
        if not some:
            continue
        results = predictor.understand([wording[at] for at in some])
        right = float(np.mean([result.intent == rows[at].label for result, at in zip(results, some, strict=True)]))
        confidence = float(np.mean([result.confidence for result in results]))
        table.append({"rows that are": name, "rows": len(some), "accuracy": right, "mean confidence": confidence})
        if seen:
            reference = reference or (right, len(some))
            table[-1]["less accurate than on seen rows by"] = reference[0] - right
            count += _lags(reference, (right, len(some)))
    note = (
        f"Left out are {validated.sum()} rows that {run.name} was tuned on, and {(~validated).sum() - len(known)} that "
        "are out of scope or of intents that it does not know."
    )
    if not seen:
        note = f"None of these rows stood in the training rows of {run.name}. {note}"
    return Section(KINDS["memorised"], count, table=tuple(table), note=note)


def _lags(reference: tuple[float, int], other: tuple[float, int]) -> bool:
    """Whether the second of two (accuracy, rows) is clearly lower."""
    gap = reference[0] - other[0]
    error = sqrt(sum(share * (1 - share) / count for share, count in (reference, other)))
    return gap > max(GAP, 2 * error)
