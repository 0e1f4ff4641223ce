"""Project + runs -> a release (needs the `eval` extra, and `train` where the encoder is not exported yet)."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tellerbot.errors import ArtefactError, ConfigError, DataError, MissingExtraError, UnavailableError
from tellerbot.files import build_folder, sha256, write_atomic, write_json
from tellerbot.intents.predict import Calibration, read_settings, write_settings
from tellerbot.intents.thresholds import choose_for
from tellerbot.knowledge.build import fit_index
from tellerbot.knowledge.ingested import load_ingested
from tellerbot.knowledge.project_index import open_project_index
from tellerbot.project.load import Project, load_project
from tellerbot.release.check import check_passages, check_policies, check_records
from tellerbot.release.manifest import MANIFEST, Manifest, hash_files, is_version, verify, write_manifest
from tellerbot.release.registry import Registry
from tellerbot.training.folders import Run, open_run, served_figures
from tellerbot.types import Bank, Passage
from tellerbot.version import __version__

# What the figures were made from and with, kept beside the model.
RECORDS = ("config.yaml", "data.json", "metrics.json")
HEADLINES = (
    "accuracy",
    "accuracy_one_typo",
    "accuracy_heavy_noise",
    "macro_f1",
    "ece",
    "scope_auroc",
    "refused_in_scope",
    "refused_out_of_scope",
)


def build_release(
    project_folder: Path,
    intents_run: Path,
    registry: Registry,
    version: str | None = None,
    *,
    retriever_run: Path | None = None,
    responder_run: Path | None = None,
    var: Path = Path("var"),
    open_bank: Callable[[], Bank] | None = None,
) -> Manifest:
    """Put everything needed to serve into one immutable folder on the shelf.

    The policies are searched with the retriever run's model; without one, with the base model that the project names.
    Those that did not change since the last release or ingestion come from the project's index under `var`. The
    responder run's model words the replies that the project has generated. Costs that the project states choose the
    thresholds anew, from the scores that the intents run keeps. The manifest's `metrics.conflicts` lists where policies
    give different figures for one thing; with `open_bank`, `metrics.contradictions` lists where those in force
    contradict the bank's public records, and is None where the bank could not be reached.

    Raises DataError when the project's replies do not fit its policies or the run's intents, ConfigError when the
    version is taken or ill-formed.
    """
    project = load_project(project_folder)
    run = open_run(intents_run, "intents")
    retriever = open_run(retriever_run, "retriever") if retriever_run else None
    responder = open_run(responder_run, "responder") if responder_run else None
    labels, _ = read_settings(run.model)
    _refuse_other_intents(project, labels, intents_run)
    chosen = _choose_version(registry, version)
    if find_spec("sklearn") is None:
        raise MissingExtraError("Building a release", "eval")
    with build_folder(registry.releases / chosen) as folder:
        passages, knowledge = _build_knowledge(project, retriever, var, folder / "knowledge")
        calibration, headline = _build_intents(project, run, folder)
        if responder:
            _copy_run(responder, folder / "responses")
        shutil.copytree(project.folder, folder / "project", ignore=shutil.ignore_patterns(".*"))
        names = [source.name for source in (run, retriever, responder) if source]
        write_atomic(folder / "README.md", _card(project, chosen, names, headline, knowledge))
        runs, figures = _made_from(run, retriever, responder)
        figures |= {"intents": headline, "knowledge": knowledge, **_compare(passages, open_bank)}
        manifest = Manifest(
            version=chosen,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            code_version=__version__,
            bank=project.assistant.bank,
            runs=runs,
            thresholds={
                "intents": asdict(calibration),
                "knowledge": {"search": knowledge["threshold"], "policy": knowledge["policy_threshold"]},
            },
            metrics=figures,
            files=hash_files(folder),
        )
        write_manifest(folder, manifest)
        verify(folder)
    return manifest


def with_responder(registry: Registry, name: str, run: Run) -> Manifest:
    """Build a release like the one that `name` names, but with this run's responder; all else is copied as it is."""
    source = registry.resolve(name)
    old = verify(source)
    chosen = _next(registry.versions())
    with build_folder(registry.releases / chosen) as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST, "responses"))
        _copy_run(run, folder / "responses")
        made_from, figures = _responder(run)
        manifest = replace(
            old,
            version=chosen,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            code_version=__version__,
            runs=old.runs | {"responder": made_from},
            metrics=old.metrics | {"responder": figures},
            files=hash_files(folder),
        )
        write_manifest(folder, manifest)
        verify(folder)
    return manifest


def _build_knowledge(
    project: Project, retriever: Run | None, var: Path, target: Path
) -> tuple[Sequence[Passage], dict[str, float]]:
    """Write the project's passages and all that is searched into `target`, and return the figures of the search."""
    with open_project_index(project, var, retriever) as kept:
        passages = load_ingested(kept.folder).passages
        check_passages(project, passages, kept.report.failed)
        shutil.copytree(kept.folder, target, ignore=shutil.ignore_patterns(".*"))
    asked = [
        (text, response.policy)
        for name, response in project.responses.items()
        if response.policy
        for text in project.intents[name].utterances
    ]
    outside = [text for texts in project.out_of_scope.values() for text in texts]
    found = fit_index(target, asked, outside, date.today(), is_fitted=retriever is not None)
    return passages, {"passages": kept.report.passages, "parity_cosine": kept.parity or 0.0, **found}


def _build_intents(project: Project, run: Run, folder: Path) -> tuple[Calibration, dict[str, Any]]:
    """Copy the run's models, with the thresholds that the project's costs choose, else the run's own.

    Returns the thresholds and figures. How costs chose them, with the figures of the test rows, is kept in
    `intents/thresholds.json`.
    """
    target = folder / "intents"
    _copy_run(run, target)
    if (run.folder / "acts").is_dir():
        shutil.copytree(run.folder / "acts", folder / "acts")
    metrics = run.read("metrics.json")
    calibration, figures = read_settings(run.model)[1], served_figures(metrics)
    if project.assistant.costs:
        chosen = choose_for(run, project.assistant.costs)
        calibration, figures = chosen.calibration, chosen.figures
        write_settings(target, chosen.labels, calibration)
        write_json(target / "thresholds.json", {**chosen.choice, "figures": figures})
    headline: dict[str, Any] = {name: figures[name] for name in HEADLINES if name in figures}
    return calibration, headline | {"latency": metrics["latency"]}


def _compare(passages: Sequence[Passage], open_bank: Callable[[], Bank] | None) -> dict[str, Any]:
    """Return where the policies contradict each other, and where the bank's public records do."""
    found: dict[str, Any] = {"conflicts": [asdict(one) for one in check_policies(passages)]}
    if open_bank:
        try:
            found["contradictions"] = [asdict(one) for one in check_records(open_bank(), passages)]
        except UnavailableError:
            found["contradictions"] = None
    return found


def _copy_run(run: Run, target: Path) -> None:
    """Copy a run's model with what its figures were made from."""
    shutil.copytree(run.model, target)
    for name in RECORDS:
        shutil.copyfile(run.folder / name, target / name)


def _made_from(run: Run, retriever: Run | None, responder: Run | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what each run was made from, and the figures of those beside the intents'."""
    runs: dict[str, Any] = {"intents": {"name": run.name, "splits": run.read("data.json")["splits"]}}
    figures: dict[str, Any] = {}
    if retriever:
        runs["retriever"], figures["retriever"] = _retriever(retriever)
    if responder:
        runs["responder"], figures["responder"] = _responder(responder)
    return runs, figures


def _retriever(run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a retriever's run was made from, and its figures on its own held-out questions."""
    data, metrics = run.read("data.json"), run.read("metrics.json")
    found = {name: metrics["answerable"][name] for name in ("lost", "caught")}
    made_from = {
        "name": run.name,
        **{name: data[name] for name in ("bases", "corpus_sha256", "splits")},
    }
    headline = {"measured_on": metrics["measured_on"], **served_figures(metrics), "answerable": found}
    return made_from, headline | {"latency": metrics["latency"]}


def _responder(run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a responder's run was made from, and its figures on its own held-out rows."""
    data, metrics = run.read("data.json"), run.read("metrics.json")
    try:
        made_from = {"name": run.name, **{name: data[name] for name in ("base", "bases", "splits")}}
        return made_from, {"measured_on": metrics["measured_on"], **served_figures(metrics)}
    except KeyError as error:
        raise ArtefactError(
            f"{run.folder}: expected what a responder's run keeps of itself, found no {error}. Train or fetch it again."
        ) from error


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


def _choose_version(registry: Registry, version: str | None) -> str:
    """Return the version, by default the next one. Raises ConfigError when it is taken or ill-formed."""
    chosen = version or _next(registry.versions())
    if not is_version(chosen):
        raise ConfigError(f"Expected a version like 1.4.0, found {chosen!r}.")
    if (registry.releases / chosen).exists():
        raise ConfigError(f"Release {chosen} exists already, and releases never change. Choose another version.")
    return chosen


def _next(versions: list[str]) -> str:
    if not versions:
        return "1.0.0"
    major, minor, _ = versions[-1].split(".")
    return f"{major}.{int(minor) + 1}.0"


def _card(
    project: Project, version: str, runs: list[str], metrics: dict[str, object], knowledge: dict[str, float]
) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in metrics.items() if not isinstance(value, dict))
    return (
        f"# {project.assistant.name} {version}\n\n"
        f"Made from {' and '.join(f'`{run}`' for run in runs)}; {knowledge['passages']} passages from "
        f"{len(project.policies)} policies. Figures of understanding, on the intents run's held-out rows:\n\n"
        f"| what | value |\n| --- | --- |\n{rows}\n\n"
        "`intents/` holds the run's config, the hashes of its rows and all its figures. "
        "`manifest.json` lists every file's SHA-256. Check it with `tellerbot release verify`.\n"
    )
