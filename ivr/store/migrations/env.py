"""Run by Alembic. The connection, with its transaction, is given by store/migrate."""

from __future__ import annotations

from alembic import context

import ivr.store.floor_tables
import ivr.store.flow_tables
import ivr.store.opinion_tables
import ivr.store.program_tables
import ivr.store.user_tables
import ivr.store.workshop_tables  # noqa: F401  (its tables are of the schema)
from ivr.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
