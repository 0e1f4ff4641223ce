"""A bank in memory whose ledger notes every act, and which refuses, goes away, or loses its answer when asked to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any, Literal

from tellerbot.errors import ConfigError, RefusalReason, RefusedError, UnavailableError
from tellerbot.types import ActionSpec, Arguments, Customer, Fact, FactSheet, Named, QuerySpec, Receipt, Scope, Source

ADA, BEN = Customer("CUST-1", "Ada"), Customer("CUST-2", "Ben")
CHECKING = Named("account", "ACC-1", "Everyday Checking", ("checking", "1111"))
SAVINGS = Named("account", "ACC-2", "Rainy Day Savings", ("savings", "2222"))
MARIA, OSKAR = Named("payee", "PAY-1", "Maria Novak"), Named("payee", "PAY-2", "Oskar Lund")
# Two that "visa" fits equally well.
DEBIT = Named("card", "CARD-1", "Visa Debit", ("visa", "3333"))
CREDIT = Named("card", "CARD-2", "Visa Credit", ("visa", "4444"))

# Every slot that the flows of the tests have may be an argument of every action.
ANY = ("amount", "account", "to", "payee", "card", "day", "way", "note", "phone", "number", "given")
ACTIONS = {
    "pay": ActionSpec(ANY, (), ("accounts",), ("accounts",), "payments"),
    "order": ActionSpec(ANY, (), ("cards",), ("cards",), "cards"),
    "secure": ActionSpec(ANY, (), ("accounts",), ("accounts",), "payments", second_factor=True),
    "add_payee": ActionSpec(("name",), ("name",), (), ("payees",), "payments"),
}
QUERIES = {
    "balances": QuerySpec(False, ("account",)),
    "payees": QuerySpec(False, ("payee",)),
    "fees": QuerySpec(True),
}
# What the bank does with the next act: with `lose` it acts and does not answer, with `die` the server dies then.
Mood = Literal["fine", "refuse", "away", "lose", "die"]


class DiedError(BaseException):
    """The server was killed."""


@dataclass(frozen=True, slots=True)
class Act:
    """An act that was done."""

    key: str
    name: str
    arguments: Arguments
    receipt: Receipt


@dataclass(slots=True)
class ToyBank:
    """Two accounts, two payees, two cards. `is_away`: nothing can be asked. `is_mute`: it does not say what became.

    `moods` are those of the acts to come, `reason` why it refuses. `during` is called while it acts. `codes` are those
    that were sent, each with its purpose; `held` are keys that are void.
    """

    balances: dict[str, Decimal] = field(default_factory=lambda: {"ACC-1": Decimal("500"), "ACC-2": Decimal("90.50")})
    payees: list[Named] = field(default_factory=lambda: [MARIA, OSKAR])
    ledger: list[Act] = field(default_factory=list)
    refused: dict[str, RefusalReason] = field(default_factory=dict)
    moods: list[Mood] = field(default_factory=list)
    reason: RefusalReason = "insufficient"
    is_away: bool = False
    is_mute: bool = False
    codes: list[tuple[str, str]] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    during: Callable[[], object] | None = None
    scopes: frozenset[Scope] = ADA.scopes
    _lock: Lock = field(default_factory=Lock)

    def authenticate(self, username: str, password: str) -> Customer | None:
        return self.find_user(username) if password == username else None

    def find(self, customer_id: str) -> Customer | None:
        return {ADA.id: ADA, BEN.id: BEN}.get(customer_id)

    def find_user(self, username: str) -> Customer | None:
        return {"ada": ADA, "ben": BEN}.get(username)

    def queries(self) -> Mapping[str, QuerySpec]:
        return QUERIES

    def query(self, name: str, principal: Customer | None, arguments: Arguments, today: date) -> FactSheet:
        self.ping()
        _check(name, QUERIES[name].arguments if name in QUERIES else None, QUERIES, arguments)
        if name == "fees":
            return FactSheet({"fee": _fact("fee", "money", Decimal("2.50"), "fees/wire")})
        if principal != ADA:
            return FactSheet()
        wanted = [one.ref for one in arguments.values() if isinstance(one, Named)]
        if name == "payees":
            rows = [_row(one, "payees") for one in self.payees if not wanted or one.ref in wanted]
            return FactSheet(rows=tuple(rows))
        accounts = [one for one in (CHECKING, SAVINGS) if not wanted or one.ref in wanted]
        return FactSheet(rows=tuple(self._account(one, today) for one in accounts))

    def _account(self, account: Named, today: date) -> dict[str, Fact]:
        ref = f"accounts/{account.ref}"
        return _row(account, "accounts") | {
            "last4": _fact("last4", "digits", account.aliases[-1], f"{ref}/last4"),
            "available": _fact("available", "money", self.balances[account.ref], f"{ref}/available"),
            "as_of": _fact("as_of", "date", today, f"{ref}/as_of"),
        }

    def names(self, principal: Customer | None) -> Sequence[Named]:
        self.ping()
        return [CHECKING, SAVINGS, *self.payees, DEBIT, CREDIT] if principal == ADA else []

    def actions(self) -> Mapping[str, ActionSpec]:
        return ACTIONS

    def act(self, name: str, principal: Customer, arguments: Arguments, key: str, today: date) -> Receipt:
        spec = ACTIONS.get(name)
        _check(name, spec.arguments if spec else None, ACTIONS, arguments)
        if self.during:
            during, self.during = self.during, None
            during()
        with self._lock:
            mood = self.moods.pop(0) if self.moods else "fine"
            if self.is_away or mood == "away":
                raise UnavailableError("The bank is away.")
            for done in self.ledger:
                if done.key == key:
                    return done.receipt
            if key in self.held:
                raise RefusedError("not_possible")
            if mood == "refuse":
                self.refused[key] = self.reason
                raise RefusedError(self.reason)
            receipt = self._do(name, principal, arguments, key)
        if mood == "lose":
            self.is_mute = True
            raise UnavailableError("The bank's answer is lost.")
        if mood == "die":
            raise DiedError
        return receipt

    def _do(self, name: str, principal: Customer, arguments: Arguments, key: str) -> Receipt:
        if principal != ADA:
            raise RefusedError("not_theirs")
        made = None
        if name == "add_payee":
            made = Named("payee", f"PAY-{len(self.payees) + 1}", str(arguments["name"]))
            self.payees.append(made)
        amount, account = arguments.get("amount"), arguments.get("account")
        if isinstance(amount, Decimal) and isinstance(account, Named):
            self.balances[account.ref] -= amount
        reference = "".join("BCDFGHJKLM"[int(digit)] for digit in f"{len(self.ledger):06}")
        facts = {"done_at": _fact("done_at", "date", datetime.now(UTC).date(), f"acts/{reference}")}
        receipt = Receipt(reference, datetime.now(UTC), facts, made)
        self.ledger.append(Act(key, name, dict(arguments), receipt))
        return receipt

    def outcome(self, principal: Customer, key: str) -> Receipt | None:
        if self.is_away or self.is_mute:
            raise UnavailableError("The bank is away.")
        with self._lock:
            for done in self.ledger:
                if done.key == key:
                    return done.receipt
            self.held.add(key)
            return None

    def send_code(self, principal: Customer, code: str, purpose: str) -> None:
        self.ping()
        self.codes.append((code, purpose))

    def ping(self) -> None:
        if self.is_away:
            raise UnavailableError("The bank is away.")


def _check(name: str, known: Sequence[str] | None, all_of: Mapping[str, object], given: Arguments) -> None:
    if known is None:
        raise ConfigError(f"Expected one of {', '.join(all_of)}, found {name!r}.")
    if strange := {*given} - {*known}:
        raise ConfigError(f"{name} takes no {', '.join(sorted(strange))}.")


def _row(named: Named, table: str) -> dict[str, Fact]:
    kind = "text" if named.kind == "payee" else "label"
    return {named.kind: _fact(named.kind, kind, named.name, f"{table}/{named.ref}/name")}


def _fact(name: str, kind: Any, value: Any, ref: str) -> Fact:
    return Fact(name, kind, value, Source("bank", ref))
