"""What a message may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerbot.assistant.message import MAX_CHARACTERS, clean
from tellerbot.errors import DataError


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
