"""INSERT that meets a row already there: the one thing both databases spell apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

AnyInsert = sqlite.Insert | postgresql.Insert
NewValues = Callable[[AnyInsert], Mapping[str, ColumnElement[object] | object]]


@dataclass(frozen=True, slots=True, eq=False)
class Portable:
    """One statement in both spellings."""

    sqlite: sqlite.Insert
    postgresql: postgresql.Insert

    def on(self, connection: Connection) -> AnyInsert:
        return self.sqlite if connection.dialect.name == "sqlite" else self.postgresql


Statement = Executable | Portable


def spelled(statement: Statement, connection: Connection) -> Executable:
    """Return what `connection`'s database understands."""
    return statement.on(connection) if isinstance(statement, Portable) else statement


def insert_or_leave(table: Table) -> Portable:
    """Return an INSERT that leaves a row with the same key as it is."""
    return Portable(
        sqlite.insert(table).on_conflict_do_nothing(),
        postgresql.insert(table).on_conflict_do_nothing(),
    )


def insert_or_update(table: Table, new_values: NewValues) -> Portable:
    """Return an INSERT that updates a row with the same primary key.

    `new_values` makes the SET clause from the INSERT, whose `excluded` is the row
    that was to be inserted.
    """
    key = list(table.primary_key.columns)
    for_sqlite, for_postgresql = sqlite.insert(table), postgresql.insert(table)
    return Portable(
        for_sqlite.on_conflict_do_update(
            index_elements=key, set_=dict(new_values(for_sqlite))
        ),
        for_postgresql.on_conflict_do_update(
            index_elements=key, set_=dict(new_values(for_postgresql))
        ),
    )
