"""What of a project's wording stops a build: each mistake with its file, its line and what to do."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from tellerbot.errors import DataError, Problem
from tellerbot.project.load import load_project
from tellerbot.project.scaffold import init_project
from tellerbot.release.check import check_project

Reword = Callable[[str, str, str], tuple[int, tuple[Problem, ...]]]
DEMO = Path(str(files("tellerbot.project") / "demo"))


@pytest.fixture
def reword(tmp_path: Path) -> Reword:
    """Write something else into a file of a copy of the demo; gives its line, and the mistakes found."""

    def check(file: str, old: str, new: str) -> tuple[int, tuple[Problem, ...]]:
        init_project(tmp_path / "bank")
        path = tmp_path / "bank" / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), "utf-8")
        try:
            check_project(load_project(tmp_path / "bank"))
        except DataError as error:
            return text[: text.index(old)].count("\n") + 1, error.problems
        return 0, ()

    return check


@pytest.mark.slow
def test_the_demo_has_no_mistakes() -> None:
    check_project(load_project(DEMO))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wording", "what"),
    [
        ("I have ordered a new card.", "says that something was done, which only an action of a flow does."),
        ("We will send you a new card.", "says that something will be done, and nothing is begun."),
        ("I have told the card team.", "says that somebody is told, and nobody is."),
    ],
)
def test_a_vetted_reply_that_promises_without_a_hand_off_is_a_mistake(reword: Reword, wording: str, what: str) -> None:
    line, (problem,) = reword("responses.yaml", "It is easy to get a new card; I can order it for you here:", wording)
    assert (problem.file[-14:], problem.line) == ("responses.yaml", line)
    assert problem.what == f"card_replacement: {wording!r} {what}"
    assert problem.remedy == "Say what the customer can do, or who should look at it."


@pytest.mark.slow
@pytest.mark.parametrize(
    "wording", ["I have taken the name off.", "I have told a colleague.", "A colleague will call."]
)
def test_a_reply_that_hands_off_leaves_it_to_the_ending_who_comes(reword: Reword, wording: str) -> None:
    line, problems = reword(
        "responses.yaml", "A person from our team takes the name off, once they know of it.", wording
    )
    assert problems and abs((problems[0].line or 0) - line) <= 1
    assert problems[0].what.startswith(f"deceased_customer: {wording!r} says that ")


@pytest.mark.slow
def test_a_message_that_promises_is_a_mistake_unless_it_hands_off(reword: Reword) -> None:
    line, (problem,) = reword("assistant.yaml", "I can help you with that once you have signed in.", "I'll call you.")
    assert problem.file.endswith("assistant.yaml") and abs((problem.line or 0) - line) <= 1
    assert problem.what.startswith('sign_in: "I\'ll call you." says that something will be done')


@pytest.mark.slow
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
