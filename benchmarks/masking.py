"""Masking: how much personal data is found, and how much else is masked, by kind, on sentences of our own making.

A secret counts as found when none of its letters and digits is left, whatever kind it was taken for. A sentence without
personal data counts as a false alarm when anything in it was masked.
"""

import argparse
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from masking_corpus import COUNTRIES, Sentence, sentences
from tellerbot.privacy.redact import MASKS, redact

MASK = re.compile("|".join(re.escape(mask) for mask in MASKS.values()))
Mask = Callable[[str], str]


def kept_places(text: str, masked: str) -> set[int]:
    """The places in `text` that are left in `masked`."""
    pieces = MASK.split(masked)
    places: set[int] = set()
    at = 0
    for piece in pieces[:-1]:
        at = text.index(piece, at)
        places.update(range(at, at + len(piece)))
        at += len(piece)
    places.update(range(len(text) - len(pieces[-1]), len(text)))
    return places


def is_found(sentence: Sentence, masked: str) -> bool:
    """Whether nothing of the secret is left; an amount or a word written around it may be."""
    start = sentence.text.index(sentence.secret)
    core = re.sub(r"^(?:50 ?(?:to)?|20 |https://\S*?=)|&amount=50$", lambda match: " " * len(match[0]), sentence.secret)
    secret = {start + at for at, char in enumerate(core) if char.isalnum()}
    return not secret & kept_places(sentence.text, masked)


def measure(corpus: Sequence[Sentence], mask: Mask) -> dict[str, Any]:
    """Counts by kind: sentences, and those found or falsely masked; the forms and sentences that went wrong."""
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    forms: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    wrong: defaultdict[str, list[str]] = defaultdict(list)
    for sentence in corpus:
        masked = mask(sentence.text)
        hit = is_found(sentence, masked) if sentence.secret else masked != sentence.text
        name = f"{sentence.kind}, {sentence.form}" if sentence.form else sentence.kind
        for counted in (counts[sentence.kind], *([forms[name]] if sentence.form else [])):
            counted[0] += 1
            counted[1] += hit
        if hit != bool(sentence.secret):
            wrong[name].append(f"{sentence.text!r} -> {masked!r}")
    return {"kinds": dict(counts), "forms": dict(forms), "wrong": dict(wrong)}


def show(corpus: Sequence[Sentence], found: dict[str, Any], examples: int) -> None:
    with_data = {sentence.kind for sentence in corpus if sentence.secret}
    for title, personal in (("found", True), ("false alarms", False)):
        rows = {kind: row for kind, row in found["kinds"].items() if (kind in with_data) is personal}
        rows["all"] = [sum(column) for column in zip(*rows.values(), strict=True)]
        print(f"\n{'kind':24} {'sentences':>9} {title:>13}")
        for kind, (count, hits) in rows.items():
            print(f"{kind:24} {count:9} {hits:6} {hits / count:6.1%}")
    for name, texts in found["wrong"].items():
        print(f"\n{name}: {len(texts)} wrong" if examples else "", end="")
        for text in texts[:examples]:
            print(f"\n  {text}", end="")
    print()


def milliseconds(mask: Mask, corpus: Sequence[Sentence]) -> float:
    """Processor time of the quickest of five maskings of 20,000 characters of the corpus."""
    text = " ".join(sentence.text for sentence in corpus[:: max(1, len(corpus) // 1000)])[:20_000]
    taken: list[float] = []
    for _ in range(5):
        start = time.process_time()
        mask(text)
        taken.append(time.process_time() - start)
    return min(taken) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--examples", type=int, default=0, help="sentences to show of each form that went wrong")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    corpus = sentences(options.count, options.seed)

    def mask(text: str) -> str:
        return redact(text, COUNTRIES).text

    found = measure(corpus, mask)
    show(corpus, found, options.examples)
    speed = milliseconds(mask, corpus)
    print(
        f"{len(corpus)} sentences, seed {options.seed}; 20,000 characters of them in {speed:.0f} ms of processor time"
    )
    if options.json:
        options.json.write_text(json.dumps({**found, "milliseconds": speed}, indent=1))


if __name__ == "__main__":
    main()
