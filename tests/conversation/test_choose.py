"""A choice is taken by its place, its name, or a yes where there is only one; else none is."""

import pytest

from tellerbot.conversation.choose import choose, choose_by_words
from tellerbot.types import Choice, Named, Slot

SAVINGS = Named("account", "ACC-2", "Steady Savings", ("savings",))
CHECKING = Named("account", "ACC-1", "Everyday Checking", ("checking",))
TWO = (Choice("check_balance", "Everyday Checking", CHECKING), Choice("check_balance", "Steady Savings", SAVINGS))
INTENTS = (Choice("card_lost", "Report your lost card"), Choice("card_stolen", "Report a stolen card"))
ONE = (Choice("freeze_card", "Freeze your card"),)


@pytest.mark.parametrize(
    "text", ["2", "the second one", "second", "option b", "number 2 please", "the last one", "2nd"]
)
def test_by_place(text: str) -> None:
    assert choose(text, (), (), TWO) == TWO[1]


@pytest.mark.parametrize("text", ["Report a stolen card", "report a stolen card ", "report stolen card"])
def test_by_title(text: str) -> None:
    assert choose(text, (), (), INTENTS) == INTENTS[1]


def test_by_name() -> None:
    slots = (Slot("account", 0, 7, "savings", (SAVINGS,)),)
    assert choose("savings", (), slots, TWO) == TWO[1]


def test_a_yes_takes_the_only_one() -> None:
    assert choose("yes please", ("affirm",), (), ONE) == ONE[0]
    assert choose("yes please", ("affirm",), (), TWO) is None


@pytest.mark.parametrize(
    "text", ["5", "the third one", "what is my balance", "no", "one more thing: my card was stolen"]
)
def test_what_takes_none(text: str) -> None:
    assert choose(text, (), (), TWO) is None


CARDS = {
    "Debit card ending in 5512 (active)": Named("card", "1", "Debit card"),
    "Travel credit card ending in 8890 (active)": Named("card", "2", "Travel credit card"),
}


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("travel", "2"),
        ("no, the travel one", "2"),
        ("I meant debit", "1"),
        ("8890", "2"),
        ("the credit card please", "2"),
    ],
)
def test_by_the_words_that_tell(text: str, ref: str) -> None:
    chosen = choose_by_words(text, CARDS)
    assert chosen and chosen.ref == ref


@pytest.mark.parametrize(
    "text", ["yes", "the card", "active", "not the travel one", "what is a travel notice", "no", "my savings", ""]
)
def test_words_that_tell_nothing_choose_nothing(text: str) -> None:
    assert choose_by_words(text, CARDS) is None
