"""Costs choose when to answer, ask, hand off and refuse: exactly, and with intervals that mean something."""

import itertools
import time

import numpy as np
import pytest

from tellerbot.evaluation.thresholds import OperatingPoint, Outcomes, choose, curve, intervals, tally
from tellerbot.project.schema import Costs

COSTS = Costs(wrong_answer=20, needless_refusal=8, clarification=1, hand_off=6)
PRESENT = OperatingPoint(0.2, 0.5)


def draw(count: int, seed: int = 0, outside: float = 0.25, digits: int = 15) -> Outcomes:
    """Rows whose scores mean something; with few `digits` many are equal."""
    rng = np.random.default_rng(seed)
    out = rng.random(count) < outside
    confidence = np.where(out, rng.beta(3, 3, count), rng.beta(8, 2, count))
    right = ~out & (rng.random(count) < confidence)
    return Outcomes(
        scope=np.where(out, rng.beta(2, 6, count), rng.beta(8, 2, count)).round(digits),
        confidence=confidence.round(digits),
        right=right,
        few=(confidence < 0.9) & (rng.random(count) < 0.6),
        covered=right | (~out & (rng.random(count) < 0.8)),
        outside=out,
    )


def rows(*each: tuple[float, float, bool, bool, bool, bool]) -> Outcomes:
    scope, confidence, *flags = (np.array(column) for column in zip(*each, strict=True))
    return Outcomes(scope, confidence, *flags)


def test_every_outcome_costs_what_the_project_says() -> None:
    found = rows(
        # scope, confidence, right, few, covered, outside
        (0.1, 0.9, True, False, True, False),  # refused needlessly: 8
        (0.1, 0.9, False, False, False, True),  # refused rightly: 0
        (0.9, 0.9, True, False, True, False),  # answered rightly: 0
        (0.9, 0.9, False, True, True, False),  # answered wrongly: 20
        (0.9, 0.9, False, False, False, True),  # out of scope and answered: 20
        (0.9, 0.2, False, True, True, False),  # asked, and the intent is offered: 1
        (0.9, 0.2, False, True, False, False),  # asked in vain: 1 + 6
        (0.9, 0.2, True, False, True, False),  # handed off: 6
    )
    shares = tally(found, COSTS, OperatingPoint(0.5, 0.5))
    assert shares == {
        "cost": (8 + 20 + 20 + 1 + 7 + 6) / 8,
        "refused": 2 / 8,
        "answered": 3 / 8,
        "clarified": 2 / 8,
        "handed_off": 1 / 8,
        "wrong": 2 / 8,
    }
    assert tally(found, COSTS, OperatingPoint(0.9, 0.9))["answered"] == 3 / 8  # at a threshold is above it


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("digits", [1, 15])
def test_no_other_thresholds_cost_less(seed: int, digits: int) -> None:
    some = draw(60, seed, digits=digits)
    least = min(
        tally(some, COSTS, OperatingPoint(scope, confidence))["cost"]
        for scope, confidence in itertools.product({*some.scope, 0, 1}, {*some.confidence, 0, 1})
    )
    assert tally(some, COSTS, choose(some, COSTS, 0.5))["cost"] == pytest.approx(least)


def test_of_equal_points_the_one_that_refuses_least_is_taken() -> None:
    perfect = rows((0.7, 0.8, True, False, True, False), (0.9, 0.9, True, False, True, False))
    assert choose(perfect, COSTS, 0.3) == OperatingPoint(0.3, 0.0)
    split = rows((0.2, 0.8, False, False, False, True), (0.8, 0.9, True, False, True, False))
    assert choose(split, COSTS, 0.3) == OperatingPoint(0.5, 0.0)


def test_dearer_mistakes_are_made_less_often() -> None:
    some = draw(2000)
    wrong, refused = [], []
    for cost in (2, 6, 20, 100):
        dear = COSTS.model_copy(update={"wrong_answer": float(cost)})
        wrong.append(tally(some, dear, choose(some, dear, 0.5))["wrong"])
        dear = COSTS.model_copy(update={"needless_refusal": float(cost)})
        refused.append(tally(some, dear, choose(some, dear, 0.5))["refused"])
    assert wrong == sorted(wrong, reverse=True) and wrong[0] > 2 * wrong[-1]
    assert refused == sorted(refused, reverse=True) and refused[0] > refused[-1]


def test_without_out_of_scope_rows_the_scope_threshold_stays() -> None:
    some = draw(500, outside=0)
    point = choose(some, COSTS, 0.37)
    assert point.scope_threshold == 0.37 and point.confidence_threshold > 0
    assert set(intervals(some, COSTS, point, PRESENT)) == {"confidence_threshold", "cost", "saving"}


def test_intervals_hold_what_they_are_of_and_narrow_with_more_rows() -> None:
    widths = []
    for count in (300, 5000):
        some = draw(count)
        point = choose(some, COSTS, 0.5)
        found = intervals(some, COSTS, point, PRESENT)
        cost = tally(some, COSTS, point)["cost"]
        assert found["cost"][0] < cost < found["cost"][1]
        saving = tally(some, COSTS, PRESENT)["cost"] - cost
        assert 0 < found["saving"][0] < saving < found["saving"][1]
        for name in ("scope_threshold", "confidence_threshold"):
            assert found[name][0] <= getattr(point, name) <= found[name][1]
        widths.append(found["cost"][1] - found["cost"][0])
        assert intervals(some, COSTS, point, PRESENT) == found
    # The standard error falls with the root of the rows, here to a quarter.
    assert 2.5 < widths[0] / widths[1] < 6


def test_intervals_are_of_95_percent() -> None:
    some, everything = draw(1000), OperatingPoint(0.0, 0.0)
    low, high = intervals(some, COSTS, everything, PRESENT)["cost"]
    # All are answered, so that the cost is a share of wrong ones: its interval is known.
    wrong = tally(some, COSTS, everything)["wrong"]
    assert high - low == pytest.approx(2 * 1.96 * 20 * (wrong * (1 - wrong) / 1000) ** 0.5, rel=0.2)


def test_five_thousand_rows_take_two_seconds_at_most() -> None:
    some = draw(5000)
    start = time.process_time()
    intervals(some, COSTS, choose(some, COSTS, 0.5), PRESENT)
    assert time.process_time() - start < 2


def test_the_curves_pass_through_the_chosen_point() -> None:
    some = draw(80)
    point = choose(some, COSTS, 0.5)
    curves = {along: curve(some, COSTS, point, along) for along in ("scope_threshold", "confidence_threshold")}
    for along, found in curves.items():
        assert {len(values) for values in found.values()} == {len(found["threshold"])}
        at = found["threshold"].index(getattr(point, along))
        assert found["cost"][at] == min(found["cost"]) == tally(some, COSTS, point)["cost"]
        outcomes = [found[name] for name in ("refused", "answered", "clarified", "handed_off")]
        assert np.allclose(np.sum(outcomes, axis=0), 1)


def test_a_stated_share_of_out_of_scope_messages_weighs_the_rows() -> None:
    rng = np.random.default_rng(3)
    count = 400
    outside = np.arange(count) < count // 2
    rows = Outcomes(
        scope=np.clip(rng.normal(np.where(outside, 0.4, 0.6), 0.15), 0, 1),
        confidence=rng.uniform(0.3, 1, count),
        right=~outside,
        few=np.zeros(count, dtype=bool),
        covered=~outside,
        outside=outside,
    )
    costs = Costs(wrong_answer=10, needless_refusal=5, clarification=1, hand_off=4)
    rare = costs.model_copy(update={"out_of_scope_share": 0.02})
    # Where hardly any message is out of scope, fewer are worth refusing.
    assert choose(rows, rare, 0).scope_threshold < choose(rows, costs, 0).scope_threshold
    point = OperatingPoint(0.5, 0.0)
    shares = [(rows.scope[some] < 0.5).mean() for some in (outside, ~outside)]
    assert tally(rows, rare, point)["refused"] == pytest.approx(0.02 * shares[0] + 0.98 * shares[1])
