"""What a release carries beside the model."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import update

from tellerbot.assistant.load import open_bank
from tellerbot.bank.demo_schema import fees
from tellerbot.release.build import RECORDS, build_release
from tellerbot.release.manifest import verify
from tellerbot.release.registry import Registry
from tellerbot.settings import Settings


def test_a_release_carries_the_config_the_data_and_the_figures_of_its_run(home: Path, tiny_run: Any) -> None:
    release = Registry.at(Settings(home=home)).resolve("production")
    files = verify(release).files
    assert RECORDS == ("config.yaml", "data.json", "metrics.json")
    for name in RECORDS:
        assert (release / "intents" / name).read_bytes() == (tiny_run.folder / name).read_bytes()
        assert f"intents/{name}" in files


def test_a_build_tells_where_records_and_policies_contradict_each_other(
    tiny_project: Path, tiny_run: Any, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path)
    bank = open_bank(settings)
    registry = Registry.at(settings)
    manifest = build_release(tiny_project, tiny_run.folder, registry, var=settings.var, open_bank=lambda: bank)
    assert manifest.metrics["contradictions"] == []
    with bank.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(update(fees).where(fees.c.code == "overdraft").values(amount=Decimal("30.00")))
    command = [sys.executable, "-m", "tellerbot", "release", "build", tiny_project, "--intents", tiny_run.folder]
    home = {**os.environ, "TELLERBOT_HOME": str(tmp_path)}
    result = subprocess.run(command, env=home, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "fees/overdraft" in result.stdout and "$30.00" in result.stdout and "$25.00" in result.stdout
    assert "contradictions between the bank's records and the policies" in result.stdout
    found = verify(registry.resolve("1.1.0")).metrics["contradictions"]
    assert {one["record"] for one in found} == {"fees/overdraft"}


def test_a_build_goes_on_without_a_bank_to_compare_with(tiny_project: Path, tiny_run: Any, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    bank = open_bank(settings)
    with bank.engine.begin() as connection:  # type: ignore[attr-defined]
        fees.drop(connection)
    manifest = build_release(
        tiny_project, tiny_run.folder, Registry.at(settings), var=settings.var, open_bank=lambda: bank
    )
    assert manifest.metrics["contradictions"] is None
