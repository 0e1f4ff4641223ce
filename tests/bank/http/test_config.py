"""The bank's file: the shipped one is whole, and mistakes in one are told with their lines."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bank.open_bank import CLIENT  # pyright: ignore[reportMissingImports]
from bank.open_bank_server import CONFIG, Server  # pyright: ignore[reportMissingImports]
from tellerbot.bank.http.bank import HttpBank
from tellerbot.bank.http.config import AtOnce, Breaker, HttpBankConfig, Retries, Timeouts, load_config
from tellerbot.errors import ConfigError, UnavailableError
from tellerbot.types import ActionSpec, FactKind, Limits, QuerySpec


def test_the_shipped_file_shows_every_key_and_its_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(CONFIG)
    assert config.model_fields_set == set(HttpBankConfig.model_fields)
    assert (config.timeouts, config.retries, config.breaker, config.at_once) == (
        Timeouts(), Retries(), Breaker(), AtOnce(),
    )  # fmt: skip
    monkeypatch.setenv("MYBANK_CLIENT_ID", CLIENT[0])
    monkeypatch.setenv("MYBANK_CLIENT_SECRET", CLIENT[1])
    bank = HttpBank(str(CONFIG))
    rows: dict[str, FactKind] = {"day": "date", "payee": "text", "amount": "money"}
    assert bank.queries()["transactions"] == QuerySpec(False, ("account", "period"), ("account",), False, {}, rows)
    assert bank.actions()["freeze_card"] == ActionSpec(
        ("card",), ("card",), ("cards",), ("cards",), "cards", Limits(), False, "unfreeze_card",
        {"status": "label"},
    )  # fmt: skip
    bank.close()


def changed(*keys: str, to: Any = None) -> Callable[[dict[str, Any]], None]:
    """Sets what the keys lead to, or takes it away."""

    def change(content: dict[str, Any]) -> None:
        for key in keys[:-1]:
            content = content[key]
        if to is None:
            del content[keys[-1]]
        else:
            content[keys[-1]] = to

    return change


MISTAKES = {
    "a key that there is not": (changed("retry", to={}), "retry: Extra inputs are not permitted"),
    "a key missing": (changed("customers", "find"), "customers.find: Field required"),
    "no encryption": (changed("base_url", to="http://api.bank.example"), "base_url: String should match"),
    "a user in the URL": (changed("base_url", to="https://me:pw@api.bank.example"), "base_url: String should match"),
    "a secret in the file": (changed("auth", "client_secret_from", to="s3cret-value"), "String should match pattern"),
    "a reason that there is not": (changed("refusals", to=[{"status": 422, "reason": "tired"}]), "refusals.0.reason"),
    "a server's fault as a refusal": (changed("refusals", to=[{"status": 500, "reason": "no_change"}]), "less than or"),
    "a place that nothing fills": (changed("queries", "balances", "params", to={"id": "{acount}"}), "found {acount}"),
    "a path that may be empty": (changed("queries", "transactions", "required"), "found {account}, which may be left"),
    "a public query of a customer": (changed("queries", "fees", "params", to={"of": "{customer}"}), "found {customer}"),
    "no list of what is named": (changed("names", "payee"), "actions.pay_payee: expected names.payee"),
    "a required one that is no argument": (changed("queries", "cards", "required", to=["card"]), "found no card"),
    "no key": (changed("once", "headers", to={"X-Expires-At": "{expires_at}"}), "expected {key} in once.headers"),
    "no expiry": (changed("once", "headers", to={"Key": "{key}"}), "expected {expires_at} in once.headers"),
    "something else in a header": (changed("once", "headers", "X", to="{customer}"), "found {customer}"),
    "a second factor without a code": (changed("send_code"), "expected send_code"),
    "a code that is not sent": (changed("send_code", "body", to={"Text": "hello"}), "send_code: expected {code}"),
    "a receipt that there is not": (changed("actions", "freeze_card", "receipt", to="note"), "found 'note'"),
    "an undo that there is not": (changed("actions", "freeze_card", "undo", to="thaw"), "found 'thaw'"),
    "a receipt that is not asked for": (
        changed("receipts", "card", "by_key", "path", to="/changes"), "by_key: expected {key}"
    ),
    "a limit of nothing": (changed("actions", "freeze_card", "limits", to={"amount": 5}), "'amount: money'"),
    "a name of no kind": (changed("names", "pet", to={}), "names.pet"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told(tmp_path: Path, mistake: str) -> None:
    change, message = MISTAKES[mistake]
    content = yaml.safe_load(CONFIG.read_text())
    change(content)
    path = tmp_path / "bank.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError) as caught:
        HttpBank(str(path))
    assert message in str(caught.value)
    assert "TELLERBOT_BANK__URL" in str(caught.value) and f"{path}:" in str(caught.value)
    assert "s3cret" not in str(caught.value) and "me:pw" not in str(caught.value)


@pytest.mark.parametrize("text", [None, "", "a: b: c", "[1]", "base_url: 1\nbase_url: 2"])
def test_what_is_no_file_of_a_bank_is_told(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "bank.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match="TELLERBOT_BANK__URL"):
        HttpBank(str(path))


@pytest.mark.parametrize("value", ["", "   ", "two\nlines", "sécret"])
def test_secrets_come_from_the_environment(
    connect: Callable[..., HttpBank], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("MYBANK_KEY", value)
    with pytest.raises(ConfigError, match=r"MYBANK_KEY: expected a secret") as caught:
        connect(auth={"kind": "bearer", "key_from": "MYBANK_KEY"})
    assert not value.strip() or value not in str(caught.value)


def test_a_key_goes_with_every_request(
    server: Server, connect: Callable[..., HttpBank], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYBANK_KEY", "the-key\n")
    bank = connect(auth={"kind": "bearer", "key_from": "MYBANK_KEY"})
    with pytest.raises(UnavailableError, match="see auth"):
        bank.find("C-1")
    server.bank.tokens.add("the-key")
    assert bank.find("C-1")
    assert server.count("/oauth/token") == 0


def test_without_send_code_none_is_sent(connect: Callable[..., HttpBank]) -> None:
    bank = connect(actions={}, send_code=None)
    with pytest.raises(ConfigError, match="send_code"):
        bank.send_code(None, "1", "2")  # type: ignore[arg-type]
