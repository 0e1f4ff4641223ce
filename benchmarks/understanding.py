"""The intent figures of the docs: Banking77 held-out rows, and speed. Run with `make bench-understanding`.

Trains on the training rows only; the held-out rows are split off them, and no public test split is read.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from tellerbot.cli.console import progress_bar
from tellerbot.intents.config import load_config
from tellerbot.intents.predict import IntentPredictor
from tellerbot.intents.train import train

CONFIGS = Path(__file__).parents[1] / "configs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with banking77/")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        with progress_bar("banking77") as progress:
            data = arguments.data / "banking77" / "train.csv"
            run = train(load_config(CONFIGS / "banking77.yaml"), data, runs=Path(folder), progress=progress)
        minutes = (time.perf_counter() - start) / 60
        metrics = run.read("metrics.json")
        texts = [f"my card has not arrived yet, this is message {number}" for number in range(5000)]
        predictor = IntentPredictor(run.model)
        rates = []
        for _ in range(3):
            start = time.perf_counter()
            sum(1 for _ in predictor.stream(texts))
            rates.append(len(texts) / (time.perf_counter() - start))
    print("| what | base | fine-tuned | exported int8 |\n| --- | --- | --- | --- |")
    for name in metrics["compared"]["base"]:
        row = " | ".join(f"{100 * scores[name]:.2f} %" for scores in metrics["compared"].values())
        print(f"| {name.replace('_', ' ')} | {row} |")
    agreement = metrics["parity"]["agreement"]
    print(f"\nwhole run {minutes:.1f} minutes; export {metrics['size_mb']:.1f} MB; parity {agreement:.1%}")
    latency = metrics["latency"]
    print(f"one message: median {latency['median_ms']:.2f} ms, 95th percentile {latency['p95_ms']:.2f} ms")
    print(f"stream: {statistics.median(rates):.0f} messages a second (median of three)")
    if arguments.json:
        arguments.json.write_text(json.dumps({**metrics, "minutes": minutes, "stream_rates": rates}, indent=2))


if __name__ == "__main__":
    main()
