"""Documents written and read back with fresh seeds: `make bench-round-trip`.

Each document is made from known tables and sentences, in the four formats in turn, and read by the parsers that read
policies. A figure is right when it is read in its own sentence or cell, reported when it is missing but among what the
reading report lists, and silent when it is anything else. The command fails if any is silent, and names their seeds:
`--seed N --documents 1` makes document N again.
"""

import argparse
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from round_trip.check import Outcome  # pyright: ignore[reportMissingImports]
from round_trip.run import WRITERS, round_trip  # pyright: ignore[reportMissingImports]

ENDINGS = tuple(WRITERS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=5000, help="how many to write and read")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9), help="the first document's; else fresh")
    arguments = parser.parse_args()
    start = time.perf_counter()
    seeds = range(arguments.seed, arguments.seed + arguments.documents)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(_measure, seeds, chunksize=20))
    silent = {seed: outcome.silent for seed, outcome in zip(seeds, outcomes, strict=True) if outcome.silent}
    print(f"| format | documents | figures | read right | reported | silent |\n|---|{'--:|' * 5}")
    for ending in ENDINGS:
        print(_row(ending, [one for seed, one in zip(seeds, outcomes, strict=True) if _ending(seed) == ending]))
    print(_row("all", outcomes))
    print(f"\nseeds {seeds.start} to {seeds.stop - 1}, {time.perf_counter() - start:.0f} s")
    for seed, found in silent.items():
        print(f"\nseed {seed} ({_ending(seed)}):", *found, sep="\n  ")
    sys.exit(1 if silent else 0)


def _ending(seed: int) -> str:
    return ENDINGS[seed % len(ENDINGS)]


def _measure(seed: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return round_trip(Random(seed), _ending(seed), Path(folder))[2]  # noqa: S311


def _row(name: str, outcomes: Iterable[Outcome]) -> str:
    total = Outcome()
    documents = 0
    for outcome in outcomes:
        documents += 1
        total.add(outcome)
    counts = (documents, total.figures, total.right, total.reported, len(total.silent))
    return f"| {name} | {' | '.join(f'{count:,}' for count in counts)} |"


if __name__ == "__main__":
    main()
