"""Brings a database to the present schema. The only place that runs Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from ivr.errors import SetupFailed
from ivr.store.journal_capture import deafen

LATEST = "0023"
MIGRATIONS = Path(__file__).with_name("migrations")
ONE_AT_A_TIME = 0x53414D564144  # PostgreSQL's advisory lock: "SAMVAD" in ASCII


def migrate(connection: Connection) -> None:
    """Run the migrations that this database has not seen, in this transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME}
        )
    version = _version(connection)
    if version == LATEST:
        return  # without loading Alembic: a command should answer at once
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    from ivr.store.journal_begin import begin

    deafen(connection)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
        begin(connection)
    except CommandError as exc:
        raise SetupFailed(
            f"the database is of version {version}, which this Samvad does not know:"
            " it was made by a newer one"
        ) from exc


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version"))
    return found.scalar_one_or_none()
