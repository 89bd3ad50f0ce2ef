"""The tables of programs: tokens, answers given, webhooks and what waits for them.

`key` and `fingerprint` are hashes. A webhook's secret is in no table: it is made of
the home folder's own secret. No queries here.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    text,
)

from ivr.store.columns import UtcDateTime
from ivr.store.tables import AUTO_ID, EMPTY, ZERO, metadata


class _ApiTokens(TypedColumns):
    token_id = Column(Text, primary_key=True)
    key = Column(Text, nullable=False)
    name = Column(Text, nullable=False)
    user_id = Column(Text, ForeignKey("users.user_id"), nullable=False)
    centre = Column(Text, ForeignKey("centres.code"), nullable=False)
    may = Column(Text, nullable=False)  # space separated
    made_by = Column(Text, nullable=False)
    made_at: Named[datetime] = Column(UtcDateTime)
    used_at: Named[datetime | None] = Column(UtcDateTime)
    ended_at: Named[datetime | None] = Column(UtcDateTime)


class _IdempotentAnswers(TypedColumns):
    """What a POST with a key was answered; status 0: it is under way."""

    owner = Column(Text, primary_key=True)  # whose key: a token or a user
    key = Column(Text, primary_key=True)
    fingerprint = Column(Text, nullable=False)
    at: Named[datetime] = Column(UtcDateTime)
    status = Column(Integer, nullable=False, server_default=ZERO)
    body = Column(Text, nullable=False, server_default=EMPTY)


class _Webhooks(TypedColumns):
    hook_id = Column(Text, primary_key=True)
    name = Column(Text, nullable=False)
    url = Column(Text, nullable=False)
    user_id = Column(Text, nullable=False)  # no key: it outlives the user
    centre = Column(Text, ForeignKey("centres.code"), nullable=False)
    kinds = Column(Text, nullable=False)  # of happenings, space separated
    has_numbers: Named[bool] = Column(Boolean, nullable=False)
    made_at: Named[datetime] = Column(UtcDateTime)
    is_active: Named[bool] = Column(Boolean, nullable=False)


class _WebhookOutbox(TypedColumns):
    delivery_id: Named[int] = Column(AUTO_ID, primary_key=True)
    hook_id = Column(Text, ForeignKey("webhooks.hook_id"), nullable=False)
    event_id = Column(Text, nullable=False)
    kind = Column(Text, nullable=False)
    body = Column(Text, nullable=False)
    made_at: Named[datetime] = Column(UtcDateTime)
    state = Column(Text, nullable=False, server_default=text("'waiting'"))
    tries = Column(Integer, nullable=False, server_default=ZERO)
    next_at: Named[datetime] = Column(UtcDateTime)
    said = Column(Text, nullable=False, server_default=EMPTY)  # the last answer


api_tokens = Table("api_tokens", metadata, _ApiTokens, UniqueConstraint("key"))
idempotent_answers = Table(
    "idempotent_answers", metadata, _IdempotentAnswers, Index(None, "at")
)
webhooks = Table("webhooks", metadata, _Webhooks)
webhook_outbox = Table(
    "webhook_outbox",
    metadata,
    _WebhookOutbox,
    Index(None, "state", "next_at"),
    Index(None, "hook_id", "delivery_id"),
)
