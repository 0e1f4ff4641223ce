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
        ("TELLERBOT_WRITER__TOKEN", "5", "Extra inputs are not permitted"),
        ("TELLERBOT_BANK__NAM", "core", "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, found: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"{name}: .*{found}"):
        load_settings()
