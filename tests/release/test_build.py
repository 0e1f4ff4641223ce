"""What a release carries beside the model."""

from pathlib import Path
from typing import Any

from tellerbot.release.build import RECORDS
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
