"""Bank connectors are found by name."""

import pytest

from tellerbot.bank.connect import connect_bank
from tellerbot.errors import ConfigError


def test_the_demo_connector_is_found_by_name():
    bank = connect_bank("demo", "sqlite://")
    assert "balances" in bank.queries()
    assert bank.queries()["fees"].is_public
    assert not bank.queries()["balances"].is_public


@pytest.mark.parametrize("name", ["core-banking", "", "Demo", "demo "])
def test_an_unknown_connector_is_named_with_those_there_are(name: str):
    with pytest.raises(ConfigError) as caught:
        connect_bank(name, "sqlite://")
    assert f"found {name!r}" in str(caught.value)
    assert "demo" in str(caught.value).split("found")[0]


@pytest.mark.parametrize("url", ["not a url", "oracle9://bank"])
def test_a_url_that_is_none_is_a_mistake_in_the_settings(url: str):
    with pytest.raises(ConfigError, match="TELLERBOT_BANK__URL"):
        connect_bank("demo", url)
