"""Metrics that a project names: where they are found, what they give, their intervals and their bounds."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.metrics import balanced_accuracy_score

from tellerbot.data.read import Row
from tellerbot.errors import ConfigError, GateError
from tellerbot.evaluation.bootstrap import RESAMPLES, SEED
from tellerbot.evaluation.find import find_metrics
from tellerbot.evaluation.intents import score
from tellerbot.evaluation.metrics import enforce, measure, refuse_broken
from tellerbot.evaluation.predictions import Predictions, gather, with_noise
from tellerbot.project.schema import Metric
from tellerbot.types import Understanding

Install = Callable[[str, str], None]


def predictions(
    wanted: list[str], labels: tuple[str, ...] = ("loan", "card", "atm"), right: float = 0.8
) -> Predictions:
    """A random model's predictions on rows labelled `wanted`."""
    generator = np.random.default_rng(5)
    logits = generator.normal(size=(len(wanted), len(labels)))
    for row, label in enumerate(wanted):
        if label in labels and generator.random() < right:
            logits[row, labels.index(label)] += 4
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    scope = generator.random(len(wanted))
    return Predictions(
        wanted=np.array(wanted),
        found=np.array(labels)[probabilities.argmax(1)],
        confidence=probabilities.max(1),
        scope_score=scope,
        accepted=scope > 0.1,
        confident=probabilities.max(1) > 0.5,
        probabilities=probabilities,
        candidates=probabilities > 0.1,
        noisy=np.full((len(wanted), 2), ""),
        labels=labels,
    )


ROWS = predictions(["loan", "card", "atm", "card", "out_of_scope"] * 40)
INSIDE = ROWS.take(ROWS.inside)


def measured(metric: Metric, rows: Predictions = ROWS) -> dict[str, Any]:
    return measure(rows, find_metrics([metric]))["metrics"][0]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package `acme-NAME` 1.2 with the metric `NAME`: a function `metric` in the given code."""

    def into(name: str, code: str) -> None:
        module = f"acme_{name}"
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-{name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[tellerbot.metrics]\n{name} = {module}:metric\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, module, raising=False)

    return into


@pytest.mark.slow
def test_a_name_is_built_in_before_it_is_scikit_learns_before_it_is_a_packages(install: Install) -> None:
    install("accuracy", "metric = lambda p: 7.0")
    install("recall_macro", "metric = lambda p: 7.0")
    install("refusals", "metric = lambda p: float((~p.accepted).sum())")
    found = find_metrics([Metric(name=name) for name in ("accuracy", "recall_macro", "refusals")])
    assert [entry.kind for entry in found] == ["built-in", "scikit-learn", "package"]
    assert found[2].source == "acme-refusals 1.2"
    values = [result["value"] for result in measure(ROWS, found)["metrics"]]
    assert values[0] == score(ROWS)["figures"]["accuracy"] and values[1] < 1 and values[2] == (~ROWS.accepted).sum()


@pytest.mark.slow
def test_a_scorer_counts_the_in_scope_rows() -> None:
    result = measured(Metric(name="balanced_accuracy"))
    assert result["value"] == pytest.approx(balanced_accuracy_score(INSIDE.wanted, INSIDE.found))
    assert result["kind"] == "scikit-learn" and result["passed"] is None and result["bound"] is None


@pytest.mark.slow
def test_a_scorer_of_probabilities_gets_each_labels_own_column() -> None:
    # The labels are not in sorted order, which is the order scikit-learn takes columns to be in.
    own = [ROWS.labels.index(label) for label in INSIDE.wanted]
    loss = -np.log(INSIDE.probabilities[np.arange(len(own)), own]).mean()
    assert measured(Metric(name="neg_log_loss"))["value"] == pytest.approx(-loss)


def test_a_package_is_given_all_rows_and_computes_for_real(install: Install) -> None:
    code = """
from tellerbot.evaluation.predictions import Predictions

def metric(p: Predictions) -> float:
    assert p.probabilities.shape == (len(p.wanted), len(p.labels))
    costs = 5.0 * (p.accepted & (p.found != p.wanted)) + 1.0 * ~p.accepted
    return float(costs.mean())
"""
    install("cost", code)
    result = measured(Metric(name="cost", at_most=0.5))
    wrong = ROWS.accepted & (ROWS.found != ROWS.wanted)
    assert result["value"] == pytest.approx(5 * wrong.mean() + (~ROWS.accepted).mean())
    assert result["low"] < result["value"] < result["high"] and result["passed"] is False


def test_a_metric_cannot_alter_what_others_are_computed_from(install: Install) -> None:
    install("rude", "def metric(p):\n    p.found[:] = 'card'\n    return 0.0")
    rude, accuracy = measure(ROWS, find_metrics([Metric(name="rude"), Metric(name="accuracy")]))["metrics"]
    assert rude["value"] is None and "read-only" in rude["reason"]
    assert accuracy["value"] == score(ROWS)["figures"]["accuracy"]


@pytest.mark.slow
def test_the_interval_is_the_percentile_bootstrap_over_rows() -> None:
    generator, right = np.random.default_rng(SEED), []
    for _ in range(RESAMPLES):
        rows = ROWS.take(generator.integers(0, len(ROWS.wanted), len(ROWS.wanted)))
        right.append((rows.found == rows.wanted)[rows.inside].mean())
    result = measured(Metric(name="accuracy"))
    assert [result["low"], result["high"]] == pytest.approx(np.quantile(right, [0.025, 0.975]))
    spread = 1.96 * (result["value"] * (1 - result["value"]) / len(INSIDE.wanted)) ** 0.5
    assert result["high"] - result["low"] == pytest.approx(2 * spread, rel=0.2)
    assert measure(ROWS, [])["intervals"]["accuracy"] == [result["low"], result["high"]]


@pytest.mark.slow
def test_resamples_that_leave_a_metric_undefined_are_left_out_and_counted() -> None:
    # A resample without every intent has no such area: 37 % of them miss a row that stands once.
    one, three = (["atm"] * 30 + ["card"] * 30 + ["loan"], ["atm", "card", "loan"])
    some, few = (measured(Metric(name="roc_auc_ovr"), predictions(rows, right=0.3)) for rows in (one, three))
    assert some["low"] < some["value"] < some["high"]
    undefined = int(some["reason"].removeprefix("undefined in ").removesuffix(" of 300 resamples of the rows"))
    assert undefined / 300 == pytest.approx(0.37, abs=0.1)
    assert few["value"] is not None and few["low"] is None and few["high"] is None
    assert "no interval: undefined in 2" in few["reason"] and "of 300 resamples" in few["reason"]
    assert measured(Metric(name="roc_auc_ovr"))["reason"] is None


@pytest.mark.slow
def test_rows_without_every_intent_have_a_log_loss_all_the_same() -> None:
    some = predictions(["loan", "card"] * 20, right=1.0)
    own = [some.labels.index(label) for label in some.wanted]
    loss = -np.log(some.probabilities[np.arange(len(own)), own]).mean()
    found = measured(Metric(name="neg_log_loss"), some)
    assert found["value"] == pytest.approx(-loss) and found["reason"] is None
    # Means over intents are of those that are there: the third would make it two thirds at best.
    assert measured(Metric(name="f1_macro"), some)["value"] > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("name", ["f1", "precision", "r2", "neg_mean_squared_error", "roc_auc", "recall_samples"])
def test_scorers_that_cannot_judge_intents_say_so_and_meet_no_bound(name: str) -> None:
    found = measured(Metric(name=name, at_least=-100))
    assert found["value"] is None and found["passed"] is False and "raised ValueError" in found["reason"]


@pytest.mark.parametrize("name", ["f1_macro", "top_k_accuracy", "neg_brier_score", "roc_auc_ovo", "matthews_corrcoef"])
def test_scorers_that_can_are_computed(name: str) -> None:
    (found,) = find_metrics([Metric(name=name)])
    assert np.isfinite(found.compute(ROWS))


@pytest.mark.slow
def test_accuracy_under_noise_is_of_the_texts_with_slips_in_them() -> None:
    rows = [Row({"text": text, "label": label}, 1) for text, label in [("loan", "loan"), ("weather", "out_of_scope")]]
    asked: list[str] = []

    def understand(texts: Sequence[str]) -> list[Understanding]:
        asked.extend(texts)
        found = ["loan" if "loan" in text.lower() else "card" for text in texts]
        return [Understanding(intent, 0.9, 1.0, True, True, (intent,)) for intent in found]

    plain = gather(understand, rows * 50, ("card", "loan"))
    assert "accuracy_one_typo" not in score(plain)["figures"]
    asked.clear()
    found = with_noise(plain, understand, rows * 50)
    assert len(asked) == 100 and "weather" not in asked and "loan" not in asked
    figures = score(found)["figures"]
    for name, texts in (("accuracy_one_typo", asked[:50]), ("accuracy_heavy_noise", asked[50:])):
        assert figures[name] == np.mean(["loan" in text.lower() for text in texts]) < figures["accuracy"] == 1
    gate = measured(Metric(name="accuracy_one_typo", at_least=0.99), found)
    assert gate["value"] == figures["accuracy_one_typo"] and gate["passed"] is False


@pytest.mark.slow
def test_what_rows_leave_undefined_is_told_and_meets_no_bound() -> None:
    built_in = measured(Metric(name="scope_auroc", at_least=0.1), INSIDE)
    scorer = measured(Metric(name="roc_auc_ovr", at_least=0.1), predictions(["loan", "card"]))
    assert built_in["value"] is None and built_in["passed"] is False
    assert built_in["reason"] == "these rows leave it undefined"
    assert scorer["value"] is None and "gave nan, expected a finite number" in scorer["reason"]
    assert "scope_auroc" not in measure(INSIDE, [])["intervals"]
    refuse_broken([built_in, scorer])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def metric(p):\n    return 1 / 0", "raised ZeroDivisionError: division by zero"),
        ("def metric(p):\n    return float('nan')", "gave nan, expected a finite number"),
        ("def metric(p):\n    return 'good'", "gave 'good', expected a finite number"),
        ("def metric(p):\n    return p.confidence", r"gave array\(.*, expected a finite number"),
    ],
)
def test_a_package_that_gives_no_number_is_named(install: Install, code: str, told: str) -> None:
    install("bad", code)
    results = measure(ROWS, find_metrics([Metric(name="bad")]))["metrics"]
    with pytest.raises(ConfigError, match=f"'bad': acme-bad 1.2 {told}"):
        refuse_broken(results)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import not_there", "acme-bad 1.2, but: ModuleNotFoundError: No module named 'not_there'"),
        ("metrics = 1", "acme-bad 1.2, but: AttributeError"),
        ("metric = 0.9", "of acme-bad 1.2 to be a function of Predictions, found 0.9"),
    ],
)
def test_an_entry_point_that_cannot_be_used_is_named_before_anything_is_measured(
    install: Install, code: str, told: str
) -> None:
    install("bad", code)
    with pytest.raises(ConfigError, match=told):
        find_metrics([Metric(name="bad")])


def test_two_packages_with_one_name_are_refused(install: Install, tmp_path: Path) -> None:
    install("cost", "metric = lambda p: 1.0")
    info = tmp_path / "other-3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 3\n")
    (info / "entry_points.txt").write_text("[tellerbot.metrics]\ncost = acme_cost:metric\n")
    with pytest.raises(ConfigError, match=r"one package to have it, found (acme-cost 1.2, other 3|other 3, acme-cost)"):
        find_metrics([Metric(name="cost")])


def test_unknown_names_are_listed_with_near_ones(install: Install) -> None:
    install("handling_cost", "metric = lambda p: 1.0")
    names = ("balanced_acuracy", "handling_costs", "qqqq", "accuracy")
    with pytest.raises(ConfigError) as caught:
        find_metrics([Metric(name=name) for name in names])
    said = str(caught.value)
    assert "'balanced_acuracy' (near: balanced_accuracy" in said and "'handling_costs' (near: handling_cost" in said
    assert "'qqqq'." in said and "'accuracy'" not in said and "tellerbot.metrics" in said


@pytest.mark.slow
def test_the_gate_names_each_bound_that_is_not_met() -> None:
    value = score(ROWS)["figures"]["accuracy"]
    metrics = [
        Metric(name="accuracy", at_least=value),
        Metric(name="macro_f1", at_least=0.1, at_most=0.2),
        Metric(name="balanced_accuracy", at_least=0.99),
        Metric(name="ece"),
    ]
    results = measure(ROWS, find_metrics(metrics))["metrics"]
    with pytest.raises(GateError) as caught:
        enforce(results)
    said = str(caught.value)
    low, high = (f"{results[2][name]:.6g}" for name in ("low", "high"))
    assert said.startswith("2 of 3 bounds are not met")
    assert (
        "balanced_accuracy (scikit-learn 1" in said
        and f"({low} to {high}) on 200 rows, expected at least 0.99: not met" in said
    )
    assert "expected at least 0.1 and at most 0.2: not met" in said and "ece" not in said
    enforce(results[:1])


@pytest.mark.slow
def test_a_gate_without_a_bound_says_how_to_set_one() -> None:
    with pytest.raises(ConfigError, match=r"at_least: 0\.9"):
        enforce(measure(ROWS, find_metrics([Metric(name="ece")]))["metrics"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "ece", "atleast": 1},
        {"name": "ece", "at_least": 0.9, "at_most": 0.1},
        {"name": "ece", "at_most": "nan"},
    ],
)
def test_a_metric_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Metric.model_validate(wrong)
