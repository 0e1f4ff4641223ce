"""The demo assistant on the real encoder: trained, measured, and put through its conversation tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tellerbot", *map(str, arguments)]
    environment = {**os.environ, "TELLERBOT_HOME": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    result = run(home, "quickstart", home, "--no-serve")
    assert result.returncode == 0, result.stderr
    return home


@pytest.mark.timeout(900)
def test_the_demo_passes_its_conversation_tests(demo: Path) -> None:
    result = run(demo, "test", "--json", demo / "tests.json")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_demo_is_good_enough_to_show(demo: Path) -> None:
    (folder,) = (demo / "runs").iterdir()
    systems = json.loads((folder / "metrics.json").read_text())["systems"]
    metrics = systems["exported"]
    assert metrics["accuracy"] >= 0.82
    assert metrics["scope_auroc"] >= 0.97
    assert metrics["refused_in_scope"] <= 0.06 and metrics["refused_out_of_scope"] >= 0.75
    assert metrics["accuracy"] > systems["base"]["accuracy"]
