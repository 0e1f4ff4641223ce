"""The search figures of the docs: `make bench-knowledge`.

Trains configs/finance-retrieval.yaml on the training questions and measures on the validation questions, the passages
of all parts being the corpus: keyword search alone, the untrained encoder, and each stage of the trained retriever.
Weights and the threshold are fitted on the other four fifths of the validation questions; the encoder's epoch is chosen
on all of them. Then `tellerbot search` ranks 1,000 training questions, for its speed. The folder has no test questions.

`--config` names another recipe, such as the one with written questions, which is for a GPU.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.knowledge.train import train
from tellerbot.training.config import read_config
from tellerbot.training.report import comparison

CONFIG = Path(__file__).parents[1] / "configs" / "finance-retrieval.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with finance-retrieval/")
    parser.add_argument("--work", type=Path, default=Path("bench-knowledge"), help="where the run goes")
    parser.add_argument("--config", type=Path, default=CONFIG, help="the recipe")
    arguments = parser.parse_args()
    data = arguments.data / "finance-retrieval"
    start = time.perf_counter()
    run = train(read_config(arguments.config, RetrieverConfig), data, runs=arguments.work / "runs")
    seconds = time.perf_counter() - start
    metrics = run.read("metrics.json")
    print(f"{comparison(metrics['systems'])}\n")
    print(f"training and measuring: {seconds:.0f} s; model: {metrics['size_mb']:.1f} MB")
    for name, times in metrics["latency"].items():
        print(f"{name}: median {times['median_ms']:.1f} ms, 95 % within {times['p95_ms']:.1f} ms")
    for name, found in (("with", metrics["answerable"]), ("without", metrics["answerable_without_reranker"])):
        print(f"{name} reranker, no answer: {found['caught']:.1%} without the passage, with it {found['lost']:.1%}")
        for point in found["curve"]:
            print(f"  lost {point['lost']:.1%}, caught {point['caught']:.1%}")
    for name, options in (("without", ["--no-rerank"]), ("with", [])):
        print(f"search {name} reranker: {_speed(run.folder, data, arguments.work, options):.0f} questions a second")


def _speed(run: Path, data: Path, work: Path, options: list[str]) -> float:
    """Questions a second of a whole file, without what an empty file takes: start-up and embedding the corpus."""
    questions = [json.loads(line) for line in (data / "train.jsonl").read_text().splitlines()][:1000]
    times = []
    for some in ([], questions):
        asked = work / "questions.jsonl"
        asked.write_text("".join(json.dumps(row) + "\n" for row in some))
        command = [
            sys.executable,
            "-m",
            "tellerbot",
            "search",
            run,
            "--corpus",
            data / "corpus.jsonl",
            "--input",
            asked,
        ]
        start = time.perf_counter()
        subprocess.run([*command, "--output", work / "ranked.jsonl", *options], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return len(questions) / (times[1] - times[0])


if __name__ == "__main__":
    main()
