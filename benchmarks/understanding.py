"""The intent figures of the docs, next to three peers on the same rows: `make bench-understanding`.

Banking77: 5-fold cross-validation of its training rows, near-duplicates kept together. BANKING77-OOS and CLINC150:
trained on their training rows, measured on their validation rows. Few examples: 5 and 10 rows an intent drawn from
Banking77's training rows, measured on 4,000 others. The demo bank: its own held-out utterances. No public test split
is read.
Results are kept in --work as they come, in a folder for this state of the code; run again, it goes on from there.
--only NAME runs one part. All of it takes some two hours on two cores.
"""

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from systems import SYSTEMS, Parts, Rows, measure
from tellerbot.data.read import OUT_OF_SCOPE, read_rows
from tellerbot.data.split import check_intents, split_rows
from tellerbot.files import sha256, write_json

CONFIGS = Path(__file__).parents[1] / "configs"
FOLDS = 5
# The plain Trainer takes as long as all others together: one fold has to do for it.
REPEATED = [system for system in SYSTEMS if system != "plain Trainer"]
Results = dict[str, dict[str, list[dict[str, Any]]]]


def accuracy(data: Path, work: Path, repeats: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every system on every fold of Banking77."""
    for at, rows in enumerate(_folds(data)[:repeats]):
        for system in SYSTEMS if at == 0 else REPEATED:
            yield system, _measured(work, f"{system} {at}", system, "banking77", rows)


def _folds(data: Path) -> list[Parts]:
    folds = split_rows(check_intents(read_rows(data / "banking77" / "train.csv", "intents")), [1 / FOLDS] * FOLDS, 0)
    return [Parts(_rows([row for other in folds if other is not fold for row in other]), _rows(fold)) for fold in folds]


def scope(data: Path, work: Path, repeats: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every system on BANKING77-OOS and CLINC150, trained without any out-of-scope row."""
    sets = {
        "banking77-oos": {"held-out intents": "id_oos_valid", "not banking": "ood_oos_valid"},
        "clinc150": {"out of scope": "oos_valid"},
    }
    for folder, outside in sets.items():
        rows = Parts(_jsonl(data / folder / "train.jsonl"), _jsonl(data / folder / "valid.jsonl"))
        texts = {name: _jsonl(data / folder / f"{file}.jsonl").texts for name, file in outside.items()}
        for system in SYSTEMS:
            yield f"{folder}, {system}", _measured(work, f"{folder} {system}", system, "banking77", rows, texts)


def few(data: Path, work: Path, repeats: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Five and ten utterances an intent, a draw of each."""
    rows = check_intents(read_rows(data / "banking77" / "train.csv", "intents"))
    for count in (5, 10):
        order = [rows[at] for at in np.random.default_rng(0).permutation(len(rows))]
        taken: dict[str, list[Any]] = {}
        for row in order:
            taken.setdefault(row.label, []).append(row)
        # Three more of each intent choose thresholds; what is trained on is five or ten.
        train = _rows([row for some in taken.values() for row in some[:count]])
        valid = _rows([row for some in taken.values() for row in some[count : count + 3]])
        used = {id(row) for some in taken.values() for row in some[: count + 3]}
        test = _rows([row for row in order if id(row) not in used][:4000])
        for system in SYSTEMS:
            name = f"few {count} {system}"
            yield f"{count}, {system}", _measured(work, name, system, "few-examples", Parts(train, test, valid))


def demo(data: Path, work: Path, repeats: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The demo bank with the defaults, on its held-out utterances."""
    from tellerbot.intents.config import IntentsConfig
    from tellerbot.intents.train import train
    from tellerbot.project.scaffold import init_project
    from tellerbot.training.folders import served_figures

    def run() -> dict[str, Any]:
        if not (work / "my-bank").exists():
            init_project(work / "my-bank")
        start = time.perf_counter()
        found = train(IntentsConfig(), work / "my-bank", runs=work / "runs").read("metrics.json")
        return {**found, **served_figures(found), "train_s": time.perf_counter() - start}

    yield "demo", _kept(work, "demo", run)


def speed(data: Path, work: Path, repeats: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """`tellerbot predict intents` over every Banking77 and CLINC150 training text, start-up included; three times."""
    run = _measured(work, "tellerbot 0", "tellerbot", "banking77", _folds(data)[0])["run"]
    texts = [row.text for row in read_rows(data / "banking77" / "train.csv", "intents").rows]
    texts += _jsonl(data / "clinc150" / "train.jsonl").texts
    source = work / "messages.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    command = [sys.executable, "-m", "tellerbot", "predict", "intents", run, "--input", source]
    for at in range(3):

        def once() -> dict[str, Any]:
            start = time.perf_counter()
            subprocess.run([*command, "--output", work / "labelled.jsonl"], check=True, capture_output=True)
            return {"messages": len(texts), "messages_per_second": len(texts) / (time.perf_counter() - start)}

        yield "predict", _kept(work, f"speed {at}", once)


PARTS: dict[str, Callable[[Path, Path, int], Iterator[tuple[str, dict[str, Any]]]]] = {
    "accuracy": accuracy,
    "scope": scope,
    "few": few,
    "demo": demo,
    "speed": speed,
}
SHARES = {
    "accuracy",
    "ece",
    "one typo",
    "heavy noise",
    "coverage",
    "scope_auroc",
    "refused_in_scope",
    "refused_out_of_scope",
}
SHOWN = (*sorted(SHARES), "candidates", "train_s", "median_ms", "memory_mb", "size_mb", "messages_per_second")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with banking77/ and the others")
    parser.add_argument("--work", type=Path, default=Path("bench-understanding"), help="where results are kept")
    parser.add_argument("--only", choices=PARTS, help="one part")
    parser.add_argument("--repeats", type=int, default=FOLDS, help="how many folds to measure")
    arguments = parser.parse_args()
    work = arguments.work / _state()
    for part in [arguments.only] if arguments.only else PARTS:
        found: dict[str, list[dict[str, Any]]] = {}
        for name, result in PARTS[part](arguments.data, work, arguments.repeats):
            found.setdefault(name, []).append(result)
            print(f"{part}: {name}: accuracy {result.get('accuracy', float('nan')):.4f}", file=sys.stderr, flush=True)
        print(f"\n## {part}\n\n{_table(found)}", flush=True)


def _state() -> str:
    """A short hash of all that is measured: the package, the configs and these scripts."""
    root = Path(__file__).parents[1]
    files = [path for folder in ("src", "configs", "benchmarks") for path in (root / folder).rglob("*.*")]
    kept = sorted(path for path in files if path.suffix in {".py", ".yaml", ".md"})
    return hashlib.sha256("".join(map(sha256, kept)).encode()).hexdigest()[:12]


def _table(found: dict[str, list[dict[str, Any]]]) -> str:
    """Means over a system's results, with their spread (standard deviation) where there are several."""
    lines = []
    for name, results in found.items():
        cells = {key: [result[key] for result in results] for key in SHOWN if key in results[0]}
        for outside, scores in results[0].get("scope", {}).items():
            cells |= {f"{outside}, {key}": [score] for key, score in scores.items()}
        if "latency" in results[0]:
            cells["median_ms"] = [result["latency"]["median_ms"] for result in results]
        lines.append((name, {key: _cell(key, values) for key, values in cells.items()}))
    columns = list(dict.fromkeys(key for _, cells in lines for key in cells))
    rows = [f"| {name} | {' | '.join(cells.get(key, '') for key in columns)} |" for name, cells in lines]
    return "\n".join([f"| system | {' | '.join(columns)} |", "| --- " * (len(columns) + 1) + "|", *rows])


def _cell(key: str, values: list[float]) -> str:
    mean = statistics.mean(values)
    spread = f" ± {statistics.stdev(values) * (100 if key in SHARES else 1):.2f}" if len(values) > 1 else ""
    if key in SHARES:
        return f"{100 * mean:.2f}{spread} %"
    return f"{mean:.3f}{spread}" if mean < 1 else f"{mean:.1f}{spread}"


def _jsonl(path: Path) -> Rows:
    """The rows of a public file; one of them has a row of white space, which tellerbot's own reader refuses."""
    rows = [row for row in map(json.loads, path.read_text().splitlines()) if row["text"].strip()]
    return Rows([row["text"] for row in rows], [row["label"] for row in rows])


def _rows(rows: list[Any]) -> Rows:
    inside = [row for row in rows if row.label != OUT_OF_SCOPE]
    return Rows([row.text for row in inside], [row.label for row in inside])


def _measured(
    work: Path, name: str, system: str, config: str, rows: Parts, outside: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    return _kept(work, name, lambda: measure(system, CONFIGS / f"{config}.yaml", rows, outside or {}, work / name))


def _kept(work: Path, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    path = work / f"{name}.json"
    if not path.exists():
        write_json(path, make())
    return json.loads(path.read_text())


if __name__ == "__main__":
    main()
