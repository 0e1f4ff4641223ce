"""A question about what a confirmation says is one about nothing else."""

import pytest

from tellerbot.conversation.flows.ask_back import asks_back

LABELS = ("From", "To", "Amount", "When")


@pytest.mark.parametrize(
    "text",
    [
        "which account is it coming from?", "what was the amount again?", "wait how much was it", "who is it going to?",
        "what day did i say", "where is it going", "when does it go out", "sorry, which card is that?",
        "remind me, what amount did I put", "How much again?", "ok and which branch was it",
    ],
)  # fmt: skip
def test_it_asks_for_what_was_just_read(text: str) -> None:
    assert asks_back(text, LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "what's my balance first?", "how much is in that account?", "what is the fee for this?", "what does this mean?",
        "when will it be there?", "what happens if i cancel it", "how long does it take", "what is this", "yes", "",
        "which account has the most money", "make it 50", "what's my limit", "how much will it cost",
        "what was the amount? make it 50", "wait, which account is it? use savings", "who is it going to? cancel it",
        "What? No! That's the wrong account", "When I said 50 I meant the other account",
        "how much did I spend on groceries", "who did I pay yesterday?", "when did I last pay Maya?",
        "who can I talk to about this?", "what do I need to do to cancel this?", "when will you process this?",
        "what's the limit for this?", "what time do you close on that day?",
        "what is the balance of the account that I use for all of my bills?",
    ],
)  # fmt: skip
def test_it_asks_for_something_else(text: str) -> None:
    assert not asks_back(text, LABELS)
