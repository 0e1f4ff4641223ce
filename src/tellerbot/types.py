"""Frozen values that the parts hand to each other, and the protocols they meet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal, Protocol, get_args

# A `label` is in the bank's own words (a product, opening hours), a `text` in others' (a payee) and shown as a name.
FactKind = Literal["text", "label", "money", "percent", "date", "time", "count", "phone", "digits"]
FactValue = str | Decimal | int | date | time

# What a message may name: values of its own, and things that the bank knows by name. A `record` is a row that a query
# found, an `option` one of those that a flow lists.
SlotKind = Literal[
    "money", "date", "period", "time", "count", "term", "account", "card", "payee", "category", "branch", "product",
    "record", "option", "text", "phone", "number", "check",
]  # fmt: skip

# What a message asks of its subject.
Aspect = Literal[
    "how_long", "minimum", "limit", "rate", "how_much", "when", "where", "why", "which", "can_i", "how_to"
]  # fmt: skip

# A question offers the customer at most this many intents.
MOST_CHOICES = 3


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text with its personal data masked, and the kinds of data that were found."""

    text: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Understanding:
    """What an utterance asks for.

    `confidence` is the calibrated probability of `intent`, 0 to 1. `scope_score` is higher the more
    surely the utterance is in scope, 0 to 1. `candidates` are the intents that cannot be ruled out, best first
    and never empty (see `conformal_level`). `ranking` holds the best intents with their probabilities.
    """

    intent: str
    confidence: float
    scope_score: float
    in_scope: bool
    confident: bool
    candidates: tuple[str, ...]
    ranking: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; `currency` is an ISO 4217 code, None where the text names none."""

    amount: Decimal
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both included; None is an open end."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that customers call by a name: one of their accounts, cards or payees, a category, branch or product.

    `ref` is the bank's own key of it, `name` what the bank calls it, `aliases` what customers call it besides, such as
    its last four digits or "savings".
    """

    kind: SlotKind
    ref: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A customer's own words as a value, such as an address or the name of a new payee."""

    text: str


@dataclass(frozen=True, slots=True)
class Private:
    """A value that no event may hold: how it is `shown` ("ending in 42"), and the `token` it is kept under."""

    shown: str
    token: str


SlotValue = Money | date | Period | time | int | tuple[Named, ...]

# What a slot of a flow holds.
Value = Money | date | Period | time | int | Named | Text | Private


@dataclass(frozen=True, slots=True)
class Slot:
    """A typed value that a text gives, with its place: `text` is the text from `start` to `end`.

    Several `Named` as the value are things that the text fits equally well; none are a name that fits nothing.
    """

    kind: SlotKind
    start: int
    end: int
    text: str
    value: SlotValue


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that a reply offers: an intent or a flow with the title the customer reads.

    `named` is what it is about.
    """

    intent: str
    title: str
    named: Named | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable piece of a policy. `id` is `policy#section`, with `/n` for the n-th piece of a long section.

    `in_force_to` is the last day in force, None until further notice. `page` is its first page, from 1; None where the
    document has no pages. `path` holds the headings above it, the outermost first and its own last; `section` is
    the heading to show. `kinds` says what each line of `text` is: paragraph, list, table or code.
    """

    id: str
    policy: str
    title: str
    section: str
    version: str
    in_force_from: date
    in_force_to: date | None
    text: str
    sentences: tuple[str, ...]
    page: int | None = None
    path: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def in_force(self, day: date) -> bool:
        """Return whether the passage is in force on a day."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage with its similarity to the question, and that of each of its sentences, -1 to 1."""

    passage: Passage
    score: float
    sentence_scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from.

    `ref` is a bank record (`accounts/ACC-1/available`), a passage's id, a formula ("sum of 7 transactions"), or
    the customer's own words that name a day or an amount. `rows` are the records or facts that a formula is over.
    """

    kind: Literal["bank", "passage", "formula", "message"]
    ref: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A typed value with its source. Percentages are in percent (3.10 means 3.10 %), money in the bank's currency."""

    name: str
    kind: FactKind
    value: FactValue
    source: Source


@dataclass(frozen=True, slots=True)
class FactSheet:
    """What one query found out: single `values`, and `rows` for things there may be several of.

    `records` are what the formulas of its values are over: to look at, no wording lists them.
    """

    values: Mapping[str, Fact] = field(default_factory=dict)
    rows: tuple[Mapping[str, Fact], ...] = ()
    records: tuple[Mapping[str, Fact], ...] = ()


# What a customer may do: move money, use cards, change details, ask for products and appointments.
Scope = Literal["payments", "cards", "details", "products"]
SCOPES: frozenset[Scope] = frozenset(get_args(Scope))


@dataclass(frozen=True, slots=True)
class Customer:
    """A signed-in customer of the bank, and what this sign-in may do.

    `credential` changes with what the customer signs in with, such as the password; "" where the bank does not say.
    """

    id: str
    name: str
    scopes: frozenset[Scope] = SCOPES
    credential: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FigureSource:
    """A figure as a reply writes it, and the source it was traced to."""

    figure: str
    source: Source


@dataclass(frozen=True, slots=True)
class Reply:
    """Checked wording: every figure in `text` is listed in `figures` with its source."""

    text: str
    figures: tuple[FigureSource, ...] = ()
    citations: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class QuerySpec:
    """What a query takes: the names of its typed arguments, and which of these it cannot do without.

    A public one tells only what anyone may know (fees, branches), so that it needs no sign-in. One that `looks_ahead`
    takes days to come. `values` and `rows` are the facts that its sheet may have, with their kinds; None where the bank
    does not say.
    """

    is_public: bool
    arguments: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    looks_ahead: bool = False
    values: Mapping[str, FactKind] | None = None
    rows: Mapping[str, FactKind] | None = None


Arguments = Mapping[str, Named | Period | date | time | Decimal | int | str]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one run of an action may move, that a day's runs may move together, and how many runs a day has.

    None is no limit. Amounts are in the bank's currency.
    """

    amount: Decimal | None = None
    day_sum: Decimal | None = None
    day_count: int | None = None


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What an action takes, touches and needs.

    `arguments` are the names of its typed arguments, `required` those it cannot do without. `reads` and `changes` name
    the bank's records. The principal must hold `scope`. With `second_factor` it runs only after a one-time code.
    `undo` is the action that takes it back, "" where none does. `facts` are those that its receipt may have, with their
    kinds; None where the bank does not say.
    """

    arguments: tuple[str, ...]
    required: tuple[str, ...]
    reads: tuple[str, ...]
    changes: tuple[str, ...]
    scope: Scope
    limits: Limits = Limits()
    second_factor: bool = False
    undo: str = ""
    facts: Mapping[str, FactKind] | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an action has done: the bank's `reference` of it in capital letters, the time in UTC, and facts to show.

    `made` is the thing that it made, such as a new payee.
    """

    reference: str
    at: datetime
    facts: Mapping[str, Fact] = field(default_factory=dict)
    made: Named | None = None


class Bank(Protocol):
    """The bank's own systems, as tellerbot needs them.

    Implementations raise UnavailableError when the bank is away or does not answer in time, and never take identity
    from text: the `principal` always comes from a verified sign-in.
    """

    def authenticate(self, username: str, password: str) -> Customer | None:
        """Return the customer when the password is right, else None."""
        ...

    def find(self, customer_id: str) -> Customer | None:
        """Return the customer with this id, else None."""
        ...

    def find_user(self, username: str) -> Customer | None:
        """Return the customer with this user name, else None; for operators at the command line."""
        ...

    def queries(self) -> Mapping[str, QuerySpec]:
        """Return the queries that this bank answers, by name."""
        ...

    def query(self, name: str, principal: Customer | None, arguments: Arguments, today: date) -> FactSheet:
        """Answer a query; `principal` is None only where the query is public.

        Raises ConfigError for an unknown query or argument, a value of the wrong type or one that is missing, and
        DataError for an argument that names what is not the principal's.
        """
        ...

    def names(self, principal: Customer | None) -> Sequence[Named]:
        """Return the principal's accounts, cards, payees, merchants, categories; branches and products for anyone."""
        ...

    def actions(self) -> Mapping[str, ActionSpec]:
        """Return the actions that this bank runs, by name."""
        ...

    def act(self, name: str, principal: Customer, arguments: Arguments, key: str, today: date) -> Receipt:
        """Run an action once for its `key`: another call with the same key returns the first receipt.

        Checks balances, limits and the principal's scopes itself. Raises RefusedError where the bank does not do it, in
        which case nothing has changed; ConfigError for an unknown action or argument, a value of the wrong type or one
        that is missing; and UnavailableError where it is not known what became of it: ask `outcome`.
        """
        ...

    def outcome(self, principal: Customer, key: str) -> Receipt | None:
        """Return the receipt of the action with this key, None where it never ran and never will.

        After None a late request with this key changes nothing.
        """
        ...

    def send_code(self, principal: Customer, code: str, purpose: str) -> None:
        """Send the principal a one-time code by a way of their own, such as a text message; never log it.

        `purpose` says in the customer's words what the code is for.
        """
        ...

    def ping(self) -> None:
        """Raise UnavailableError when the bank cannot be reached."""
        ...
