"""The slots' figures of the docs: `make bench-slots`.

Right values (exact span, exact value) on the slots of NLU++ banking, folds 0 to 14, read against 15 March 2022. The
ends of a span of days or hours are dates and times of their own there. Left out are slots to which the rows give no
such value: `lately`, `each month`, `11 years`, spans of hours. Then names: how many of the demo's out-of-scope
utterances seem to name something of the customer below.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from typing import Any

from tellerbot.project.load import load_project
from tellerbot.slots import find_named, find_slots
from tellerbot.types import Money, Named, Period

PROJECT = Path(__file__).parents[1] / "src" / "tellerbot" / "project" / "demo"
TODAY = date(2022, 3, 15)
# The rules were chosen on the first, and some forms added after a first look at the second (docs/experiments.md).
FOLDS = {"0 to 9": range(10), "10 to 14": range(10, 15)}
GROUPS = {"amounts": ("money",), "dates and periods": ("date", "period"), "times": ("time",), "numbers": ("count",)}
NAMES = (
    Named("account", "a1", "Everyday Checking", ("1204",)),
    Named("account", "a2", "Steady Savings", ("7781",)),
    Named("card", "c1", "Debit card", ("4821",)),
    Named("card", "c2", "Travel credit card", ("5512",)),
    *(
        Named("payee", name, name)
        for name in ("Harborview Grocers", "Casco Coffee", "Granite Mobile", "Northeast Light and Power", "Streamly")
    ),
)


def gold_slots(row: dict[str, Any]) -> Iterator[tuple[str, int, int, object]]:
    """Kind, place and value of the slots of a row that have one value of a kind that `find_slots` finds."""
    for name, slot in row["slots"].items():
        value = slot.get("value", slot.get("values"))
        start, end = slot["span"]
        if name in ("date", "date_from", "date_to") and isinstance(value, dict):
            yield "date", start, end, date(**value)
        elif name == "date_period" and value["type"] == "absolute":
            yield "period", start, end, Period(date(**value["from"]), date(**value["to"]))
        elif name in ("time", "time_from", "time_to"):
            yield "time", start, end, clock(**value)
        elif name == "amount_of_money":
            currency = None if value["currency"] == "ambiguous" else value["currency"]
            yield "money", start, end, Money(Decimal(str(value["amount"])), currency)
        elif name == "number":
            yield "count", start, end, value


def measure(rows: list[dict[str, Any]], show_wrong: bool) -> tuple[Counter[str], Counter[str]]:
    """How many slots of each kind there are, and how many were found with the right span and value."""
    count, right = Counter[str](), Counter[str]()
    for row in rows:
        found = {(slot.kind, slot.start, slot.end): slot.value for slot in find_slots(row["text"], TODAY)}
        for kind, start, end, value in gold_slots(row):
            count[kind] += 1
            got = found.get((kind, start, end))
            right[kind] += got == value
            if show_wrong and got != value:
                print(f"  {row['text']!r}: {row['text'][start:end]!r} is {value}, found {got}")
    return count, right


def measure_names() -> None:
    utterances = load_project(PROJECT).out_of_scope.values()
    texts = [text for group in utterances for text in group]
    found = Counter(slot.text.lower() for text in texts for slot in find_named(text, NAMES)[:1])
    print(f"\nnames in out-of-scope utterances: {found.total()} of {len(texts)}; {dict(found.most_common())}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that nlupp-banking is in")
    parser.add_argument("--wrong", action="store_true", help="show the slots that were not found right")
    arguments = parser.parse_args()
    lines = (arguments.data / "nlupp-banking" / "train.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    print(f"{'right values':20} {'folds':10} {'slots':>6} {'right':>6}")
    for folds, numbers in FOLDS.items():
        count, right = measure([row for row in rows if row["fold"] in numbers], arguments.wrong)
        for name, kinds in GROUPS.items():
            slots, found = sum(count[kind] for kind in kinds), sum(right[kind] for kind in kinds)
            print(f"{name:20} {folds:10} {slots:6} {found:6} {found / slots:6.1%}")
    start = time.process_time()
    for row in rows:
        find_slots(row["text"], TODAY)
    print(f"\n{1000 * (time.process_time() - start) / len(rows):.2f} ms of processor time a message")
    measure_names()


if __name__ == "__main__":
    main()
