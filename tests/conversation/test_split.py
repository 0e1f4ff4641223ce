"""A message of several questions is split into them; one question stays whole."""

import pytest

from tellerbot.conversation.split import split_message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "What's the fee for an international wire and how long does it take?",
            ["What's the fee for an international wire", "how long does it take?"],
        ),
        (
            "I want to open a savings account, what's the best rate, and is there a minimum?",
            ["I want to open a savings account", "what's the best rate", "and is there a minimum?"],
        ),
        ("balance? also when is my pay coming", ["balance?", "also when is my pay coming"]),
        ("I was charged $3.50 yesterday. Why?", ["I was charged $3.50 yesterday.", "Why?"]),
        (
            "if i skip one, is there a fee, and does it hurt my credit",
            ["if i skip one, is there a fee", "does it hurt my credit"],
        ),
        ("is it free\nhow long", ["is it free", "how long"]),
    ],
)
def test_questions_are_split(text: str, parts: list[str]) -> None:
    assert split_message(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "I lost my card and need a new one",
        "whats my balance and savings?",
        "how do i add my wife to my account",
        "my card was declined and i dont know what to do",
        "When does my certificate come due, please?",
        "do you know how long it takes",
        "if I paid the whole card from checking today, would I still be able to make rent?",
        "so say i wiped out the loan, what would i have left",
        "a fee of $2.50 or 1.5%",
        "???",
        "",
    ],
)
def test_one_question_stays_whole(text: str) -> None:
    assert split_message(text) == [text]
