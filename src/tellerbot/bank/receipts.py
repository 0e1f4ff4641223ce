"""Receipts and arguments as the JSON that a bank keeps of an action."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from tellerbot.types import Arguments, Fact, FactKind, FactValue, Named, Period, Receipt, Source

_READ: Mapping[FactKind, Callable[[str], FactValue]] = {
    "money": Decimal,
    "percent": Decimal,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "count": int,
}


def dump_arguments(arguments: Arguments) -> str:
    """Write arguments as JSON, the same for the same things and values, whatever they are called."""
    return json.dumps({name: _plain(value) for name, value in arguments.items()}, sort_keys=True)


def dump_receipt(receipt: Receipt) -> str:
    """Write a receipt as JSON."""
    facts = [
        {"name": name, "kind": fact.kind, "value": str(fact.value), "source": asdict(fact.source)}
        for name, fact in receipt.facts.items()
    ]
    made = asdict(receipt.made) if receipt.made else None
    return json.dumps({"reference": receipt.reference, "at": receipt.at.isoformat(), "facts": facts, "made": made})


def load_receipt(content: str) -> Receipt:
    """Read the receipt that `dump_receipt` wrote."""
    found = json.loads(content)
    made = found["made"]
    return Receipt(
        found["reference"],
        datetime.fromisoformat(found["at"]),
        {fact["name"]: _load_fact(fact) for fact in found["facts"]},
        Named(made["kind"], made["ref"], made["name"], tuple(made["aliases"])) if made else None,
    )


def _load_fact(found: Mapping[str, Any]) -> Fact:
    source = found["source"]
    value = _READ.get(found["kind"], str)(found["value"])
    return Fact(found["name"], found["kind"], value, Source(source["kind"], source["ref"], tuple(source["rows"])))


def _plain(value: object) -> str | list[str]:
    if isinstance(value, Named):
        return [value.kind, value.ref]
    if isinstance(value, Period):
        return [str(value.start), str(value.end)]
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
