"""What a release's conversation tests came to, and the gate before an alias names it."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError, with_config

from tellerbot.errors import ArtefactError, GateError, explain, format_count
from tellerbot.files import sha256, write_json
from tellerbot.release.manifest import MANIFEST
from tellerbot.release.registry import Registry


@with_config(extra="forbid")
@dataclass(frozen=True, slots=True)
class Results:
    """The turns that passed and failed when the tests were last played to their end; `manifest` is its SHA-256."""

    release: str
    manifest: str
    at: str
    passed: int
    failed: int

    def __str__(self) -> str:
        return f"{self.failed} of {self.passed + self.failed} failed" if self.failed else f"{self.passed} passed"


_RESULTS = TypeAdapter(Results)


def save_results(registry: Registry, version: str, passed: int, failed: int) -> None:
    """Keep the numbers of turns that passed and failed beside the aliases, in place of those of an earlier play."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    digest = sha256(registry.resolve(version) / MANIFEST)
    write_json(_file(registry, version), asdict(Results(version, digest, at, passed, failed)))


def read_results(registry: Registry, version: str) -> Results | None:
    """Read the results of the release as it is; None when its tests were not played. Raises ArtefactError."""
    path = _file(registry, version)
    try:
        results = _RESULTS.validate_json(path.read_bytes(), strict=True)
    except FileNotFoundError:
        return None
    except ValidationError as error:
        found = "; ".join(explain(error))
        raise ArtefactError(
            f"{path}: expected the results of tests: {found}. Play them again: tellerbot test {version}"
        ) from error
    return results if results.manifest == sha256(registry.resolve(version) / MANIFEST) else None


def require_passed(registry: Registry, version: str) -> None:
    """Raise GateError where the release's conversation tests failed, or were not played."""
    results = read_results(registry, version)
    remedy = 'Promote it all the same with a reason, which is kept: --force "REASON"'
    if results is None:
        raise GateError(
            f"Expected the conversation tests of {version} to have passed, found that they were not played. Play them: "
            f"tellerbot test {version}. {remedy}"
        )
    if results.failed:
        raise GateError(
            f"Expected the conversation tests of {version} to pass, found that {results.failed} of "
            f"{format_count(results.passed + results.failed, 'turn')} failed ({results.at}). See them: tellerbot test "
            f"{version}. {remedy}"
        )


def _file(registry: Registry, version: str) -> Path:
    return registry.folder / "tests" / f"{version}.json"
