"""A responder trained elsewhere -> a run here, and a release with it: from one zip, or a bare adapter of peft's."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import TypeAdapter

from tellerbot import weights
from tellerbot.errors import ArtefactError, ConfigError, MissingExtraError
from tellerbot.files import build_folder, replace_file, sha256, write_json
from tellerbot.release.build import RECORDS
from tellerbot.training.folders import Run, new_run, open_run
from tellerbot.training.report import write_card

# What a packed run holds beside its model, and the list of all files with their SHA-256.
PACKED, LIST = (*RECORDS, "README.md"), "files.json"
ADAPTER, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_ENDINGS = {".json", ".yaml", ".md", ".ct2"}
# Unpacked, no responder is larger.
MOST_BYTES = 40 * 10**9


def pack_run(run: Run, target: Path) -> None:
    """Write what serves of a responder's run, and its figures, into one zip. Raises ConfigError when there is one."""
    if target.exists():
        raise ConfigError(f"{target}: expected a new file, found one. Name another, or remove it.")
    files = [run.folder / name for name in PACKED] + sorted(run.model.iterdir())
    names = [path.relative_to(run.folder).as_posix() for path in files]
    listed = json.dumps({name: sha256(path) for name, path in zip(names, files, strict=True)}, indent=2)
    with replace_file(target, 0o644) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{run.name}/{LIST}", listed)
        for name, path in zip(names, files, strict=True):
            archive.write(path, f"{run.name}/{name}")


def import_run(source: Path, runs: Path, base: str | None = None) -> Run:
    """Install a packed run, or an adapter, as a run under `runs`.

    `source` is a zip or a folder. A packed run that is there already is taken as it is. An adapter is merged into its
    base model (`base`, or the one that it names), which needs the `train` extra, and has no figures. Raises
    ArtefactError when anything in it is not as packed or of a kind that is refused.
    """
    with _opened(source) as folder:
        pickles = sorted(path.name for path in folder.rglob("*") if path.suffix in weights.REFUSED)
        # Trainers leave such files beside the adapter, where nothing opens them.
        if pickles and not (folder / ADAPTER_WEIGHTS).is_file():
            raise ArtefactError(
                f"{source}: found {', '.join(pickles)}. Such files are pickles, which can run any code when they are "
                f"opened, so they are refused. Save the adapter as {ADAPTER_WEIGHTS} (peft's save_pretrained does)."
            )
        if (folder / ADAPTER).is_file():
            return _adapter(source, folder, runs, base)
        return _packed(source, folder, runs)


@contextmanager
def _opened(source: Path) -> Iterator[Path]:
    """Open the folder that a zip holds, or the folder itself."""
    if not source.exists():
        raise ArtefactError(f"{source}: expected a zip or a folder, found none. Check the path.")
    if source.is_dir():
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="tellerbot-import-") as scratch:
        try:
            with zipfile.ZipFile(source) as archive:
                for item in archive.infolist():
                    name = PurePosixPath(item.filename)
                    linked = (item.external_attr >> 16) & 0o170000 == 0o120000
                    if name.is_absolute() or ".." in name.parts or "\\" in item.filename or linked:
                        raise ArtefactError(f"{source}: {item.filename!r} would be written elsewhere. It is refused.")
                if sum(item.file_size for item in archive.infolist()) > MOST_BYTES:
                    raise ArtefactError(f"{source}: expected at most {MOST_BYTES:,} bytes unpacked, found more.")
                archive.extractall(scratch)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise ArtefactError(
                f"{source}: expected a zip that can be unpacked, found: {error}. Fetch it again, or free some space."
            ) from error
        inside = [path for path in Path(scratch).iterdir() if not path.name.startswith("__MACOSX")]
        yield inside[0] if len(inside) == 1 and inside[0].is_dir() else Path(scratch)


def _packed(source: Path, folder: Path, runs: Path) -> Run:
    try:
        listed = TypeAdapter(dict[str, str]).validate_json((folder / LIST).read_bytes())
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"{source}: expected a run with its {LIST}, as `tellerbot release pack` makes it, or an adapter with its "
            f"{ADAPTER}; found neither. Pack the run again."
        ) from error
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    found.pop(LIST)
    faults = [f"{name} is missing" for name in listed.keys() - found.keys()]
    faults += [f"{name} is not listed" for name in found.keys() - listed.keys()]
    faults += [f"{name} is a link" for name, path in found.items() if path.is_symlink()]
    faults += [f"{name} is of a kind that is refused" for name in found if Path(name).suffix not in _ENDINGS]
    faults += [
        f"{name} was altered or cut short"
        for name in listed.keys() & found.keys()
        if not faults and sha256(found[name]) != listed[name]
    ]
    if faults:
        raise ArtefactError(f"{source}: the run is not as packed: {'; '.join(sorted(faults))}. Pack or fetch it again.")
    run = open_run(folder, "responder")
    _require_readable(run.model)
    target = runs / (folder.name if folder.name.startswith("responder-") else f"responder-{sha256(folder / LIST)[:8]}")
    if (target / LIST).is_file() and (target / LIST).read_bytes() == (folder / LIST).read_bytes():
        return Run(target)
    with build_folder(target) as partial:
        shutil.copytree(folder, partial, dirs_exist_ok=True)
    return Run(target)


def _adapter(source: Path, folder: Path, runs: Path, base: str | None) -> Run:
    try:
        described = TypeAdapter(dict[str, Any]).validate_json((folder / ADAPTER).read_bytes())
    except (OSError, ValueError) as error:
        raise ArtefactError(f"{source}: expected a readable {ADAPTER}, found: {error}. Save it again.") from error
    if described.get("peft_type") != "LORA" or not (folder / ADAPTER_WEIGHTS).is_file():
        found = f"peft_type {described.get('peft_type')!r}"
        raise ArtefactError(
            f"{source}: expected a LoRA adapter with its {ADAPTER_WEIGHTS}, found {found} and "
            f"{', '.join(sorted(path.name for path in folder.iterdir()))}. Save it with peft's save_pretrained."
        )
    name = base or described.get("base_model_name_or_path")
    if not name:
        raise ConfigError(f"{source}: the adapter names no base model. Name it: --base MODEL")
    try:
        from tellerbot.responses.base import open_base
        from tellerbot.responses.export import convert, merge
        from tellerbot.training.language_model import quiet
    except ImportError as error:
        raise MissingExtraError("Importing an adapter", "train") from error
    given = weights.resolve(name)
    made_from = {"model": name, "adapter_sha256": sha256(folder / ADAPTER_WEIGHTS)}
    with quiet(), tempfile.TemporaryDirectory(prefix="tellerbot-import-") as scratch:
        plain = open_base(given, Path(scratch))
        with new_run("responder", made_from, runs) as (partial, run):
            merged = Path(scratch) / "merged"
            try:
                merge(plain.folder, folder, plain.tokenizer, merged, "float32")
            except (RuntimeError, ValueError, KeyError) as error:
                raise ArtefactError(
                    f"{source}: the adapter does not fit {name}: {error}. Name its base: --base"
                ) from error
            convert(merged, plain.tokenizer, plain.form, partial / "model")
            data = {
                "kind": "responder",
                "base": name,
                "bases": {"language model": weights.fingerprint(given)},
                "splits": {},
            }
            write_json(partial / "data.json", data | made_from)
            write_json(
                partial / "metrics.json", {"measured_on": "nothing: an imported adapter", "systems": {"tuned": {}}}
            )
            write_card(partial, f"Responder {run.name}", made_from, "An imported adapter; it was not measured here.")
    return run


def _require_readable(model: Path) -> None:
    """Raise ArtefactError when the model cannot be opened, or writes nothing."""
    from tellerbot.responses.exported import ExportedModel

    ExportedModel(model, 1).write(["Customer: hello"], 1)
