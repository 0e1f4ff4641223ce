"""Runs the migrations in the transaction that `tellerbot.records.upgrade` opened."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], version_table=context.config.attributes["version_table"]
)
context.run_migrations()
