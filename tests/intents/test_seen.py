"""Rows that a run has seen are told by short hashes of their texts."""

import json
from pathlib import Path
from typing import Any

import pytest

from tellerbot.data.read import Row
from tellerbot.errors import ArtefactError
from tellerbot.intents.seen import find_seen, seen_marks
from tellerbot.training.folders import Run


def keep(folder: Path, data: Any) -> Run:
    (folder / "data.json").write_text(json.dumps(data))
    return Run(folder)


def rows(*texts: str) -> list[Row]:
    return [Row({"text": text, "label": "a"}, 1) for text in texts]


def test_training_rows_and_the_other_validation_rows_are_told_whatever_their_case_and_punctuation(
    tmp_path: Path,
) -> None:
    run = keep(tmp_path, {"seen": seen_marks(rows("Lost card", "my balance"), rows("my balance?", "pay Bob"))})
    trained, validated = find_seen(run, ["LOST card!", "My balance.", "pay  bob", "pay bobby"])
    assert trained.tolist() == [True, True, False, False] and validated.tolist() == [False, False, True, False]
    assert "balance" not in (tmp_path / "data.json").read_text()


@pytest.mark.parametrize("data", [{}, {"seen": ["0123456789abcdef"]}, {"seen": {"train": []}}])
def test_a_run_that_does_not_tell_is_no_crash(tmp_path: Path, data: Any) -> None:
    with pytest.raises(ArtefactError, match=r"expected the marks of training and validation rows in data\.json"):
        find_seen(keep(tmp_path, data), ["lost card"])
