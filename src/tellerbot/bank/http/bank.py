"""A bank behind an HTTP interface that a YAML file describes."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from tellerbot.bank.http.actions import Actions
from tellerbot.bank.http.arguments import check_given
from tellerbot.bank.http.client import Client
from tellerbot.bank.http.config import load_config
from tellerbot.bank.http.facts import look_list, look_text, to_sheet, wrong_answer
from tellerbot.bank.http.names import Names
from tellerbot.bank.http.parts import Lookup
from tellerbot.bank.http.requests import call_for
from tellerbot.bank.http.template import HEADER, NO_STEPS, values_of
from tellerbot.bank.queries import check_names
from tellerbot.database import is_storable
from tellerbot.errors import ConfigError
from tellerbot.types import (
    SCOPES,
    ActionSpec,
    Arguments,
    Customer,
    FactSheet,
    Named,
    QuerySpec,
    Receipt,
)


class HttpBank:
    """See `types.Bank`; safe among threads. What the bank answers is taken only where it is as the file says."""

    def __init__(self, url: str) -> None:
        """`url` is the path of the file. Raises ConfigError where it is wrong, or a secret of it is not there."""
        self._config = load_config(Path(url))
        self._client = Client(self._config)
        self._names = Names(self._config, self._client)
        self._actions = Actions(self._config, self._client, self._names)
        self._query_specs = {name: query.spec() for name, query in self._config.queries.items()}
        self._action_specs = {
            name: action.spec(self._config.receipts[action.receipt]) for name, action in self._config.actions.items()
        }

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def authenticate(self, username: str, password: str) -> Customer | None:
        """Return the customer when the password is right, else None."""
        given = {"username": username, "password": password}
        return self._look_up("customers.sign_in", self._config.customers.sign_in, given, again=False)

    def find(self, customer_id: str) -> Customer | None:
        """Return the customer with this id, else None."""
        if not HEADER.fullmatch(customer_id) or customer_id in NO_STEPS:
            return None
        found = self._look_up("customers.find", self._config.customers.find, {"customer": customer_id})
        if found and found.id != customer_id:
            raise wrong_answer("customers.find", "the customer who was asked for", "another")
        return found

    def find_user(self, username: str) -> Customer | None:
        """Return the customer with this user name, else None."""
        if username in NO_STEPS:
            return None
        return self._look_up("customers.find_user", self._config.customers.find_user, {"username": username})

    def queries(self) -> Mapping[str, QuerySpec]:
        """Return the queries that this bank answers, by name."""
        return self._query_specs

    def query(self, name: str, principal: Customer | None, arguments: Arguments, today: date) -> FactSheet:
        """Answer a query; see `types.Bank.query` for its errors."""
        query = self._config.queries.get(name)
        if query is None or (principal is None and not query.public):
            known = ", ".join(self._config.queries)
            raise ConfigError(f"Expected a query among {known}, with a customer; found {name!r}.")
        check_given(name, query.arguments, query.required, arguments)
        if any(isinstance(value, Named) for value in arguments.values()):
            check_names(arguments, self.names(principal))
        values = {**values_of(arguments), "today": today.isoformat()}
        place = f"queries.{name}"
        call = call_for(self._config, query, place, None if query.public else principal, values)
        content = self._client.read(call).content()
        return to_sheet(content, query.values, query.rows, self._config.currency, place)

    def names(self, principal: Customer | None) -> Sequence[Named]:
        """Return what the principal may name; branches and products for anyone."""
        return self._names.find(principal)

    def actions(self) -> Mapping[str, ActionSpec]:
        """Return the actions that this bank runs, by name."""
        return self._action_specs

    def act(self, name: str, principal: Customer, arguments: Arguments, key: str, today: date) -> Receipt:
        """Run an action once for its `key`; see `types.Bank.act` for its errors."""
        return self._actions.act(name, principal, arguments, key, today)

    def outcome(self, principal: Customer, key: str) -> Receipt | None:
        """Return the receipt of the action with this key, None where it never ran and never will."""
        return self._actions.outcome(principal, key)

    def send_code(self, principal: Customer, code: str, purpose: str) -> None:
        """Send the principal a one-time code."""
        if self._config.send_code is None:
            raise ConfigError(
                "send_code: expected how the bank sends a code, found nothing. Add it to the bank's file."
            )
        values = {"code": code, "purpose": purpose}
        answer = self._client.send(call_for(self._config, self._config.send_code, "send_code", principal, values))
        if not answer.is_good:
            answer.content()

    def ping(self) -> None:
        """Raise UnavailableError when the bank cannot be reached."""
        answer = self._client.read(self._config.ping.call("ping"))
        if not answer.is_good:
            answer.content()

    def _look_up(self, name: str, lookup: Lookup, given: dict[str, str], *, again: bool = True) -> Customer | None:
        """Find the customer in an answer, None where there is none.

        A sign-in is not tried `again`: banks count tries.
        """
        if not all(map(is_storable, given.values())):
            return None
        call = call_for(self._config, lookup, name, None, given)
        answer = (self._client.read if again else self._client.send)(call, lookup.unknown)
        if answer.fits(lookup.unknown):
            return None
        content, shape = answer.content(), self._config.customers
        customer = look_text(content, shape.id, name)
        if not HEADER.fullmatch(customer):
            raise wrong_answer(f"{name}, {shape.id}", "an id of visible ASCII characters", "others")
        allowed = SCOPES if shape.scopes is None else look_list(content, shape.scopes, name)
        scopes = SCOPES.intersection(scope for scope in allowed if isinstance(scope, str))
        return Customer(customer, look_text(content, shape.name, name), scopes)
