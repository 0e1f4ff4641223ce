"""The manifest: what a release is made of, and the check that nothing in it was changed."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError, with_config

from tellerbot.errors import ArtefactError, explain
from tellerbot.files import sha256, write_json
from tellerbot.project.policies import ENDINGS

MANIFEST = "manifest.json"
# Formats that cannot run code when read; anything else in a release is refused.
ALLOWED = {".onnx", ".ct2", ".safetensors", ".npy", ".json", ".jsonl", ".yaml", ".md"}
# The policies as the bank wrote them, kept beside their passages: serving never opens them.
POLICIES = "project/policies/"
# A logo, which browsers show as an image and nothing else.
_LOGO = re.compile(r"project/[^/]+\.(svg|png)")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


@with_config(extra="forbid")
@dataclass(frozen=True, slots=True)
class Manifest:
    """Every file's SHA-256, and where the release came from."""

    version: str
    created: str
    code_version: str
    bank: str
    runs: dict[str, Any]
    thresholds: dict[str, Any]
    metrics: dict[str, Any]
    files: dict[str, str]


_MANIFEST = TypeAdapter(Manifest)


def is_version(text: str) -> bool:
    """Whether `text` is a release's version, like 1.4.0."""
    return bool(_VERSION.fullmatch(text))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a release into its folder."""
    write_json(folder / MANIFEST, asdict(manifest))


def hash_files(folder: Path) -> dict[str, str]:
    """Each file below `folder` but the manifest -> its SHA-256. Raises ArtefactError for links and odd kinds."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise ArtefactError(f"{folder}: {name} is a link; releases hold plain files only. Remove it.")
        if not path.is_file() and not path.is_dir():
            raise ArtefactError(f"{folder}: {name} is no plain file. Remove it.")
        if path.is_file() and name != MANIFEST:
            allowed = ALLOWED.union(ENDINGS) if name.startswith(POLICIES) else ALLOWED
            if path.suffix.lower() not in allowed and not _LOGO.fullmatch(name):
                raise ArtefactError(
                    f"{folder}: {name} is of a kind that is refused; expected {', '.join(sorted(allowed))}. Remove it."
                )
            found[name] = sha256(path)
    return found


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a release's folder, whose files are not looked at. Raises ArtefactError."""
    if folder.is_symlink():
        raise ArtefactError(f"{folder}: expected a release's folder, found a link. Name the folder itself.")
    try:
        manifest = _MANIFEST.validate_json((folder / MANIFEST).read_bytes(), strict=True)
    except FileNotFoundError as error:
        raise ArtefactError(
            f"{folder}: expected a release with a {MANIFEST}, found none. See: tellerbot release list"
        ) from error
    except ValidationError as error:
        found = "; ".join(explain(error))
        raise ArtefactError(f"{folder}: expected a readable {MANIFEST}: {found}. Build the release again.") from error
    except OSError as error:
        raise ArtefactError(f"{folder}: expected a readable {MANIFEST}: {error}. Build the release again.") from error
    if is_version(folder.name) and manifest.version != folder.name:
        raise ArtefactError(
            f"{folder}: expected the manifest of {folder.name}, found that of {manifest.version}. "
            "Give the folder its name back."
        )
    return manifest


def verify(folder: Path) -> Manifest:
    """Check every file against the manifest. Raises ArtefactError naming each that is altered, missing or extra."""
    manifest = read_manifest(folder)
    found = hash_files(folder)
    faults = [f"{name} is missing" for name in manifest.files.keys() - found.keys()]
    faults += [f"{name} is not in the manifest" for name in found.keys() - manifest.files.keys()]
    faults += [
        f"{name} was altered or cut short"
        for name in manifest.files.keys() & found.keys()
        if manifest.files[name] != found[name]
    ]
    if faults:
        raise ArtefactError(
            f"{folder}: the release is not what was built: {'; '.join(sorted(faults))}. "
            "Build it again, or roll back to another release."
        )
    return manifest
