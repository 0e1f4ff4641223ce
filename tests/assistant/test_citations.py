"""Whole turns over policies that disagree, have expired, or are not yet in force."""

from datetime import date
from pathlib import Path

import pytest

import tellerbot
from shared import copy_home
from tellerbot.assistant.load import Assistant
from tellerbot.conversation.events import DecisionMade
from tellerbot.project.schema import Response
from tellerbot.settings import Settings


@pytest.fixture(scope="module")
def assistant(disagreeing_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    home = copy_home(disagreeing_home, tmp_path_factory.mktemp("citations"))
    return tellerbot.load("production", Settings(home=home))


@pytest.mark.slow
def test_two_policies_that_disagree_lead_to_a_hand_off_that_says_which(assistant: Assistant) -> None:
    turn = assistant.reply("what is the atm fee", conversation="disagreeing")
    assert turn.kind == "hand off" and turn.reference and turn.reference in turn.reply
    assert "$" not in turn.reply and turn.citations == ()
    assert turn.reason.endswith("disagree on a figure")
    assert "fees#atm-withdrawals" in turn.reason and "machines#atm-withdrawals" in turn.reason
    (recall,) = [step for step in turn.trace if step.name == "recall"]
    assert "fees#atm-withdrawals says $2.50" in recall.note and "machines#atm-withdrawals says $2.75" in recall.note
    ended = DecisionMade("hand off", turn.reason, (turn.intent,))
    assert [event for event in assistant.parts.records.events("disagreeing", None) if event == ended] == [ended]


@pytest.mark.slow
def test_a_reply_of_its_own_section_is_sent_and_the_release_lists_what_disagrees(
    assistant: Assistant,
) -> None:
    responses = assistant.parts.project.responses
    named = responses["atm_fees"]
    responses["atm_fees"] = Response(reply="This is what it costs:", policy=["fees#atm-withdrawals"])
    try:
        turn = assistant.reply("what is the atm fee")
    finally:
        responses["atm_fees"] = named
    assert turn.kind != "hand off" and "$2.50" in turn.reply
    listed = [set(one["passages"]) for one in assistant.manifest.metrics["conflicts"]]
    assert {"fees#atm-withdrawals", "machines#atm-withdrawals"} in listed


@pytest.mark.slow
@pytest.mark.parametrize("message", ["my lost card again", "make a transfer", "transfer to a friend"])
def test_expired_and_coming_policies_are_never_cited(assistant: Assistant, message: str) -> None:
    turn = assistant.reply(message)
    assert turn.kind == "hand off" or {passage.policy for passage in turn.citations} <= {"machines"}
    assert "$3.00" not in turn.reply and "$9.00" not in turn.reply


def test_a_citation_says_where_its_passage_stands(own_home: Path) -> None:
    turn = tellerbot.load("production", Settings(home=own_home)).reply("what is the atm fee", "CUST-1")
    citation = {each.id: each for each in turn.citations}["fees#atm-withdrawals"]
    assert citation.policy == "fees" and citation.path == ("Fees and charges", "ATM withdrawals")
    assert (citation.in_force_from, citation.in_force_to, citation.page) == (date(2026, 1, 1), None, None)
