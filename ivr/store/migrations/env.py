"""Run by Alembic. The connection, with its transaction, is given by store/migrate."""

from __future__ import annotations

from alembic import context

from ivr.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
