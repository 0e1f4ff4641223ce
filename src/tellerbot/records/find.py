"""References that customers were given, found in the audit log."""

from dataclasses import dataclass

from sqlalchemy import Engine, select

from tellerbot.conversation.events import ActionDone, CaseOpened, decode
from tellerbot.database import begin_read
from tellerbot.records.tables import audit_records, events

_GIVEN = (ActionDone, CaseOpened)


@dataclass(frozen=True, slots=True)
class Finding:
    """An event with its record in the chain; `at` is the record's time in UTC."""

    record: int
    at: str
    hash: str
    conversation: str
    turn: str
    event: ActionDone | CaseOpened


def find_reference(engine: Engine, reference: str) -> list[Finding]:
    """Find the actions that were done and the cases that were opened under a reference, the oldest first."""
    query = (
        select(events, audit_records.c.at, audit_records.c.hash)
        .join(audit_records, audit_records.c.number == events.c.record)
        .where(events.c.kind.in_([kind.__name__ for kind in _GIVEN]))
        .where(events.c.content.contains(f'"{reference}"', autoescape=True))
        .order_by(events.c.record)
    )
    found: list[Finding] = []
    with begin_read(engine) as connection:
        for row in connection.execute(query):
            event = decode(row.kind, row.content)
            if isinstance(event, _GIVEN) and event.reference == reference:
                found.append(Finding(row.record, row.at, row.hash, row.conversation_id, row.turn_id, event))
    return found
