"""What to do with an understood message: plain rules, so that anyone can read why."""

from dataclasses import dataclass
from typing import Literal

from tellerbot.project.schema import Response
from tellerbot.types import MOST_CHOICES, Bank, Customer, Understanding

Kind = Literal["answer", "act", "ask", "refuse", "hand off"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens next: `queries` to run, policy `sections` to quote, or a `search` of all policies.

    `with_reply`: a hand-off that says the intent's vetted reply first. `choices`: intents to ask which was meant.
    """

    kind: Kind
    reason: str
    queries: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    search: bool = False
    with_reply: bool = False
    choices: tuple[str, ...] = ()

    @property
    def hands_off(self) -> bool:
        return self.kind == "hand off"


def decide(understanding: Understanding, response: Response, customer: Customer | None, bank: Bank) -> Decision:
    """`response` is the vetted reply of the understood intent; `customer` is who signed in, never who the text says."""
    if not understanding.in_scope:
        return Decision("refuse", "out of scope")
    if not understanding.confident and 2 <= len(understanding.candidates) <= MOST_CHOICES:
        return Decision("ask", "the intent is one of two or three", choices=understanding.candidates)
    if not understanding.confident:
        return Decision("answer", "in scope, but the intent is unsure", search=True)
    queries, sections = tuple(response.queries), tuple(response.policy)
    known = bank.queries()
    if customer is None and any(name not in known or not known[name].is_public for name in queries):
        return Decision("ask", "signing in comes first")
    if response.hand_off:
        return Decision("hand off", "this intent goes to a person", queries, sections, with_reply=True)
    if queries:
        return Decision("act", "facts from the bank", queries, sections)
    return Decision("answer", "vetted reply", (), sections)
