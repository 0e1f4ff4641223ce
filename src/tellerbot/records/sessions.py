"""Sessions that were ended before their time: a token of one is good no more, on whichever server."""

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select

from tellerbot.database import begin_read, begin_write, is_storable, wait_for_lock
from tellerbot.records.tables import ended_sessions

_ENDED = select(ended_sessions.c.id).where(ended_sessions.c.id == bindparam("session"))


class Sessions:
    """The ids of ended sessions, for as long as a token of theirs could be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def end(self, session: str, until: datetime) -> None:
        """End a session; `until` is when its last token runs out by itself. Ending it again changes nothing."""
        with begin_write(self._engine) as connection:
            wait_for_lock(connection)
            connection.execute(delete(ended_sessions).where(ended_sessions.c.until < datetime.now(UTC)))
            if not _is_ended(connection, session):
                connection.execute(insert(ended_sessions).values(id=session, until=until))

    def is_ended(self, session: str) -> bool:
        """Return whether a session was ended."""
        with begin_read(self._engine) as connection:
            return is_storable(session) and _is_ended(connection, session)


def _is_ended(connection: Connection, session: str) -> bool:
    return connection.execute(_ENDED, {"session": session}).first() is not None
