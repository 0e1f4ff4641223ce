"""How well messages are read in the light of the one before: `make bench-follow-ups`.

Each row is a message with its intent, and the next one with the intent it asks for. The next message alone is compared
with the message read in its conversation, on rows that follow on and on those that begin anew (tests/held_out).
"""

import argparse
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import tellerbot
from tellerbot.assistant.understand import Reader
from tellerbot.conversation.event_values import Question
from tellerbot.conversation.reading import Reading
from tellerbot.conversation.state import State

ROWS = Path(__file__).parents[1] / "tests" / "held_out" / "follow_ups.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--release", default="production", help="a release or alias, whose project knows the rows' intents"
    )
    parser.add_argument("--customer", default="ada", help="a user of its bank, whose accounts and payees messages name")
    arguments = parser.parse_args()
    parts = tellerbot.load(arguments.release).parts
    reader = Reader(parts.understand, parts.hear, parts.project, parts.bank.queries())
    names = parts.bank.names(parts.bank.find_user(arguments.customer))
    rows = [json.loads(line) for line in ROWS.read_text().splitlines()]

    def read(text: str, state: State) -> Reading:
        return reader.read(text, state, names, date.today())[0][-1]

    def in_context(row: dict[str, object]) -> str:
        text, intent = row["before"]  # type: ignore[misc]
        before = Question(text, intent, read(text, State()).slots)
        return read(str(row["text"]), State((text,), (before,))).understanding.intent

    def alone(row: dict[str, object]) -> str:
        return read(str(row["text"]), State()).understanding.intent

    print("| rows | number | right alone | right in context |\n|---|--:|--:|--:|")
    for name, some in (
        ("follow on, same intent", [row for row in rows if row["follows"] and row["intent"] == row["before"][1]]),
        ("follow on, another intent", [row for row in rows if row["follows"] and row["intent"] != row["before"][1]]),
        ("begin anew", [row for row in rows if not row["follows"]]),
        ("all", rows),
    ):
        print(f"| {name} | {len(some)} | {_share(some, alone)} | {_share(some, in_context)} |")


def _share(rows: Sequence[dict[str, object]], read: Callable[[dict[str, object]], str]) -> str:
    return f"{sum(read(row) == row['intent'] for row in rows) / len(rows):.1%}"


if __name__ == "__main__":
    main()
