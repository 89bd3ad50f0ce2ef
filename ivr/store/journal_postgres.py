"""The journal's statements on PostgreSQL: two for a commit, as each is a journey."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ivr.core.journal import Entry, Head
from ivr.store.columns import new_salt
from ivr.store.journal_capture import TAKEN

# The row of the head is the lock: who has it appends, until the commit. A session that
# waited for it is given it as it is then.
_HEAD = "SELECT seq, at, hash FROM journal_head WHERE head_id = 1 FOR UPDATE"
_LAST = "SELECT seq, at, hash FROM journal ORDER BY seq DESC LIMIT 1"
_BEGIN = (
    "INSERT INTO journal_head (head_id, seq, at, hash) VALUES (1, $1, $2, $3)"
    " ON CONFLICT DO NOTHING"
)
_APPEND = (
    "WITH entries AS (INSERT INTO journal (seq, at, kind, key, digest, hash)"
    " SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[],"
    " $5::bytea[], $6::bytea[]))"
    " UPDATE journal_head SET seq = $7, at = $8, hash = $9 WHERE head_id = 1"
)


class PostgresJournal:
    """store.journal.Tables. The transaction must see what others commit meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self._execute = connection.exec_driver_sql

    def touched(
        self,
    ) -> tuple[list[tuple[str, str, str | None, str | None]], Head | None]:
        found = self._execute(TAKEN).all()
        touched = [(row[0], row[1], row[2], row[3]) for row in found]
        if not found or found[0][4] is None:
            return touched, None
        return touched, Head(found[0][4], found[0][5], found[0][6])

    def forget(self) -> None:
        """Do nothing: the table is empty after each commit."""

    def list_sum(self, name: str) -> bytes | None:
        # NO KEY: every new contact's own key holds the list already.
        query = "SELECT people_sum FROM lists WHERE name = $1 FOR NO KEY UPDATE"
        found = self._execute(query, (name,)).first()
        return found[0] if found else None

    def keep_list_sum(self, name: str, value: bytes) -> None:
        query = "UPDATE lists SET people_sum = $1, salt = $2 WHERE name = $3"
        self._execute(query, (value, new_salt(), name))

    def head(self) -> Head:
        found = self._execute(_HEAD).first()
        if found is None:
            last = self._execute(_LAST).first() or (0, "", bytes(32))
            self._execute(_BEGIN, tuple(last))
            found = self._execute(_HEAD).one()
        return Head(found[0], found[1], found[2])

    def append(self, entries: Sequence[Entry], head: Head) -> None:
        values = (
            [entry.seq for entry in entries],
            [entry.at for entry in entries],
            [entry.kind for entry in entries],
            [entry.key for entry in entries],
            [entry.digest for entry in entries],
            [entry.hash for entry in entries],
        )
        self._execute(_APPEND, (*values, head.seq, head.at, head.hash))
