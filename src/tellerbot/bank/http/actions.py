"""Actions at the bank: checked before anything is sent, sent once for a key, and asked about by it."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from tellerbot.bank.facts import by_name, computed_fact
from tellerbot.bank.http.arguments import check_given
from tellerbot.bank.http.client import Answer, Client
from tellerbot.bank.http.config import HttpBankConfig
from tellerbot.bank.http.facts import look, look_list, look_moment, look_text, to_facts, to_value, wrong_answer
from tellerbot.bank.http.keys import Keys
from tellerbot.bank.http.names import Names
from tellerbot.bank.http.parts import Action, DayLimits, PaidToday, ReceiptShape, Record
from tellerbot.bank.http.requests import call_for
from tellerbot.bank.http.template import HEADER, values_of
from tellerbot.bank.queries import NameNotFoundError, check_names
from tellerbot.errors import ConfigError, RefusedError, UnavailableError
from tellerbot.types import Arguments, Customer, Fact, Named, Receipt, Source

# Customers read it out.
_REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,63}", re.ASCII)


class Actions:
    """The file's actions; safe among threads."""

    def __init__(self, config: HttpBankConfig, client: Client, names: Names) -> None:
        self._config = config
        self._client = client
        self._names = names
        self._keys = Keys(config.once.seconds, config.once.margin)

    def act(self, name: str, principal: Customer, arguments: Arguments, key: str, today: date) -> Receipt:
        """Run an action as `types.Bank.act` says."""
        action = self._config.actions.get(name)
        if action is None:
            raise ConfigError(f"Expected an action among {', '.join(self._config.actions)}, found {name!r}.")
        check_given(name, action.arguments, action.required, arguments)
        _check_key(key)
        try:
            self._check(name, action, principal, arguments, today)
        except RefusedError:
            # What has been done with this key changed what it is checked against: the first receipt comes back.
            if receipt := self._ask(principal, key):
                return receipt
            raise
        expires = self._keys.open(key)
        if expires is None:
            if receipt := self._ask(principal, key):
                return receipt
            raise RefusedError("too_late")
        values = {
            **values_of(arguments), "key": key, "today": today.isoformat(),
            "expires_at": expires.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }  # fmt: skip
        call = call_for(self._config, action, f"actions.{name}", principal, values, self._config.once.headers)
        try:
            return self._read_answer(name, action, self._client.send(call, self._config.refusals))
        finally:
            self._names.forget(principal)

    def outcome(self, principal: Customer, key: str) -> Receipt | None:
        """Find an outcome as `types.Bank.outcome` says."""
        _check_key(key)
        # Closed before the bank is asked: nothing can be sent between its answer and ours.
        is_closed = self._keys.close(key)
        receipt = self._ask(principal, key)
        if receipt is None and not is_closed:
            raise UnavailableError(
                "Expected the outcome of an action, found that the bank does not know it yet and a request may still "
                f"arrive. Ask again after {self._config.once.seconds + self._config.once.margin:g} seconds."
            )
        return receipt

    def _ask(self, principal: Customer, key: str) -> Receipt | None:
        """Ask for the receipt that the bank has for a key; None where it knows none, or has refused it."""
        for name, shape in self._config.receipts.items():
            place = f"receipts.{name}"
            call = call_for(self._config, shape.by_key, f"{place}.by_key", principal, {"key": key})
            answer = self._client.read(call, shape.by_key.unknown)
            if not answer.fits(shape.by_key.unknown):
                content = answer.content()
                return self._to_receipt(shape, content, place) if _is_done(shape, content, place) else None
        return None

    def _read_answer(self, name: str, action: Action, answer: Answer) -> Receipt:
        """Read the receipt in the bank's answer to an action. Raises RefusedError and UnavailableError."""
        place = f"actions.{name}"
        for refusal in self._config.refusals:
            if answer.fits([refusal]):
                facts = Record(ref=place.replace(".", "/"), facts=refusal.facts)
                content = answer.json() if refusal.facts else None
                raise RefusedError(refusal.reason, to_facts(content, facts, self._config.currency, place))
        content, shape = answer.content(), self._config.receipts[action.receipt]
        if not _is_done(shape, content, place):
            raise RefusedError("not_possible")
        return self._to_receipt(shape, content, place)

    def _to_receipt(self, shape: ReceiptShape, content: Any, place: str) -> Receipt:
        reference = look_text(content, shape.reference, place).upper()
        if not _REFERENCE.fullmatch(reference):
            raise wrong_answer(f"{place}, {shape.reference}", "a reference of letters and digits", "another text")
        made = None
        if shape.made and look(content, shape.made.ref) is not None:
            named = look_text(content, shape.made.ref, place), look_text(content, shape.made.name, place)
            made = Named(shape.made.kind, *named)
        facts = to_facts(content, shape, self._config.currency, place)
        return Receipt(reference, look_moment(content, shape.time, place), facts, made)

    def _check(self, name: str, action: Action, principal: Customer, arguments: Arguments, today: date) -> None:
        """Raise RefusedError for what can be known not to be done before the bank is asked to do it."""
        if action.scope not in principal.scopes:
            raise RefusedError("not_allowed")
        amount, limits = arguments.get("amount"), action.limits
        if limits.amount and isinstance(amount, Decimal) and amount > limits.amount:
            raise RefusedError("amount_limit", by_name(_limit(name, "amount", limits.amount)))
        if any(isinstance(value, Named) for value in arguments.values()):
            try:
                check_names(arguments, self._names.find(principal))
            except NameNotFoundError:
                raise RefusedError("not_theirs") from None
        if limits.paid_today:
            self._check_day(name, limits, limits.paid_today, principal, amount, today)

    def _check_day(
        self, name: str, limits: DayLimits, read: PaidToday, principal: Customer, amount: Any, today: date
    ) -> None:
        """Raise RefusedError where a day's limits would be passed. Of two at once the bank itself must refuse one."""
        place = f"actions.{name}.limits.paid_today"
        call = call_for(self._config, read, place, principal, {"today": today.isoformat()})
        rows = look_list(self._client.read(call).content(), read.at, place)
        paid = [to_value(row, read.amount, self._config.currency, place) for row in rows]
        if limits.day_count and len(paid) >= limits.day_count:
            raise RefusedError("count_limit", by_name(_limit(name, "day_count", limits.day_count)))
        total = sum((abs(value) for value in paid if isinstance(value, Decimal)), Decimal(0))
        if limits.day_sum and isinstance(amount, Decimal) and total + amount > limits.day_sum:
            formula = f"{limits.day_sum:.2f} - {total:.2f}"
            remaining = computed_fact("remaining", "money", max(limits.day_sum - total, Decimal(0)), formula)
            raise RefusedError("day_limit", by_name(_limit(name, "day_sum", limits.day_sum), remaining))


def _is_done(shape: ReceiptShape, content: Any, place: str) -> bool:
    """Return whether an action is done. Raises UnavailableError where the bank does not know yet."""
    if shape.status is None:
        return True
    status = look_text(content, shape.status.at, place)
    if status not in (*shape.status.done, *shape.status.not_done):
        raise UnavailableError(
            f"{place}: expected the outcome of an action, found that it is not known yet. Ask again."
        )
    return status in shape.status.done


def _limit(name: str, which: str, value: Decimal | int) -> Fact:
    return Fact(
        "limit", "count" if isinstance(value, int) else "money", value, Source("bank", f"limits/{name}/{which}")
    )


def _check_key(key: str) -> None:
    if not HEADER.fullmatch(key):
        raise ConfigError("Expected a key of 1 to 200 visible ASCII characters, found another. Make one of them.")
