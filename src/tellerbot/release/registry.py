"""The shelf of releases, and movable names for them such as `production`."""

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tellerbot.errors import ArtefactError, ConfigError, explain
from tellerbot.files import lock_folder, write_json
from tellerbot.release.manifest import MANIFEST, Manifest, is_version, verify
from tellerbot.settings import Settings

_ALIASES = TypeAdapter(dict[str, list[str]])


@dataclass(frozen=True, slots=True)
class Registry:
    """Aliases are kept as the stack of versions they have named, so that rolling back is one step."""

    releases: Path
    folder: Path

    @classmethod
    def at(cls, settings: Settings) -> "Registry":
        """Return the registry that the settings name."""
        return cls(settings.releases, settings.registry)

    def versions(self) -> list[str]:
        """Versions on the shelf, oldest first."""
        found = [path.name for path in self.releases.glob("*") if is_version(path.name) and (path / MANIFEST).is_file()]
        return sorted(found, key=lambda version: [int(part) for part in version.split(".")])

    def aliases(self) -> dict[str, list[str]]:
        """Each alias's versions, the current one last."""
        try:
            return _ALIASES.validate_json((self.folder / "aliases.json").read_bytes(), strict=True)
        except FileNotFoundError:
            return {}
        except ValidationError as error:
            found = "; ".join(explain(error))
            raise ArtefactError(
                f"{self.folder}/aliases.json: expected a list of versions by alias: {found}. "
                "Restore it from history.jsonl."
            ) from error
        except OSError as error:
            raise ArtefactError(
                f"{self.folder}/aliases.json: expected JSON: {error}. Restore it from history.jsonl."
            ) from error

    def resolve(self, name: str) -> Path:
        """Return the folder of a version or an alias. Raises ArtefactError when there is none."""
        version = name if is_version(name) else (self.aliases().get(name) or [""])[-1]
        if version not in self.versions():
            known = ", ".join([*self.versions(), *self.aliases()]) or "none yet; make one with: tellerbot quickstart"
            raise ArtefactError(f"Expected a release or alias, found {name!r}. Known: {known}.")
        return self.releases / version

    def promote(self, alias: str, version: str, reason: str = "") -> Manifest:
        """Let `alias` name `version`, which is verified first; the history keeps the `reason`.

        Whether its conversation tests passed is asked by `results.require_passed`.
        """
        if is_version(alias) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", alias):
            raise ConfigError(f"Expected an alias of letters, digits and dashes, such as production, found {alias!r}.")
        manifest = verify(self.resolve(version))
        with lock_folder(self.folder):
            aliases = self.aliases()
            if (aliases.get(alias) or [""])[-1] != manifest.version:
                aliases.setdefault(alias, []).append(manifest.version)
                event = {"event": "promote", "alias": alias, "version": manifest.version}
                self._write(aliases, event | ({"reason": reason} if reason else {}))
        return manifest

    def rollback(self, alias: str) -> Manifest:
        """Let `alias` name what it named before, which is verified first."""
        with lock_folder(self.folder):
            aliases = self.aliases()
            stack = aliases.get(alias, [])
            if len(stack) < 2:
                raise ConfigError(f"Expected an earlier release for {alias!r} to go back to, found {stack or 'none'}.")
            manifest = verify(self.resolve(stack[-2]))
            left = stack.pop()
            self._write(aliases, {"event": "rollback", "alias": alias, "version": manifest.version, "left": left})
        return manifest

    def _write(self, aliases: dict[str, list[str]], event: dict[str, Any]) -> None:
        line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **event})
        write_json(self.folder / "aliases.json", aliases)
        with (self.folder / "history.jsonl").open("a") as stream:
            stream.write(line + "\n")
            stream.flush()
            os.fsync(stream.fileno())
