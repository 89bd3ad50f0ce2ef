"""The tables of those who sign in: users, their sessions, the audit log. No queries.

`password_hash` and `key` are hashes: who reads the database can open no page.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Named,
    Table,
    Text,
    TypedColumns,
    text,
)

from ivr.store.columns import UtcDateTime, new_salt
from ivr.store.tables import AUTO_ID, EMPTY, JSON_TEXT, ZERO, metadata


class _Users(TypedColumns):
    user_id = Column(Text, primary_key=True)
    name = Column(Text, nullable=False)
    role = Column(Text, nullable=False)  # core.access.Role
    centre = Column(Text, ForeignKey("centres.code"), nullable=False)
    telecaller_id: Named[str | None] = Column(
        Text, ForeignKey("telecallers.telecaller_id")
    )
    language = Column(Text, nullable=False, server_default=text("'hi'"))
    is_active: Named[bool] = Column(Boolean, nullable=False)
    password_hash = Column(Text, nullable=False, server_default=EMPTY)
    created_at: Named[datetime] = Column(UtcDateTime)


class _SignInTries(TypedColumns):
    """Failures in a row of each name, known or not."""

    user_id = Column(Text, primary_key=True)  # no key: guessed names are held too
    failed = Column(Integer, nullable=False, server_default=ZERO)
    last_at: Named[datetime] = Column(UtcDateTime)


class _WebSessions(TypedColumns):
    key = Column(Text, primary_key=True)
    user_id = Column(Text, ForeignKey("users.user_id"), nullable=False)
    csrf = Column(Text, nullable=False)
    began_at: Named[datetime] = Column(UtcDateTime)
    seen_at: Named[datetime] = Column(UtcDateTime)
    address = Column(Text, nullable=False, server_default=EMPTY)
    browser = Column(Text, nullable=False, server_default=EMPTY)


class _AuditLog(TypedColumns):
    entry_id: Named[int] = Column(AUTO_ID, primary_key=True)
    at: Named[datetime] = Column(UtcDateTime)
    user_id = Column(Text, nullable=False)  # no key: it outlives the user
    action = Column(Text, nullable=False)
    about = Column(Text, nullable=False, server_default=EMPTY)
    centre: Named[str | None] = Column(Text)
    address = Column(Text, nullable=False, server_default=EMPTY)
    detail: Named[dict[str, str]] = Column(JSON_TEXT, server_default=text("'{}'"))
    salt: Named[bytes | None] = Column(LargeBinary, default=new_salt)


users = Table("users", metadata, _Users)
sign_in_tries = Table("sign_in_tries", metadata, _SignInTries)
web_sessions = Table("web_sessions", metadata, _WebSessions, Index(None, "user_id"))
audit_log = Table(
    "audit_log",
    metadata,
    _AuditLog,
    Index(None, "centre", "entry_id"),
    Index(None, "about", "entry_id"),  # a campaign's own lines, newest first
)
