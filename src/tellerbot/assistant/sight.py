"""What a flow sees of the bank and how its wording reads: facts asked for once in a message, and each one noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tellerbot.assistant.evidence import Evidence, read_constants
from tellerbot.conversation.arguments import fill_arguments
from tellerbot.conversation.flows.open_flow import OpenFlow
from tellerbot.conversation.flows.values import argument_of
from tellerbot.conversation.flows.walk import Sight
from tellerbot.responses.template import fill, say
from tellerbot.types import Bank, Customer, Fact, FactSheet, Named, Value


@dataclass(slots=True)
class Looker:
    """The bank as a flow sees it: asks always for the signed-in customer, and notes queries and the facts used."""

    bank: Bank
    principal: Customer
    today: date
    names: Sequence[Named]
    evidence: Evidence = field(default_factory=Evidence)
    facts: list[Fact] = field(default_factory=list)
    _known: dict[tuple[str, str], FactSheet] = field(default_factory=dict)

    def sight(self, opened: OpenFlow) -> Sight:
        """Return what the walk of an open flow sees.

        With `heard` a query also gets what the flow's first message named.

        Raises UnavailableError while the bank is away: without its names nothing that the flow holds is known.
        """
        self.names = self.names or self.bank.names(self.principal)

        def ask(query: str, values: Mapping[str, Value], constants: Mapping[str, str], heard: bool) -> FactSheet:
            spec = self.bank.queries()[query]
            arguments = fill_arguments(spec, opened.text, opened.slots) if heard else {}
            arguments |= read_constants(constants, spec, self.today)
            arguments |= {name: argument_of(value) for name, value in values.items() if name in spec.arguments}
            return self._ask(query, arguments)

        return Sight(ask, self.word, self.say, self.names, self.bank.actions(), self.today)

    def word(self, template: str, facts: Mapping[str, Fact]) -> str:
        """Fill a template with facts. Raises MissingFactError where one is missing."""
        text, used = fill(template, facts)
        self.facts += used
        return text.strip()

    def say(self, fact: Fact) -> str:
        """Word a fact as a reply does."""
        self.facts.append(fact)
        return say(fact)

    def forget(self) -> None:
        """Ask anew: an action has changed what the bank says."""
        self._known.clear()
        self.names = self.bank.names(self.principal)

    def _ask(self, query: str, arguments: Mapping[str, Any]) -> FactSheet:
        key = (query, repr(sorted(arguments.items())))
        if key not in self._known:
            self._known[key] = self.bank.query(query, self.principal, arguments, self.today)
            self.evidence.sheets[query] = self._known[key]
            self.evidence.arguments[query] = arguments
        return self._known[key]
