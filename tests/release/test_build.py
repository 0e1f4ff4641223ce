"""What a release carries beside the model."""

import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from command import run  # pyright: ignore[reportMissingImports]
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


@pytest.mark.slow
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
    result = run(tmp_path, "release", "build", tiny_project, "--intents", tiny_run.folder)
    assert result.returncode == 0, result.stderr
    assert "fees/overdraft" in result.stdout and "$30.00" in result.stdout and "$25.00" in result.stdout
    assert "contradictions between the bank's records and the policies" in result.stdout
    found = verify(registry.resolve("1.1.0")).metrics["contradictions"]
    assert {one["record"] for one in found} == {"fees/overdraft"}


@pytest.mark.slow
def test_a_build_tells_which_policies_contradict_each_other(tiny_project: Path, tiny_run: Any, tmp_path: Path) -> None:
    project = tmp_path / "bank"
    shutil.copytree(tiny_project, project)
    tomorrow, yesterday = (date.today() + timedelta(days) for days in (1, -1))
    for name, from_to, fee in (
        ("next", f"in_force_from: {tomorrow}", "$9.00"), ("last", f"in_force_to: {yesterday}", "$3.00"),
    ):  # fmt: skip
        begun = "" if name == "next" else "in_force_from: 2020-01-01\n"
        (project / "policies" / f"{name}.md").write_text(
            f"---\ntitle: Cash machines\nversion: '1'\n{begun}{from_to}\n---\n\n# Cash machines\n\n"
            f"## ATM withdrawals\n\nAn out-of-network ATM withdrawal in the United States costs {fee}.\n"
        )
    result = run(tmp_path, "release", "build", project, "--intents", tiny_run.folder)
    assert result.returncode == 0, result.stderr
    assert "1 conflict among the policies" in result.stdout and "$9.00" in result.stdout
    found = verify(Registry.at(Settings(home=tmp_path)).resolve("1.0.0")).metrics["conflicts"]
    assert found == [{"passages": ["fees#atm-withdrawals", "next#atm-withdrawals"], "figures": ["$2.50", "$9.00"]}]


@pytest.mark.slow
def test_a_build_goes_on_without_a_bank_to_compare_with(tiny_project: Path, tiny_run: Any, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    bank = open_bank(settings)
    with bank.engine.begin() as connection:  # type: ignore[attr-defined]
        fees.drop(connection)
    manifest = build_release(
        tiny_project, tiny_run.folder, Registry.at(settings), var=settings.var, open_bank=lambda: bank
    )
    assert manifest.metrics["contradictions"] is None
