"""dev only"""
from pathlib import Path
from types import SimpleNamespace
import pytest
@pytest.fixture(scope="session")
def home(request):
    folder = Path("/tmp/w/mdev/src")
    if not (folder / "registry").exists():
        from tellerbot.release.build import build_release
        from tellerbot.release.registry import Registry
        from tellerbot.settings import Settings
        project = request.getfixturevalue("tiny_project")
        registry = Registry.at(Settings(home=folder))
        (run,) = (folder / "runs").iterdir()
        build_release(project, run, registry, var=folder / "var")
        registry.promote("production", "1.0.0")
    return folder
