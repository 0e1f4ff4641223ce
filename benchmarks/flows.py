"""How well what customers say in a flow is taken: slots after each user turn of the SGD dialogues with Banks_1.

    python benchmarks/flows.py --data ../shared/data

Each user turn is read by what a flow listens with, given what the system had asked. A turn is right when all slots of
its intent are: a balance takes the account alone, a transfer all four. Nothing is trained on these dialogues.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tellerbot.assistant.understand import read_slots
from tellerbot.conversation.flows.hear import FlowInput, SlotFiller
from tellerbot.conversation.flows.route import is_yes
from tellerbot.conversation.flows.values import options_of
from tellerbot.project.flow_schema import Flow
from tellerbot.slots import find_slots
from tellerbot.types import Money, Named, Text, Value

TODAY = date(2026, 11, 29)
KINDS = {
    "checking": {"title": "Checking", "words": ["checking account"]},
    "savings": {"title": "Savings", "words": ["savings account", "saving", "saving account"]},
}


def _flow(title: str, slots: dict[str, Any]) -> Flow:
    steps = [{"collect": name, "ask": "?"} for name in slots]
    return Flow.model_validate({"title": title, "slots": slots, "steps": steps})


ANY = {
    "dontcare": {
        "title": "Any account",
        "words": ["any account", "any functional account", "any of their accounts", "either"],
    }
}
OWN = {"kind": "option", "label": "From", "cues": ["from", "my", "in", "of my", "using"], "options": KINDS}
THEIRS = {
    "kind": "option",
    "label": "Into",
    "cues": ["to", "into", "his", "her", "their", "else", "s"],
    "options": KINDS | ANY,
}
PAID = {"kind": "payee", "label": "To", "cues": ["to", "for", "send", "pay", "give"]}
BALANCE = _flow("Check a balance", {"account_type": OWN})
TRANSFER = _flow(
    "Transfer money",
    {
        "account_type": OWN,
        "amount": {"kind": "money", "label": "Amount"},
        "recipient_account_name": PAID,
        "recipient_account_type": THEIRS,
    },
)
SLOTS = tuple(TRANSFER.slots)
_AGREES = re.compile(r"\W*(?:yes|yeah|ye|sure|ok|please)\b", re.I)
_DECLINES = re.compile(r"\W*(?:no|nope|not)\b", re.I)
# What starts one of the flows.
_STARTS = ((re.compile(r"transfer|send|pay\b", re.I), TRANSFER), (re.compile(r"balance|how much", re.I), BALANCE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--show", type=int, default=0, help="so many turns that were read wrong")
    options = parser.parse_args()
    rows = [json.loads(line) for line in (options.data / "sgd-banks" / "train.jsonl").read_text().splitlines()]
    right, turns, shown = Counter[str](), 0, 0
    for row in rows:
        for turn, before, values in play(row):
            turns += 1
            # What a transfer before had is no slot of a balance: the data set keeps it at times, and at times not.
            own = BALANCE.slots if turn["bank"]["intent"] == "CheckBalance" else SLOTS
            wrong = [name for name in own if not is_right(values.get(name), turn["bank"]["slots"].get(name))]
            right.update(name for name in SLOTS if name not in wrong)
            right["joint"] += not wrong
            whole = [name for name in SLOTS if not is_right(values.get(name), turn["bank"]["slots"].get(name))]
            right["joint, all four slots in every turn"] += not whole
            if wrong and shown < options.show:
                shown += 1
                print(f"SYSTEM {before}\nUSER   {turn['text']}\n  expected {turn['bank']['slots']}\n  found {values}\n")
    for name in (*SLOTS, "joint", "joint, all four slots in every turn"):
        print(f"{name:<35} {right[name] / turns:6.1%} of {turns:,} turns")


def play(row: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, dict[str, str]]]:
    """Each user turn in which the bank's service is, the system's turn before, and the slots after it."""
    values: dict[str, str] = {}
    flow, is_done = BALANCE, False
    before: dict[str, Any] = {}
    for turn in row["turns"]:
        if turn["speaker"] == "system":
            before = turn
            is_done |= any(act == "NOTIFY_SUCCESS" for act, *_ in turn.get("bank", {}).get("acts", []))
        elif turn.get("bank"):
            acts = before.get("bank", {}).get("acts", [])
            is_taken_up = ["OFFER_INTENT", "intent", ["TransferMoney"]] in acts and _AGREES.match(turn["text"])
            offered = TRANSFER if is_taken_up else flow
            starts = [one for pattern, one in _STARTS if pattern.search(turn["text"])]
            wanted = starts[0] if starts and not _DECLINES.match(turn["text"]) else offered
            if wanted is not flow or (is_done and wanted is TRANSFER and _STARTS[0][0].search(turn["text"])):
                # Another flow begins: what both have goes on.
                values = {name: value for name, value in values.items() if name in BALANCE.slots}
                flow, is_done = wanted, False
            values = after(flow, values, turn["text"], acts)
            yield turn, before.get("text", ""), values


def after(flow: Flow, values: dict[str, str], text: str, acts: list[list[Any]]) -> dict[str, str]:
    """The slots after a user turn."""
    asked = next((slot for act, slot, _ in acts if act == "REQUEST" and slot in flow.slots), None)
    proposed = {slot: given[0] for act, slot, given in acts if act == "CONFIRM" and slot in SLOTS}
    step = next((one for one in flow.steps if getattr(one, "collect", None) == asked), None)
    choices = {option.name: option for option in options_of({asked: flow.slots[asked]})} if asked else {}
    filler = SlotFiller(flow, dict.fromkeys(values, Text("")), step, choices)  # type: ignore[arg-type]
    heard = filler.hear(text, read_slots(text, options_of(flow.slots), TODAY, ahead=True), ())
    said = plain(heard)
    # A yes takes what the system added; what the customer said counts more.
    return {**(proposed if is_yes(text, ()) or said else {}), **values, **said}


def plain(heard: FlowInput) -> dict[str, str]:
    """What was heard, as the data set writes it."""
    return {**{name: show(value) for name, value in heard.values.items()}, **heard.unknown}


def show(value: Value) -> str:
    match value:
        case Money():
            return str(value.amount)
        case Named():
            return value.ref.partition(".")[2]
        case Text():
            return value.text
        case _:
            return str(value)


def is_right(found: str | None, expected: list[str] | None) -> bool:
    """Whether a slot is as expected, in one of the ways in which the data set writes it."""
    if found is None or expected is None:
        return found is expected
    amounts = {str(slot.value.amount if isinstance(slot.value, Money) else slot.value)
               for text in expected for slot in find_slots(text, TODAY)}  # fmt: skip
    return found.casefold() in {text.casefold() for text in expected} or found in amounts


if __name__ == "__main__":
    main()
