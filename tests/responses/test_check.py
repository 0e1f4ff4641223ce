"""Promise 1: a reply with a figure that no fact and no passage gives never passes."""

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerbot.responses.check import Draft, UntracedFigureError, check
from tellerbot.responses.template import say
from tellerbot.types import Fact, FigureSource, Passage, Source

ACCOUNT = Source("bank", "accounts/ACC-1/available")
FACTS = (
    Fact("available", "money", Decimal("2682.00"), ACCOUNT),
    Fact("rate", "percent", Decimal("3.10"), Source("bank", "rates/steady/rate")),
    Fact("due", "date", date(2026, 11, 22), Source("bank", "loans/1/due")),
    Fact("opens", "time", time(9, 30), Source("bank", "branches/1/opens")),
    Fact("support", "phone", "1-800-555-0199", Source("bank", "phones/support")),
    Fact("last4", "digits", "0473", Source("bank", "accounts/ACC-1/last4")),
    Fact("cards", "count", 3, Source("bank", "cards")),
)
TEXT = "A rush order costs $19.50 and takes 2 business days, from March 1, 2026. Limits: $40.00 to $75.00."
PASSAGE = Passage("cards#rush", "cards", "Cards", "Rush", "2", date(2026, 1, 1), None, TEXT, (TEXT,))


@pytest.mark.parametrize(
    "text, figure, source",
    [
        ("You have $2,682.00.", "$2,682.00", ACCOUNT.ref),
        ("You have 2682 dollars.", "2682 dollars", ACCOUNT.ref),
        ("That is two thousand six hundred and eighty-two dollars.", None, ACCOUNT.ref),
        ("It pays 3.1%.", "3.1%", "rates/steady/rate"),
        ("It pays three point one percent.", "three point one percent", "rates/steady/rate"),
        ("Due on November 22, 2026.", "November 22, 2026", "loans/1/due"),
        ("Due on the twenty-second of November.", "twenty-second of November", "loans/1/due"),
        ("We open at 9:30 am.", "9:30 am", "branches/1/opens"),
        ("Call (800) 555-0199.", "(800) 555-0199", "phones/support"),
        ("The account ending in 0473.", "0473", "accounts/ACC-1/last4"),
        ("You have three cards.", "three", "cards"),
        ("It costs $19.50.", "$19.50", PASSAGE.id),
        ("It takes two business days.", "two", PASSAGE.id),
    ],
)
def test_a_figure_is_traced_to_the_record_or_passage_that_gives_it(text: str, figure: str | None, source: str):
    reply = check(Draft(text, FACTS, (PASSAGE,)))
    assert [item.source.ref for item in reply.figures] == [source]
    if figure:
        assert reply.figures[0].figure == figure
    assert (reply.text, reply.citations) == (text, (PASSAGE,))


@pytest.mark.parametrize(
    "text",
    [
        # off by a little
        "$2,682.01", "$2,681.99", "$268.20", "$2,682.001", "$2,682.00k", "$2,682.00 million", "$2,682.00 trillion",
        "two thousand six hundred and eighty-three dollars", "3.11%", "three point one one percent", "10:30 am",
        "November 23", "Nov 22, 2027", "December 2026", "1-800-555-0198", "0474", "four cards", "$19.51", "$1,950",
        # another currency
        "€2,682.00", "2,682.00 euros", "£2,682", "¥2682", "A$2,682.00", "C$2,682.00", "$2,682.00 CAD",
        "2,682 Canadian dollars", "2,682 pesos",
        # another kind
        "2682%", "2682 points", "3.1 dollars", "$3", "3%", "3 cents", "$473", "9.30 dollars", "20 percent", "11/22",
        # another sign
        "-$2,682.00", "minus $2,682.00", "negative $2,682.00", "$-2,682.00", "-3.1%", "minus 3.1%",
        # in words
        "a hundred dollars", "a dollar", "twelve hundred dollars", "one dollar", "one percent", "half a percent",
        "a million dollars", "one trillion dollars", "twentyfive dollars", "a dozen", "the twenty-first",
        "one and a half percent", "noon", "five o'clock", "ninety-nine cents",
        # in disguise
        "$\u200b7", "＄７", "７ dollars", "٧ dollars", "𝟕 dollars", "⑦ dollars", "$7\u00a0000", "½%", "1⁄2 percent",
        "$2,682.00 and $5", "$40.00-$76.00", "#12", "1e6", "24/7", "5x", "+44 20 7946 0000", "800-555-0198",
    ],
)  # fmt: skip
def test_an_untraced_figure_never_passes(text: str):
    with pytest.raises(UntracedFigureError, match=r"No source for .*; the reply is not sent"):
        check(Draft(f"I can tell you: {text}.", FACTS, (PASSAGE,)))


def test_every_untraced_figure_is_named_and_the_traced_are_not():
    with pytest.raises(UntracedFigureError) as caught:
        check(Draft("You have $2,682.00 and $7.00 since March 9.", FACTS, ()))
    assert set(map(str.lower, caught.value.figures)) == {"$7.00", "march 9"}


def test_a_passage_gives_nothing_once_it_is_not_quoted():
    with pytest.raises(UntracedFigureError):
        check(Draft("It costs $19.50.", FACTS, ()))


def test_a_reply_without_figures_needs_no_source():
    assert check(Draft("No one but you can see it. Call us first.")).figures == ()


def test_a_figure_said_twice_is_listed_once():
    reply = check(Draft("You have $2,682.00, yes, $2,682.00.", FACTS))
    assert reply.figures == (FigureSource("$2,682.00", ACCOUNT),)


MONEY = st.decimals(-(10**6), 10**6, places=2)


@given(known=MONEY, said=MONEY)
def test_an_amount_passes_only_when_it_is_the_recorded_one(known: Decimal, said: Decimal):
    def amount(value: Decimal) -> Fact:
        return Fact("amount", "money", value, ACCOUNT)

    draft = Draft(f"The amount is {say(amount(said))} today.", (amount(known),))
    if known == said:
        assert check(draft).figures[0].source == ACCOUNT
    else:
        with pytest.raises(UntracedFigureError):
            check(draft)
