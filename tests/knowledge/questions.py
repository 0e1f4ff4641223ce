"""Questions, each with a passage of its own."""

import json
from pathlib import Path
from typing import Any

THINGS = ["balance", "lost card", "atm fee", "transfer", "human agent", "weather", "football", "poem", "recipe"]
WAYS = ["what is my {}", "show the {} now", "report a {}", "how big is an {}", "where is a {}", "start my {}"]


def pairs() -> list[tuple[str, str]]:
    """54 questions with their passages."""
    return [
        (way.format(thing), f"the {thing} {way.split()[0]} {way.split()[1]} today for me {number}")
        for number, thing in enumerate(THINGS)
        for way in WAYS
    ]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
