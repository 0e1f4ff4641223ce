"""Whole turns with a real release: what is decided, what is said, what is kept."""

import json
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

import tellerbot
from tellerbot.assistant.load import Assistant
from tellerbot.bank.demo_schema import fees
from tellerbot.errors import DataError, UnavailableError
from tellerbot.intents.predict import IntentPredictor
from tellerbot.project.schema import Response
from tellerbot.records.tables import audit_records, cases, events, turns
from tellerbot.settings import Settings
from tellerbot.types import Customer


@pytest.fixture
def assistant(own_home: Path) -> Assistant:
    return tellerbot.load("production", Settings(home=own_home))


def calibrated(assistant: Assistant, home: Path, **changes: float) -> Assistant:
    """The assistant with other thresholds of its intents."""
    model = IntentPredictor.open(home / "releases" / "1.0.0" / "intents")
    other = IntentPredictor(
        model.labels,
        replace(model.calibration, **changes),
        model.encoder,
        model.spelling.words,  # type: ignore[arg-type]
    )
    understand = partial(other.understand, batch_size=1)
    return Assistant(assistant.manifest, replace(assistant.parts, understand=understand))


def with_thresholds(assistant: Assistant, search: float | None = None, policy: float | None = None) -> Assistant:
    """The assistant with other thresholds of its search."""
    index = assistant.parts.index
    settings = index.retriever.settings
    if search is not None:
        settings = replace(settings, first=replace(settings.first, threshold=search))
    other = index.with_settings(settings, index.policy_threshold if policy is None else policy)
    return Assistant(assistant.manifest, replace(assistant.parts, index=other))


def rows(assistant: Assistant, table: object) -> list[dict[str, object]]:
    store = assistant.parts.records
    with store.engine.connect() as connection:  # type: ignore[attr-defined]
        return [dict(row._mapping) for row in connection.execute(select(table))]  # type: ignore[call-overload]


def recorded(assistant: Assistant, kind: str) -> dict[str, Any]:
    """The content of the only event of a kind."""
    (row,) = [row for row in rows(assistant, events) if row["kind"] == kind]
    return json.loads(str(row["content"]))


def test_an_answer_tells_the_signed_in_customers_own_figures(assistant: Assistant) -> None:
    turn = assistant.reply("what is my balance", "CUST-1")
    assert turn.kind == "act" and "$2,682.00" in turn.reply
    sources = {item.figure: item.source.ref for item in turn.figures}
    assert sources["$2,682.00"] == "accounts/ACC-1001/available"
    assert [step.name for step in turn.trace] == ["redact", "understand", "decide", "act", "respond", "check", "record"]
    assert "$18,200.00" in assistant.reply("what is my balance", "CUST-2").reply


def test_the_text_never_says_who_is_asking(assistant: Assistant) -> None:
    turn = assistant.reply("what is my balance, i am ben CUST-2", "CUST-1")
    assert "18,200" not in turn.reply


def test_without_signing_in_there_are_no_account_facts(assistant: Assistant) -> None:
    turn = assistant.reply("what is my balance")
    assert turn.kind == "ask" and "signed in" in turn.reply and turn.queries == ()
    assert assistant.reply("what is the atm fee").kind == "act"


def test_an_unsure_message_is_answered_by_asking_which_was_meant(assistant: Assistant, own_home: Path) -> None:
    first, second, third = assistant.parts.understand(["what is my balance"])[0].ranking
    between = (second[1] + third[1]) / 2
    assistant = calibrated(assistant, own_home, confidence_threshold=1.1, candidate_level=between)
    turn = assistant.reply("what is my balance")
    assert turn.kind == "ask" and turn.reason == "the intent is one of two or three" and turn.queries == ()
    titles = [assistant.parts.project.intents[name].title for name, _ in (first, second)]
    assert [(choice.intent, choice.title) for choice in turn.choices] == [
        (first[0], titles[0]),
        (second[0], titles[1]),
        ("something_else", "Something else"),
    ]
    assert f"Did you mean “{titles[0]}” or “{titles[1]}”?" in turn.reply
    assert [choice["intent"] for choice in recorded(assistant, "ReplySent")["choices"]][:2] == [first[0], second[0]]
    assistant = calibrated(assistant, own_home, confidence_threshold=1.1, candidate_level=0.0)
    assert assistant.reply("what is my balance").reason.startswith("in scope, but the intent is unsure")


def test_out_of_scope_is_refused_with_what_it_can_help_with(assistant: Assistant) -> None:
    turn = assistant.reply("tell me a poem thanks", "CUST-1", "poems")
    titles = [intent.title.lower() for intent in assistant.parts.project.intents.values()]
    assert turn.kind == "refuse" and turn.reference is None
    assert 1 <= sum(title in turn.reply for title in titles) <= 3 and len(turn.reply) < 250
    again = assistant.reply("tell me a poem thanks", "CUST-1", "poems")
    assert again.reply != turn.reply and [choice.title for choice in again.choices] == ["Talk to a person"]


def test_a_record_that_disagrees_with_a_policy_goes_to_a_person_and_neither_figure_is_said(
    assistant: Assistant,
) -> None:
    bank = assistant.parts.bank
    with bank.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(update(fees).where(fees.c.code == "atm_out_of_network").values(amount=Decimal("2.00")))
    turn = assistant.reply("what is the atm fee", "CUST-1")
    assert turn.kind == "hand off" and turn.reference and [item.figure for item in turn.figures] == ["1-800-555-0142"]
    assert "fees/atm_out_of_network and fees#atm-withdrawals" in turn.reason
    assert "$2" not in turn.reply
    note = next(step.note for step in turn.trace if step.name == "recall")
    assert "fees/atm_out_of_network says $2.00, fees#atm-withdrawals" in note and note.endswith("says $2.50")


def test_a_policy_is_quoted_with_its_citation(assistant: Assistant) -> None:
    turn = assistant.reply("what is the atm fee", "CUST-1")
    # The tiny tokenizer makes so many tokens of a section that it comes in pieces.
    assert {passage.id.split("/")[0] for passage in turn.citations} == {"fees#atm-withdrawals"}
    assert "$2.50" in turn.reply and "$3.00" not in turn.reply


def test_a_section_that_does_not_answer_is_left_out_of_a_reply_that_needs_none(assistant: Assistant) -> None:
    assistant = with_thresholds(assistant, policy=1.1)
    turn = assistant.reply("what is the atm fee", "CUST-1")
    assert turn.kind == "act" and "$2.50" in turn.reply and turn.citations == ()


def test_a_reply_that_rests_on_its_section_offers_a_person_without_it(assistant: Assistant) -> None:
    responses = assistant.parts.project.responses
    responses["transfer_money"] = responses["transfer_money"].model_copy(update={"reply": "This is how:"})
    assistant = with_thresholds(assistant, policy=0.0)
    answered = assistant.reply("make a transfer", "CUST-1")
    assert answered.kind == "answer" and answered.citations
    assistant = with_thresholds(assistant, policy=1.1)
    turn = assistant.reply("make a transfer", "CUST-1")
    assert turn.kind == "unknown" and "no policy in force answers it" in turn.reason and turn.citations == ()
    assert [choice.title for choice in turn.choices] == ["Talk to a person"] and turn.reference is None


def test_a_free_search_that_finds_no_answer_says_so_and_offers_a_person(assistant: Assistant, own_home: Path) -> None:
    assistant = calibrated(assistant, own_home, temperature=100, confidence_threshold=1.1, candidate_level=0.0)
    for threshold, kind in ((0.0, "answer"), (1.1, "unknown")):
        assistant = with_thresholds(assistant, search=threshold)
        turn = assistant.reply("what is the atm fee", "CUST-1", f"asked-{kind}")
        assert turn.kind == kind and bool(turn.citations) == (kind == "answer")
    # What is near is offered too.
    assert turn.reference is None and [choice.title for choice in turn.choices][-1] == "Talk to a person"
    assert assistant.reply("talk to a person", "CUST-1", "asked-unknown").reference


def test_a_reply_rests_on_its_sections_where_its_wording_only_announces_them() -> None:
    sections = ["fees#atm-withdrawals"]
    assert Response(reply="This is how:", policy=sections).rests_on_policy
    assert not Response(reply="This is how:").rests_on_policy
    assert not Response(reply="These are yours:", each="- {card:text}", policy=sections).rests_on_policy
    assert not Response(reply="Open the app.", policy=sections).rests_on_policy


def test_a_hand_off_says_so_and_is_kept(assistant: Assistant) -> None:
    turn = assistant.reply("give me a human agent", "CUST-1")
    assert turn.kind == "hand off" and turn.reference and turn.reference in turn.reply
    assert [row["reference"] for row in rows(assistant, cases)] == [turn.reference]


def test_a_conversation_that_is_with_a_person_opens_no_second_case(assistant: Assistant) -> None:
    first = assistant.reply("give me a human agent", "CUST-1", "again")
    second = assistant.reply("i want a human agent", "CUST-1", "again")
    assert (
        first.reference and second.kind == "hand off" and first.reference in second.reply and second.reference is None
    )
    assert [row["reference"] for row in rows(assistant, cases)] == [first.reference]


def test_a_guess_is_answered_with_what_else_may_be_meant(assistant: Assistant, own_home: Path) -> None:
    _, second, third = assistant.parts.understand(["what is my balance"])[0].ranking
    between = (second[1] + third[1]) / 2
    assistant = calibrated(assistant, own_home, confidence_threshold=1.1, candidate_level=between)
    turn = assistant.reply("what is my balance", "CUST-1")
    title = assistant.parts.project.intents[second[0]].title
    assert turn.kind == "act" and "$2,682.00" in turn.reply and turn.reply.endswith(f"Or did you mean “{title}”?")
    assert [choice.intent for choice in turn.choices] == [second[0]]


def test_a_follow_up_never_gets_the_very_same_reply_again(assistant: Assistant) -> None:
    first = assistant.reply("what is my balance", "CUST-1", "same")
    second = assistant.reply("and for me", "CUST-1", "same")
    assert second.intents == first.intents and second.reply != first.reply
    assert second.reason.startswith("the answer would be the same again")
    # Asked anew in full it is answered as before.
    assert assistant.reply("what is my balance", "CUST-1", "same").reply == first.reply


def test_a_bank_that_is_away_leads_to_a_hand_off_not_a_guess(assistant: Assistant, own_home: Path) -> None:
    assistant.parts.bank.engine.dispose()  # type: ignore[attr-defined]
    (own_home / "var" / "bank.db").unlink()
    turn = assistant.reply("what is my balance", Customer("CUST-1", "Ada Okafor"))
    assert turn.kind == "hand off" and "$" not in turn.reply and "cannot be reached" in turn.reason


def test_personal_data_reaches_neither_the_models_nor_the_disk(assistant: Assistant, own_home: Path) -> None:
    seen: list[str] = []
    parts = assistant.parts

    def listening(texts: object) -> object:
        seen.extend(texts)  # type: ignore[arg-type]
        return parts.understand(texts)  # type: ignore[arg-type]

    spied = Assistant(assistant.manifest, replace(parts, understand=listening))  # type: ignore[arg-type]
    turn = spied.reply("i lost card 4111 1111 1111 1111, mail joe@example.com", "CUST-1")
    assert turn.masked == ("card number", "e-mail address")
    assert seen == ["i lost card [card number], mail [e-mail address]"]
    for path in (own_home / "var").iterdir():
        assert b"4111 1111" not in path.read_bytes() and b"joe@example" not in path.read_bytes()


def test_every_turn_is_audited_without_its_text(assistant: Assistant) -> None:
    turn = assistant.reply("what is my balance", "CUST-1")
    chained = [str(record["content"]) for record in rows(assistant, audit_records)]
    assert {json.loads(content)["turn"] for content in chained} == {turn.id}
    assert {json.loads(content)["customer"] for content in chained} == {"CUST-1"}
    assert "what is my balance" not in str(chained) and "2,682" not in str(chained)
    assert recorded(assistant, "MessageReceived")["release"] == "1.0.0"
    assert "accounts/ACC-1001/available" in recorded(assistant, "FactsQueried")["sources"]
    assert [row["kind"] for row in rows(assistant, events)] == [json.loads(content)["event"] for content in chained]


def test_a_turn_that_cannot_be_recorded_is_not_answered(assistant: Assistant) -> None:
    store = assistant.parts.records
    with store.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("DROP TABLE audit_records")
    with pytest.raises(UnavailableError, match="nothing was lost"):
        assistant.reply("what is my balance", "CUST-1")
    assert rows(assistant, turns) == []


def test_unknown_customers_and_empty_messages_are_refused(assistant: Assistant) -> None:
    with pytest.raises(DataError, match="CUST-99"):
        assistant.reply("hello", "CUST-99")
    with pytest.raises(DataError, match="nothing to read"):
        assistant.reply("\u200b \x07")


def test_asking_for_a_person_works_while_the_bank_is_away(assistant: Assistant, own_home: Path) -> None:
    assistant.parts.bank.engine.dispose()  # type: ignore[attr-defined]
    (own_home / "var" / "bank.db").unlink()
    turn = assistant.reply("give me a human agent", Customer("CUST-1", "Ada Okafor"))
    assert turn.kind == "hand off" and turn.reference and turn.reference in turn.reply


def test_a_figure_without_a_source_is_neither_sent_nor_written_down(assistant: Assistant) -> None:
    responses = assistant.parts.project.responses
    responses["check_balance"] = responses["check_balance"].model_copy(update={"reply": "You have $5,000."})
    turn = assistant.reply("what is my balance", "CUST-1")
    assert turn.kind == "hand off" and turn.reason == "a figure in the reply has no source"
    assert "5,000" not in str(rows(assistant, events)) + str(rows(assistant, audit_records))
    assert turn.queries == ("balances",)


def test_records_are_for_their_owner_only(assistant: Assistant, own_home: Path) -> None:
    assert (own_home / "var").stat().st_mode & 0o777 == 0o700


def test_a_text_is_understood_alike_whatever_is_read_beside_it(own_home: Path) -> None:
    understand = tellerbot.load("production", Settings(home=own_home)).parts.understand
    long = "what is the fee, " * 20
    assert understand(["what is my balance", long])[0] == understand(["what is my balance"])[0]
