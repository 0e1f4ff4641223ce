"""`tellerbot release`: the shelf, and the gate before a release is served."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tellerbot.cli.main import app
from tellerbot.errors import ArtefactError, ConfigError, GateError
from tellerbot.release.manifest import hash_files, read_manifest, write_manifest
from tellerbot.release.registry import Registry
from tellerbot.release.results import read_results, save_results
from tellerbot.settings import Settings


@pytest.fixture
def run(own_home: Path) -> Any:
    return lambda *arguments: CliRunner().invoke(app, [*map(str, arguments), "--home", str(own_home)])


@pytest.fixture
def registry(own_home: Path) -> Registry:
    return Registry.at(Settings(home=own_home))


def history(registry: Registry) -> list[dict[str, str]]:
    return [json.loads(line) for line in (registry.folder / "history.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_a_release_is_promoted_when_its_tests_have_passed(run: Any, registry: Registry) -> None:
    refused = run("release", "promote", "1.1.0")
    assert isinstance(refused.exception, GateError) and "Play them: tellerbot test 1.1.0." in str(refused.exception)
    assert run("test", "1.1.0").exit_code == 0
    promoted = run("release", "promote", "1.1.0")
    assert promoted.exit_code == 0 and "production is now 1.1.0" in promoted.stdout
    assert "production is now 1.0.0" in run("release", "rollback").stdout
    assert isinstance(run("release", "rollback").exception, ConfigError)


def test_failed_tests_hold_a_release_back_until_somebody_gives_a_reason(run: Any, registry: Registry) -> None:
    save_results(registry, "1.1.0", 7, 2)
    refused = run("release", "promote", "1.1.0")
    assert isinstance(refused.exception, GateError) and "2 of 9 turns failed" in str(refused.exception)
    assert refused.exception.exit_code == 4
    assert isinstance(run("release", "promote", "1.1.0", "--force", " ").exception, ConfigError)
    assert registry.aliases()["production"] == ["1.0.0"]
    assert run("release", "promote", "1.1.0", "--force", "the fee page is wrong today").exit_code == 0
    last = history(registry)[-1]
    assert (last["version"], last["reason"]) == ("1.1.0", "the fee page is wrong today")


@pytest.mark.slow
def test_failing_tests_are_kept_as_such(run: Any, registry: Registry, own_home: Path) -> None:
    built = registry.releases.resolve()
    registry.releases.unlink()
    folder = shutil.copytree(built / "1.0.0", registry.releases / "1.0.0")
    tests = [{"say": "what is my balance", "expect": {"contains": ["a pot of gold"]}}]
    (folder / "project" / "tests" / "conversations.yaml").write_text(yaml.safe_dump(tests))
    write_manifest(folder, replace(read_manifest(folder), files=hash_files(folder)))
    assert isinstance(run("test", "1.0.0").exception, GateError)
    results = read_results(registry, "1.0.0")
    assert results and (results.passed, results.failed) == (0, 1)
    assert isinstance(run("release", "promote", "1.0.0", "--alias", "staging").exception, GateError)


def test_results_are_those_of_the_release_as_it_is(registry: Registry) -> None:
    save_results(registry, "1.1.0", 1, 0)
    path = registry.folder / "tests" / "1.1.0.json"
    path.write_text(path.read_text().replace(json.loads(path.read_text())["manifest"], "0" * 64))
    assert read_results(registry, "1.1.0") is None
    path.write_text("{}")
    with pytest.raises(
        ArtefactError, match=r"tests/1\.1\.0\.json: expected the results of tests.*tellerbot test 1\.1\.0"
    ):
        read_results(registry, "1.1.0")


def test_the_shelf_shows_figures_runs_and_tests(run: Any, registry: Registry, tiny_run: Any) -> None:
    save_results(registry, "1.0.0", 7, 0)
    save_results(registry, "1.1.0", 7, 2)
    registry.promote("staging", "1.0.0")
    listed = run("release", "list", "--json", "-")
    first, second = json.loads(listed.stdout)["releases"]
    assert first["aliases"] == ["production", "staging"] and second["aliases"] == []
    figures = read_manifest(registry.releases / "1.0.0").metrics["intents"]
    assert first["accuracy"] == figures["accuracy"] and first["scope_auroc"] == figures["scope_auroc"]
    assert first["runs"] == [tiny_run.name] and first["built"][:4].isdigit()
    assert (first["tests"], second["tests"]) == ("7 passed", "2 of 9 failed")
    line = run("release", "list").stdout.splitlines()[1]
    assert f"{figures['accuracy']:.1%}" in line and f"{figures['scope_auroc']:.3f}" in line
    assert line.split()[-3:] == ["7", "passed", tiny_run.name] and first["built"][:10] in line


def test_a_release_is_verified(run: Any) -> None:
    assert "files are as built" in run("release", "verify").stdout
    assert isinstance(run("release", "verify", "7.7.7").exception, ArtefactError)
