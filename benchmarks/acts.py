"""The acts' figures of a run or release on held-out messages: `make bench-acts MODEL=demo/runs/NAME`."""

import argparse
import json
from pathlib import Path

from tellerbot.intents.acts import ALARMS, ActRow, act_figures
from tellerbot.intents.listen import ActPredictor, acts_of

HELD_OUT = Path(__file__).parents[1] / "tests" / "held_out" / "acts.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a run's folder or a release's")
    predictor = ActPredictor(parser.parse_args().model / "acts")
    rows = [ActRow(row["text"], tuple(row["acts"])) for row in map(json.loads, HELD_OUT.read_text().splitlines())]
    found = acts_of(predictor.thresholds, predictor.probabilities([row.text for row in rows]))
    figures = act_figures(tuple(predictor.thresholds), rows, found)
    alarms = figures.pop("alarms")
    print("| act | rows | precision | recall |\n| --- | --- | --- | --- |")
    for act, figure in figures.items():
        if not figure["rows"]:
            continue
        shown = f"**{act}**" if act in ALARMS else act
        print(f"| {shown} | {figure['rows']} | {figure['precision']:.1%} | {figure['recall']:.1%} |")
    print(f"\nOther messages taken for {' or '.join(ALARMS)}: {alarms['false_alarms']:.2%} of {alarms['rows']}.")


if __name__ == "__main__":
    main()
