"""The table of addresses that the switch lets in no more. No queries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Integer, Named, Table, Text, TypedColumns

from ivr.store.columns import UtcDateTime
from ivr.store.tables import metadata


class _Lockouts(TypedColumns):
    """core.lockout.Lockout: the last of each address."""

    source = Column(Text, primary_key=True)
    since: Named[datetime] = Column(UtcDateTime)
    until: Named[datetime] = Column(UtcDateTime)
    times: Named[int] = Column(Integer)
    because = Column(Text, nullable=False)


lockouts = Table("lockouts", metadata, _Lockouts)
