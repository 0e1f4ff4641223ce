"""`tellerbot init`: a copy of the demo project."""

from pathlib import Path

import pytest

from tellerbot.errors import ConfigError
from tellerbot.project.load import load_project
from tellerbot.project.scaffold import init_project


def test_the_copy_is_complete_and_loads(tmp_path: Path) -> None:
    made = init_project(tmp_path / "new" / "my-bank")
    folder = tmp_path / "new" / "my-bank"
    assert {"assistant.yaml", "responses.yaml", "intents", "policies", "tests"} <= {path.parts[0] for path in made}
    assert all((folder / path).is_file() for path in made)
    assert load_project(folder).folder == folder
    assert list(folder.parent.iterdir()) == [folder]


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
