"""Project + intents run -> a release (needs the `train` extra, to export the knowledge encoder)."""

import shutil
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

from tellerbot.errors import ConfigError, DataError, MissingExtraError
from tellerbot.files import building, sha256, write_atomic
from tellerbot.intents.predict import read_settings
from tellerbot.knowledge.build import build_knowledge
from tellerbot.project.load import Project, load_project
from tellerbot.release.check import check_project
from tellerbot.release.manifest import Manifest, hash_files, is_version, verify, write_manifest
from tellerbot.release.registry import Registry
from tellerbot.training.run import open_run
from tellerbot.version import __version__

HEADLINES = (
    "accuracy",
    "macro_f1",
    "ece",
    "scope_auroc",
    "refused_in_scope",
    "refused_out_of_scope",
    "latency",
)


def build_release(project_folder: Path, intents_run: Path, registry: Registry, version: str | None = None) -> Manifest:
    """Put everything needed to serve into one immutable folder on the shelf.

    Raises DataError when the project's replies do not fit its policies or the run's intents, ConfigError when
    the version is taken or ill-formed.
    """
    project = load_project(project_folder)
    run = open_run(intents_run, "intents")
    labels, calibration = read_settings(run.model)
    check_project(project)
    _refuse_other_intents(project, labels, intents_run)
    chosen = version or _next(registry.versions())
    if not is_version(chosen):
        raise ConfigError(f"Expected a version like 1.4.0, found {chosen!r}.")
    if (registry.releases / chosen).exists():
        raise ConfigError(f"Release {chosen} exists already, and releases never change. Choose another version.")
    metrics = run.read("metrics.json")
    try:
        import torch  # noqa: F401 - only to say early what is missing
    except ImportError as error:
        raise MissingExtraError("Building a release", "train") from error
    target = registry.releases / chosen
    with building(target) as folder:
        shutil.copytree(run.model, folder / "intents")
        shutil.copytree(project.folder, folder / "project", ignore=shutil.ignore_patterns(".*"))
        out_of_scope = [text for texts in project.out_of_scope.values() for text in texts]
        knowledge = build_knowledge(
            project.assistant.models.knowledge,
            project.policies,
            out_of_scope,
            folder / "knowledge",
            date.today(),
        )
        headline = {name: metrics[name] for name in HEADLINES if name in metrics}
        write_atomic(folder / "README.md", _card(project, chosen, run.name, headline, knowledge))
        manifest = Manifest(
            version=chosen,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            code_version=__version__,
            bank=project.assistant.bank,
            runs={"intents": {"name": run.name, "splits": run.read("data.json")["splits"]}},
            thresholds={"intents": asdict(calibration), "knowledge": knowledge["threshold"]},
            metrics={"intents": headline, "knowledge": knowledge},
            files=hash_files(folder),
        )
        write_manifest(folder, manifest)
        verify(folder)
    return manifest


def is_built_from(registry: Registry, alias: str, project_folder: Path) -> bool:
    """Whether `alias` names a release made from the project as it is now, by this version of the code."""
    if not registry.aliases().get(alias):
        return False
    manifest = verify(registry.resolve(alias))
    built = {name: digest for name, digest in manifest.files.items() if name.startswith("project/")}
    paths = [path for path in project_folder.rglob("*") if path.is_file()]
    names = {path.relative_to(project_folder): path for path in paths}
    # What building leaves out: version control's and editors' own files.
    visible = {name: path for name, path in names.items() if not any(part.startswith(".") for part in name.parts)}
    now = {f"project/{name.as_posix()}": sha256(path) for name, path in visible.items()}
    return built == now and manifest.code_version == __version__


def _refuse_other_intents(project: Project, labels: list[str], run: Path) -> None:
    if set(labels) != set(project.intents):
        odd = sorted(set(labels) ^ set(project.intents))
        raise DataError(
            f"{run}: expected a model of the project's {len(project.intents)} intents, found {len(labels)}; they "
            f"differ in {', '.join(odd[:10])}. Train on the project: tellerbot train intents --data {project.folder}"
        )


def _next(versions: list[str]) -> str:
    if not versions:
        return "1.0.0"
    major, minor, _ = versions[-1].split(".")
    return f"{major}.{int(minor) + 1}.0"


def _card(project: Project, version: str, run: str, metrics: dict[str, object], knowledge: dict[str, float]) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in metrics.items() if not isinstance(value, dict))
    return (
        f"# {project.assistant.name} {version}\n\n"
        f"Made from the run `{run}`; {knowledge['passages']} passages from {len(project.policies)} policies. "
        f"Figures on the run's held-out rows:\n\n| what | value |\n| --- | --- |\n{rows}\n\n"
        "`manifest.json` lists every file's SHA-256. Check it with `tellerbot release verify`.\n"
    )
