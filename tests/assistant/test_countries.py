"""What is masked in a turn and in a generated reply depends on the countries of the project."""

from dataclasses import replace
from pathlib import Path

import pytest

import tellerbot
from tellerbot.assistant.generate import require_fit
from tellerbot.assistant.load import Assistant
from tellerbot.assistant.turn import take_turn
from tellerbot.responses.check import Draft
from tellerbot.responses.generate import UnfitSentenceError
from tellerbot.settings import Settings

BRITISH = "what is my balance, call me on 020 7946 0958"


@pytest.fixture
def assistant(own_home: Path) -> Assistant:
    return tellerbot.load("production", Settings(home=own_home))


@pytest.mark.parametrize(("countries", "masked"), [(("US",), False), (("US", "GB"), True), (("GB",), True)])
def test_a_turn_keeps_no_phone_number(assistant: Assistant, countries: tuple[str, ...], masked: bool) -> None:
    project = assistant.parts.project
    listed = project.assistant.model_copy(update={"countries": countries})
    parts = replace(assistant.parts, project=replace(project, assistant=listed))
    turn = take_turn(parts, BRITISH, None, "c1")
    # To a bank that serves another country it is many digits, and so an account number.
    kind = "phone number" if masked else "account number"
    assert turn.message == f"what is my balance, call me on [{kind}]" and turn.masked == (kind,)


def test_a_generated_reply_may_hold_no_phone_number_of_the_projects_countries() -> None:
    sentence = "Ring us on 020 7946 0958."
    with pytest.raises(UnfitSentenceError, match="personal data"):
        require_fit(sentence, Draft("Ring us."), ("US", "GB"))
    require_fit(sentence, Draft("Ring us."), ("US",))


def test_a_generated_sentence_promises_only_what_its_notes_do() -> None:
    notes = ("I'm passing you to a colleague.", "We will cancel the card.")
    for sentence in notes:
        require_fit(sentence, Draft(sentence), ("US",), notes)
    for sentence in ("I've frozen your card.", "I'm passing you to a friend.", "We will cancel the card today."):
        with pytest.raises(UnfitSentenceError, match="promises something that the vetted reply does not"):
            require_fit(sentence, Draft(sentence), ("US",), notes)
    with pytest.raises(UnfitSentenceError, match="promises"):
        require_fit(notes[0], Draft(notes[0]), ("US",))
