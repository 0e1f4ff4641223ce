"""The commands from rows to a release with a responder."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from command import run as tellerbot  # pyright: ignore[reportMissingImports]


@pytest.mark.slow
def test_rows_are_written_once(tmp_path: Path) -> None:
    tellerbot(tmp_path, "init", tmp_path / "bank")
    done = tellerbot(tmp_path, "data", "synth", tmp_path / "bank", "--output", tmp_path / "rows", "--rows", "800",
                     "--json", tmp_path / "figures.json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "640 train, 80 validation, 80 test rows" in done.stdout
    assert json.loads((tmp_path / "figures.json").read_text())["train"] == 640
    rows = [json.loads(line) for line in (tmp_path / "rows" / "train.jsonl").read_text().splitlines()]
    assert len(rows) == 640 and {"prompt", "completion", "intent", "mood"} <= rows[0].keys()
    again = tellerbot(tmp_path, "data", "synth", tmp_path / "bank", "--output", tmp_path / "rows")
    assert again.returncode == 2 and "expected a new folder" in again.stderr
    checked = tellerbot(tmp_path, "data", "validate", tmp_path / "rows" / "train.jsonl")
    assert checked.returncode == 0 and "640 rows of replies" in checked.stdout


@pytest.mark.slow
def test_a_responder_is_trained_packed_and_imported(
    language_models: dict[str, Path], rows_folder: Path, tiny_model: Path, own_home: Path, home: Path, tmp_path: Path
) -> None:
    import shutil

    (own_home / "releases").unlink()
    shutil.copytree(home / "releases", own_home / "releases")
    config = tmp_path / "config.yaml"
    content = {"model": str(language_models["llama"]), "batch_size": 16, "max_tokens": 700, "measured": 4,
               "encoder": str(tiny_model), "lora": {"rank": 2}, "max_worse": 0.5}  # fmt: skip
    config.write_text(yaml.safe_dump(content))
    done = tellerbot(own_home, "train", "responder", config, "--data", rows_folder, "--json", tmp_path / "figures.json")
    assert done.returncode == 0, done.stderr
    assert "perplexity" in done.stdout and "gain" in done.stdout
    run: dict[str, Any] = json.loads((tmp_path / "figures.json").read_text())
    packed = tellerbot(own_home, "release", "pack", run["run"], tmp_path / "responder.zip")
    assert packed.returncode == 0, packed.stderr
    shutil.rmtree(run["run"])
    brought = tellerbot(own_home, "release", "import", tmp_path / "responder.zip")
    assert brought.returncode == 0, brought.stderr
    assert "tellerbot release promote 1.2.0" in brought.stdout
    assert tellerbot(own_home, "release", "verify", "1.2.0").returncode == 0
    assert (own_home / "releases" / "1.2.0" / "responses" / "model.ct2").is_file()
