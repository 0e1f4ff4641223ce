"""`tellerbot init`: a project to start from, with the configs of what comes next."""

import re
import shutil
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

from tellerbot.errors import ConfigError
from tellerbot.figures import find_figures
from tellerbot.files import build_folder

# Whose bank the demo is written for, and what the minimal project's is called.
_DEMO, _MINIMAL = "Fernhollow", "My Bank"


def init_project(
    folder: Path, template: str = "demo", bank: str = "", contents: Mapping[str, str] | None = None
) -> list[Path]:
    """Copy a project to `folder`, which must not exist. Returns the files made, relative to it.

    `template` is demo or minimal. `bank` is the name of the bank to write in place of the project's own. `contents` are
    files to write in place of those of the project, by their place in it. Raises ConfigError for a folder that exists
    and for a name that cannot stand in every text.
    """
    if folder.exists():
        raise ConfigError(f"{folder} exists already. Choose another name; nothing was changed.")
    if bank:
        _check_bank(bank)
    root = files("tellerbot.project")
    with build_folder(folder) as partial, as_file(root / template) as project, as_file(root / "configs") as configs:
        shutil.copytree(project, partial, dirs_exist_ok=True)
        for name, content in (contents or {}).items():
            (partial / name).write_text(content, "utf-8")
        if bank and template == "demo":
            _rename_demo(partial, bank)
        elif bank:
            path = partial / "assistant.yaml"
            path.write_text(path.read_text("utf-8").replace(_MINIMAL, bank), "utf-8")
        shutil.copytree(configs, partial / "configs")
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _check_bank(bank: str) -> None:
    """Raise ConfigError for a name that YAML, addresses or the check of figures would take for something else."""
    is_plain = all(char.isalpha() or char in " -" for char in bank) and bank[:1].isalpha() and bank == bank.strip()
    if not is_plain or find_figures(bank):
        raise ConfigError(
            f"Expected a bank's name of letters, spaces and hyphens, found {bank!r}. Write it so, and change the files "
            "by hand where it needs more."
        )


def _rename_demo(folder: Path, bank: str) -> None:
    """Write another bank's name into every file: in full, in short, in small letters, and in addresses."""
    short, small = bank.removesuffix(" Bank"), _DEMO.lower()
    joined = "-".join(short.lower().split())
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8").replace(f"{_DEMO} Bank", bank).replace(_DEMO, short)
            # In an address or the name of a section no space stands.
            text = re.sub(rf"(?<=[-@#]){small}|{small}(?=[-.]\w)", joined, text)
            path.write_text(text.replace(small, short.lower()), "utf-8")
