"""Settings from TELLERBOT_* environment variables (`__` for nesting)."""

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tellerbot.errors import ConfigError

# Segments that a browser, a proxy and a cookie's path all leave unchanged.
_PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", re.ASCII)
LEAST_SECRET = 32  # characters
PREFIX = "TELLERBOT_"
_TOKEN = re.compile(rf"[A-Za-z0-9._~+/=-]{{{LEAST_SECRET},}}")


def default_home() -> Path:
    """Return the current folder where it holds a registry, else its `demo`."""
    return Path() if Path("registry").is_dir() else Path("demo")


def _networks(value: object) -> object:
    """Split comma-separated addresses and networks."""
    if not isinstance(value, str):
        return value
    networks: list[IPv4Network | IPv6Network] = []
    for item in filter(None, (item.strip() for item in value.split(","))):
        try:
            networks.append(ip_network(item))
        except ValueError as error:
            raise ValueError(
                f"expected addresses or networks such as 10.0.0.5 or 10.1.0.0/16, separated by commas, but: {error}"
            ) from error
    return tuple(networks)


def _tokens(value: object) -> object:
    """Split comma-separated tokens; the error for a wrong one does not repeat it."""
    if not isinstance(value, str):
        return value
    tokens = [item.strip() for item in value.split(",") if item.strip()]
    for number, token in enumerate(tokens, 1):
        if not _TOKEN.fullmatch(token):
            raise ValueError(
                f"expected tokens of {LEAST_SECRET} characters or more, of letters, digits and ._~+/=-, separated by "
                f"commas; token {number} is none. Make one with: openssl rand -hex 32"
            )
    return tuple(map(SecretStr, tokens))


def _prefix(value: str) -> str:
    value = value.rstrip("/")
    if not _PREFIX.fullmatch(value):
        raise ValueError(f"expected a path such as /bank, of letters, digits and ._~-, found {value!r}")
    return value


class BankSettings(BaseModel, extra="forbid"):
    """Which connector to open (an entry point's name), and the URL to give it; empty: in the home folder."""

    name: str = "demo"
    url: str = ""


class KnowledgeSettings(BaseModel, extra="forbid"):
    """The store that passages' vectors are searched in, and its API key or password; empty: in memory."""

    store: str = ""
    key: SecretStr = SecretStr("")


class UnderstandingSettings(BaseModel, extra="forbid"):
    """The OpenAI-compatible server whose model proposes how messages are read, and the seconds that one may take.

    `model` and `key` name the model and the API key. Without `url` the release's own small models read alone.
    """

    url: str = ""
    model: str = ""
    key: SecretStr = SecretStr("")
    seconds: float = Field(default=2.0, gt=0)


class WriterSettings(BaseModel, extra="forbid"):
    """What writes generated replies, and what one may cost.

    Without `url` it is the release's own responder, or the GGUF file `file`; with it an OpenAI-compatible server, of
    which `model` and `key` name the model and the API key. `tokens` and `seconds` are one reply's budget; `at_once`
    are written together while `waiting` more may wait, and the next gets its vetted wording at once.
    """

    url: str = ""
    model: str = ""
    key: SecretStr = SecretStr("")
    file: Path | None = None
    tokens: int = Field(default=200, ge=1)
    seconds: float = Field(default=10.0, gt=0)
    waiting: int = Field(default=4, ge=1)
    at_once: int = Field(default=4, ge=1)


class HandOffSettings(BaseModel, extra="forbid"):
    """The bank's own system that is given cases: its `url`, and the `key` that signs what it is sent."""

    url: str = ""
    key: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.url:
            return self
        parts = urlsplit(self.url)
        # Looking at the port raises ValueError where it is none.
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("expected TELLERBOT_HAND_OFF__URL to begin with https:// or http:// and name a host")
        if len(self.key.get_secret_value()) < LEAST_SECRET:
            raise ValueError(
                f"expected TELLERBOT_HAND_OFF__KEY of {LEAST_SECRET} characters or more beside the URL. Make one with: "
                "openssl rand -hex 32"
            )
        return self


class Settings(BaseSettings):
    """Where things are. Empty database URLs mean SQLite files in the home folder's `var/`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="ignore")

    home: Path = Field(default_factory=default_home)
    database_url: str = ""
    bank: BankSettings = BankSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    understanding: UnderstandingSettings = UnderstandingSettings()
    writer: WriterSettings = WriterSettings()
    hand_off: HandOffSettings = HandOffSettings()
    # What the bank's own programs sign in with, to take cases.
    service_tokens: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_tokens)] = ()
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    # The path that a proxy serves this under, without a slash at its end; and the proxies whose headers are believed.
    prefix: Annotated[str, AfterValidator(_prefix)] = ""
    proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)] = ()
    # A session lasts twelve hours at most, however it is renewed.
    token_minutes: int = Field(default=30, ge=1, le=12 * 60)
    # Messages waiting for a free model before the server answers 503.
    queue: int = Field(default=64, ge=0)
    messages_per_minute: int = Field(default=60, ge=1)
    sign_ins_per_minute: int = Field(default=10, ge=1)

    @property
    def has_delivery(self) -> bool:
        """Whether the bank's people learn of cases: they are sent, or a service can ask for them."""
        return bool(self.hand_off.url or self.service_tokens)

    @property
    def runs(self) -> Path:
        """The folder of runs."""
        return self.home / "runs"

    @property
    def releases(self) -> Path:
        """The folder of releases."""
        return self.home / "releases"

    @property
    def registry(self) -> Path:
        """The folder of the registry."""
        return self.home / "registry"

    @property
    def var(self) -> Path:
        """The folder of what changes: databases, passwords and keys."""
        return self.home / "var"

    @property
    def database(self) -> str:
        """The URL of the records' database."""
        return self.database_url or f"sqlite:///{self.var.resolve() / 'tellerbot.db'}"

    @property
    def bank_url(self) -> str:
        """The URL to give the bank's connector."""
        return self.bank.url or f"sqlite:///{self.var.resolve() / 'bank.db'}"


def load_settings(**given: object) -> Settings:
    """Read settings from the environment. Raises ConfigError naming each wrong variable."""
    wrong = dict(_unknown_names())
    settings = None
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        for item in error.errors():
            wrong.setdefault(f"{PREFIX}{'__'.join(map(str, item['loc'])).upper()}", item["msg"])
    if settings is None or wrong:
        raise ConfigError("\n  ".join(["Settings are wrong.", *(f"{name}: {what}" for name, what in wrong.items())]))
    return settings


def _unknown_names() -> Iterator[tuple[str, str]]:
    """Yield each variable that looks like a setting and is none, with an explanation."""
    known = list(_names(Settings, PREFIX))
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            nearest = get_close_matches(name.upper(), known, 1, 0)[0]
            yield name.upper(), f"expected a setting, found none of this name. The nearest is {nearest}."


def _names(model: type[BaseModel], before: str) -> Iterator[str]:
    for field, information in model.model_fields.items():
        name = f"{before}{field.upper()}"
        yield name
        if isinstance(information.annotation, type) and issubclass(information.annotation, BaseModel):
            yield from _names(information.annotation, f"{name}__")
