"""Sessions that were ended before their time: a token of one is good no more, on whichever server."""

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from tellerbot.database import looking, storable, wait_for_lock, writing
from tellerbot.records.tables import ended_sessions


class Sessions:
    """Keeps the ids of ended sessions for as long as a token of theirs could be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def end(self, session: str, until: datetime) -> None:
        """End a session; `until` is when its last token runs out by itself. Ending it again changes nothing."""
        with writing(self._engine) as connection:
            wait_for_lock(connection)
            connection.execute(delete(ended_sessions).where(ended_sessions.c.until < datetime.now(UTC)))
            if not _is_ended(connection, session):
                connection.execute(insert(ended_sessions).values(id=session, until=until))

    def is_ended(self, session: str) -> bool:
        """Tell whether a session was ended."""
        with looking(self._engine) as connection:
            return storable(session) and _is_ended(connection, session)


def _is_ended(connection: Connection, session: str) -> bool:
    return connection.execute(select(ended_sessions.c.id).where(ended_sessions.c.id == session)).first() is not None
