"""Plain rules say what happens; the text never says who asks."""

import pytest

from tellerbot.assistant.decide import Decision, decide
from tellerbot.bank.demo import DemoBank
from tellerbot.project.schema import Response
from tellerbot.types import Customer, Understanding

ADA = Customer("CUST-1", "Ada Okafor")
BANK = DemoBank("sqlite://")
SURE = Understanding("x", 0.95, 0.9, in_scope=True, confident=True, candidates=("x", "y"))
ALONE = Understanding("x", 0.3, 0.9, in_scope=True, confident=False, candidates=("x",))
TWO = Understanding("x", 0.3, 0.9, in_scope=True, confident=False, candidates=("x", "y"))
THREE = Understanding("x", 0.3, 0.9, in_scope=True, confident=False, candidates=("x", "y", "z"))
UNSURE = Understanding("x", 0.3, 0.9, in_scope=True, confident=False, candidates=("x", "y", "z", "w"))
OUTSIDE = Understanding("x", 0.99, 0.1, in_scope=False, confident=True, candidates=("x",))
OUTSIDE_TWO = Understanding("x", 0.3, 0.1, in_scope=False, confident=False, candidates=("x", "y"))
WORDS = Response(reply="Hello.")
QUOTE = Response(reply="See:", policy=["fees#wires"])
FEES = Response(reply="Fees:", queries=["fees"], policy=["fees"])
BALANCE = Response(reply="Balances:", queries=["balances"])
MIXED = Response(reply="Both:", queries=["fees", "balances"])
UNKNOWN = Response(reply="Odd:", queries=["no_such_query"])
PERSON = Response(reply="A person will help.", hand_off=True, policy=["fraud"])
PERSON_CARDS = Response(reply="A person will help.", hand_off=True, queries=["cards"])


@pytest.mark.parametrize(
    "understanding, response, customer, expected",
    [
        (SURE, WORDS, ADA, Decision("answer", "vetted reply")),
        (SURE, QUOTE, None, Decision("answer", "vetted reply", sections=("fees#wires",))),
        (SURE, BALANCE, ADA, Decision("act", "facts from the bank", ("balances",))),
        (SURE, FEES, None, Decision("act", "facts from the bank", ("fees",), ("fees",))),
        (SURE, BALANCE, None, Decision("ask", "signing in comes first")),
        (SURE, MIXED, None, Decision("ask", "signing in comes first")),
        (SURE, UNKNOWN, None, Decision("ask", "signing in comes first")),
        (SURE, PERSON, None, Decision("hand off", "this intent goes to a person", (), ("fraud",), with_reply=True)),
        (SURE, PERSON_CARDS, ADA, Decision("hand off", "this intent goes to a person", ("cards",), with_reply=True)),
        (SURE, PERSON_CARDS, None, Decision("ask", "signing in comes first")),
        (UNSURE, BALANCE, ADA, Decision("answer", "in scope, but the intent is unsure", search=True)),
        (UNSURE, PERSON, None, Decision("answer", "in scope, but the intent is unsure", search=True)),
        (ALONE, BALANCE, ADA, Decision("answer", "in scope, but the intent is unsure", search=True)),
        (TWO, BALANCE, None, Decision("ask", "the intent is one of two or three", choices=("x", "y"))),
        (TWO, PERSON, ADA, Decision("ask", "the intent is one of two or three", choices=("x", "y"))),
        (THREE, WORDS, ADA, Decision("ask", "the intent is one of two or three", choices=("x", "y", "z"))),
        (OUTSIDE_TWO, BALANCE, ADA, Decision("refuse", "out of scope")),
        (OUTSIDE, BALANCE, ADA, Decision("refuse", "out of scope")),
        (OUTSIDE, PERSON, None, Decision("refuse", "out of scope")),
    ],
)
def test_what_is_done(understanding: Understanding, response: Response, customer: Customer | None, expected: Decision):
    decision = decide(understanding, response, customer, BANK)
    assert decision == expected
    assert decision.hands_off == (expected.kind == "hand off")


@pytest.mark.parametrize("query", list(BANK.queries()))
def test_no_private_query_runs_without_a_customer(query: str):
    for understanding in (SURE, TWO, UNSURE, OUTSIDE):
        for hand_off in (False, True):
            response = Response(reply="Here:", queries=[query], hand_off=hand_off)
            ran = decide(understanding, response, None, BANK).queries
            assert all(BANK.queries()[name].is_public for name in ran)
            assert bool(ran) == (understanding is SURE and BANK.queries()[query].is_public)
