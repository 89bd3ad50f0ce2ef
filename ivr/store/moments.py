"""What the two databases spell apart about time. No questions here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class milliseconds(FunctionElement[int]):
    """milliseconds(earlier, later): whole ones, rounded; null if either is."""

    type = BigInteger()
    inherit_cache = True


class quarter(FunctionElement[int]):
    """quarter(moment): the quarter of an hour, counted since 1970 in UTC.

    Time zones are whole quarters from UTC, so hours and days of any zone can be
    made of these, summer time too, which SQLite knows nothing of.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(milliseconds, "sqlite")
def _milliseconds_in_sqlite(
    element: milliseconds, compiler: SQLCompiler, **kw: Any
) -> str:
    earlier, later = _clauses(element, compiler, **kw)
    days = f"(julianday({later}) - julianday({earlier}))"
    return f"CAST(round({days} * 86400000.0) AS INTEGER)"


@compiles(milliseconds, "postgresql")
def _milliseconds_in_postgresql(
    element: milliseconds, compiler: SQLCompiler, **kw: Any
) -> str:
    earlier, later = _clauses(element, compiler, **kw)
    return f"CAST(round(extract(epoch FROM ({later} - {earlier})) * 1000) AS BIGINT)"


@compiles(quarter, "sqlite")
def _quarter_in_sqlite(element: quarter, compiler: SQLCompiler, **kw: Any) -> str:
    (moment,) = _clauses(element, compiler, **kw)
    return f"(CAST(strftime('%s', {moment}) AS INTEGER) / 900)"


@compiles(quarter, "postgresql")
def _quarter_in_postgresql(element: quarter, compiler: SQLCompiler, **kw: Any) -> str:
    (moment,) = _clauses(element, compiler, **kw)
    return f"CAST(floor(extract(epoch FROM {moment}) / 900) AS BIGINT)"


def _clauses(
    element: FunctionElement[int], compiler: SQLCompiler, **kw: Any
) -> list[str]:
    return [compiler.process(clause, **kw) for clause in element.clauses]
