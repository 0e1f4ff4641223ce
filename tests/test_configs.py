"""The shipped configs are complete, and say what the defaults are."""

from pathlib import Path

import pytest
import yaml

from tellerbot.intents.config import IntentsConfig, load_config

CONFIGS = Path(__file__).parents[1] / "configs"


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_config_loads(path: Path) -> None:
    assert load_config(path)


def test_the_commented_config_shows_every_key_with_its_default() -> None:
    assert yaml.safe_load((CONFIGS / "intents.yaml").read_text()) == IntentsConfig().model_dump()
