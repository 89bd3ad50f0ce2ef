"""Lists of people on their way in, in bulk: up to millions of rows.

Rows come in batches, each one transaction, so that a running campaign never waits
longer than one of them. Until `finish` the list is in the state "importing" and nobody
enrols it; a killed import leaves such a list, and the next `begin` takes it away.
It decides nothing about numbers; the table's own law refuses what is not dialled.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ivr.core.journal import ListSum
from ivr.core.model import ListName, PhoneNumber
from ivr.core.new_list import Added, ContactRow, ListCounts, NewList
from ivr.errors import BadInput, OurBug, StoreUnavailable
from ivr.store.journal_spelled import SQLITE, person
from ivr.store.people import list_is_ready
from ivr.store.sqlite import change_file

BUSY_TIMEOUT_S = 30.0
_SWEEP_ROWS = 20_000  # a transaction
_CHECKPOINT_PAGES = 16_000  # of 4 kB: each batch touches most of an index's pages
_CACHE_KB = 64_000  # the index of two million numbers; memory grows no further

COLUMNS = ContactRow._fields
_INSERT = (
    f"INSERT INTO contacts (list_name, {', '.join(COLUMNS)})"
    f" VALUES (?{', ?' * len(COLUMNS)})"
    # Only this: OR IGNORE would pass over a number that the table's law refuses.
    " ON CONFLICT (list_name, number) DO NOTHING"
)
# CROSS JOIN and + keep SQLite's planner from walking a whole table for every number.
_ELSEWHERE = (
    "SELECT count(*) FROM json_each(?) AS given WHERE EXISTS (SELECT 1 FROM contacts"
    " WHERE contacts.number = given.value AND +contacts.list_name <> ?)"
)
_NOT_TO_CALL = (
    "SELECT count(*) FROM json_each(?) AS given"
    " CROSS JOIN do_not_call ON do_not_call.number = given.value"
)
_CAME = f"SELECT {person(SQLITE)} FROM contacts WHERE contact_id > ?"
_SWEEP = (
    "DELETE FROM contacts WHERE contact_id IN"
    f" (SELECT contact_id FROM contacts WHERE list_name = ? LIMIT {_SWEEP_ROWS})"
)


class SqliteIntake:
    """Takes lists into one SQLite file, which may be in use by a running Samvad.

    The schema must be up to date. One import runs at a time on one file.
    """

    def __init__(self, file: Path, *, now: Callable[[], datetime]) -> None:
        self._file = file
        self._now = now
        self._list: ListName | None = None
        self._people = ListSum()  # for the journal
        self._others = False  # there are other lists
        self._barred = False  # there are people who asked not to be called
        self._lock: int | None = _lock(file)
        self._connection = sqlite3.connect(
            file,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,  # one thread at a time: see the importer
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")

    def begin(self, new: NewList) -> None:
        """Open the list; what a killed import left of it is taken away first."""
        if self._state(new.name) == "importing":
            self._sweep(new.name)
        with self._transaction() as execute:
            if self._state(new.name) is not None:
                raise list_is_there(new.name)
            execute(
                "INSERT INTO lists (name, origin, origin_kind, state, imported_at)"
                " VALUES (?, ?, ?, 'importing', ?)",
                (new.name, new.origin, new.kind.value, _utc_text(self._now())),
            )
        self._list, self._people = new.name, ListSum()
        others = "SELECT EXISTS (SELECT 1 FROM lists WHERE name <> ?)"
        self._others = bool(self._one(others, (new.name,)))
        self._barred = bool(self._one("SELECT EXISTS (SELECT 1 FROM do_not_call)"))

    def add(self, rows: Sequence[ContactRow]) -> Added:
        """Store `rows` in one transaction."""
        if self._list is None:
            raise OurBug("a list must be begun before rows are added to it")
        if not rows:
            return Added(frozenset())
        name = self._list
        with self._transaction() as execute:
            last = (self._one("SELECT coalesce(max(contact_id), 0) FROM contacts"),)
            before = self._connection.total_changes
            self._connection.executemany(_INSERT, ((name, *row) for row in rows))
            added = self._connection.total_changes - before
            numbers = [row.number for row in rows]
            duplicates: frozenset[PhoneNumber] = frozenset()
            # Ids only grow, so what came in now is at the table's end: a hundredth
            # of the work of seeking each number.
            came = [text for (text,) in execute(_CAME, last)]
            if added < len(rows):
                new = execute("SELECT number FROM contacts WHERE contact_id > ?", last)
                duplicates = frozenset(numbers).difference(n for (n,) in new)
                numbers = [n for n in numbers if n not in duplicates]
            given = json.dumps(numbers) if self._others or self._barred else ""
            told = Added(
                duplicates,
                self._one(_ELSEWHERE, (given, name)) if self._others else 0,
                self._one(_NOT_TO_CALL, (given,)) if self._barred else 0,
            )
        self._people.add_all(came)
        return told

    def finish(self, counts: ListCounts) -> None:
        """Say that the list is complete: from now on it can be dialled."""
        if self._list is None:
            raise OurBug("a list must be begun before it is finished")
        ready = partial(
            list_is_ready, name=self._list, counts=counts, people=self._people
        )
        change_file(self._file, BUSY_TIMEOUT_S, ready)
        self._list = None

    def abandon(self) -> None:
        """Take back everything since `begin`."""
        if self._list is not None:
            self._sweep(self._list)
            self._list = None

    def take_back(self, name: ListName) -> None:
        """Take away what a killed import left of a list; a complete one stays."""
        if self._state(name) == "importing":
            self._sweep(name)

    def close(self) -> None:
        """Close the file and let the next import begin."""
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _state(self, name: ListName) -> str | None:
        found = self._connection.execute(
            "SELECT state FROM lists WHERE name = ?", (name,)
        ).fetchone()
        return str(found[0]) if found else None

    def _sweep(self, name: ListName) -> None:
        swept = _SWEEP_ROWS
        while swept == _SWEEP_ROWS:
            with self._transaction() as execute:
                swept = execute(_SWEEP, (name,)).rowcount
        with self._transaction() as execute:
            execute("DELETE FROM lists WHERE name = ?", (name,))

    def _one(self, question: str, values: Iterable[object] = ()) -> int:
        return int(self._connection.execute(question, tuple(values)).fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[_Execute]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.IntegrityError as exc:
            raise OurBug(f"the database refused a row: {exc}") from exc
        except sqlite3.Error as exc:
            raise StoreUnavailable(f"{self._file}: {exc}") from exc


_Execute = Callable[..., sqlite3.Cursor]


def _lock(file: Path) -> int:
    """Hold the file's import lock; it falls with the process, however that ends."""
    try:
        lock = os.open(f"{file}.import-lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise StoreUnavailable(f"{file}: {exc.strerror}") from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise BadInput(
            "another import into this database is running",
            remedy="wait until it has ended",
        ) from None
    return lock


def list_is_there(name: ListName) -> BadInput:
    """Return the error for a list that is complete already."""
    return BadInput(
        f'the list "{name}" is there already',
        where="--list",
        remedy="a list is imported once: choose another name; a campaign may have"
        " several lists",
    )


def _utc_text(moment: datetime) -> str:
    """Return `moment` as ivr/store/columns.py keeps it in SQLite."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
