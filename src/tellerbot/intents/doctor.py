"""Looks labelled utterances over, with an encoder's help (needs the `doctor` extra)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.doctor import (
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
from tellerbot.training.run import Run, open_run
from tellerbot.weights import resolve

SEED = 0
# Unseen rows this close (cosine of the frozen encoder) to a seen row of their intent are near paraphrases.
NEAR_PARAPHRASE = 0.8
# Accuracy that lags behind that on seen rows by more than this, beyond two standard errors, counts as a finding.
GAP = 0.05


class Masked(Protocol):
    """A text with its personal data masked, and the kinds that were found."""

    @property
    def text(self) -> str: ...
    @property
    def kinds(self) -> tuple[str, ...]: ...


def examine(
    data: Path,
    mask: Callable[[str], Masked],
    *,
    model: str = IntentsConfig().model,
    run: Path | None = None,
    valid: Path | None = None,
    test: Path | None = None,
    progress: Callable[[int, int, str], None] = lambda step, steps, note: None,
) -> Diagnosis:
    """Look for what is wrong with a file of labelled utterances or a project's.

    `mask` finds personal data; only masked texts are in the diagnosis. `model` names the frozen encoder that rows
    are compared with; `run` adds how far its model has memorised its rows, `valid` and `test` the rows that leak. The
    same rows give the same diagnosis.

    Raises DataError for unreadable rows, ArtefactError when there is no such model or run.
    """
    try:
        import cleanlab  # noqa: F401 - better told now than after a minute's work

        from tellerbot.encoder.model import PooledEncoder, embed, load_tokenizer
    except ImportError as error:
        raise MissingExtraError("The data doctor", "doctor") from error
    steps = 4
    labelled = load_labelled(data)
    rows = [row.named(plain_label(row.label)) for row in labelled.file.rows]
    finished = open_run(run, "intents") if run else None
    others = [read_rows(path, "intents").rows for path in (valid, test) if path]
    folder = resolve(model)
    progress(0, steps, "masking")
    masked = [mask(row.text) for row in rows]
    shown = [replace(row, fields={"text": to.text, "label": row.label}) for row, to in zip(rows, masked, strict=True)]
    sections = [*find_label_names(shown), find_personal(shown, [to.kinds for to in masked])]

    progress(1, steps, "near-duplicates")
    pairs = near_duplicate_pairs([row.text for row in rows])
    groups = join_pairs(pairs, len(rows))
    sections += [*find_repeats(shown, pairs), *find_thin(shown, groups)]
    if others:
        sections.append(find_leaking(find_leaks(rows, *others), lambda text: mask(text).text))

    progress(2, steps, "vectors")
    tokenizer = load_tokenizer(folder, IntentsConfig().max_tokens)
    vectors = embed(PooledEncoder(folder), tokenizer, [row.text for row in rows]).numpy()
    progress(3, steps, "label errors")
    guesses = out_of_fold(vectors, shown, groups, SEED)
    sections += [find_label_errors(shown, guesses), find_confused(shown, guesses)]
    if finished:
        sections.append(find_memorised(finished, rows, vectors))
    progress(steps, steps, "")
    order = list(KINDS)
    sections.sort(key=lambda part: order.index(part.kind.name))
    return Diagnosis(labelled.detected, len(rows), len({row.label for row in rows} - {OUT_OF_SCOPE}), sections)


def find_memorised(run: Run, rows: Sequence[Row], vectors: NDArray[np.float32]) -> Section:
    """Accuracy and mean confidence of the run's exported model on seen rows, near ones and others, all in scope.

    Seen rows are those it was trained on. `vectors` (rows, width) are the frozen encoder's, of length one. Rows of
    intents that the model does not know and validation rows, which it was tuned on, are left out. Counted are the
    sets of rows on which it is clearly less accurate than on seen rows (see GAP).
    """
    predictor = IntentPredictor(run.model)
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
