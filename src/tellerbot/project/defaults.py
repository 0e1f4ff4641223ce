"""What every assistant says unless its project says otherwise: `defaults.yaml`."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


def default_message(name: str) -> str:
    """A message of the assistant's, which assistant.yaml may replace."""
    return _read()["messages"][name]


def default_acts() -> dict[str, Any]:
    """Replies to what customers do in a conversation, by act, in the form of responses.yaml, which may replace them."""
    return _read()["acts"]


def default_refusals() -> dict[str, str]:
    """What is said where the bank does not do what an action says, by its reason."""
    return _read()["refusals"]


def default_languages() -> dict[str, Any]:
    """Refusals in other languages, with what tells each language."""
    return _read()["languages"]


@cache
def _read() -> dict[str, Any]:
    return yaml.safe_load((files("tellerbot.project") / "defaults.yaml").read_text("utf-8"))
