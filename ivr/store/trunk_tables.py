"""The table of legs by trunks that are no attempts. No queries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, Named, Table, Text, TypedColumns

from ivr.store.columns import UtcDateTime
from ivr.store.tables import metadata


class _TrunkLegs(TypedColumns):
    """Telecallers' mobiles, partners outside, trial calls. No number is kept."""

    leg_id = Column(Text, primary_key=True)
    trunk = Column(Text, nullable=False)
    placed_at: Named[datetime] = Column(UtcDateTime)
    answered_at: Named[datetime | None] = Column(UtcDateTime)
    ended_at: Named[datetime | None] = Column(UtcDateTime)


trunk_legs = Table("trunk_legs", metadata, _TrunkLegs, Index(None, "placed_at"))
