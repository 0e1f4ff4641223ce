"""What is checked of a project's wording before it is trained on and built."""

from pathlib import Path

import pytest

from tellerbot.errors import DataError
from tellerbot.project.load import load_project
from tellerbot.project.scaffold import init_project
from tellerbot.release.check import check_project


@pytest.mark.parametrize(("key", "message", "mistake"), [
    ("hand_off_later", "Back {opens_day:label} at {opens_time:time}.", None),
    ("hand_off_later", "Call {phone:phone}.", "found {phone:phone}"),
    ("hand_off_phone", "Call {phone:phone}.", None),
    ("agent_joined", "{agent} is here.", None),
    ("unknown", "Call {support_phone:phone}.", "filled here (none), found {support_phone:phone}"),
])  # fmt: skip
def test_a_message_has_no_placeholder_that_nothing_fills(
    tmp_path: Path, key: str, message: str, mistake: str | None
) -> None:
    init_project(tmp_path / "bank")
    path = tmp_path / "bank" / "assistant.yaml"
    path.write_text(path.read_text().replace("  sign_in: |", f'  {key}: "{message}"\n  sign_in: |'))
    project = load_project(tmp_path / "bank")
    if mistake is None:
        check_project(project)
        return
    with pytest.raises(DataError) as caught:
        check_project(project)
    assert len(caught.value.problems) == 1 and mistake in str(caught.value) and "assistant.yaml:" in str(caught.value)
