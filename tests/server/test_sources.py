"""Sources of figures in words."""

import pytest

from tellerbot.server.sources import say_source
from tellerbot.types import Named, Source

THINGS = {
    "ACC-1": Named("account", "ACC-1", "Everyday Checking", ("checking", "4821")),
    "orono": Named("branch", "orono", "Orono", ("orono branch",)),
}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source("bank", "accounts/ACC-1/available"), "Everyday Checking …4821, available balance"),
        (Source("bank", "accounts/ACC-1"), "Everyday Checking …4821"),
        (Source("bank", "branches/orono/opens"), "Orono, opens"),
        (Source("bank", "fees/stop_payment"), "Our records of fees, stop payment"),
        (Source("bank", "rates/auto_new/rate"), "Our records of rates, auto new, rate"),
        (Source("bank", "transactions/5375/amount"), "Our records of transactions, amount"),
        (Source("bank", "orders/SO-17/amount"), "Our records of orders, amount"),
        (Source("bank", "transactions/5375"), "Our records of transactions"),
        (Source("bank", "direct_debits"), "Our records of direct debits"),
        (Source("passage", "fees#atm"), "Our policies"),
        (Source("formula", "36 x 303.27", ("rates/auto_new/rate",)), "Worked out: 36 x 303.27"),
        (Source("message", "amount"), "What you wrote"),
    ],
)
def test_a_source_is_said_without_the_names_of_records(source: Source, words: str) -> None:
    assert say_source(source, THINGS) == words
