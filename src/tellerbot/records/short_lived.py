"""What no event may hold and is soon gone: one-time codes, hashed, and private values that a flow needs for a while."""

import secrets
from datetime import UTC, datetime, timedelta

from pwdlib import PasswordHash
from sqlalchemy import Engine, delete, insert, select, update

from tellerbot.conversation.event_values import CodeVerdict
from tellerbot.database import begin_read, begin_write, utc, wait_for_lock
from tellerbot.errors import DataError
from tellerbot.records.tables import codes, private_values

# A code is good for so long, and for so many tries.
CODE_LASTS, CODE_TRIES, CODE_DIGITS = timedelta(minutes=3), 5, 6
# A private value is kept for as long as a customer may take over a flow.
VALUE_LASTS = timedelta(hours=12)


class ShortLived:
    """The store of one-time codes and private values, in the records' database but apart from its events."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hasher = PasswordHash.recommended()

    def issue_code(self, key: str) -> str:
        """Make the code of an action; one that was made for it before is good no more, but its tries count on."""
        code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
        hashed = self._hasher.hash(code)
        with begin_write(self._engine) as connection:
            wait_for_lock(connection)
            now = datetime.now(UTC)
            tries = connection.execute(select(codes.c.tries).where(codes.c.key == key)).scalar() or 0
            # An old row of another key says nothing any more.
            gone = (codes.c.key == key) | (codes.c.until < now - VALUE_LASTS)
            connection.execute(delete(codes).where(gone))
            connection.execute(insert(codes).values(key=key, hash=hashed, tries=tries, until=now + CODE_LASTS))
        return code

    def try_code(self, key: str, code: str) -> CodeVerdict:
        """Check a code for an action; each check counts as a try, whichever tab or server makes it."""
        with begin_write(self._engine) as connection:
            wait_for_lock(connection)
            row = connection.execute(select(codes).where(codes.c.key == key)).first()
            if row is None or utc(row.until) < datetime.now(UTC):
                return "expired"
            if row.tries >= CODE_TRIES:
                return "spent"
            connection.execute(update(codes).where(codes.c.key == key).values(tries=row.tries + 1))
        if self._hasher.verify(code, row.hash):
            with begin_write(self._engine) as connection:
                # Right once only: of two tabs with the same code one comes too late.
                if connection.execute(delete(codes).where(codes.c.key == key, codes.c.hash == row.hash)).rowcount:
                    return "right"
            return "expired"
        return "spent" if row.tries + 1 >= CODE_TRIES else "wrong"

    def keep(self, value: str) -> str:
        """Keep a private value; gives the token to ask for it."""
        token = secrets.token_urlsafe(16)
        with begin_write(self._engine) as connection:
            now = datetime.now(UTC)
            connection.execute(delete(private_values).where(private_values.c.until < now))
            connection.execute(insert(private_values).values(token=token, value=value, until=now + VALUE_LASTS))
        return token

    def find(self, token: str) -> str:
        """Return the private value of a token. Raises DataError when it is no longer kept."""
        kept = (private_values.c.token == token) & (private_values.c.until > datetime.now(UTC))
        query = select(private_values.c.value).where(kept)
        with begin_read(self._engine) as connection:
            value = connection.execute(query).scalar()
        if value is None:
            raise DataError("Expected a value that is still kept, found none. Ask the customer for it again.")
        return value

    def drop(self, token: str) -> None:
        """Delete a private value that has served its purpose."""
        with begin_write(self._engine) as connection:
            connection.execute(delete(private_values).where(private_values.c.token == token))
