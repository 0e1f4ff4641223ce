"""The action and the flow of docs/how-to/flows.md do what the page says, on a tiny model."""

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, text

from tellerbot.assistant.load import load_release, open_store
from tellerbot.assistant.play import Coverage, play
from tellerbot.assistant.sandbox import Sandbox
from tellerbot.bank.actions import Action, ActionResult
from tellerbot.bank.connect import connect_bank
from tellerbot.bank.facts import record_facts
from tellerbot.bank.journal import journal, run_once, settle
from tellerbot.database import begin_write, open_engine
from tellerbot.errors import RefusedError
from tellerbot.intents.train import train
from tellerbot.release.build import build_release
from tellerbot.release.registry import Registry
from tellerbot.settings import Settings
from tellerbot.types import ActionSpec, Arguments, Customer, Named, Receipt
from toy_bank import ToyBank

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "flows.md").read_text()
ACCOUNTS = (Named("account", "A-1", "Everyday Checking"), Named("account", "A-2", "Steady Savings"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


CONNECTOR, FLOW, INTENTS, REPLY, TESTS = blocks("yaml")


def own_action() -> tuple[ActionSpec, Any]:
    """The page's spec and its function, which takes the connector as its first argument."""
    spec, method = re.split(r"^    # in act\(\).*\n", blocks("python")[0], flags=re.MULTILINE)
    scope: dict[str, Any] = {
        "ActionSpec": ActionSpec, "ActionResult": ActionResult, "RefusedError": RefusedError,
        "record_facts": record_facts, "text": text,
    }  # fmt: skip
    exec(compile(spec + dedent(method), "flows.md", "exec"), scope)  # noqa: S102
    return scope["ORDER"], scope["order"]


@dataclass
class CheckbookBank(ToyBank):
    """A bank that does the page's action and no other."""

    engine: Engine | None = None

    def names(self, principal: Customer | None) -> Sequence[Named]:
        return ACCOUNTS if principal else ()

    def actions(self) -> Mapping[str, ActionSpec]:
        return {"order_checkbook": own_action()[0]}

    def act(self, name: str, principal: Customer, arguments: Arguments, key: str, today: date) -> Receipt:
        spec, order = own_action()
        actions = {"order_checkbook": Action(lambda db, request: order(self, db, request), spec)}
        assert self.engine
        with begin_write(self.engine) as db:
            return run_once(db, name, actions, principal, arguments, key, today, ACCOUNTS)

    def outcome(self, principal: Customer, key: str) -> Receipt | None:
        assert self.engine
        with begin_write(self.engine) as db:
            return settle(db, principal, key)


@pytest.fixture
def project(tiny_project: Path, tmp_path: Path) -> Path:
    """The tiny project with the page's files, and replies for which no bank is asked."""
    folder = tmp_path / "my-bank"
    shutil.copytree(tiny_project, folder)
    names = yaml.safe_load((folder / "intents" / "all.yaml").read_text())["intents"]
    replies = {name: {"reply": "Please call us."} for name in names}
    (folder / "responses.yaml").write_text(yaml.safe_dump(replies) + REPLY)
    (folder / "flows").mkdir()
    (folder / "flows" / "checkbooks.yaml").write_text(FLOW)
    (folder / "intents" / "checkbooks.yaml").write_text(INTENTS)
    (folder / "tests" / "conversations.yaml").write_text(TESTS)
    return folder


@pytest.mark.slow
def test_the_pages_conversations_pass(project: Path, tiny_config: Any, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    registry = Registry.at(settings)
    build_release(project, train(tiny_config, project, runs=settings.runs).folder, registry)
    engine = open_engine(f"sqlite:///{tmp_path / 'bank.db'}")
    journal.create(engine)
    with begin_write(engine) as db:
        db.execute(text("CREATE TABLE checkbooks (account TEXT)"))
    bank = CheckbookBank(engine=engine)
    assistant = load_release("1.0.0", settings, bank, open_store(settings))
    coverage = Coverage(assistant.parts.project)
    turns = list(play(assistant, coverage, Sandbox(lambda day: nullcontext(bank), can_act=True)))
    assert [(turn.say, turn.differences) for turn in turns if not turn.passed] == []
    assert all(coverage.steps().values()) and all(coverage.actions().values())
    with begin_write(engine) as db:
        assert [row.account for row in db.execute(text("SELECT account FROM checkbooks"))] == ["A-2"]
    engine.dispose()


def test_the_pages_connector_in_yaml_has_the_action(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYBANK_CLIENT_ID", "someone")
    monkeypatch.setenv("MYBANK_CLIENT_SECRET", "secret")
    content = yaml.safe_load((ROOT / "configs" / "http-bank.yaml").read_text())
    for key, items in yaml.safe_load(CONNECTOR).items():
        content[key] |= items
    path = tmp_path / "bank.yaml"
    path.write_text(yaml.safe_dump(content))
    spec = connect_bank("http", str(path)).actions()["order_checkbook"]
    own = own_action()[0]
    assert (spec.arguments, spec.required, spec.scope) == (own.arguments, own.required, own.scope)
