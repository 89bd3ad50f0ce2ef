"""How long things lasted, counted by the second."""

from __future__ import annotations

from sqlalchemy import BigInteger, Connection, Select, cast, func, select

from ivr.core.shares import Spans


def spans(connection: Connection, each: Select[int]) -> Spans:
    """Return what `each` selects (one column `ms`), by started seconds."""
    ms = each.subquery().c.ms
    second = ms // 1000
    found = connection.execute(
        select(second, func.count(), cast(func.sum(ms), BigInteger))
        .where(ms >= 0)  # a clock that was set back has no length to tell
        .group_by(second)
        .order_by(second)
    ).all()
    return Spans(
        count=sum(row[1] for row in found),
        total_ms=sum(row[2] for row in found),
        by_second={row[0]: row[1] for row in found},
    )
