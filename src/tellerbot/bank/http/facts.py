"""JSON answers -> typed facts with their sources. An answer that does not fit the file raises; nothing is guessed."""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NoReturn, TypeGuard

from tellerbot.bank.http.parts import FactField, Record, Rows, Sign
from tellerbot.bank.http.template import replace_places
from tellerbot.database import is_storable
from tellerbot.errors import UnavailableError
from tellerbot.types import Fact, FactSheet, FactValue, Source

log = logging.getLogger("tellerbot")

# Amounts beyond these would only make formulas and wordings fail.
_MOST, _PLACES = 10**12, 12
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,12})?", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_PHONE = re.compile(r"\+?[\d ().-]{3,30}", re.ASCII)


def wrong_answer(place: str, expected: str, found: str) -> UnavailableError:
    """Make the error for an answer that does not fit the file, and log it, without anything of the answer."""
    message = f"{place}: the bank's answer is not as configured: expected {expected}, found {found}."
    log.warning(message)
    return UnavailableError(f"{message} Mend the bank's file, or ask the bank.")


def read_json(place: str, body: bytes) -> Any:
    """Read the content of an answer, its decimal numbers as Decimal. Raises UnavailableError where it is no JSON."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_unique)
    except (ValueError, ArithmeticError, RecursionError):
        # Its message would quote the answer.
        raise wrong_answer(place, "JSON", "something else") from None


def look(content: Any, at: str) -> Any:
    """Return what is at a place such as `Data.Account.0.Name`; None where nothing is."""
    for step in at.split(".") if at else ():
        if isinstance(content, Mapping):
            content = content.get(step)
        elif isinstance(content, list) and step.isdecimal() and int(step) < len(content):
            content = content[int(step)]
        else:
            return None
    return content


def look_text(content: Any, at: str, place: str) -> str:
    """Return the text at a place, such as an id, which may be a whole number. Raises UnavailableError."""
    value = look(content, at)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not _is_text(value):
        raise wrong_answer(f"{place}, {at}", "a text", _type(value))
    return value


def look_list(content: Any, at: str, place: str) -> list[Any]:
    """Return the list at a place. Raises UnavailableError."""
    value = look(content, at)
    if not isinstance(value, list):
        raise wrong_answer(f"{place}, {at}", "a list", _type(value))
    return value


def look_moment(content: Any, at: str, place: str) -> datetime:
    """Return the moment at a place, in UTC. Raises UnavailableError where it is none, or has no time zone."""
    text = look_text(content, at, place)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise wrong_answer(f"{place}, {at}", "a date and time (ISO 8601)", "another text") from None
    if moment.tzinfo is None:
        raise wrong_answer(f"{place}, {at}", "a time with its zone", "none")
    return moment.astimezone(UTC)


def to_sheet(content: Any, values: Record | None, rows: Rows | None, currency: str, place: str) -> FactSheet:
    """Make the facts of an answer. Raises UnavailableError where the answer does not fit the file."""
    single = to_facts(content, values, currency, f"{place}.values") if values else {}
    listed = look_list(content, rows.at, f"{place}.rows") if rows else []
    return FactSheet(single, tuple(to_facts(row, rows, currency, f"{place}.rows") for row in listed) if rows else ())


def to_facts(content: Any, record: Record, currency: str, place: str) -> dict[str, Fact]:
    """Make the facts of one record. Raises UnavailableError where the record does not fit the file."""
    ref = replace_places(record.ref, lambda at: look_text(content, at, f"{place}.ref"))
    return {
        name: Fact(name, field.kind, value, Source("bank", f"{ref}/{name}"))
        for name, field in record.facts.items()
        if (value := to_value(content, field, currency, f"{place}.{name}")) is not None
    }


def to_value(content: Any, field: FactField, currency: str, place: str) -> FactValue | None:
    """Return the value of a fact, None where it is optional and not there. Raises UnavailableError."""
    value = look(content, field.at)
    if value is None and field.optional:
        return None
    if field.kind in ("money", "percent"):
        if field.currency and look(content, field.currency) != currency:
            raise wrong_answer(place, f"an amount in {currency}", "another currency")
        return _signed(_number(value, field.kind, place), content, field.sign, place)
    if field.kind == "count":
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
            raise wrong_answer(place, "a whole number", _type(value))
        return value
    if not _is_text(value):
        raise wrong_answer(place, f"a text ({field.kind})", _type(value))
    return _from_text(value, field.kind, place)


def _from_text(text: str, kind: str, place: str) -> str | date | time:
    try:
        if kind == "date":
            # Of a moment, the day as the bank wrote it.
            return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text).date()
        if kind == "time":
            return time.fromisoformat(text)
    except ValueError:
        raise wrong_answer(place, f"a {kind} (ISO 8601)", "another text") from None
    pattern = {"digits": _DIGITS, "phone": _PHONE}.get(kind)
    if pattern and not pattern.fullmatch(text):
        raise wrong_answer(place, f"a text of {kind}", "another text")
    return text


def _signed(number: Decimal, content: Any, sign: Sign | None, place: str) -> Decimal:
    if sign is None:
        return number
    text = look_text(content, sign.at, place)
    if text not in (sign.plus, sign.minus) or number < 0:
        raise wrong_answer(f"{place}, {sign.at}", f"{sign.plus} or {sign.minus} with an amount above zero", "another")
    return -number if text == sign.minus else number


def _number(value: Any, kind: str, place: str) -> Decimal:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise wrong_answer(place, f"a number ({kind})", _type(value))
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if abs(number) > _MOST or not isinstance(exponent, int) or exponent < -_PLACES:
        raise wrong_answer(place, f"a number ({kind})", "one that is too long")
    return number


def _is_text(value: Any) -> TypeGuard[str]:
    """Return whether it is a text with something in it that can be stored; JSON can spell half characters."""
    return isinstance(value, str) and bool(value.strip()) and is_storable(value)


def _type(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "another text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key twice")
    return content
