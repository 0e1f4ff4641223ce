"""Settings come from the environment, and wrong ones are named."""

import pytest

from tellerbot.errors import ConfigError
from tellerbot.settings import load_settings


def test_settings_are_read_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLERBOT_PORT", "8123")
    monkeypatch.setenv("TELLERBOT_WRITER__TOKENS", "50")
    settings = load_settings()
    assert settings.port == 8123 and settings.writer.tokens == 50


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("TELLERBOT_PORT", "70000", "less than or equal to 65535"),
        ("TELLERBOT_TOKEN_MINUTES", "long", "valid integer"),
        ("TELLERBOT_WRITER__SECONDS", "0", "greater than 0"),
        ("TELLERBOT_WRITER__TOKEN", "5", "The nearest is TELLERBOT_WRITER__TOKENS"),
        ("TELLERBOT_BANK__NAM", "core", "The nearest is TELLERBOT_BANK__NAME"),
        ("TELLERBOT_HOEM", "demo", "The nearest is TELLERBOT_HOME"),
        ("TELLERBOT_DATABSE_URL", "", "The nearest is TELLERBOT_DATABASE_URL"),
        ("TELLERBOT_PROT", "80", "The nearest is TELLERBOT_PORT"),
        ("TELLERBOT_PROXIES", "10.0.0.1/8", "such as 10.0.0.5 or 10.1.0.0/16.*has host bits set"),
        ("TELLERBOT_PROXIES", "10.0.0.1, proxy.bank", "'proxy.bank'"),
        ("TELLERBOT_PROXIES", "*", "'\\*'"),
        ("TELLERBOT_PROXIES", "10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2"),
        ("TELLERBOT_PROXIES", "10.0.0.0/33", "10.0.0.0/33"),
        ("TELLERBOT_PROXIES", "[::1]", "::1"),
        ("TELLERBOT_PROXIES", "10.0.0.1:80", "10.0.0.1:80"),
        ("TELLERBOT_PREFIX", "bank", "a path such as /bank"),
        ("TELLERBOT_PREFIX", "https://example.com/bank", "found 'https"),
        ("TELLERBOT_PREFIX", "/bank/../x", "found '/bank/../x'"),
        ("TELLERBOT_PREFIX", "/a//b", "found '/a//b'"),
        ("TELLERBOT_PREFIX", "/bank?x", "found"),
        ("TELLERBOT_PREFIX", '/"><script>', "found"),
        ("TELLERBOT_PREFIX", "/ban k", "found"),
        ("TELLERBOT_PREFIX", "/bänk", "found"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, found: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"{name}: .*{found}"):
        load_settings()


@pytest.mark.parametrize(
    ("value", "networks"),
    [
        ("", []),
        ("10.0.0.5", ["10.0.0.5/32"]),
        (" 10.0.0.5 ,fd00::/8,, 192.168.0.0/16,", ["10.0.0.5/32", "fd00::/8", "192.168.0.0/16"]),
        ("::1", ["::1/128"]),
    ],
)
def test_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch, value: str, networks: list[str]) -> None:
    monkeypatch.setenv("TELLERBOT_PROXIES", value)
    assert [str(network) for network in load_settings().proxies] == networks


@pytest.mark.parametrize(
    ("value", "prefix"),
    [("", ""), ("/", ""), ("/bank", "/bank"), ("/bank/", "/bank"), ("/a/b.c-d_e~1", "/a/b.c-d_e~1")],
)
def test_a_prefix_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch, value: str, prefix: str) -> None:
    monkeypatch.setenv("TELLERBOT_PREFIX", value)
    assert load_settings().prefix == prefix


def test_several_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("tellerbot_hoem", "demo")
    monkeypatch.setenv("TELLERBOT_WRITER", '{"token": 5}')
    monkeypatch.setenv("TELLERBOT_QUEUE", "-1")
    with pytest.raises(ConfigError) as error:
        load_settings()
    named = [line.split(":")[0].strip() for line in str(error.value).splitlines()[1:]]
    assert named == ["TELLERBOT_HOEM", "TELLERBOT_WRITER__TOKEN", "TELLERBOT_QUEUE"]
