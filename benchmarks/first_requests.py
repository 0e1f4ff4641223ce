"""How many of a customer's first requests start the flow that does them, by a release of the demo.

Run `make bench-requests`; the rows are tests/held_out/requests.jsonl.
"""

import argparse
import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import tellerbot
from tellerbot.conversation.events import FlowStarted
from tellerbot.settings import Settings, load_settings

ROWS = Path(__file__).parents[1] / "tests" / "held_out" / "requests.jsonl"
CUSTOMER, BEGINNING = "CUST-1", datetime(2000, 1, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", default="production")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in ROWS.read_text().splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        # A bank and records of its own: nothing of the home but its releases is used.
        home = load_settings().home
        (Path(folder) / "releases").symlink_to((home / "releases").resolve())
        shutil.copytree(home / "registry", Path(folder) / "registry")
        assistant = tellerbot.load(arguments.release, Settings(home=Path(folder)))
        started: dict[int, list[bool]] = {}
        for number, row in enumerate(rows):
            assistant.reply(row["say"], CUSTOMER, f"request-{number}")
            events = assistant.parts.records.history(f"request-{number}", CUSTOMER, BEGINNING).events
            flows = {event.flow for event in events if isinstance(event, FlowStarted)}
            started.setdefault(row["set"], []).append(row["flow"] in flows)
    print("| set | requests | start their flow |\n|---|--:|--:|")
    for name, right in started.items():
        print(f"| {name} | {len(right)} | {sum(right)} ({sum(right) / len(right):.1%}) |")


if __name__ == "__main__":
    main()
