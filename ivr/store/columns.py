"""Column types that both databases read and write alike. No tables here."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect
from sqlalchemy.types import TypeDecorator

from ivr.errors import OurBug


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware going in, aware UTC coming out, naive refused.

    PostgreSQL keeps it as timestamptz; SQLite as text ("2026-11-24 05:10:00.000000",
    UTC), which sorts by time and which SQLite's own date functions understand.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise OurBug(f"a time without a zone cannot be stored: {value}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


def new_salt() -> bytes:
    """Return random bytes for a row that tells of a person (docs/journal.md).

    Who changes or hides what such a row tells for good gives it a new salt, too.
    """
    return secrets.token_bytes(16)
