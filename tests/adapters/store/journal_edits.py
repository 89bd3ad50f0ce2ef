"""Random single edits, as somebody makes them who can write to the database itself."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, delete, insert, select, update

from ivr.store.journal_covered import COVERED, OF_TABLE
from ivr.store.journal_tables import journal, journal_head
from ivr.store.tables import contacts

TABLES = (journal, journal_head, contacts, *(one.table for one in COVERED))
Row = Mapping[str, Any]


@dataclass
class Editor:
    """Changes, deletes, puts in or swaps; the connection's owner takes it back."""

    connection: Connection
    lot: random.Random
    tables: dict[Table, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table in TABLES:
            found = self.connection.execute(select(table)).mappings().all()
            assert found, f"there is no row in {table.name}: the scene must make one"
            self.tables[table] = [dict(row) for row in found]

    def edit(self) -> str:
        """Make one edit; return what it was. Raises what the database refuses."""
        table = self.lot.choice(TABLES)
        row = self.lot.choice(self.tables[table])
        how = self.lot.choice((self._change, self._delete, self._put_in, self._swap))
        return how(table, row)

    def _change(self, table: Table, row: Row) -> str:
        column = self.lot.choice(covered_columns(table, row))
        new = other_value(row[column.name], column, self.lot)
        self._set(table, row, {column.name: new})
        return f"{table.name}.{column.name}: {row[column.name]!r} -> {new!r}"

    def _delete(self, table: Table, row: Row) -> str:
        self.connection.execute(delete(table).where(_this(table, row)))
        return f"{table.name}: deleted {row}"

    def _put_in(self, table: Table, row: Row) -> str:
        key = self.lot.choice(list(table.primary_key.columns))
        fresh = dict(row)
        if isinstance(fresh[key.name], int):
            fresh[key.name] = max(r[key.name] for r in self.tables[table]) + 1
        else:
            fresh[key.name] = other_value(fresh[key.name], key, self.lot)
        if table is contacts:
            fresh["number"] = f"+9188{self.lot.randrange(10**8):08d}"
        self.connection.execute(insert(table).values(fresh))
        return f"{table.name}: put in {fresh}"

    def _swap(self, table: Table, row: Row) -> str:
        other = self.lot.choice(self.tables[table])
        both = {c.name for c in covered_columns(table, row)}
        both &= {c.name for c in covered_columns(table, other)}
        both -= {c.name for c in table.primary_key.columns}
        differ = sorted(name for name in both if row[name] != other[name])
        if not differ:
            return self._change(table, row)
        name = self.lot.choice(differ)
        self._set(table, row, {name: other[name]})
        self._set(table, other, {name: row[name]})
        return f"{table.name}.{name}: swapped {row[name]!r} and {other[name]!r}"

    def _set(self, table: Table, row: Row, values: Row) -> None:
        self.connection.execute(
            update(table).where(_this(table, row)).values(dict(values))
        )


def covered_columns(table: Table, row: Row) -> list[Column[Any]]:
    """Return the columns of a row that the journal says it covers."""
    one = OF_TABLE.get(table.name)
    if one is None:
        return list(table.columns)
    is_open = bool(one.settled) and row[one.settled] is None
    out = one.leave_out | (one.moving if is_open else frozenset())
    return [column for column in table.columns if column.name not in out]


def other_value(value: object, column: Column[Any], lot: random.Random) -> object:
    """Return another value that the column can hold."""
    if value is None:
        kind = column.type.python_type
        return {str: "x", int: 7, bytes: b"x"}.get(kind, datetime.fromisoformat(SOME))
    if column.nullable and lot.random() < 0.2:
        return None
    match value:
        case bool():
            return not value
        case int():
            return value + lot.randrange(1, 100)
        case float():
            return value + 1
        case bytes():
            place = lot.randrange(len(value))
            return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
        case datetime():
            return value + timedelta(microseconds=lot.randrange(1, 10**9))
        case dict():
            return {**value, "x": "y"}
        case str() if value.startswith("+91"):
            return value[:-1] + str((int(value[-1]) + 1) % 10)
        case str():
            return value + lot.choice(("x", " ", "ा", "0"))
    raise AssertionError(f"a {type(value)} in {column}")


SOME = "2026-11-24T00:00:00+00:00"


def _this(table: Table, row: Row) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))
