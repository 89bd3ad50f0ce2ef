"""The tables of the floor: who stopped the dialling, messages to desks. No queries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Named, Table, Text, TypedColumns

from ivr.store.columns import UtcDateTime
from ivr.store.tables import EMPTY, metadata


class _DialStops(TypedColumns):
    """core.dial_stops.DialStop, and who lifted it. Open while `ended_at` is null."""

    stop_id = Column(Text, primary_key=True)
    scope = Column(Text, nullable=False)
    about = Column(Text, nullable=False, server_default=EMPTY)
    by = Column(Text, nullable=False)
    why = Column(Text, nullable=False)
    at: Named[datetime] = Column(UtcDateTime)
    ended_at: Named[datetime | None] = Column(UtcDateTime)
    ended_by = Column(Text, nullable=False, server_default=EMPTY)


class _DeskMessages(TypedColumns):
    message_id = Column(Text, primary_key=True)
    telecaller_id = Column(
        Text, ForeignKey("telecallers.telecaller_id"), nullable=False
    )
    by = Column(Text, nullable=False)
    text = Column(Text, nullable=False)
    at: Named[datetime] = Column(UtcDateTime)
    seen_at: Named[datetime | None] = Column(UtcDateTime)


dial_stops = Table("dial_stops", metadata, _DialStops)
desk_messages = Table(
    "desk_messages", metadata, _DeskMessages, Index(None, "telecaller_id", "at")
)
