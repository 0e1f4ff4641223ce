"""Sources of figures in words, and links to cited passages."""

from datetime import date

import pytest

from tellerbot.conversation.event_values import cite
from tellerbot.server.policies import link_passage
from tellerbot.server.sources import say_source
from tellerbot.types import Named, Passage, Source

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
        (Source("bank", "clock/as_of"), "The bank's clock"),
        (Source("bank", "fees/stop_payment"), "Our records of fees, stop payment"),
        (Source("bank", "fees/atm_out_of_network"), "Our records of fees, ATM out of network"),
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


def test_a_citation_leads_to_its_passage_in_the_release_that_cited_it() -> None:
    passage = Passage(
        "our fees#wires/2", "our fees", "Fees", "Wires", "2", date(2026, 1, 1), None, "A wire costs $5.", ()
    )
    assert link_passage(cite(passage), "1.0.0 beta", "/bank") == "/bank/policies/1.0.0%20beta/our%20fees#wires/2"
