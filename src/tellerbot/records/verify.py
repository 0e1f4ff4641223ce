"""Verification: the chain is recomputed, and the contents are compared with the hashes in it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from tellerbot.database import be_patient, hold_still, translate_errors
from tellerbot.records import chain
from tellerbot.records.tables import audit_records, conversations, events, turns
from tellerbot.records.upgrade import require_current
from tellerbot.records.verify_cases import CaseCheck

# What the chain of the first versions holds of a turn beside the hashes of its texts.
_EXPLAINED = ("kind", "reason", "intent", "confidence", "scope_score", "masked", "choices", "reference", "release")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found: the last record's number and hash as `head`, and no `faults` when all is well.

    `count` is the number of records, `turns` that of the turns they are about.
    """

    count: int
    turns: int
    head: tuple[int, str]
    faults: tuple[str, ...]


def verify(engine: Engine, expected_head: tuple[int, str] | None = None) -> Verdict:
    """Recompute the whole chain, and compare turns, events, owners and cases with it.

    `expected_head` is one noted earlier; the log must still contain it. Raises ArtefactError for a database that is
    not of this version.
    """
    with translate_errors(engine), engine.connect() as connection:
        # Cases change while it reads on.
        hold_still(connection)
        require_current(connection)
        be_patient(connection)
        check = _Check(expected_head)
        for row in connection.execute(_records().execution_options(yield_per=1000)):
            check.read(row)
        faults = [*check.faults, *check.find_missing(), *check.cases.faults(connection), *_find_added(connection)]
    return Verdict(check.count, check.turns, (check.number, check.previous), tuple(faults))


def _records() -> Any:
    """Select each record of the chain with the event it is about, the event's turn, and the turn's customer."""
    return (
        select(
            audit_records,
            events.c.turn_id,
            events.c.conversation_id,
            events.c.kind,
            events.c.salt,
            events.c.content.label("body"),
            turns.c.conversation_id.label("turn_conversation"),
            turns.c.record.label("turn_record"),
            turns.c.at.label("turn_at"),
            conversations.c.customer_id,
        )
        .join(events, events.c.record == audit_records.c.number, isouter=True)
        .join(turns, turns.c.id == events.c.turn_id, isouter=True)
        .join(conversations, conversations.c.id == turns.c.conversation_id, isouter=True)
        .order_by(audit_records.c.number)
    )


class _Check:
    """A reader of the chain, record by record, that collects faults."""

    def __init__(self, expected_head: tuple[int, str] | None) -> None:
        self.faults: list[str] = []
        self.count = self.turns = self.number = 0
        self.previous = chain.GENESIS
        self.cases = CaseCheck()
        self._expected = None if expected_head == (0, chain.GENESIS) else expected_head
        self._imported: dict[str, dict[str, Any]] = {}

    def read(self, row: Row[Any]) -> None:
        """Take the next record."""
        self.count += 1
        if row.number != self.number + 1:
            self.faults.append(f"record {row.number} follows record {self.number}: expected {self.number + 1}")
        if row.previous != self.previous:
            self.faults.append(f"record {row.number}: does not follow the record before it")
        if row.hash != chain.digest(row.number, row.at, row.content, row.previous):
            self.faults.append(f"record {row.number}: its content was altered")
        if self._expected == (row.number, row.hash):
            self._expected = None
        self.number, self.previous = row.number, row.hash
        self.faults.extend(self._compare(row))
        if row.body is not None and row.turn_at:
            self.cases.read(row.kind, row.body, row.turn_at)

    def find_missing(self) -> Iterator[str]:
        """Yield what the end of the chain shows to be missing."""
        for turn, record in self._imported.items():
            yield f"turn {turn} of conversation {record['conversation']}: it is missing"
        if self._expected:
            number, digest = self._expected
            yield f"record {number} with hash {digest} is gone: the log was cut or written anew"

    def _compare(self, row: Row[Any]) -> Iterator[str]:
        try:
            record: dict[str, Any] = json.loads(row.content)
        except ValueError:
            return  # reported already: the hash does not fit
        if record.get("event") == "turn":
            self._imported[record["turn"]] = record
        if "sha256" not in record:
            return
        kind, turn, conversation = record["event"], record["turn"], record["conversation"]
        what = f"record {row.number}: {kind} of turn {turn}"
        if row.body is None:
            yield f"{what}: its content is missing"
            return
        if chain.seal(row.salt, row.body) != record["sha256"]:
            yield f"{what}: its content was rewritten"
        for name, found in (("turn", row.turn_id), ("conversation", row.conversation_id), ("event", row.kind)):
            if found != record[name]:
                yield f"{what}: it was moved: expected {name} {record[name]}, found {found}"
        if kind in ("TurnMeasured", "TurnImported"):
            yield from self._compare_turn(row, record, f"turn {turn} of conversation {conversation}")
        if kind == "TurnImported":
            yield from _compare_imported(row, self._imported.pop(turn, None), f"turn {turn}")

    def _compare_turn(self, row: Row[Any], record: dict[str, Any], what: str) -> Iterator[str]:
        self.turns += 1
        if row.turn_conversation is None:
            yield f"{what}: it is missing"
            return
        if row.turn_record != row.number:
            yield f"{what}: it was moved: expected it to end with record {row.number}, found {row.turn_record}"
        if row.turn_conversation != record["conversation"]:
            yield f"{what}: it was given to conversation {row.turn_conversation}"
        elif row.customer_id != record["customer"]:
            yield f"{what}: it was given to another customer: expected {record['customer']}, found {row.customer_id}"
        at = row.turn_at if row.turn_at.tzinfo else row.turn_at.replace(tzinfo=UTC)
        if record["event"] == "TurnMeasured" and chain.stamp(at) != row.at:
            yield f"{what}: its time was altered: expected {row.at}, found {at}"


def _compare_imported(row: Row[Any], older: dict[str, Any] | None, what: str) -> Iterator[str]:
    """Compare a turn of an older version with the record that the version made when it was taken."""
    if older is None:
        yield f"{what}: it was added: the log has no record of it from when it was taken"
        return
    content = json.loads(row.body)
    for name in ("message", "reply"):
        if hashlib.sha256(content[name].encode()).hexdigest() != older[f"{name}_sha256"]:
            yield f"{what}: its {name} was rewritten"
    details = content["details"]
    for name in _EXPLAINED:
        if details.get(name) != older.get(name):
            yield f"{what}: its {name} was altered: expected {older.get(name)}, found {details.get(name)}"
    if older["conversation"] != row.conversation_id:
        yield f"{what}: it was given to conversation {row.conversation_id}, expected {older['conversation']}"
    elif older["customer"] != row.customer_id:
        yield f"{what}: it was given to another customer: expected {older['customer']}, found {row.customer_id}"


def _find_added(connection: Connection) -> Iterator[str]:
    """Yield the events and turns that have no record in the chain."""
    unknown = (
        select(events.c.record, events.c.kind, events.c.turn_id)
        .join(audit_records, audit_records.c.number == events.c.record, isouter=True)
        .where(audit_records.c.number.is_(None))
    )
    for row in connection.execute(unknown):
        yield f"{row.kind} of turn {row.turn_id}: it was added: the log has no record {row.record}"
    endless = (
        select(turns.c.id, turns.c.conversation_id)
        .join(events, (events.c.record == turns.c.record) & (events.c.turn_id == turns.c.id), isouter=True)
        .where(events.c.record.is_(None))
    )
    for row in connection.execute(endless):
        yield f"turn {row.id} of conversation {row.conversation_id}: it was added, or its events were taken away"
