"""A release -> an assistant ready to answer."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from threading import Semaphore
from typing import TYPE_CHECKING, Self

from tellerbot.assistant.generate import NO_LISTENER, Listener, Writer
from tellerbot.assistant.needs import find_unmet
from tellerbot.assistant.step import Parts
from tellerbot.assistant.turn import take_turn
from tellerbot.bank.connect import connect_bank
from tellerbot.bank.demo import DemoBank
from tellerbot.conversation.event_values import Step
from tellerbot.conversation.turns import TurnView
from tellerbot.database import open_engine
from tellerbot.encoder.runtime import SHARED_FROM, threads
from tellerbot.errors import ConfigError, DataError
from tellerbot.files import private_folder
from tellerbot.intents.listen import ActPredictor
from tellerbot.intents.predict import IntentPredictor
from tellerbot.knowledge.index import KnowledgeIndex
from tellerbot.project.load import Project, load_project
from tellerbot.records.store import Records
from tellerbot.release.manifest import Manifest, verify
from tellerbot.release.registry import Registry
from tellerbot.responses.engine import Budget, Engine
from tellerbot.settings import Settings, load_settings
from tellerbot.types import Bank, Customer

if TYPE_CHECKING:
    from tellerbot.assistant.proposer import Proposer

PASSWORDS = "demo-passwords.txt"


class Assistant:
    """An assistant that answers messages with one verified release."""

    def __init__(self, manifest: Manifest, parts: Parts) -> None:
        self.manifest = manifest
        self.parts = parts
        # What else is closed with it.
        self._opened = ExitStack()

    def __repr__(self) -> str:
        project = self.parts.project
        return (
            f"<Assistant {project.assistant.name!r} {self.manifest.version} of {project.assistant.bank}: "
            f"{len(project.intents)} intents, {len(project.policies)} policies>"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def reply(
        self,
        text: str,
        customer: Customer | str | None = None,
        conversation: str | None = None,
        on_step: Callable[[Step], None] = lambda step: None,
        listener: Listener = NO_LISTENER,
    ) -> TurnView:
        """Answer `text` and record the turn; see `take_turn` for the errors.

        `customer` is a signed-in customer, or the user name or id of one (see `find_customer`); the caller vouches for
        it. Without `conversation` a new one is started. `on_step` is called after each step.
        """
        if isinstance(customer, str):
            customer = self.find_customer(customer)
        return take_turn(self.parts, text, customer, conversation or new_conversation(), on_step, listener)

    def find_customer(self, name: str) -> Customer:
        """Return the customer with this user name or id.

        Raises DataError where there is none, and where it is the user name of one and the id of another.
        """
        found = {one.id: one for one in (self.parts.bank.find_user(name), self.parts.bank.find(name)) if one}
        if len(found) > 1:
            raise DataError(f"Expected one customer, found that {name!r} is a user name and another's id. Give an id.")
        if not found:
            raise DataError(f"Expected the user name or id of a customer of the bank, found {name!r}. Give another.")
        return found.popitem()[1]

    def close(self) -> None:
        """Close the engine that writes, the proposer's connections, and what `load` opened: the records and the bank.

        The engine may finish its replies first.
        """
        if self.parts.writer:
            self.parts.writer.engine.close()
        if self.parts.proposer:
            self.parts.proposer.close()
        self._opened.close()


def new_conversation() -> str:
    """Make the id of a new conversation."""
    return secrets.token_urlsafe(12)


def load(name: str = "production", settings: Settings | None = None) -> Assistant:
    """Load the assistant of a release or alias, with its bank and its records; a context manager.

    Every file is checked against the release's manifest. Raises ArtefactError when one is not as built.
    """
    settings = settings or load_settings()
    store = open_store(settings)
    bank = open_bank(settings)
    assistant = load_release(name, settings, bank, store)
    assistant._opened.callback(store.engine.dispose)
    # Not every connector has something to close.
    if close := getattr(bank, "close", None):
        assistant._opened.callback(close)
    return assistant


def load_release(name: str, settings: Settings, bank: Bank, store: Records) -> Assistant:
    """Load the assistant of a release or alias over a bank and a store that are open already."""
    folder = Registry.at(settings).resolve(name)
    manifest = verify(folder)
    project = load_project(folder / "project")
    if unmet := list(find_unmet(project, bank)):
        raise ConfigError(
            f"{folder}: the bank's connector does not fit the project:\n  "
            + "\n  ".join(map(str, unmet))
            + "\nMend one of them."
        )
    predictor, listener, index = (
        IntentPredictor.open(folder / "intents"),
        ActPredictor(folder / "acts") if (folder / "acts").is_dir() else None,
        KnowledgeIndex.open(folder / "knowledge", settings.knowledge.store, settings.knowledge.key),
    )
    hear = listener.acts if listener else _hear_nothing
    # A model's first call is slow, and so is the first that threads share; no customer should be the one to make it.
    for text in ("hello", "hello " * SHARED_FROM):
        predictor.understand([text])
        hear([text], "")
        index.search(index.ask(text), 1, date.today())
    writer = open_writer(folder, project, settings)
    # Each text by itself, as the thresholds were chosen: those of a batch share the steps that they are rounded to.
    understand = partial(predictor.understand, batch_size=1)
    proposer = open_proposer(project, settings)
    parts = Parts(
        manifest.version, project, understand, hear, index, bank, store, writer, proposer, settings.has_delivery
    )
    return Assistant(manifest, parts)


def _hear_nothing(texts: Sequence[str], before: str) -> list[tuple[str, ...]]:
    """Return no acts, where the release has no model of them."""
    return [() for _ in texts]


def open_writer(folder: Path, project: Project, settings: Settings) -> Writer | None:
    """Open the writer of the project's generated replies: a server, a GGUF file, or the release's responder.

    Returns None where no reply is generated. Raises ConfigError where replies are to be generated and there is no
    model.
    """
    wanted = sorted(name for name in project.responses if project.assistant.wording.of(name) == "generated")
    if not wanted:
        return None
    chosen = settings.writer
    engine: Engine
    # The libraries of each take a while to import, which those who need none should not wait for.
    if chosen.url:
        from tellerbot.responses.remote import RemoteEngine

        engine = RemoteEngine(chosen.url, chosen.model, chosen.key.get_secret_value() or None)
    elif chosen.file:
        from tellerbot.responses.llama import LlamaEngine

        engine = LlamaEngine(chosen.file, threads())
    elif (folder / "responses").is_dir():
        from tellerbot.responses.exported import open_quickest
        from tellerbot.responses.local import LocalEngine

        engine = LocalEngine(open_quickest(folder / "responses"), chosen.waiting, chosen.at_once)
    else:
        raise ConfigError(
            f"{folder}: replies are to be generated ({', '.join(wanted[:3])}{', ...' if len(wanted) > 3 else ''}), but "
            "the release has no responder. Build it with --responder RUN, or name a server: "
            "TELLERBOT_WRITER__URL=http://127.0.0.1:8001/v1"
        )
    room = Semaphore(chosen.at_once + chosen.waiting)
    return Writer(engine, Budget(chosen.tokens, chosen.seconds), room, project.assistant.countries)


def open_proposer(project: Project, settings: Settings) -> "Proposer | None":
    """Open the larger model that proposes readings, if one is set."""
    chosen = settings.understanding
    if not chosen.url:
        return None
    from tellerbot.assistant.proposer import Proposer
    from tellerbot.model_server import ModelServer

    server = ModelServer(chosen.url, chosen.model, chosen.key.get_secret_value() or None)
    return Proposer(server, chosen.seconds, project)


def open_bank(settings: Settings) -> Bank:
    """Open the configured connector; the demo bank is made and filled on first use."""
    private_folder(settings.var)
    bank = connect_bank(settings.bank.name, settings.bank_url)
    if isinstance(bank, DemoBank):
        bank.prepare(settings.var / PASSWORDS, date.today())
    return bank


def open_store(settings: Settings) -> Records:
    """Open the records' database, and make or upgrade its tables."""
    private_folder(settings.var)
    store = Records(open_engine(settings.database))
    store.prepare()
    return store
