"""What every assistant says unless its project says otherwise: `defaults.yaml`."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


def default_message(name: str) -> str:
    """Return a message of the assistant's, which assistant.yaml may replace."""
    return _read()["messages"][name]


def default_acts() -> dict[str, Any]:
    """Return the replies to what customers do, by act, in the form of responses.yaml, which may replace them."""
    return _read()["acts"]


def default_refusals() -> dict[str, str]:
    """Return the wordings, by reason, for an action that the bank does not carry out."""
    return _read()["refusals"]


def default_languages() -> dict[str, Any]:
    """Refusals in other languages, with what tells each language."""
    return _read()["languages"]


@cache
def _read() -> dict[str, Any]:
    return yaml.safe_load((files("tellerbot.project") / "defaults.yaml").read_text("utf-8"))
