"""What a message may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerbot.assistant.message import MAX_CHARACTERS, clean, find_private, hide_numbers
from tellerbot.errors import DataError
from tellerbot.project.flow_schema import Flow


@pytest.mark.parametrize(
    "text, kept",
    [
        ("  what's my balance?\n", "what's my balance?"),
        ("line one\nline\ttwo", "line one\nline\ttwo"),
        ("my\x00card\x1b[31m", "my card [31m"),
        ("ما هو رصيدي؟", "ما هو رصيدي؟"),
        ("👩‍👧 🏦", "👩‍👧 🏦"),
        ("cafe\u0301", "cafe\u0301"),
        ("\ud800balance", "balance"),
        ("???", "???"),
        ("x" * MAX_CHARACTERS, "x" * MAX_CHARACTERS),
    ],
)
def test_a_message_keeps_what_can_be_read(text: str, kept: str):
    assert clean(text) == kept


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00\x07\x1b", "\u200b\u200d\ufeff", "\ud800", "\ue000", "\u0301"])
def test_a_message_with_nothing_to_read_is_refused(text: str):
    with pytest.raises(DataError, match=r"found nothing to read. Type a question"):
        clean(text)


@pytest.mark.parametrize("text", ["x" * (MAX_CHARACTERS + 1), "balance? " * 12_000, "\x00" * 100_000])
def test_a_message_that_is_too_long_is_refused_with_both_lengths(text: str):
    with pytest.raises(DataError, match=f"at most {MAX_CHARACTERS} characters, found {len(text)}"):
        clean(text)


@given(st.text(max_size=60))
def test_what_is_kept_can_be_stored_and_is_kept_again(text: str):
    try:
        kept = clean(text)
    except DataError:
        return
    assert kept.encode("utf-8")
    assert "\0" not in kept
    assert clean(kept) == kept


PAYEE = Flow.model_validate(
    {
        "title": "T",
        "slots": {"name": {"kind": "text", "label": "Name"}, "number": {"kind": "number", "label": "Account"}},
        "steps": [{"collect": "name", "ask": "?"}, {"collect": "number", "ask": "?"}],
    }
)


@pytest.mark.parametrize("number", ["1234567890", "1234 5678 90", "1234567"])
@pytest.mark.parametrize("is_asked", [True, False])
def test_an_account_number_is_masked_whether_or_not_one_is_asked_for(number: str, is_asked: bool) -> None:
    text, digits = f"add Rosa, account {number}, please", number.replace(" ", "")
    assert hide_numbers(text, is_asked=is_asked) == "add Rosa, account [account number], please"
    assert find_private(PAYEE, None, text) == {"number": (f"ending in {digits[-4:]}", digits)}


@pytest.mark.parametrize("text", ["$1234567890.00", "send 250000", "on 2026-11-29", "ending in 4821", "1,234,567"])
def test_amounts_and_days_are_no_account_numbers(text: str) -> None:
    assert hide_numbers(text, is_asked=False) == text and find_private(PAYEE, None, text) == {}
    assert find_private(PAYEE, "name", "1234567890") == {}
