"""A responder trained elsewhere: packed, imported, put into a release; and what is refused."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tellerbot.errors import ArtefactError, ConfigError, TellerbotError
from tellerbot.release.build import with_responder
from tellerbot.release.import_run import import_run, pack_run
from tellerbot.release.manifest import verify
from tellerbot.release.registry import Registry
from tellerbot.responses.exported import ExportedModel
from tellerbot.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def packed(tiny_responder: Any, tmp_path: Path) -> Path:
    pack_run(tiny_responder, tmp_path / "responder.zip")
    return tmp_path / "responder.zip"


def repacked(packed: Path, **changes: bytes | None) -> Path:
    """The zip with some files changed, added, or left out (None)."""
    target = packed.with_name("changed.zip")
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(target, "w") as archive:
        root = source.namelist()[0].split("/")[0]
        for name in source.namelist():
            if (inside := name.removeprefix(f"{root}/")) not in changes:
                archive.writestr(name, source.read(name))
        for inside, content in changes.items():
            if content is not None:
                archive.writestr(f"{root}/{inside}", content)
    return target


def test_a_packed_run_is_installed_and_writes_the_same(packed: Path, tiny_responder: Any, own_home: Path) -> None:
    settings = Settings(home=own_home)
    run = import_run(packed, settings.runs)
    assert run.name == tiny_responder.name
    prompt = "Topic: x\nNotes: Call {p:phone}.\nCustomer: hello"
    ours, theirs = (ExportedModel(each.model, 1).write([prompt], 12) for each in (run, tiny_responder))
    assert ours == theirs
    # What is there already is taken as it is, unless it is another run of that name.
    assert import_run(packed, settings.runs) == run
    (run.folder / "files.json").write_text("{}")
    with pytest.raises(TellerbotError, match="exists already"):
        import_run(packed, settings.runs)


def test_a_release_gets_a_responder_by_a_copy(tiny_responder: Any, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "releases", tmp_path / "releases")
    shutil.copytree(home / "registry", tmp_path / "registry")
    registry = Registry.at(Settings(home=tmp_path))
    before = verify(tmp_path / "releases" / "1.0.0")
    manifest = with_responder(registry, "production", tiny_responder)
    assert manifest.version == "1.2.0" and verify(tmp_path / "releases" / "1.2.0") == manifest
    assert manifest.runs["responder"]["name"] == tiny_responder.name
    assert manifest.runs["intents"] == before.runs["intents"]
    same = {name for name in manifest.files if not name.startswith("responses/")}
    assert same == set(before.files) and all(manifest.files[name] == before.files[name] for name in same)
    assert ExportedModel(tmp_path / "releases" / "1.2.0" / "responses", 1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model/prompt.json": b"{}"}, "model/prompt.json was altered"),
        ({"model/model.ct2": None}, "model/model.ct2 is missing"),
        ({"extra.json": b"{}"}, "extra.json is not listed"),
        ({"model/code.py": b"print()"}, "model/code.py is not listed"),
        ({"files.json": b"no"}, "expected a run with its files.json"),
        ({"model/pytorch_model.bin": b"x"}, "pickles, which can run any code"),
    ],
)
def test_a_zip_that_is_not_as_packed_is_refused(
    packed: Path, tmp_path: Path, changes: dict[str, bytes | None], why: str
) -> None:
    with pytest.raises(ArtefactError, match=why):
        import_run(repacked(packed, **changes), tmp_path / "runs")
    assert not list(tmp_path.glob("runs/*"))


def test_a_zip_cannot_write_elsewhere(tmp_path: Path) -> None:
    for name in ("../out.json", "/etc/out.json", "a/../../out.json"):
        path = tmp_path / "bad.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "x")
        with pytest.raises(ArtefactError, match="would be written elsewhere"):
            import_run(path, tmp_path / "runs")
    path.write_bytes(b"no zip")
    with pytest.raises(ArtefactError, match="expected a zip"):
        import_run(path, tmp_path / "runs")
    with pytest.raises(ArtefactError, match="expected a zip or a folder, found none"):
        import_run(tmp_path / "none.zip", tmp_path / "runs")


def test_a_bare_adapter_is_merged_into_its_base(
    tiny_responder: Any, language_models: dict[str, Path], tmp_path: Path
) -> None:
    adapter = tmp_path / "adapter"
    shutil.copytree(tiny_responder.folder / "checkpoints" / "adapter", adapter)
    run = import_run(adapter, tmp_path / "runs")
    assert run.read("data.json")["kind"] == "responder" and run.read("metrics.json")["systems"] == {"tuned": {}}
    prompt = "Topic: x\nNotes: Call {p:phone}.\nCustomer: hello"
    ours, theirs = (ExportedModel(each.model, 1).score([(prompt, "Call {p:phone}.")]) for each in (run, tiny_responder))
    assert ours[0][0] == pytest.approx(theirs[0][0], rel=1e-3)
    described = json.loads((adapter / "adapter_config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps(described | {"base_model_name_or_path": None}))
    with pytest.raises(ConfigError, match="names no base model"):
        import_run(adapter, tmp_path / "runs")
    assert import_run(adapter, tmp_path / "runs", str(language_models["llama"])).model.is_dir()
    # What trainers leave beside an adapter is not opened.
    (adapter / "training_args.bin").write_bytes(b"x")
    with pytest.raises(ArtefactError, match="does not fit"):
        import_run(adapter, tmp_path / "runs", str(language_models["gpt2"]))


def test_a_pickled_adapter_is_refused_with_the_reason(tiny_responder: Any, tmp_path: Path) -> None:
    adapter = tmp_path / "adapter"
    shutil.copytree(tiny_responder.folder / "checkpoints" / "adapter", adapter)
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    with pytest.raises(ArtefactError, match=r"adapter_model.bin. Such files are pickles, which can run any code"):
        import_run(adapter, tmp_path / "runs")
    (adapter / "adapter_model.bin").unlink()
    with pytest.raises(ArtefactError, match=r"expected a LoRA adapter with its adapter_model.safetensors"):
        import_run(adapter, tmp_path / "runs")
    (adapter / "adapter_config.json").write_text("[]")
    with pytest.raises(ArtefactError, match=r"expected a readable adapter_config.json"):
        import_run(adapter, tmp_path / "runs")


def test_packing_never_overwrites(tiny_responder: Any, packed: Path) -> None:
    with pytest.raises(ConfigError, match="expected a new file"):
        pack_run(tiny_responder, packed)
