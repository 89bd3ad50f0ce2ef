"""Lets the database itself say which covered rows a transaction of ours changed.

Triggers write each changed row's key and text into a table of the session
(`journal_touched`), which ivr/store/journal.py reads before each commit. On SQLite the
triggers are of the session, too; on PostgreSQL they are asleep unless the session says
that it keeps the journal. So nobody who writes to a covered table needs to think of
it, and who writes to the database by another way leaves no entry: verifying finds it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import cache

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection

from ivr.store.journal_covered import COVERED, Covered
from ivr.store.journal_spelled import (
    POSTGRESQL,
    SQLITE,
    content,
    counts,
    key,
    person,
)

CONTACTS = "contacts"
TOUCHED = "journal_touched"
KEEPS = "samvad.journal"
_ASLEEP_UNLESS = f"current_setting('{KEEPS}', true) = 'on'"
# `content`: how the row is now, null if it is gone. Of contacts `key` is the list,
# `was` a person who is not in it any more, `content` one who is now.
_SQLITE_TABLE = f"CREATE TEMP TABLE {TOUCHED} (kind TEXT, key TEXT, content TEXT, was)"
_POSTGRES_TABLE = (
    f"CREATE TEMP TABLE IF NOT EXISTS {TOUCHED}"
    " (kind text, key text, content text, was text) ON COMMIT DELETE ROWS"
)


# What was touched, and with it the chain's end, locked: one journey to the server. Not
# if contacts were touched: see store.journal.Tables. A function, for in a database that
# is just being restored there is no journal.
_TAKE = f"""
CREATE OR REPLACE FUNCTION pg_temp.journal_taken()
RETURNS TABLE (kind text, key text, content text, was text,
               seq bigint, at text, hash bytea)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  IF NOT EXISTS (SELECT 1 FROM {TOUCHED}) THEN RETURN; END IF;
  RETURN QUERY
    WITH head AS MATERIALIZED (
      SELECT seq, at, hash FROM journal_head
      WHERE head_id = 1
        AND NOT EXISTS (SELECT 1 FROM {TOUCHED} WHERE kind = '{CONTACTS}')
      FOR UPDATE)
    SELECT kind, key, content, was, seq, at, hash
    FROM {TOUCHED} AS touched LEFT JOIN head ON true ORDER BY touched.ctid;
END $$
"""
TAKEN = "SELECT * FROM pg_temp.journal_taken()"


def listen_sqlite(connection: sqlite3.Connection) -> bool:
    """Make the session's table and triggers; False: there is no journal yet."""
    there = "SELECT 1 FROM sqlite_master WHERE name = 'journal'"
    if connection.execute(there).fetchone() is None:
        return False
    connection.execute(_SQLITE_TABLE)
    for statement in _triggers(SQLITE):
        connection.execute(statement)
    return True


def listen_postgres(connection: DBAPIConnection) -> None:
    """Make the session's table, and say that this session keeps the journal."""
    cursor = connection.cursor()
    cursor.execute(_POSTGRES_TABLE)
    cursor.execute(_TAKE)
    cursor.execute(f"SET {KEEPS} = 'on'")
    cursor.close()
    connection.commit()


def install(connection: Connection) -> None:
    """Make PostgreSQL's triggers anew; SQLite's are made by each session."""
    if connection.dialect.name == POSTGRESQL:
        for statement in _triggers(POSTGRESQL):
            connection.exec_driver_sql(statement)


def deafen(connection: Connection) -> None:
    """Let this transaction's changes go unseen: who makes them journals them."""
    if connection.dialect.name == POSTGRESQL:
        connection.exec_driver_sql(f"SET LOCAL {KEEPS} = 'off'")


@cache
def _triggers(dialect: str) -> tuple[str, ...]:
    made: list[str] = []
    for one in COVERED:
        for event, condition, act in _acts(one, dialect):
            made += _trigger(dialect, one.name, event, condition, act)
    came = _touch(CONTACTS, "NEW.list_name", person(dialect, "NEW"), "NULL")
    went = _touch(CONTACTS, "OLD.list_name", "NULL", person(dialect, "OLD"))
    made += _trigger(dialect, CONTACTS, "INSERT", "", came)
    made += _trigger(dialect, CONTACTS, "UPDATE", "", f"{went}; {came}")
    made += _trigger(dialect, CONTACTS, "DELETE", "", went)
    return tuple(made)


def _acts(one: Covered, dialect: str) -> Iterator[tuple[str, str, str]]:
    """Return what is done at which event, and on which condition."""
    old, new = key(one, dialect, "OLD"), key(one, dialect, "NEW")
    came = _touch(one.name, new, content(one, dialect, "NEW"), "NULL")
    went = _touch(one.name, old, "NULL", "NULL")
    yield "INSERT", counts(one, "NEW"), came
    yield (
        "UPDATE",
        _changed(one, dialect),
        f"{went} WHERE {old} {_is_not(dialect)} {new}; {came}",
    )
    yield "DELETE", counts(one, "OLD"), went


def _touch(kind: str, key: str, content: str, was: str) -> str:
    return f"INSERT INTO {TOUCHED} SELECT '{kind}', {key}, {content}, {was}"


def _trigger(
    dialect: str, table: str, event: str, condition: str, act: str
) -> Iterator[str]:
    name = f"journal_{table}_{event.lower()}"
    if dialect == SQLITE:
        when = f" WHEN {condition}" if condition else ""
        yield (
            f"CREATE TEMP TRIGGER {name} AFTER {event} ON main.{table}"
            f" FOR EACH ROW{when} BEGIN {act}; END"
        )
        return
    when = f"{_ASLEEP_UNLESS} AND ({condition})" if condition else _ASLEEP_UNLESS
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN {act}; RETURN NULL; END $$"
    )
    yield (
        f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table}"
        f" FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()"
    )


def _is_not(dialect: str) -> str:
    return "IS NOT" if dialect == SQLITE else "IS DISTINCT FROM"


def _changed(one: Covered, dialect: str) -> str:
    """Return the condition for an update that changes what the journal tells."""

    def differ(is_moving: bool) -> str:
        return " OR ".join(
            f'OLD."{column.name}" {_is_not(dialect)} NEW."{column.name}"'
            for column in one.columns
            if (column.name in one.moving) is is_moving
        )

    condition = differ(False)
    if one.moving:
        condition += f' OR (OLD."{one.settled}" IS NOT NULL AND ({differ(True)}))'
    if one.counts:
        either = f"{counts(one, 'OLD')} OR {counts(one, 'NEW')}"
        return f"({condition}) AND ({either})"
    return condition
