"""A database as the first versions made and filled it, in their own words."""

import hashlib
import json
from typing import Any

from sqlalchemy import Engine, text

GENESIS = "0" * 64
TABLES = """
CREATE TABLE conversations (
    id VARCHAR NOT NULL, customer_id VARCHAR, started_at {time} NOT NULL, title VARCHAR NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_conversations_customer_id ON conversations (customer_id);
CREATE TABLE turns (
    id VARCHAR NOT NULL, conversation_id VARCHAR NOT NULL, number INTEGER NOT NULL, at {time} NOT NULL,
    message TEXT NOT NULL, reply TEXT NOT NULL, details JSON NOT NULL, PRIMARY KEY (id),
    UNIQUE (conversation_id, number), FOREIGN KEY(conversation_id) REFERENCES conversations (id));
CREATE INDEX ix_turns_conversation_id ON turns (conversation_id);
CREATE TABLE handoffs (
    reference VARCHAR NOT NULL, conversation_id VARCHAR NOT NULL, turn_id VARCHAR NOT NULL, at {time} NOT NULL,
    reason TEXT NOT NULL, status VARCHAR NOT NULL, PRIMARY KEY (reference),
    FOREIGN KEY(conversation_id) REFERENCES conversations (id), FOREIGN KEY(turn_id) REFERENCES turns (id));
CREATE INDEX ix_handoffs_conversation_id ON handoffs (conversation_id);
CREATE TABLE turn_claims (turn_id VARCHAR NOT NULL, until {time} NOT NULL, PRIMARY KEY (turn_id));
CREATE TABLE audit_records (
    number INTEGER NOT NULL, at VARCHAR NOT NULL, content TEXT NOT NULL, previous VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL, PRIMARY KEY (number), UNIQUE (hash))
"""
REFUSE = "SELECT RAISE(ABORT, 'the audit log is append-only'); END"
TRIGGERS = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit_records BEGIN {REFUSE}",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_records BEGIN {REFUSE}",
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit_records WHEN EXISTS "
        f"(SELECT 1 FROM audit_records WHERE number = NEW.number OR hash = NEW.hash) BEGIN {REFUSE}",
    ],
    "postgresql": [
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    ],
}
CITATION = {
    "id": "fees#wires", "policy": "fees", "title": "Fees", "section": "Wires", "path": ["Fees", "Wires"], "page": None,
    "version": "2", "in_force_from": "2026-01-01", "in_force_to": None, "text": "A wire costs $5.",
    "link": "/policies/1.0.0/fees#wires",
}  # fmt: skip
DETAILS: dict[str, Any] = {
    "kind": "act", "reason": "facts from the bank", "intent": "fees", "confidence": 0.9, "scope_score": 0.8125,
    "masked": ["card number"], "figures": [{"figure": "$5", "source": "fees/wire", "kind": "bank"}],
    "citations": [CITATION], "choices": [{"intent": "fees", "title": "See fees"}], "reference": None,
    "release": "1.0.0", "trace": [{"name": "redact", "note": "nothing to mask", "ms": 0.1}],
}  # fmt: skip


class OlderRecords:
    """Records turns as the first versions did."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.head = (0, GENESIS)
        time = "DATETIME" if engine.dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
        with engine.begin() as connection:
            for statement in [*TABLES.format(time=time).split(";"), *TRIGGERS[engine.dialect.name]]:
                connection.execute(text(statement))

    def record(self, conversation: str, customer: str | None, number: int, *, reference: str | None = None) -> str:
        """Record a turn; gives its id."""
        turn, at = f"{conversation}-{number}", f"2026-03-01 09:3{number}:00.123456"
        message, reply = f"question {number}: wire fee? 🏦", f"Answer {number}: a wire costs $5."
        details = {**DETAILS, "reference": reference, "kind": "hand off" if reference else "act"}
        values = {
            "id": turn, "conversation": conversation, "customer": customer, "number": number, "at": at,
            "message": message, "reply": reply, "details": json.dumps(details), "reference": reference,
            "title": message[:80],
        }  # fmt: skip
        with self.engine.begin() as connection:
            if number == 1:
                connection.execute(
                    text("INSERT INTO conversations VALUES (:conversation, :customer, :at, :title)"), values
                )
            connection.execute(
                text("INSERT INTO turns VALUES (:id, :conversation, :number, :at, :message, :reply, :details)"), values
            )
            if reference:
                connection.execute(
                    text("INSERT INTO handoffs VALUES (:reference, :conversation, :id, :at, 'why', 'open')"), values
                )
        self._chain({"event": "sentence", "turn": turn, "text_sha256": _sha256(reply[:9])})
        explained = (
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
        self._chain({
            "event": "turn", "turn": turn, "conversation": conversation, "customer": customer,
            "message_sha256": _sha256(message), "reply_sha256": _sha256(reply), "actions": ["fees"],
            "sources": ["fees#wires"], **{name: details[name] for name in explained}, "steps": "[]",
        })  # fmt: skip
        return turn

    def _chain(self, content: dict[str, Any]) -> None:
        number, previous = self.head[0] + 1, self.head[1]
        at, body = "2026-03-01T09:30:00.123+00:00", json.dumps(content, sort_keys=True, ensure_ascii=False)
        digest = _sha256(json.dumps([number, at, body, previous], ensure_ascii=False))
        with self.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO audit_records VALUES (:number, :at, :content, :previous, :hash)"),
                {"number": number, "at": at, "content": body, "previous": previous, "hash": digest},
            )
        self.head = (number, digest)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
