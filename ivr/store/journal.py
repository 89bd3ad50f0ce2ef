"""Appends to the journal, in the transaction whose changes it tells of.

`seal` is called by the databases just before each commit. It takes what the triggers
noted of the changed rows, so an entry tells what is stored, not what was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection

from ivr.core.journal import Entry, Head, ListSum, chained, digest_of, head_after
from ivr.store.journal_capture import CONTACTS
from ivr.store.journal_covered import OF_TABLE
from ivr.store.journal_postgres import PostgresJournal
from ivr.store.journal_sqlite import SqliteJournal

Fact = tuple[str, str, bytes | None]  # table, key, digest
Touched = tuple[str, str, str | None, str | None]  # table, key, content, was


class Tables(Protocol):
    """The journal's statements on one open connection."""

    def touched(self) -> tuple[list[Touched], Head | None]:
        """Return what was touched in this transaction, in order, and the chain's end.

        Without the end if contacts were touched: their lists come first, so that who
        holds a list never waits for who holds the end.
        """

    def forget(self) -> None:
        """Forget what was touched: it is journaled."""

    def list_sum(self, name: str) -> bytes | None:
        """Return a list's sum, which nobody else can change until the commit."""

    def keep_list_sum(self, name: str, value: bytes) -> None: ...

    def head(self) -> Head:
        """Return the chain's end; nobody else can append until the commit."""

    def append(self, entries: Sequence[Entry], head: Head) -> None: ...


def tables_on(connection: Connection) -> Tables:
    if connection.dialect.name == "sqlite":
        return SqliteJournal(connection)
    return PostgresJournal(connection)


def seal(connection: Connection) -> None:
    """Append an entry for each covered row that this transaction changed."""
    tables = tables_on(connection)
    touched, head = tables.touched()
    if not touched:
        return
    people = [one for one in touched if one[0] == CONTACTS]
    if people:
        _sum_people(tables, people)
        touched, head = tables.touched()  # and the lists, with their new sums
    append(tables, _facts(touched), head)
    tables.forget()


def append(tables: Tables, facts: Sequence[Fact], head: Head | None = None) -> None:
    """Append entries for `facts` to the chain; `head`: its end, if it is held."""
    if facts:
        entries = chained(head or tables.head(), datetime.now(UTC), facts)
        tables.append(entries, head_after(entries))


def _facts(touched: Iterable[Touched]) -> list[Fact]:
    """Return what is now of each row, whatever was done to it before."""
    now: dict[tuple[str, str], str | None] = {}
    for table, told, content, _ in touched:
        if table != CONTACTS:
            now[table, OF_TABLE[table].key_of(told)] = content
    return [
        (table, key, None if content is None else digest_of(content))
        for (table, key), content in now.items()
    ]


def _sum_people(tables: Tables, people: Iterable[Touched]) -> None:
    """Bring the sums of lists up to date with people who came and went."""
    of_list: dict[str, list[Touched]] = {}
    for one in people:
        of_list.setdefault(one[1], []).append(one)
    for name in sorted(of_list):  # in one order: nobody waits for each other
        total = ListSum(tables.list_sum(name))
        for _, _, content, was in of_list[name]:
            if was is not None:
                total.take(was)
            if content is not None:
                total.add(content)
        tables.keep_list_sum(name, total.value())
