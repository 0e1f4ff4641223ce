"""A run's config file -> a checked config."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from tellerbot.errors import ConfigError, explain

ConfigT = TypeVar("ConfigT", bound="Config")


class Config(BaseModel):
    """What every kind of run's config keeps to: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_config(path: Path, kind: type[ConfigT]) -> ConfigT:
    """Read and check a config file. Raises ConfigError naming each wrong key."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: expected a config file, found none. See configs/ for complete ones.") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: expected YAML, found: {error}. Mend it; see configs/ for complete ones.") from error
    try:
        return kind.model_validate({} if raw is None else raw)
    except ValidationError as error:
        lines = [f"  {line}" for line in explain(error)]
        known = ", ".join(kind.model_fields)
        raise ConfigError("\n".join([f"{path}: the config is wrong.", *lines, f"Known keys: {known}."])) from error
