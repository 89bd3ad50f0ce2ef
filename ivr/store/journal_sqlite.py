"""The journal's statements on SQLite, by the driver itself: they run at each commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Connection

from ivr.core.journal import Entry, Head
from ivr.store.columns import new_salt
from ivr.store.journal_capture import TOUCHED

_LAST = "SELECT seq, at, hash FROM journal ORDER BY seq DESC LIMIT 1"
_TOUCHED = f"SELECT kind, key, content, was FROM temp.{TOUCHED} ORDER BY rowid"


class SqliteJournal:
    """store.journal.Tables. The transaction must have begun IMMEDIATE."""

    def __init__(self, connection: Connection) -> None:
        raw = cast(sqlite3.Connection, connection.connection.driver_connection)
        self._execute, self._execute_all = raw.execute, raw.executemany

    def touched(
        self,
    ) -> tuple[list[tuple[str, str, str | None, str | None]], Head | None]:
        return self._execute(_TOUCHED).fetchall(), None

    def forget(self) -> None:
        self._execute(f"DELETE FROM temp.{TOUCHED}")

    def list_sum(self, name: str) -> bytes | None:
        query = "SELECT people_sum FROM lists WHERE name = ?"
        found = self._execute(query, (name,)).fetchone()
        return found[0] if found else None

    def keep_list_sum(self, name: str, value: bytes) -> None:
        query = "UPDATE lists SET people_sum = ?, salt = ? WHERE name = ?"
        self._execute(query, (value, new_salt(), name))

    def head(self) -> Head:
        query = "SELECT seq, at, hash FROM journal_head"
        found = self._execute(query).fetchone() or self._execute(_LAST).fetchone()
        return Head(*found) if found else Head()

    def append(self, entries: Sequence[Entry], head: Head) -> None:
        self._execute_all(
            "INSERT INTO journal (seq, at, kind, key, digest, hash)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(e.seq, e.at, e.kind, e.key, e.digest, e.hash) for e in entries],
        )
        self._execute(
            "INSERT INTO journal_head (head_id, seq, at, hash) VALUES (1, ?, ?, ?)"
            " ON CONFLICT (head_id) DO UPDATE SET seq = excluded.seq,"
            " at = excluded.at, hash = excluded.hash",
            (head.seq, head.at, head.hash),
        )
