"""`tellerbot init`: a copy of the demo project, the smallest one, and either with another bank's name."""

from pathlib import Path

import pytest

from tellerbot.errors import ConfigError
from tellerbot.intents.config import IntentsConfig
from tellerbot.project.load import load_project
from tellerbot.project.scaffold import init_project
from tellerbot.release.check import check_project
from tellerbot.training.config import read_config


@pytest.mark.slow
def test_the_copy_is_complete_and_loads(tmp_path: Path) -> None:
    made = init_project(tmp_path / "new" / "my-bank")
    folder = tmp_path / "new" / "my-bank"
    assert {"assistant.yaml", "responses.yaml", "intents", "policies", "tests"} <= {path.parts[0] for path in made}
    assert all((folder / path).is_file() for path in made)
    assert load_project(folder).folder == folder
    assert list(folder.parent.iterdir()) == [folder]
    # What comes next needs nothing of the repository.
    assert read_config(folder / "configs" / "intents.yaml", IntentsConfig) == IntentsConfig()


def test_the_smallest_project_has_no_mistakes(tmp_path: Path) -> None:
    init_project(tmp_path / "bank", "minimal", "Harbour Trust Bank")
    project = load_project(tmp_path / "bank")
    check_project(project)
    assert len(project.intents) == 3 and len(project.policies) == len(project.tests) == 1
    assert (project.assistant.name, project.assistant.bank) == ("Harbour Trust Bank Assistant", "Harbour Trust Bank")
    # It says "my" as customers do.
    assert "what is my balance" in project.intents["check_balance"].utterances


@pytest.mark.slow
def test_nothing_of_the_demo_names_its_bank_after_another_is_given(tmp_path: Path) -> None:
    init_project(tmp_path / "bank", bank="Harbour Trust Bank")
    texts = {path: path.read_text("utf-8") for path in (tmp_path / "bank").rglob("*") if path.is_file()}
    assert [path for path, text in texts.items() if "fernhollow" in text.lower()] == []
    replies = texts[tmp_path / "bank" / "responses.yaml"]
    assert "the Harbour Trust app" in replies and "#paying-another-harbour-trust-customer" in replies
    project = load_project(tmp_path / "bank")
    check_project(project)
    assert project.assistant.bank == "Harbour Trust Bank"
    assert any("report@harbour-trust.example" in policy.path.read_text() for policy in project.policies)


@pytest.mark.parametrize("name", ["Bank 24", "Twice Bank", "A: Bank", "O'Neil", " Bank", "{bank}"])
def test_a_name_that_would_break_the_files_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="Expected a bank's name of letters, spaces and hyphens"):
        init_project(tmp_path / "bank", bank=name)
    assert not (tmp_path / "bank").exists()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_exists_is_left_alone(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "my-bank"
    if kind == "folder":
        target.mkdir()
        (target / "mine").write_text("mine")
    else:
        target.write_text("mine")
    with pytest.raises(ConfigError, match=r"my-bank exists already.*Choose another name; nothing was changed"):
        init_project(target)
    assert (target / "mine" if kind == "folder" else target).read_text() == "mine"
    assert list(tmp_path.iterdir()) == [target]
