"""The customer's own things in messages."""

import pytest

from tellerbot.slots import find_named
from tellerbot.types import Named

NAMES = (
    Named("account", "main", "Meadow Checking", ("1204", "household")),
    Named("account", "pot", "Rainy Day Savings", ("7781",)),
    Named("card", "debit", "Debit card", ("4821",)),
    Named("card", "miles", "Miles credit card", ("5512",)),
    Named("payee", "shop", "Brookfield Bakers"),
    Named("payee", "light", "National Light & Power"),
    Named("category", "food", "Groceries", ("food shopping",)),
    Named("category", "home", "Housing", ("rent",)),
    Named("branch", "centre", "Downtown"),
    Named("product", "cd", "12-Month Certificate of Deposit"),
)


def found(text: str, names: tuple[Named, ...] = NAMES) -> list[tuple[str, str, list[str]]]:
    return [
        (slot.kind, slot.text, [named.ref for named in slot.value])
        for slot in find_named(text, names)
        if isinstance(slot.value, tuple)
    ]


@pytest.mark.parametrize(
    ("text", "kind", "written", "ref"),
    [
        ("whats in meadow checking", "account", "meadow checking", "main"),
        ("and checking?", "account", "checking", "main"),
        ("chk balance", "account", "chk", "main"),
        ("our household account", "account", "household", "main"),
        ("and savngs?", "account", "savngs", "pot"),
        ("rainyday savings", "account", "rainyday savings", "pot"),
        ("Rainy day saivngs", "account", "Rainy day saivngs", "pot"),
        ("the saving account", "account", "saving", "pot"),
        ("freeze the debit crad", "card", "debit crad", "debit"),
        ("my miles card", "card", "miles card", "miles"),
        ("my cc", "card", "cc", "miles"),
        ("the one ending in 4821", "card", "4821", "debit"),
        ("miles credit card ending in 5512", "card", "miles credit card ending in 5512", "miles"),
        ("4821", "card", "4821", "debit"),
        ("account 7781", "account", "7781", "pot"),
        ("paid brookfeild", "payee", "brookfeild", "shop"),
        ("brook field bakers' bill", "payee", "brook field bakers", "shop"),
        ("Brookfield's last bill", "payee", "Brookfield", "shop"),
        ("national light and power", "payee", "national light and power", "light"),
        ("did national light charge me", "payee", "national light", "light"),
        ("spent on grocries", "category", "grocries", "food"),
        ("my rent payment", "category", "rent", "home"),
        ("hours of the downtown branch", "branch", "downtown", "centre"),
        ("a 12 month cd", "product", "12 month cd", "cd"),
        ("rate of the cd", "product", "cd", "cd"),
    ],
)
def test_one_thing(text: str, kind: str, written: str, ref: str) -> None:
    assert found(text) == [(kind, written, [ref])]
    slot = find_named(text, NAMES)[0]
    assert text[slot.start : slot.end] == slot.text


@pytest.mark.parametrize(
    "text",
    [
        "I was checking my balance", "checking if it came", "saving for a car", "check in", "national holidays",
        "the light is on", "power cut", "a different card", "send 4821 to Ann", "$5512", "parent", "rents are high",
        "credit my account", "a credit carry forward", "the house", "I need a certain document", "", "...", "day",
        "rainy",
    ],
)  # fmt: skip
def test_ordinary_words(text: str) -> None:
    assert found(text) == []


def test_several_in_one_message() -> None:
    assert found("from checking to savings, then groceries") == [
        ("account", "checking", ["main"]),
        ("account", "savings", ["pot"]),
        ("category", "groceries", ["food"]),
    ]


def test_things_that_fit_equally_well() -> None:
    names = (*NAMES, Named("account", "goal", "Goal Savings"), Named("card", "other", "Cash credit card"))
    assert found("savings or credit card", names) == [
        ("account", "savings", ["pot", "goal"]),
        ("card", "credit card", ["miles", "other"]),
    ]
    assert [slot.value for slot in find_named("goal savings", names)] == [(names[-2],)]


def test_a_name_of_its_own_is_better_than_a_part_of_another() -> None:
    names = (Named("payee", "a", "Casablanca Cinema"), Named("payee", "b", "Casablanca"))
    assert [slot.value for slot in find_named("casablanca", names)] == [(names[1],)]


def test_digits_choose_among_things_of_one_name() -> None:
    names = (Named("card", "a", "Debit card", ("1111",)), Named("card", "b", "Debit card", ("2222",)))
    assert [slot.value for slot in find_named("debit card", names)] == [names]
    assert [slot.value for slot in find_named("the debit card ending 2222", names)] == [(names[1],)]


def test_no_names() -> None:
    assert find_named("my savings", ()) == []
    assert find_named("my savings", (Named("payee", "odd", "!!!"),)) == []
