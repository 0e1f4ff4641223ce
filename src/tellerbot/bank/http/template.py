"""Requests with `{places}` for what is asked, and filling them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from tellerbot.errors import UnavailableError
from tellerbot.types import Arguments, Named, Period

_PLACE = re.compile(r"\{([^{}]*)\}")
# What a header can hold: visible ASCII.
HEADER = re.compile(r"[!-~]{1,200}", re.ASCII)
# No steps of a path: servers and proxies on the way take them for something else, however they are quoted.
NO_STEPS = ("", ".", "..")

Values = Mapping[str, str | int]


class _Missing:
    """The mark of a part that cannot be filled."""


_MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Call:
    """A request; `name` is where the file describes it, which is all that errors say of it. It may have `{places}`."""

    name: str
    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


def places(template: object) -> set[str]:
    """Find the names of the `{places}` in a text, or in the texts of a mapping or list."""
    if isinstance(template, str):
        return set(_PLACE.findall(template))
    if isinstance(template, Mapping):
        return {name for value in template.values() for name in places(value)}
    return {name for value in template for name in places(value)} if isinstance(template, list | tuple) else set()


def replace_places(text: str, value_of: Callable[[str], str]) -> str:
    """Fill each place of a text."""
    return _PLACE.sub(lambda match: value_of(match[1]), text)


def values_of(arguments: Arguments) -> dict[str, str | int]:
    """Return the values for the places of arguments: a name's `ref` and `.name`, a period's `.start` and `.end`."""
    values: dict[str, str | int] = {}
    for name, value in arguments.items():
        if isinstance(value, Named):
            values |= {name: value.ref, f"{name}.name": value.name}
        elif isinstance(value, Period):
            days = {f"{name}.start": value.start, f"{name}.end": value.end}
            values |= {key: day.isoformat() for key, day in days.items() if day}
        elif isinstance(value, Decimal):
            values[name] = f"{value:f}"
        else:
            values[name] = value.isoformat() if isinstance(value, date | time) else value
    return values


def fill(call: Call, values: Values) -> Call:
    """Fill the places of a request; parameters and parts of the body without a value are left out.

    Raises UnavailableError where a value would change the path.
    """
    return Call(
        call.name, call.method, _fill_path(call, values), _fill(call.params, values), _fill(call.headers, values),
        None if call.body is None else _fill(call.body, values),
    )  # fmt: skip


def _fill_path(call: Call, values: Values) -> str:
    def quoted(name: str) -> str:
        value = str(values[name])
        if value in NO_STEPS:
            raise UnavailableError(f"{call.name}: expected an id that can be part of a path, found none.")
        return quote(value, safe="", errors="replace")

    return replace_places(call.path, quoted)


def _fill(template: Any, values: Values) -> Any:
    if isinstance(template, Mapping):
        filled = {key: _fill(value, values) for key, value in template.items()}
        return {key: value for key, value in filled.items() if value is not _MISSING}
    if isinstance(template, list | tuple):
        return [value for value in (_fill(item, values) for item in template) if value is not _MISSING]
    if not isinstance(template, str):
        return template
    if not places(template) <= values.keys():
        return _MISSING
    whole = _PLACE.fullmatch(template)
    # A number stays one in JSON where nothing else is in the text.
    return values[whole[1]] if whole else replace_places(template, lambda name: str(values[name]))
