"""The parts of a bank's file that describe requests, and what is where in the answers."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tellerbot.bank.http.template import Call
from tellerbot.errors import RefusalReason
from tellerbot.types import ActionSpec, FactKind, Limits, QuerySpec, Scope

NameKind = Literal["account", "card", "payee", "category", "branch", "product"]
ArgumentKind = NameKind | Literal["money", "date", "period", "count", "text"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
# Where a value is in an answer: keys, and places in lists, with dots between them; "" is the answer itself.
Place = Annotated[str, StringConstraints(pattern=r"^$|^[^.{}\s]+(\.[^.{}\s]+)*$")]


class Part(BaseModel):
    """What every part of the file keeps to: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ErrorMatch(Part):
    """Answers of this status, and of this error code where one is given."""

    status: int = Field(ge=400, le=499)
    code: str = ""


class Request(Part):
    """One request. Its texts may have `{places}`; a parameter or part of the body that cannot be filled is left out."""

    method: Method = "GET"
    path: str = Field(pattern=r"^/[^?#]*$")
    params: dict[str, str] = {}
    body: dict[str, Any] | None = None

    def call(self, name: str, headers: dict[str, str] | None = None) -> Call:
        """Return the request; `name` is the place in the file that describes it."""
        return Call(name, self.method, self.path, self.params, headers or {}, self.body)


class Lookup(Request):
    """A request for one thing; these errors say that there is no such thing."""

    unknown: tuple[ErrorMatch, ...] = Field(min_length=1)


class Sign(Part):
    """Where an answer says whether an amount is above or below zero, and by which texts; the amount itself is above."""

    at: Place
    plus: str
    minus: str


class FactField(Part):
    """A fact's kind, and where its value is.

    `currency` is where an amount's currency is, which must be the file's. Without an `optional` one there is no fact;
    without another the answer is wrong.
    """

    kind: FactKind
    at: Place
    currency: Place = ""
    sign: Sign | None = None
    optional: bool = False


class Record(Part):
    """The facts of one record; `ref` is its key, with `{places}` of the record, such as `accounts/{AccountId}`."""

    ref: str = Field(min_length=1)
    facts: dict[str, FactField] = {}


class Rows(Record):
    """The facts of each record in the list that is `at` this place."""

    at: Place


def _kinds(record: Record | None) -> dict[str, FactKind]:
    """Return the kinds of a record's facts."""
    return {name: field.kind for name, field in record.facts.items()} if record else {}


class Query(Request):
    """What a query takes, asks for, and makes of the answer."""

    public: bool = False
    looks_ahead: bool = False
    arguments: dict[str, ArgumentKind] = {}
    required: tuple[str, ...] = ()
    values: Record | None = None
    rows: Rows | None = None

    def spec(self) -> QuerySpec:
        """Return what the query takes and needs."""
        return QuerySpec(
            self.public, tuple(self.arguments), self.required, self.looks_ahead, _kinds(self.values), _kinds(self.rows)
        )


class NamesOf(Request):
    """Things of one kind that customers name: the list `at` this place, and what is where in each."""

    public: bool = False
    at: Place
    ref: Place
    name: Place
    aliases: tuple[Place, ...] = ()


class Customers(Part):
    """How a user name and a password are checked, and customers found; the three answers have one shape.

    `scopes` is where the list of what the sign-in may do is; None: everything. `header` carries the customer's id with
    every request about them; "" where it is in paths, parameters and bodies only.
    """

    header: str = ""
    sign_in: Lookup
    find: Lookup
    find_user: Lookup
    id: Place
    name: Place
    scopes: Place | None = None


class Status(Part):
    """Where an answer says what became of an action; a text of neither list says that this is not known yet."""

    at: Place
    done: tuple[str, ...] = Field(min_length=1)
    not_done: tuple[str, ...] = ()


class Made(Part):
    """The thing that an action made."""

    kind: NameKind
    ref: Place
    name: Place


class ReceiptShape(Record):
    """What the bank answers an action with, and the request that asks for it by the action's key."""

    by_key: Lookup
    reference: Place
    time: Place
    status: Status | None = None
    made: Made | None = None


class Refusal(ErrorMatch):
    """Why the bank does not do it, where it answers with this error, and the facts that the answer has of it."""

    reason: RefusalReason
    facts: dict[str, FactField] = {}


class PaidToday(Request):
    """The customer's payments of a day, to hold against a day's limits."""

    at: Place
    amount: FactField


class DayLimits(Part):
    """See `types.Limits`. `paid_today` reads what has been paid; without it the bank alone keeps a day's limits."""

    amount: Decimal | None = Field(default=None, gt=0)
    day_sum: Decimal | None = Field(default=None, gt=0)
    day_count: int | None = Field(default=None, gt=0)
    paid_today: PaidToday | None = None


class Action(Request):
    """What an action takes, sends and needs; `receipt` names one of the file's receipts."""

    method: Method = "POST"
    arguments: dict[str, ArgumentKind]
    required: tuple[str, ...] = ()
    scope: Scope
    receipt: str
    reads: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    limits: DayLimits = DayLimits()
    second_factor: bool = False
    undo: str = ""

    def spec(self, receipt: Record) -> ActionSpec:
        """Return what the action takes, needs and is limited to, and the facts of its receipt."""
        limits = Limits(self.limits.amount, self.limits.day_sum, self.limits.day_count)
        return ActionSpec(
            tuple(self.arguments), self.required, self.reads, self.changes, self.scope, limits, self.second_factor,
            self.undo, _kinds(receipt),
        )  # fmt: skip
