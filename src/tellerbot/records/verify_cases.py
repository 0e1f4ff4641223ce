"""Verification of cases: what their events make of them is compared with their rows."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from tellerbot.conversation.events import TurnImported, decode
from tellerbot.errors import ArtefactError
from tellerbot.records.case_rows import CASE_KINDS, CaseEvent, changes
from tellerbot.records.tables import cases

_KINDS = (*CASE_KINDS, TurnImported.__name__)
_COMPARED = ("status", "agent", "priority")


class CaseCheck:
    """A check of cases by their events, which it reads in their order."""

    def __init__(self) -> None:
        self._expected: dict[str, dict[str, Any]] = {}

    def read(self, kind: str, content: str, at: datetime) -> None:
        """Take the next event, of any kind. One that can't be read is left out: its own fault is that of its record."""
        if kind not in _KINDS:
            return
        with suppress(ArtefactError):
            event = decode(kind, content)
            if isinstance(event, CaseEvent):
                self._expected.setdefault(event.reference, {}).update(changes(event, at))
            elif isinstance(event, TurnImported) and (reference := event.details.get("reference")):
                self._expected[str(reference)] = {"status": "open", "agent": None, "priority": 0}

    def faults(self, connection: Connection) -> Iterator[str]:
        """Yield the cases that differ from their events."""
        for row in connection.execute(select(cases).order_by(cases.c.reference)):
            expected = self._expected.pop(row.reference, None)
            if expected is None:
                yield f"case {row.reference}: it was added: the log has no record of it"
                continue
            for name in _COMPARED:
                found = getattr(row, name)
                if name in expected and found != expected[name]:
                    yield f"case {row.reference}: its {name} was altered: expected {expected[name]}, found {found}"
        for reference in self._expected:
            yield f"case {reference}: it is missing"
