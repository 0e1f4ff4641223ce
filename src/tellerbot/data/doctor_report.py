"""The doctor's findings as a self-contained page for people, rows to mend, and figures."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from tellerbot.data.doctor import Finding, Section
from tellerbot.data.kinds import KINDS
from tellerbot.files import write_atomic, write_lines
from tellerbot.version import __version__

PAGE, MEND = "doctor.html", "mend.jsonl"
# The page shows so many rows of each kind, the surest; mend.jsonl has all.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was looked at, and what was found, one section for each kind that was looked for."""

    detected: str
    rows: int
    intents: int
    sections: Sequence[Section]

    def figures(self) -> dict[str, Any]:
        """Return counts and tables without any utterance."""
        found = {
            part.kind.name: {"severity": part.severity, "count": part.count, "note": part.note, "table": part.table}
            for part in self.sections
        }
        return {"detected": self.detected, "rows": self.rows, "intents": self.intents, "findings": found}

    def to_mend(self) -> list[Finding]:
        """Every row to mend, the surest first, and what matters most first where that is equal."""
        order = {name: at for at, name in enumerate(KINDS)}
        found = [finding for part in self.sections for finding in part.rows]
        return sorted(found, key=lambda finding: (-finding.score, order[finding.finding], finding.file, finding.line))


def write_diagnosis(folder: Path, diagnosis: Diagnosis) -> None:
    """Write doctor.html and mend.jsonl into `folder`, over those of an earlier look.

    Only the owner may read them (mode 0600), for both repeat customers' texts.
    """
    page = Environment(loader=PackageLoader("tellerbot.data"), autoescape=True).get_template(PAGE)
    html = page.render(d=diagnosis, shown=SHOWN, mend=MEND, version=__version__)
    write_atomic(folder / PAGE, html, mode=0o600)
    rows = ({name: value for name, value in asdict(row).items() if value is not None} for row in diagnosis.to_mend())
    write_lines(folder / MEND, (json.dumps(row, ensure_ascii=False) for row in rows))
