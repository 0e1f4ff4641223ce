"""Conversations, their turns and hand-offs, kept in one transaction with the audit record."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from tellerbot.assistant.turn import Turn
from tellerbot.audit import log
from tellerbot.database import reaching, storable, wait_for_lock, writing
from tellerbot.errors import TellerbotError, UnavailableError
from tellerbot.types import Passage

metadata = MetaData()
conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("customer_id", String, index=True),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("title", String, nullable=False),
)
turns = Table(
    "turns",
    metadata,
    Column("id", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("message", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("details", JSON, nullable=False),
    UniqueConstraint("conversation_id", "number"),
)
handoffs = Table(
    "handoffs",
    metadata,
    Column("reference", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("turn_id", ForeignKey("turns.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", String, nullable=False),
)
# Turns under way whose message has a `message_id`, so that servers that share a database don't take them twice.
claims = Table(
    "turn_claims",
    metadata,
    Column("turn_id", String, primary_key=True),
    Column("until", DateTime(timezone=True), nullable=False),
)
# How long a claim holds when its server dies; a turn that takes longer can be claimed again, and recorded only once.
CLAIM = timedelta(seconds=60)


class NotTheirsError(TellerbotError):
    """A conversation that is not there, or not this customer's; the error is the same for both."""


class TurnTakenError(TellerbotError):
    """The turn of a message is under way or recorded; `retry_after` is in seconds."""

    retry_after = 1


def conversation_of(customer_id: str, message_id: str) -> str:
    """The conversation that a customer's message starts: the same one when the message is sent again."""
    return _digest("conversation", customer_id, message_id)


def turn_of(conversation: str, message_id: str) -> str:
    """The turn of a message in its conversation: as a primary key, one however often the message is sent."""
    return _digest("turn", conversation, message_id)


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


class Conversations:
    """Stores turns; every read is for one customer."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def prepare(self) -> None:
        """Make the tables that are missing."""
        with writing(self.engine) as connection:
            wait_for_lock(connection)
            metadata.create_all(connection)
            log.metadata.create_all(connection)

    def ping(self) -> None:
        """Raise UnavailableError when the database cannot be read."""
        with reaching(self.engine), self.engine.connect() as connection:
            connection.execute(select(func.count()).select_from(select(conversations.c.id).limit(1).subquery()))

    def record(self, turn: Turn) -> None:
        """Write the turn, its hand-off and its audit record; durable when this returns."""
        with writing(self.engine) as connection:
            wait_for_lock(connection)
            number = self._claim(connection, turn)
            connection.execute(insert(turns).values(
                id=turn.id, conversation_id=turn.conversation, number=number, at=turn.at,
                message=turn.message, reply=turn.reply.text, details=details(turn),
            ))  # fmt: skip
            if turn.reference:
                connection.execute(insert(handoffs).values(
                    reference=turn.reference, conversation_id=turn.conversation, turn_id=turn.id, at=turn.at,
                    reason=turn.reason, status="open",
                ))  # fmt: skip
            connection.execute(delete(claims).where(claims.c.turn_id == turn.id))
            log.append(connection, _evidence(turn))

    @contextmanager
    def claimed(self, turn: str) -> Iterator[None]:
        """Take the turn here and nowhere else. Raises TurnTakenError when it is under way elsewhere or recorded."""
        until = self._take(turn)
        try:
            yield
        except BaseException as error:
            # Only its own claim: another server may hold one when that has run out, as it does with the database away.
            with suppress(UnavailableError), writing(self.engine, durable=False) as connection:
                connection.execute(delete(claims).where(claims.c.turn_id == turn, claims.c.until == until))
            if isinstance(error, IntegrityError):
                raise TurnTakenError("Another server has answered this message meanwhile.") from error
            raise

    def under_way(self, turn: str) -> bool:
        """Whether a server has claimed the turn and its claim still holds."""
        with reaching(self.engine), self.engine.connect() as connection:
            return _holds(connection, turn, datetime.now(UTC))

    def _take(self, turn: str) -> datetime:
        """Claim the turn and delete all claims that have run out; the time when the new one does."""
        # A server that loses its power loses its turn too, and with it the need for the claim.
        with writing(self.engine, durable=False) as connection:
            wait_for_lock(connection)
            now = datetime.now(UTC)
            recorded = connection.execute(select(turns.c.id).where(turns.c.id == turn)).first()
            if recorded or _holds(connection, turn, now):
                raise TurnTakenError("This message is being answered. Send it again in a second to get the reply.")
            connection.execute(delete(claims).where(claims.c.until <= now))
            connection.execute(insert(claims).values(turn_id=turn, until=now + CLAIM))
            return now + CLAIM

    def find_turn(self, turn: str, customer_id: str) -> dict[str, Any] | None:
        """A turn of the customer's own, as `history` gives it; None when there is none."""
        query = select(turns).join(conversations).where(turns.c.id == turn, conversations.c.customer_id == customer_id)
        with reaching(self.engine), self.engine.connect() as connection:
            row = connection.execute(query).first()
            return _read(row) if row else None

    def record_sentence(self, turn: str, conversation: str, customer: str | None, text: str) -> None:
        """Write the evidence of a sentence that leaves before its turn ends; durable when this returns."""
        with writing(self.engine) as connection:
            wait_for_lock(connection)
            log.append(connection, {
                "event": "sentence", "turn": turn, "conversation": conversation, "customer": customer,
                "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
            })  # fmt: skip

    def previous(self, conversation: str, customer: str | None) -> str:
        """The customer's last message in their own conversation, masked; empty when there is none."""
        if not storable(conversation):
            return ""
        query = (
            select(turns.c.message)
            .join(conversations)
            .where(conversations.c.id == conversation, conversations.c.customer_id == customer)
            .order_by(turns.c.number.desc())
            .limit(1)
        )
        with reaching(self.engine), self.engine.connect() as connection:
            return connection.execute(query).scalar() or ""

    def listed(self, customer_id: str, limit: int = 50) -> list[dict[str, Any]]:
        """The customer's conversations, newest first."""
        query = (
            select(conversations)
            .where(conversations.c.customer_id == customer_id)
            .order_by(conversations.c.started_at.desc())
            .limit(limit)
        )
        with reaching(self.engine), self.engine.connect() as connection:
            return [
                {"id": row.id, "title": row.title, "started_at": _utc(row.started_at)}
                for row in connection.execute(query)
            ]

    def history(self, conversation: str, customer_id: str) -> list[dict[str, Any]]:
        """The turns of the customer's own conversation, oldest first. Raises NotTheirsError."""
        query = select(turns).where(turns.c.conversation_id == conversation).order_by(turns.c.number)
        with reaching(self.engine), self.engine.connect() as connection:
            self._owned(connection, conversation, customer_id)
            return [_read(row) for row in connection.execute(query)]

    def owned(self, conversation: str, customer_id: str) -> None:
        """Raise NotTheirsError unless the conversation is the customer's."""
        with reaching(self.engine), self.engine.connect() as connection:
            self._owned(connection, conversation, customer_id)

    def _owned(self, connection: Connection, conversation: str, customer_id: str | None) -> None:
        query = select(conversations).where(conversations.c.id == conversation)
        row = connection.execute(query).first() if storable(conversation) else None
        if row is None or row.customer_id != customer_id:
            raise NotTheirsError("Expected one of your own conversations. Leave conversation_id out to start one.")

    def _claim(self, connection: Connection, turn: Turn) -> int:
        """Start the conversation or check whose it is; the number of the turn in it."""
        row = connection.execute(select(conversations).where(conversations.c.id == turn.conversation)).first()
        if row is None:
            connection.execute(insert(conversations).values(
                id=turn.conversation, customer_id=turn.customer, started_at=turn.at, title=turn.message[:80],
            ))  # fmt: skip
            return 1
        self._owned(connection, turn.conversation, turn.customer)
        last = connection.execute(select(func.max(turns.c.number)).where(turns.c.conversation_id == turn.conversation))
        return (last.scalar() or 0) + 1


def _holds(connection: Connection, turn: str, now: datetime) -> bool:
    query = select(claims.c.turn_id).where(claims.c.turn_id == turn, claims.c.until > now)
    return connection.execute(query).first() is not None


def shown(turn: Turn) -> dict[str, Any]:
    """A turn just taken, as `history` will give it."""
    return {"id": turn.id, "at": turn.at, "message": turn.message, "reply": turn.reply.text, **details(turn)}


def _read(row: Row[Any]) -> dict[str, Any]:
    return {"id": row.id, "at": _utc(row.at), "message": row.message, "reply": row.reply, **row.details}


def _utc(at: datetime) -> datetime:
    """SQLite keeps no time zone; what is stored is UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def details(turn: Turn) -> dict[str, Any]:
    """What is shown of a turn beside its texts."""
    return {
        "kind": turn.kind,
        "reason": turn.reason,
        "intent": turn.understanding.intent,
        "confidence": round(turn.understanding.confidence, 4),
        "scope_score": round(turn.understanding.scope_score, 4),
        "masked": list(turn.masked),
        "figures": [
            {"figure": item.figure, "source": item.source.ref, "kind": item.source.kind} for item in turn.reply.figures
        ],
        "citations": [_citation(passage, turn.release) for passage in turn.reply.citations],
        "choices": [asdict(choice) for choice in turn.choices],
        "reference": turn.reference,
        "release": turn.release,
        "trace": [asdict(step) for step in turn.trace],
    }


def _citation(passage: Passage, release: str) -> dict[str, Any]:
    """A passage with the link under which the server shows it in its document."""
    anchor = passage.id.removeprefix(f"{passage.policy}#")
    return {
        "id": passage.id,
        "policy": passage.policy,
        "title": passage.title,
        "section": passage.section,
        "path": list(passage.path),
        "page": passage.page,
        "version": passage.version,
        "in_force_from": passage.in_force_from.isoformat(),
        "in_force_to": passage.in_force_to.isoformat() if passage.in_force_to else None,
        "text": passage.text,
        "link": f"/policies/{quote(release, safe='')}/{quote(passage.policy, safe='')}#{anchor}",
    }


def _evidence(turn: Turn) -> dict[str, Any]:
    """What the audit log keeps: everything that explains the turn, and hashes in place of its texts."""
    shown = details(turn)
    return {
        "event": "turn",
        "turn": turn.id,
        "conversation": turn.conversation,
        "customer": turn.customer,
        "message_sha256": hashlib.sha256(turn.message.encode()).hexdigest(),
        "reply_sha256": hashlib.sha256(turn.reply.text.encode()).hexdigest(),
        "actions": list(turn.actions),
        "sources": sorted({item["source"] for item in shown["figures"]} | {item["id"] for item in shown["citations"]}),
        **{
            name: shown[name]
            for name in (
                "kind",
                "reason",
                "intent",
                "confidence",
                "scope_score",
                "masked",
                "choices",
                "reference",
                "release",
            )
        },
        "steps": json.dumps([[step.name, step.ms] for step in turn.trace]),
    }
