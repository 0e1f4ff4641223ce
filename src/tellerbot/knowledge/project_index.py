"""A project's own index, kept between releases so that only what changed is read and embedded again."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tellerbot.files import lock_folder
from tellerbot.knowledge.build import build_index
from tellerbot.knowledge.ingest import Report
from tellerbot.project.load import Project
from tellerbot.project.policies import odd_files
from tellerbot.training.folders import Run


@dataclass(frozen=True, slots=True)
class ProjectIndex:
    """The folder of a project's index, what bringing it up to the policies did, and `Built.parity`.

    Every bad document is in the report.
    """

    folder: Path
    report: Report
    parity: float | None


@contextmanager
def open_project_index(project: Project, var: Path, run: Run | None = None) -> Iterator[ProjectIndex]:
    """Open the project's index under `var`, brought up to its policies, and held against other processes.

    Each retriever's run has one of its own; without, it is the base model's that the project names.

    Raises what `build_index` raises; bad documents are in the report.
    """
    folder = _folder(project.folder, var, run)
    with lock_folder(folder):
        built = build_index(run or project.assistant.models.knowledge, project.policies, folder)
        report = built.report
        policies = project.folder / "policies"
        failed = (*project.bad_policies, *report.failed, *odd_files(policies))
        # What went bad is not what was removed.
        removed = tuple(file for file in report.removed if not os.path.lexists(policies / file))
        yield ProjectIndex(folder, replace(report, failed=failed, removed=removed), built.parity)


def _folder(project: Path, var: Path, run: Run | None) -> Path:
    """Return a folder of the project's own: another project of the same name has a different one."""
    place = project.resolve()
    name = f"{place.name}-{hashlib.sha256(os.fsencode(place)).hexdigest()[:12]}"
    return var / "knowledge" / (f"{name}-{run.name}" if run else name)
