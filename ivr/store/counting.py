"""Counting rows by facts, and lengths by the second, so that both databases agree."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Connection, Select, cast, func, select

from ivr.core.shares import Spans


def see_one_state(connection: Connection) -> None:
    """Let the statements that follow in this transaction see one state.

    SQLite does so anyway; in PostgreSQL each would see newer calls than the one
    before it.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def counted(facts: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return each set of `facts` once, in order, and how many rows have it.

    The facts are worked out in a subquery: PostgreSQL does not know an expression
    in GROUP BY again when it has parameters.
    """
    each = facts.subquery().c
    return select(*each, func.count()).group_by(*each).order_by(*each)


def spans(connection: Connection, each: Select[int]) -> Spans:
    """Return what `each` selects (one column `ms`), by started seconds."""
    ms = each.subquery().c.ms
    # A clock that was set back has no length to tell.
    lasted = select(ms, (ms // 1000).label("second")).where(ms >= 0).subquery().c
    found = connection.execute(
        select(lasted.second, func.count(), cast(func.sum(lasted.ms), BigInteger))
        .group_by(lasted.second)
        .order_by(lasted.second)
    ).all()
    return Spans(
        count=sum(row[1] for row in found),
        total_ms=sum(row[2] for row in found),
        by_second={row[0]: row[1] for row in found},
    )
