"""A small bank in memory with an interface in the style of Open Banking: what it answers each request."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

CLIENT = ("tellerbot-client", "client-s3cret/+")
PASSWORDS = {"ada": "ada-s3cret-pass", "ben": "ben-s3cret-pass", "cleo": "cleo-s3cret-pass"}
LIMIT, DAY_COUNT = Decimal(2000), 20

Answer = tuple[int, dict[str, Any]]


class RefusedError(Exception):
    """The bank answers with this error."""

    def __init__(self, status: int, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.content = {"Code": str(status), "Errors": [{"ErrorCode": code}], **more}


@dataclass
class Asked:
    """A request that the bank reads."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def steps(self) -> list[str]:
        return [unquote(step) for step in self.path.strip("/").split("/")]

    @property
    def data(self) -> Any:
        return json.loads(self.body)["Data"]


@dataclass
class OpenBank:
    """Customers, accounts, payees, cards, payments and changes of cards; one request at a time."""

    tokens: set[str] = field(default_factory=set)
    messages: list[dict[str, str]] = field(default_factory=list)
    done: dict[str, tuple[bytes, str, Answer]] = field(default_factory=dict)
    payments: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        everything = ["payments", "cards", "details", "products"]
        self.customers = {
            "C-1": {"UserName": "ada", "Name": "Ada Okafor", "Permissions": everything},
            "C-2": {"UserName": "ben", "Name": "Ben Lindqvist", "Permissions": everything},
            "C-3": {"UserName": "cleo", "Name": "Cleo Marsh", "Permissions": ["read-only", "cards"]},
        }
        self.accounts = {
            "A-1": {"customer": "C-1", "Product": "Everyday", "Last4": "4821", "balance": Decimal("182.00")},
            "A-2": {"customer": "C-1", "Product": "Savings", "Last4": "7730", "balance": Decimal("11450.12")},
            "A-3": {"customer": "C-2", "Product": "Everyday", "Last4": "0359", "balance": Decimal("-36.20")},
            "A-4": {"customer": "C-2", "Product": "Savings", "Last4": "6114", "balance": Decimal("18200.00")},
            "A-5": {"customer": "C-3", "Product": "Everyday", "Last4": "9047", "balance": Decimal("803.77")},
        }
        self.payees = {
            "P-1": {"customer": "C-1", "Name": "Tunde Okafor"},
            "P-2": {"customer": "C-2", "Name": "Karin Lindqvist"},
        }
        self.cards = {
            "K-1": {"customer": "C-1", "Product": "Debit card", "Last4": "5512", "Status": "active"},
            "K-2": {"customer": "C-2", "Product": "Debit card", "Last4": "2204", "Status": "active"},
            "K-3": {"customer": "C-3", "Product": "Debit card", "Last4": "7716", "Status": "active"},
        }

    def answer(self, asked: Asked) -> Answer:
        """What the bank answers, an action once for its key."""
        try:
            if asked.path == "/health":
                return 200, {"Status": "up"}
            if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
                raise RefusedError(401, "ExpiredToken")
            if asked.method == "GET" or asked.path in ("/sign-in", "/messages"):
                return self._read(asked)
            return self._act(asked)
        except RefusedError as error:
            return error.status, error.content

    def grant(self) -> dict[str, Any]:
        """A new token of tellerbot's own."""
        token = f"token-{secrets.token_hex(8)}"
        self.tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 300}

    def _read(self, asked: Asked) -> Answer:
        match asked.steps:
            case ["sign-in"]:
                given = json.loads(asked.body)
                if PASSWORDS.get(given["UserName"]) != given["Password"]:
                    raise RefusedError(401, "WrongPassword")
                return self._customer(lambda key, row: row["UserName"] == given["UserName"])
            case ["messages"]:
                self.messages.append(json.loads(asked.body))
                return 202, {}
            case ["customers"]:
                return self._customer(lambda key, row: row["UserName"] == asked.params["userName"])
            case ["customers", customer]:
                return self._customer(lambda key, row: key == customer)
            case ["branches"]:
                return 200, {"Data": {"Branch": [{"BranchId": "old-port", "Name": "Old Port"}]}}
            case ["fees"]:
                return 200, {"Data": {"Overdraft": 25.10}}
        return self._read_own(asked, self._consent(asked))

    def _read_own(self, asked: Asked, customer: str) -> Answer:
        match asked.steps:
            case ["accounts"]:
                rows = [{"AccountId": key, **row, "balance": None} for key, row in self._own(self.accounts, customer)]
                return 200, {"Data": {"Account": rows}}
            case ["balances"]:
                rows = [self._balance(key) for key, _ in self._own(self.accounts, customer)]
                wanted = asked.params.get("accountId")
                return 200, {"Data": {"Balance": [row for row in rows if wanted in (None, row["AccountId"])]}}
            case ["accounts", account, "transactions"]:
                self._owned(self.accounts, account, customer)
                return 200, {"Data": {"Transaction": self._transactions(account, asked.params)}}
            case ["beneficiaries"]:
                rows = [{"BeneficiaryId": key, "Name": row["Name"]} for key, row in self._own(self.payees, customer)]
                return 200, {"Data": {"Beneficiary": rows}}
            case ["cards"]:
                return 200, {"Data": {"Card": [{"CardId": key, **row} for key, row in self._own(self.cards, customer)]}}
            case ["payments"]:
                day = asked.params["date"]
                rows = [row for row in self._payments_of(customer) if row["CreationDateTime"].startswith(day)]
                return 200, {"Data": {"Payment": rows}}
            case [("payments" | "card-changes") as kind, "by-key", key]:
                _, done_by, (status, content) = self.done.get(key, (b"", "", (0, {})))
                is_kind = ("PaymentId" in content.get("Data", {})) == (kind == "payments")
                if done_by != customer or status != 201 or not is_kind:
                    raise RefusedError(404, "UnknownKey")
                return 200, content
        raise RefusedError(404, "NotFound")

    def _act(self, asked: Asked) -> Answer:
        customer, key = self._consent(asked), asked.headers["idempotency-key"]
        if key in self.done:
            body, _, first = self.done[key]
            if body != asked.body:
                raise RefusedError(409, "KeyReused")
            return first
        if datetime.fromisoformat(asked.headers["x-expires-at"]) < datetime.now(UTC):
            raise RefusedError(422, "Expired")
        match asked.steps:
            case [("transfers" | "payments")]:
                answer = self._pay(customer, asked.data)
            case ["cards", card, "status"]:
                answer = self._set_card(customer, card, asked.data["Status"])
            case _:
                raise RefusedError(404, "NotFound")
        self.done[key] = (asked.body, customer, answer)
        return answer

    def _pay(self, customer: str, data: dict[str, Any]) -> Answer:
        self._permit(customer, "payments")
        source = self._owned(self.accounts, data["From"], customer)
        amount = Decimal(data["Amount"]["Amount"])
        target = self._owned(self.accounts, data["To"], customer) if "To" in data else None
        if not target:
            self._owned(self.payees, data["BeneficiaryId"], customer)
        if amount > LIMIT:
            raise RefusedError(422, "AmountLimit")
        if amount > source["balance"]:
            raise RefusedError(422, "InsufficientFunds", Available=_money(source["balance"]))
        if len(self._payments_of(customer)) >= DAY_COUNT:
            raise RefusedError(422, "DayLimit")
        source["balance"] -= amount
        if target:
            target["balance"] += amount
        payment = {
            "PaymentId": f"PAY-{len(self.payments) + 1:04}",
            "Status": "AcceptedSettlementCompleted",
            "CreationDateTime": datetime.now(UTC).isoformat(),
            "Amount": _money(amount),
            **{name: data[name] for name in ("From", "To", "BeneficiaryId") if name in data},
        }
        self.payments.append(payment)
        return 201, {"Data": payment}

    def _set_card(self, customer: str, card: str, status: str) -> Answer:
        self._permit(customer, "cards")
        row = self._owned(self.cards, card, customer)
        if row["Status"] == status:
            raise RefusedError(422, "NoChange")
        row["Status"] = status
        now = datetime.now(UTC).isoformat()
        change = {"ChangeId": f"chg-{len(self.changes) + 1}", "CardId": card, "Status": status, "CreationDateTime": now}
        self.changes.append(change)
        return 201, {"Data": change}

    def _customer(self, fits: Callable[[str, dict[str, Any]], bool]) -> Answer:
        for key, row in self.customers.items():
            if fits(key, row):
                return 200, {"CustomerId": key, **row}
        raise RefusedError(404, "NotFound")

    def _consent(self, asked: Asked) -> str:
        customer = asked.headers.get("x-customer-id", "")
        if customer not in self.customers:
            raise RefusedError(403, "NoConsent")
        return customer

    def _permit(self, customer: str, scope: str) -> None:
        if scope not in self.customers[customer]["Permissions"]:
            raise RefusedError(403, "NoConsent")

    def _own(self, table: dict[str, dict[str, Any]], customer: str) -> list[tuple[str, dict[str, Any]]]:
        return [(key, row) for key, row in table.items() if row["customer"] == customer]

    def _owned(self, table: dict[str, dict[str, Any]], key: str, customer: str) -> dict[str, Any]:
        row = table.get(key)
        if row is None or row["customer"] != customer:
            raise RefusedError(404, "NotFound")
        return row

    def _payments_of(self, customer: str) -> list[dict[str, Any]]:
        return [row for row in self.payments if self.accounts[row["From"]]["customer"] == customer]

    def _balance(self, account: str) -> dict[str, Any]:
        row = self.accounts[account]
        side = "Debit" if row["balance"] < 0 else "Credit"
        named = {"AccountId": account, "Product": row["Product"], "Last4": row["Last4"]}
        return {**named, "CreditDebitIndicator": side, "Amount": _money(abs(row["balance"]))}

    def _transactions(self, account: str, params: dict[str, str]) -> list[dict[str, Any]]:
        start, end = params.get("from", "0001-01-01"), params.get("to", "9999-12-31")
        booked = [("T-1", date(2026, 3, 2), "Casco Coffee", "6.40"), ("T-2", date(2026, 2, 2), None, "80.00")]
        return [
            {
                "TransactionId": f"{account}-{key}", "BookingDateTime": f"{day}T09:30:00+00:00", "MerchantName": payee,
                "Amount": {"Amount": amount, "Currency": "USD"}, "CreditDebitIndicator": "Debit",
            }
            for key, day, payee, amount in booked
            if start <= day.isoformat() <= end
        ]  # fmt: skip


def _money(amount: Decimal) -> dict[str, str]:
    return {"Amount": f"{amount:.2f}", "Currency": "USD"}
