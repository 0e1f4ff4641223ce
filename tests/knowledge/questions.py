"""Questions, each with a passage of its own."""

import json
from pathlib import Path
from typing import Any

THINGS = ["balance", "lost card", "atm fee", "transfer", "human agent", "weather", "football", "poem", "recipe"]
# What is asked in a way is told in another word, which only training can bring together.
WAYS = {
    "what is my {}": "amount", "show the {} now": "current", "report a {}": "help", "how big is an {}": "abroad",
    "where is a {}": "friend", "start my {}": "please",
}  # fmt: skip


def pairs() -> list[tuple[str, str]]:
    """54 questions with their passages; every third is about things that no other is about."""
    return [
        (way.format(thing), f"the {thing} {told} today for me {number}")
        for way, told in WAYS.items()
        for number, thing in enumerate(THINGS)
    ]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
