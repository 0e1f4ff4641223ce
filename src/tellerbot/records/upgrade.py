"""Bringing the records' database to the schema of this version, whatever version made it."""

from pathlib import Path

from sqlalchemy import Connection, Engine, column, inspect, select, table

from tellerbot.database import be_patient, begin_read, begin_write, wait_for_lock
from tellerbot.errors import ArtefactError

MIGRATIONS = Path(__file__).parent / "migrations"
# The names of the migrations, the oldest first. A database without a version is empty, or older than the first.
VERSIONS = ("1", "2", "3", "4", "5")
# A bank's own tables may be in the same database, with alembic's usual name taken.
VERSION_TABLE = "tellerbot_version"


def upgrade(engine: Engine) -> None:
    """Make the tables, or upgrade those of an older version in one transaction, whichever server comes first.

    Raises ArtefactError when a newer version made them.
    """
    with begin_read(engine) as connection:
        if _is_current(connection):
            return
    with begin_write(engine) as connection:
        be_patient(connection)
        wait_for_lock(connection)
        if not _is_current(connection):
            _migrate(connection)


def require_current(connection: Connection) -> None:
    """Raise ArtefactError unless the database is of this version."""
    if not _is_current(connection):
        raise ArtefactError(
            f"The database at {_safe_url(connection)}: expected records of this version, found older ones. "
            "Start the server once, which upgrades them."
        )


def _is_current(connection: Connection) -> bool:
    if not inspect(connection).has_table(VERSION_TABLE):
        return False
    version = connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()
    if version is not None and version not in VERSIONS:
        raise ArtefactError(
            f"The database at {_safe_url(connection)}: expected records of version {VERSIONS[-1]} or older, found "
            f"version {version}. A newer tellerbot upgraded them: install that one, or restore the copy from before."
        )
    return version == VERSIONS[-1]


def _migrate(connection: Connection) -> None:
    # Imported here, for it takes a while and a database is seldom upgraded.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    command.upgrade(config, "head")


def _safe_url(connection: Connection) -> str:
    return connection.engine.url.render_as_string(hide_password=True)
