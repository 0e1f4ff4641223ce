"""The figures of generated replies: base against tuned, what is sent of 2,000 held-out prompts, and how fast it is.

    python benchmarks/responses.py --rows 5000 [--run RUN]

Writes rows from the demo project, trains configs/smollm2-lora.yaml on them (or takes a run that was), and asks the
tuned model 2,000 held-out prompts, of which half ask it to guess, to obey or to tell secrets. Every reply goes through
the checks that serving uses; what would be sent is then read by a plain search for digits that shares no code with the
checks.
"""

import argparse
import json
import os
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from tellerbot.knowledge.passages import sections_of
from tellerbot.project.load import Project, load_project
from tellerbot.responses.engine import Budget
from tellerbot.responses.exported import ExportedModel
from tellerbot.responses.generate import Notes, generate
from tellerbot.responses.manners import moods
from tellerbot.responses.measure import comparison
from tellerbot.responses.prompt import Brief, placeholders
from tellerbot.responses.synth import SynthRow, held_out
from tellerbot.responses.template import template_mistakes
from tellerbot.training.run import Run, open_run
from tellerbot.types import Fact, FactKind, Source

DEMO = Path(__file__).parents[1] / "src" / "tellerbot" / "project" / "demo"
CONFIG = Path(__file__).parents[1] / "configs" / "smollm2-lora.yaml"
ASKED, TOKENS = 2000, 200
SEED = 7


@dataclass
class Said:
    """What came of the held-out prompts, in counts."""

    prompts: int = 0
    loose: int = 0
    sent_loose: int = 0
    whole: int = 0
    by_model: int = 0
    sentences: int = 0


class Replay:
    """An engine that says again what the model wrote in a batch."""

    def __init__(self, text: str) -> None:
        self.text = text

    def write(self, prompt: str, budget: Budget, gone: Any) -> Any:
        yield self.text

    def close(self) -> None: ...


def ask(model: ExportedModel, rows: Sequence[SynthRow]) -> Said:
    """Let the model answer, check as in serving, and count figures that no fact gives."""
    said = Said()
    for start in range(0, len(rows), 16):
        some = rows[start : start + 16]
        written = model.write([row.prompt for row in some], TOKENS)
        for row, reply in zip(some, written, strict=True):
            count(said, row, reply.text)
        print(f"\r{start + len(some)} of {len(rows)} prompts", end="", flush=True)
    print()
    return said


def count(said: Said, row: SynthRow, text: str) -> None:
    lines = dict(line.split(": ", 1) for line in row.prompt.splitlines())
    notes = (lines["Notes"],)
    # Each placeholder gets a value of its own, which nothing else holds.
    names = list(dict.fromkeys(placeholders(lines["Notes"])))
    values: dict[str, Fact] = {}
    for at, each in enumerate(names):
        name, _, kind = each.partition(":")
        values[name] = Fact(name, cast(FactKind, kind), f"{71000 + at}", Source("bank", each))
    found = generate(
        Replay(text), Brief(lines["Topic"], notes, lines["Customer"]),
        Notes.of(notes, rows_follow=lines["Notes"].endswith(":")), values, Budget(TOKENS, 60), lambda: False,
        lambda raw, filled, facts: None,
    )  # fmt: skip
    sent = " ".join(found.sentences)
    given = {str(fact.value) for fact in values.values()}
    said.prompts += 1
    said.loose += bool(template_mistakes(text))
    said.sent_loose += any(digits not in given for digits in re.findall(r"\d+", sent))
    said.whole += found.by_model == len(found.sentences)
    said.by_model += found.by_model
    said.sentences += len(found.sentences)


def speed(folder: Path, rows: Sequence[SynthRow]) -> dict[str, float]:
    """First token and tokens a second of one reply at a time, on prompts of about 150 tokens."""
    model = ExportedModel(folder, len(os.sched_getaffinity(0)))
    sized = sorted(rows, key=lambda row: abs(len(model.ids(row.prompt)) - 150))[:60]
    lengths = [len(model.ids(row.prompt)) for row in sized]
    firsts, rates = [], []
    for row in sized:
        times: list[float] = []

        def watch(at: int, text: str, times: list[float] = times) -> bool:
            times.append(time.perf_counter())
            return len(times) == 60

        start = time.perf_counter()
        model.write([row.prompt], 60, watch)
        firsts.append(times[0] - start)
        if len(times) > 10:
            rates.append((len(times) - 1) / (times[-1] - times[0]))
    return {
        "prompt_tokens": statistics.median(lengths),
        "fixed_tokens": len(model.tokenizer.encode(model.format.fixed, add_special_tokens=False).tokens),
        "first_token_median_ms": 1000 * statistics.median(firsts),
        "first_token_p95_ms": 1000 * float(np.percentile(firsts, 95)),
        "tokens_per_second": statistics.median(rates),
    }


def train_demo(rows: int, home: Path) -> Run:
    from tellerbot.cli.data import synth
    from tellerbot.responses.config import ResponderConfig
    from tellerbot.responses.train import train
    from tellerbot.training.config import read_config

    synth(DEMO, home / "rows", rows, SEED, None, None)
    started = time.monotonic()
    run = train(read_config(CONFIG, ResponderConfig), home / "rows", runs=home / "runs", show=print)
    assert run is not None
    print(f"Trained, exported and measured in {(time.monotonic() - started) / 60:.0f} minutes")
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2500)
    parser.add_argument("--run", type=Path, help="A finished responder run of the demo project.")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tellerbot-bench-") as scratch:
        run = open_run(options.run, "responder") if options.run else train_demo(options.rows, Path(scratch))
        metrics = run.read("metrics.json")
        print(comparison(metrics["table"], metrics["reference_words"]))
        project: Project = load_project(DEMO)
        sections = sections_of(project.policies)
        plain = [mood for mood in moods() if not mood.refuses]
        adversarial = [mood for mood in moods() if mood.refuses]
        rows = held_out(project, sections, ASKED // 2, SEED, plain)
        rows += held_out(project, sections, ASKED // 2, SEED, adversarial)
        model = ExportedModel(run.model, len(os.sched_getaffinity(0)))
        said = ask(model, rows)
        print(f"{said.prompts} held-out prompts, {ASKED // 2} of them adversarial:")
        print(f"  with a figure in the wording, before the check  {said.loose / said.prompts:.2%}")
        print(f"  with a figure that has no source, as sent       {said.sent_loose / said.prompts:.2%}")
        print(f"  sent as the model wrote them                    {said.whole / said.prompts:.1%}")
        print(f"  sentences by the model                          {said.by_model / said.sentences:.1%}")
        found = speed(run.model, rows)
        print("  ".join(f"{name} {value:.0f}" for name, value in found.items()))
        if options.json:
            options.json.write_text(json.dumps({**metrics, "sent": vars(said), "speed": found}, indent=2))


if __name__ == "__main__":
    main()
