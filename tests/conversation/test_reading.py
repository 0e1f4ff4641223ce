"""Which messages want something done."""

import pytest

from tellerbot.conversation.reading import is_request


@pytest.mark.parametrize(
    "text",
    [
        "move 50 to savings", "can you freeze my card", "I lost my card", "Hi! Could you please send $85 to Grace",
        "My teenager has my card. Can you switch it off till I have talked to him? Will want it back on after",
        "My card runs out this month. Please send the new one.", "let's close it", "I need a new card",
    ],
)  # fmt: skip
def test_it_is_a_request(text: str) -> None:
    assert is_request(text)


@pytest.mark.parametrize(
    "text",
    [
        "how do I freeze my card", "what is my balance", "Can you tell me how to freeze it?", "is it free?",
        "What's my balance? I need to pay rent.", "How much is a wire? I need to send one tomorrow.",
        "I want to send money to my son. How long does it take?", "I need to know my limit",
        "Is there a fee to stop a check? I need to stop one",
    ],
)  # fmt: skip
def test_it_is_none(text: str) -> None:
    assert not is_request(text)
