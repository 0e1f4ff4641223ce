"""Options of every command: the home and how it is found, quiet, help, figures on stdout."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tellerbot.cli.main import app

run = CliRunner().invoke


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, without a home named in the environment."""
    monkeypatch.delenv("TELLERBOT_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_home_is_demo_until_the_current_folder_holds_a_registry(folder: Path) -> None:
    assert run(app, ["release", "list"]).stderr == f"Home: {folder / 'demo'}\n"
    (folder / "registry").mkdir()
    assert run(app, ["release", "list"]).stderr == f"Home: {folder}\n"


def test_the_environment_names_the_home_and_the_option_wins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "registry").mkdir()
    monkeypatch.setenv("TELLERBOT_HOME", "named")
    assert run(app, ["release", "list"]).stderr == f"Home: {folder / 'named'}\n"
    for arguments in (["--home", "given", "release", "list"], ["release", "list", "--home", "given"]):
        assert run(app, arguments).stderr == f"Home: {folder / 'given'}\n"
    # What one command was given is not the next one's.
    assert run(app, ["release", "list"]).stderr == f"Home: {folder / 'named'}\n"


def test_the_home_that_an_option_names_is_used(home: Path, folder: Path) -> None:
    for place in (["--home", str(home), "release", "list"], ["release", "list", "--home", str(home)]):
        assert "1.1.0" in run(app, place).stdout
    assert "1.1.0" not in run(app, ["release", "list"]).stdout


def test_quiet_leaves_stderr_to_errors(folder: Path) -> None:
    for arguments in (["--quiet", "release", "list"], ["release", "list", "--quiet"]):
        assert run(app, arguments).stderr == ""


def test_the_home_is_shown_once(own_home: Path, folder: Path) -> None:
    # It looks at the registry, then at the records, which are not there.
    result = run(app, ["cases", "reply", "ABC", "hello", "--agent", "sam", "--home", str(own_home)])
    assert result.exit_code == 1 and result.stderr.count("Home: ") == 1


@pytest.mark.slow
def test_figures_alone_go_to_stdout(own_home: Path) -> None:
    written = run(app, ["test", "--home", str(own_home), "--json", str(own_home / "figures.json")])
    assert "All 1 turn passed." in written.stdout
    piped = run(app, ["test", "--home", str(own_home), "--json", "-"])
    assert "All 1 turn passed." in piped.stderr
    figures = json.loads(piped.stdout)
    assert figures["passed"] == 1 and figures.keys() == json.loads((own_home / "figures.json").read_text()).keys()
    # What one command was given is not the next one's.
    assert "1.1.0" in run(app, ["release", "list", "--home", str(own_home)]).stdout


@pytest.mark.parametrize("command", [[], ["chat"], ["train"], ["train", "intents"], ["release", "promote"]])
def test_help_is_asked_for_in_two_ways(command: list[str]) -> None:
    short, long = (run(app, [*command, name]) for name in ("-h", "--help"))
    assert short.exit_code == 0 and "Usage: " in short.stdout and short.stdout == long.stdout


def test_the_shell_can_complete_commands() -> None:
    assert "--install-completion" in run(app, ["-h"]).stdout


def test_the_commands_load_nothing_that_makes_help_slow() -> None:
    slow = "{'pydantic', 'pydantic_settings', 'numpy', 'onnxruntime', 'sqlalchemy', 'fastapi', 'torch'}"
    code = f"import sys, tellerbot.cli.main; print(sorted({slow} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
