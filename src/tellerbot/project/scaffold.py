"""`tellerbot init`: a copy of the demo project to start from."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from tellerbot.errors import ConfigError
from tellerbot.files import building


def init_project(folder: Path) -> list[Path]:
    """Copy the demo project to `folder`, which must not exist. Returns the files made, relative to it."""
    if folder.exists():
        raise ConfigError(f"{folder} exists already. Choose another name; nothing was changed.")
    with building(folder) as partial, as_file(files("tellerbot.project") / "demo") as demo:
        shutil.copytree(demo, partial, dirs_exist_ok=True)
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
