"""Vetted wording with typed placeholders, such as `{balance:money}`, filled from facts."""

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import get_args

from tellerbot.errors import TellerbotError
from tellerbot.figures import find_figures
from tellerbot.responses.names import name, one_line, set_apart
from tellerbot.types import Fact, FactKind

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAMED = re.compile(r"([a-z][a-z0-9_]*):([a-z]+)")


class MissingFactError(TellerbotError):
    """A placeholder has no fact to fill it, or one of another kind."""


def template_mistakes(template: str) -> list[str]:
    """Return a template's mistakes: ill-formed placeholders, and figures written into the wording."""
    mistakes = []
    for inner in _PLACEHOLDER.findall(template):
        match = _NAMED.fullmatch(inner)
        if not match:
            mistakes.append(f"Expected a placeholder like {{balance:money}}, found {{{inner}}}.")
        elif match[2] not in get_args(FactKind):
            mistakes.append(f"{{{inner}}}: expected a kind among {', '.join(get_args(FactKind))}, found {match[2]!r}.")
    for loose in re.findall(r"\S*[{}]\S*", _PLACEHOLDER.sub("", template)):
        mistakes.append(f"Expected a placeholder like {{balance:money}}, found {loose!r}.")
    for figure in find_figures(_PLACEHOLDER.sub(" ", template)):
        mistakes.append(f"The figure {figure.text!r} stands in the wording; use a placeholder or quote a policy.")
    return mistakes


def fill(template: str, facts: Mapping[str, Fact]) -> tuple[str, list[Fact]]:
    """Return the wording with its placeholders filled, and the facts that were used.

    Raises MissingFactError when a fact is missing or of another kind than the placeholder's.
    """
    # Wording and placeholders in turn.
    pieces = _PLACEHOLDER.split(template)
    used = [_fact(placeholder, facts) for placeholder in pieces[1::2]]
    pieces[1::2] = map(say, used)
    for at, fact in enumerate(used):
        if fact.kind == "text":
            place = 2 * at + 1
            pieces[place] = set_apart("".join(pieces[:place]), pieces[place], "".join(pieces[place + 1 :]))
    return "".join(pieces), used


def _fact(placeholder: str, facts: Mapping[str, Fact]) -> Fact:
    key, _, kind = placeholder.partition(":")
    fact = facts.get(key)
    # The bank's own words may be wherever any text may.
    if fact is None or (fact.kind != kind and (fact.kind, kind) != ("label", "text")):
        found = "no such fact" if fact is None else f"a fact of kind {fact.kind}"
        raise MissingFactError(f"{{{placeholder}}}: expected a fact of kind {kind}, found {found}.")
    return fact


def say(fact: Fact) -> str:
    """Word a fact in en-US: `$2,682.00`, `3.10%`, `November 22, 2026`, `9:00 am`; a text as a name."""
    value = fact.value
    if fact.kind == "text":
        return name(str(value))
    if fact.kind == "money" and isinstance(value, Decimal):
        return f"{'-' if value < 0 else ''}${abs(value):,.2f}"
    if fact.kind == "percent" and isinstance(value, Decimal):
        return f"{value:f}%"
    if fact.kind == "date" and isinstance(value, date):
        return f"{value:%B} {value.day}, {value.year}"
    if fact.kind == "time" and isinstance(value, time):
        return f"{value.hour % 12 or 12}:{value.minute:02d} {'am' if value.hour < 12 else 'pm'}"
    return one_line(str(value))
