"""The plan of a responder run: what it would take, measured on a few steps."""

import tempfile
from pathlib import Path

import pytest

from tellerbot.responses.config import LoraConfig, ResponderConfig
from tellerbot.responses.plan import Plan, make_plan


def test_a_plan_is_measured_and_leaves_nothing_behind(
    language_models: dict[str, Path], rows_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ResponderConfig(
        model=str(language_models["gpt2"]),
        epochs=3,
        batch_size=8,
        accumulate=1,
        max_tokens=700,
        lora=LoraConfig(rank=4),
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    plan = make_plan(config, rows_folder)
    assert plan.steps == 18 and plan.rows == 48 and plan.left_out == 0
    assert plan.trained is not None and 0 < plan.trained < plan.parameters
    assert plan.seconds_per_step is not None and 0 < plan.seconds_per_step < 60
    assert 0 < plan.peak_gb < plan.available_gb and plan.fits
    assert any("18 steps of" in line for line in plan.lines()) and not any("not fit" in line for line in plan.lines())
    assert not list(tmp_path.iterdir())


def test_a_plan_that_does_not_fit_names_a_config_that_would() -> None:
    def plan(available: float) -> Plan:
        return Plan(None, 10**10, 100, 0, 10, None, 160.0, available, "cpu")

    assert plan(24.0).lines()[-1].startswith("It will not fit. configs/smollm2-lora.yaml would")
    assert plan(5.0).lines()[-1].startswith("It will not fit. configs/smollm2-full.yaml would")
    assert "nor would any shipped config" in plan(2.0).lines()[-1]
    assert plan(24.0).figures()["fits"] is False
