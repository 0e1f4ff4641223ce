"""The YAML file that describes a bank's HTTP interface."""

from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, StringConstraints, model_validator

from tellerbot.bank.http.parts import (
    Action,
    Customers,
    NameKind,
    NamesOf,
    Part,
    Place,
    Query,
    ReceiptShape,
    Refusal,
    Request,
)
from tellerbot.bank.http.template import places
from tellerbot.errors import ConfigError, Problem, format_count
from tellerbot.project.yaml_lines import check, read_yaml

# A secret is never in the file: this is the name of the environment variable that holds it.
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
# Encrypted, but for a server on this machine.
Url = Annotated[
    str, StringConstraints(pattern=r"^(https://[^\s/?#@]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/[^\s?#]*)?$")
]
Seconds = Annotated[float, Field(gt=0, le=600)]


class BearerAuth(Part):
    """A key that goes with every request."""

    kind: Literal["bearer"]
    key_from: Variable


class ClientAuth(Part):
    """A token that is fetched with an id and a secret (OAuth 2.0 client credentials, RFC 6749), and renewed."""

    kind: Literal["client_credentials"]
    token_url: Url
    client_id_from: Variable
    client_secret_from: Variable
    scope: str = ""


class Once(Part):
    """How an action is done once: what goes with it, and until when.

    The bank must not begin it a second time for its `{key}`, nor at all after `{expires_at}`, which is `seconds` from
    now. `margin` is by how many seconds its clock may differ.
    """

    headers: dict[str, str] = Field(default_factory=dict)
    seconds: Seconds = 30
    margin: Seconds = 5


class Timeouts(Part):
    """Seconds until there is a connection, and from then until there is a whole answer."""

    connect: Seconds = 2
    answer: Seconds = 5


class Retries(Part):
    """How often a read is tried again, and the seconds between: the first wait, doubled each time, and the longest."""

    times: int = Field(default=2, ge=0, le=10)
    first_wait: Seconds = 0.2
    longest_wait: Seconds = 2


class Breaker(Part):
    """After so many failures in a row no request is sent for so many seconds, then one to try."""

    failures: int = Field(default=5, ge=1)
    seconds: Seconds = 10


class AtOnce(Part):
    """How many requests run at once, and how many seconds a further one waits."""

    requests: int = Field(default=8, ge=1, le=1000)
    wait: Seconds = 1


class HttpBankConfig(Part):
    """The whole file. `error_code` is where an answer has its error code."""

    base_url: Url
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    auth: Annotated[BearerAuth | ClientAuth, Field(discriminator="kind")]
    ping: Request
    error_code: Place = ""
    customers: Customers
    names: dict[NameKind, NamesOf] = Field(default_factory=dict)
    queries: dict[str, Query] = Field(default_factory=dict)
    actions: dict[str, Action] = Field(default_factory=dict)
    receipts: dict[str, ReceiptShape] = Field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    once: Once = Once()
    send_code: Request | None = None
    timeouts: Timeouts = Timeouts()
    retries: Retries = Retries()
    breaker: Breaker = Breaker()
    at_once: AtOnce = AtOnce()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        customers = self.customers
        _check_places("customers.sign_in", customers.sign_in, {"username", "password"})
        _check_places("customers.find", customers.find, {"customer"})
        _check_places("customers.find_user", customers.find_user, {"username"})
        for kind, names in self.names.items():
            _check_places(f"names.{kind}", names, set() if names.public else {"customer"})
        for name, query in self.queries.items():
            _check_arguments(f"queries.{name}", query, {"today"} if query.public else {"today", "customer"})
            self._check_kinds(f"queries.{name}", query)
        for name, receipt in self.receipts.items():
            _check_places(f"receipts.{name}.by_key", receipt.by_key, {"customer", "key"}, needed="key")
        for name, action in self.actions.items():
            self._check_action(f"actions.{name}", action)
        if unknown := places(self.once.headers) - {"key", "expires_at"}:
            raise ValueError(f"once.headers: expected {{key}} and {{expires_at}}, found {{{min(unknown)}}}")
        if self.send_code:
            _check_places("send_code", self.send_code, {"customer", "code", "purpose"}, needed="code")
        return self

    def _check_action(self, name: str, action: Action) -> None:
        _check_arguments(name, action, {"customer", "today", "key", "expires_at"})
        self._check_kinds(name, action)
        if missing := {"key", "expires_at"} - places(self.once.headers) - places(action.body):
            raise ValueError(f"{name}: expected {{{min(missing)}}} in once.headers or in the body, found it in neither")
        if action.receipt not in self.receipts:
            raise ValueError(f"{name}: expected one of the receipts, found {action.receipt!r}")
        if action.undo and action.undo not in self.actions:
            raise ValueError(f"{name}: expected one of the actions as undo, found {action.undo!r}")
        if action.second_factor and self.send_code is None:
            raise ValueError(f"{name}: expected send_code, as it has a second_factor; found none")
        limits = action.limits
        if (limits.amount or limits.day_sum) and action.arguments.get("amount") != "money":
            raise ValueError(f"{name}: expected an argument 'amount: money' for its limits, found none")
        if limits.paid_today:
            _check_places(f"{name}.limits.paid_today", limits.paid_today, {"customer", "today"})

    def _check_kinds(self, name: str, request: Query | Action) -> None:
        """Raise ValueError for an argument that names a thing of which there is no list to find it in."""
        is_public = isinstance(request, Query) and request.public
        for kind in (kind for kind in request.arguments.values() if kind in get_args(NameKind)):
            listed = self.names.get(kind)  # type: ignore[arg-type]
            if listed is None or (is_public and not listed.public):
                raise ValueError(f"{name}: expected names.{kind}{' to be public' if listed else ''}, found none")


def _check_arguments(name: str, request: Query | Action, others: set[str]) -> None:
    """Raise ValueError unless what a request requires and sends is among its arguments and `others`."""
    if unknown := set(request.required) - request.arguments.keys():
        raise ValueError(f"{name}: expected the required ones among the arguments, found no {min(unknown)}")
    kinds = request.arguments
    fills = {"period": (".start", ".end"), **dict.fromkeys(("money", "date", "count", "text"), ("",))}
    known = {f"{key}{part}" for key, kind in kinds.items() for part in fills.get(kind, ("", ".name"))}
    # A period may have an open end.
    sure = {place for place in known if (key := place.partition(".")[0]) in request.required and kinds[key] != "period"}
    _check_places(name, request, others | known, others | sure)


def _check_places(
    name: str, request: Request, known: set[str], sure: set[str] | None = None, *, needed: str = ""
) -> None:
    """Raise ValueError for a place that nothing fills, or in a path one that may be empty; `needed` must be there.

    `sure` are those that are always filled; None: all that are known.
    """
    path = places(request.path)
    used = path | places(request.params) | places(request.body)
    if unknown := used - known:
        raise ValueError(f"{name}: expected places among {', '.join(sorted(known))}, found {{{min(unknown)}}}")
    if empty := path - (known if sure is None else sure):
        raise ValueError(
            f"{name}: expected a required argument in the path, found {{{min(empty)}}}, which may be left out"
        )
    if needed and needed not in used:
        raise ValueError(f"{name}: expected {{{needed}}} in the path, the parameters or the body, found none")


def load_config(path: Path) -> HttpBankConfig:
    """Read and check the file. Raises ConfigError with every mistake, its line and what to do."""
    problems: list[Problem] = []
    config: HttpBankConfig | None = check(read_yaml(path, problems), HttpBankConfig, problems)
    if config is None:
        heading = f"TELLERBOT_BANK__URL: {format_count(len(problems), 'mistake')} in the bank's file."
        raise ConfigError("\n".join([heading, *(f"  {problem}" for problem in problems)]))
    return config
