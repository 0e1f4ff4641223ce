"""Conversations with flows, played through the real turns on real records, over a bank in memory."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from sqlalchemy import select, update

from tellerbot.assistant.step import Parts
from tellerbot.assistant.turn import take_turn
from tellerbot.conversation.event_values import Step
from tellerbot.conversation.events import Event
from tellerbot.conversation.flows.open_flow import OpenFlow
from tellerbot.conversation.state import State, fold
from tellerbot.conversation.turns import TurnView
from tellerbot.knowledge.index import Asked, Found, KnowledgeIndex
from tellerbot.project.defaults import default_acts
from tellerbot.project.flow_check import find_flow_mistakes
from tellerbot.project.flow_schema import Flow
from tellerbot.project.load import Project
from tellerbot.project.schema import AssistantFile, Intent, Messages, Response
from tellerbot.records.store import Records
from tellerbot.records.tables import actions, codes, events, turns
from tellerbot.types import Bank, Customer, FoundPassage, Understanding
from toy_bank import ADA, ToyBank

TALK = "talk"
# What the assistant says around flows, so that a test can name it.
WORDS = {
    "flow_cancelled": "Left as it is.",
    "flow_changed": "New steps, so once more.",
    "flow_lapsed": "Last time we left “{flow}”.",
    "flow_unclear": "I did not get that.",
    "changed_meanwhile": "Please look once more.",
    "not_done": "It did not go through.",
    "code_ask": "Type the code.",
    "code_wrong": "A wrong code.",
    "code_expired": "An old code.",
    "code_unused": "No code is needed.",
    "code_spent": "Too many codes.",
    "action_unknown": "No news yet.",
    "action_running": "Still at it.",
    "done_late": "What you confirmed before went through.",
    "done_already": "Your receipt is above.",
}
# What of a message makes an intent of it.
_KEYWORDS = {"fee": "wire_fees", "balance": "check_balance", "person": "talk"}
_ACTS = {
    "affirm": re.compile(r"\W*(?:yes|ok|sure)\b", re.IGNORECASE),
    "deny": re.compile(r"\W*no\b", re.IGNORECASE),
    "cancel": re.compile(r"\W*cancel\b", re.IGNORECASE),
    "thank": re.compile(r"\bthanks\b", re.IGNORECASE),
    "fraud_in_progress": re.compile(r"\bscammer\b", re.IGNORECASE),
}


def make_flows(contents: Mapping[str, Mapping[str, Any]]) -> dict[str, Flow]:
    """Flows without mistakes, as their files would say them."""
    flows = {name: Flow.model_validate(content) for name, content in contents.items()}
    assert list(find_flow_mistakes(flows)) == []
    return flows


def make_project(flows: Mapping[str, Flow]) -> Project:
    """A project with an intent to begin each flow, and a few besides."""
    messages = Messages(
        welcome="Hi", refuse=["Not here.", "Not that."], hand_off="Person: {reference}.",
        hand_off_nobody="Person: {reference}.", sign_in="Sign in.", clarify="Which?", **WORDS,
    )  # fmt: skip
    assistant = AssistantFile(
        name="A", bank="B", locale="en-US", currency="USD", messages=messages, topics=["wire_fees"]
    )
    responses = {
        "wire_fees": Response(reply="A wire costs {fee:money}.", queries=["fees"]),
        "check_balance": Response(
            reply="You have:", each="- {account:text}: {available:money}", queries=["balances"], empty="Nothing."
        ),
        "talk": Response(reply="Of course.", hand_off=True),
        **{f"begin_{name}": Response(flow=name) for name in flows},
    }
    acts = {name: Response.model_validate(reply) for name, reply in default_acts().items()}
    intents = {name: Intent(title=name.replace("_", " "), utterances=[name]) for name in responses}
    return Project(Path(), assistant, intents, {}, {}, responses, acts, [], [], flows=flows)


def understand(intents: Collection[str], texts: Sequence[str]) -> list[Understanding]:
    """By words alone: "begin pay" begins the flow `pay`."""
    return [_understood(intents, text) for text in texts]


def _understood(intents: Collection[str], text: str) -> Understanding:
    begin = re.findall(r"\bbegin (\w+)", text)
    intent = f"begin_{begin[-1]}" if begin else next((name for word, name in _KEYWORDS.items() if word in text), "")
    if intent not in intents:
        return Understanding("wire_fees", 0.1, 0.1, False, False, ("wire_fees",))
    return Understanding(intent, 0.97, 0.9, True, True, (intent,), ((intent, 0.97),))


def hear(texts: Sequence[str], before: str) -> list[tuple[str, ...]]:
    """The acts of texts, by their words alone."""
    return [tuple(act for act, pattern in _ACTS.items() if pattern.search(text)) for text in texts]


class NoPassages:
    """Policies that answer nothing."""

    def ask(self, question: str) -> Asked:
        return Asked(question, np.zeros(1, np.float32))

    def search(self, asked: Asked, limit: int, day: date, **options: object) -> Found:
        return Found([], 0.0)

    def nearest(self, asked: Asked, limit: int, day: date) -> list[FoundPassage]:
        return []


def make_parts(flows: Mapping[str, Flow], bank: Bank, records: Records, release: str = "1") -> Parts:
    """What a turn works with, in a project of these flows."""
    index = cast(KnowledgeIndex, NoPassages())
    project = make_project(flows)
    return Parts(release, project, partial(understand, project.responses), hear, index, bank, records)


@dataclass(slots=True)
class Talk:
    """One conversation; `views` are its turns as they were shown, `steps` what was watched of them."""

    parts: Parts
    bank: ToyBank
    conversation: str = TALK
    customer: Customer = ADA
    views: list[TurnView] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def records(self) -> Records:
        return self.parts.records

    def say(self, *texts: str) -> str:
        """Take a turn for each text; gives the last reply."""
        for text in texts:
            self.views.append(take_turn(self.parts, text, self.customer, self.conversation, self.steps.append))
        return self.views[-1].reply

    def events(self) -> tuple[Event, ...]:
        return self.records.events(self.conversation, self.customer.id)

    def of(self, *kinds: type[Event]) -> list[Any]:
        """The events of some kinds, in order."""
        return [event for event in self.events() if isinstance(event, kinds)]

    def state(self) -> State:
        return fold(self.events())

    def top(self) -> OpenFlow | None:
        flows = self.state().flows
        return flows[-1] if flows else None

    def release(self, flows: Mapping[str, Flow]) -> None:
        """Put another release into production."""
        number = str(int(self.parts.release) + 1)
        self.parts = replace(make_parts(flows, self.bank, self.records, number), hear=self.parts.hear)

    def wait(self, silence: timedelta) -> None:
        """Let time pass: all that has been recorded was so much earlier."""
        with self.records.engine.begin() as connection:
            for row in connection.execute(select(events).where(events.c.kind == "MessageReceived")).all():
                content = json.loads(row.content)
                content["at"] = (datetime.fromisoformat(content["at"]) - silence).isoformat()
                changed = update(events).where(events.c.record == row.record)
                connection.execute(changed.values(content=json.dumps(content)))
            for table, columns in ((turns, ("at",)), (actions, ("at", "until")), (codes, ("until",))):
                (key,) = table.primary_key.columns
                for row in connection.execute(select(table)).all():
                    moved = {name: getattr(row, name) - silence for name in columns}
                    connection.execute(update(table).where(key == row[0]).values(**moved))

    def stored(self) -> str:
        """All that the records hold of what happened."""
        with self.records.engine.connect() as connection:
            return "\n".join(row.content for row in connection.execute(select(events)))


def open_talk(
    records: Records, flows: Mapping[str, Mapping[str, Any]], bank: ToyBank | None = None,
    heard: Callable[[Sequence[str], str], list[tuple[str, ...]]] = hear,
) -> Talk:  # fmt: skip
    """A new conversation of Ada's."""
    bank = bank or ToyBank()
    return Talk(replace(make_parts(make_flows(flows), bank, records), hear=heard), bank)
