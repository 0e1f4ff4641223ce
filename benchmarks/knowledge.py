"""The search figures of the docs: `make bench-knowledge`.

Trains configs/finance-retrieval.yaml on the training questions and measures on the validation questions, the passages
of all parts being the corpus: keyword search alone, the untrained encoder, and each stage of the trained retriever.
Weights and the threshold are fitted on the other four fifths of the validation questions; the encoder's epoch is chosen
on all of them. Then `tellerbot search` ranks 1,000 training questions, for its speed. The folder has no test questions.

Trained on a GPU, the recipe takes minutes, on two cores hours. `--run` shows a finished run's figures instead, with its
latency measured anew on this machine.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.knowledge.measure import latencies
from tellerbot.knowledge.report import comparison
from tellerbot.knowledge.retriever import Retriever
from tellerbot.knowledge.rows import load_retrieval
from tellerbot.knowledge.train import train
from tellerbot.training.config import read_config
from tellerbot.training.run import Run, open_run

CONFIG = Path(__file__).parents[1] / "configs" / "finance-retrieval.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with finance-retrieval/")
    parser.add_argument("--work", type=Path, default=Path("bench-knowledge"), help="where the run goes")
    parser.add_argument("--run", type=Path, help="a finished run of this config, not to train again")
    arguments = parser.parse_args()
    data = arguments.data / "finance-retrieval"
    config = read_config(CONFIG, RetrieverConfig)
    start = time.perf_counter()
    run = open_run(arguments.run, "retriever") if arguments.run else train(config, data, runs=arguments.work / "runs")
    seconds = time.perf_counter() - start
    metrics = run.read("metrics.json")
    print(f"{comparison(metrics['table'])}\n")
    if not arguments.run:
        print(f"training and measuring: {seconds:.0f} s")
    print(f"model: {metrics['size_mb']:.1f} MB")
    for name, times in (_latencies(run, data, config) if arguments.run else metrics["latency"]).items():
        print(f"{name}: median {times['median_ms']:.1f} ms, 95 % within {times['p95_ms']:.1f} ms")
    for name, found in (("with", metrics["answerable"]), ("without", metrics["answerable_without_reranker"])):
        print(f"{name} reranker, no answer: {found['caught']:.1%} without the passage, with it {found['lost']:.1%}")
        for point in found["curve"]:
            print(f"  lost {point['lost']:.1%}, caught {point['caught']:.1%}")
    for name, options in (("without", ["--no-rerank"]), ("with", [])):
        print(f"search {name} reranker: {_speed(run.folder, data, arguments.work, options):.0f} questions a second")


def _latencies(run: Run, data: Path, config: RetrieverConfig) -> dict[str, dict[str, float]]:
    retrieval, retriever = load_retrieval(data, config), Retriever(run.model)
    corpus = retriever.index(list(retrieval.corpus.values()))
    return latencies(retriever, corpus, [row.text for row in retrieval.parts["validation"]])


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
