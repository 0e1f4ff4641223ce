"""Names that fit nothing the customer or the bank has."""

import pytest

from tellerbot.slots import find_named, find_unknown
from tellerbot.types import Named

NAMES = [
    Named("account", "ACC-1", "Everyday Checking", ("checking", "4821")),
    Named("payee", "Casco Coffee", "Casco Coffee", ("casco",)),
    Named("branch", "bangor", "Bangor"),
]


def unknown(text: str) -> list[tuple[str, str]]:
    return [(slot.kind, slot.text) for slot in find_unknown(text, find_named(text, NAMES))]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("how much did i spend at McDonalds", "payee", "McDonalds"),
        ("spent on crypto this year", "payee", "crypto"),
        ("how much on groceries at walmart", "payee", "walmart"),
        ("how much did I send to my sister Ana", "payee", "sister Ana"),
        ("payments from acme corp last week", "payee", "acme corp"),
        ("what time does the downtown branch open", "branch", "downtown"),
        ("hours of the Main Street branch", "branch", "Main Street"),
        ("is there a branch in Burlington", "branch", "Burlington"),
        ("balance of account 9047", "account", "9047"),
        ("my card ending in 1234", "account", "1234"),
        ("what is in my brother's account", "account", "my brother's account"),
        ("can you see her balance", "account", "her balance"),
    ],
)
def test_a_name_that_fits_nothing_is_found(text: str, kind: str, name: str) -> None:
    assert (kind, name) in unknown(text)


@pytest.mark.parametrize(
    "text",
    [
        "how much did i spend at casco",
        "spent in total on average at the end of last month",
        "what is in my account ending in 4821",
        "what time does the bangor branch open",
        "closest branch",
        "which branch is open on saturday",
        "when is the next payment due",
        "what's on my card from monday to friday",
        "that's my balance",
        "what did i spend on my debit card in feb",
    ],
)
def test_what_names_nothing_or_something_known_is_left_alone(text: str) -> None:
    assert unknown(text) == []
