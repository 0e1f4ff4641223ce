"""A check of claims on sentences written by hand: `make bench-claims CHECK=runs/NAME`.

The threshold is chosen on `rows/claims_validation.jsonl`, and the figures are those of `rows/claims.jsonl`; both are
over sections of the demo's policies, each over others. Beside the check: the share of words that the evidence has.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tellerbot.checks.claims import ClaimCheck, pair_of, support
from tellerbot.checks.config import CheckConfig
from tellerbot.checks.measure import choose_threshold, measure, words_shared
from tellerbot.checks.rows import Claim, read_claims

ROWS = Path(__file__).parent / "rows"
BOUNDS = (CheckConfig().most_wrong, CheckConfig().most_wrong_grave)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("check", type=Path, help="the folder of a run of `train check`")
    check = ClaimCheck.open(parser.parse_args().check / "model")
    valid, test = (read_claims(ROWS / name) for name in ("claims_validation.jsonl", "claims.jsonl"))

    def supported(claims: Sequence[Claim]) -> NDArray[np.float64]:
        return support(check.logits([pair_of(row.evidence, row.sentence) for row in claims]), check.settings)

    systems = {"words shared": words_shared, "the check": supported}
    found = {
        name: measure(read(test), test, choose_threshold(read(valid), valid, *BOUNDS)) for name, read in systems.items()
    }
    print("| read by | AUROC | right sentences that pass | wrong sentences that pass |\n| --- | --- | --- | --- |")
    for name, figures in found.items():
        print(f"| {name} | {figures['auroc']:.3f} | {figures['right_passed']:.1%} | {figures['wrong_passed']:.1%} |")
    print("\n| kind | rows | pass the check |\n| --- | --- | --- |")
    for kind, count in sorted(Counter(row.kind for row in test).items()):
        print(f"| {kind} | {count} | {found['the check'][f'{kind}_passed']:.1%} |")


if __name__ == "__main__":
    main()
