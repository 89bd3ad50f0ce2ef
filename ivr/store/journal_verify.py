"""Compares the journal with itself, with the rows it tells of, and with kept roots.

Reads everything once, a few thousand rows at a time, from one state of the database.
Changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Connection, String, Table

from ivr.core.journal import (
    SUM_BYTES,
    Chain,
    Entry,
    Finding,
    Head,
    Root,
    Wrong,
    digest_of,
)
from ivr.store.counting import see_one_state
from ivr.store.journal_begin import Values, all_rows, people_sums, streamed
from ivr.store.journal_capture import CONTACTS
from ivr.store.journal_covered import BEGUN, COVERED, Covered
from ivr.store.journal_scratch import Latest, Scratch
from ivr.store.tables import contacts

NOBODY = bytes(SUM_BYTES)
MOST_KEPT = 1_000  # findings; the others are counted only
_ENTRIES = "SELECT seq, at, kind, key, digest, hash FROM journal ORDER BY seq"

Progress = Callable[[str, int], None]  # what is read, how many rows more


@dataclass(slots=True)
class Verified:
    """What came of it."""

    head: Head = field(default_factory=Head)
    roots: list[Root] = field(default_factory=list)  # of each day, the oldest first
    met: dict[str, int] = field(default_factory=dict)  # wanted roots, and their entries
    rows: int = 0  # compared
    people: int = 0  # of lists
    wrong: int = 0
    findings: list[Finding] = field(default_factory=list)  # the first of them

    def add(self, findings: Iterable[Finding]) -> None:
        for one in findings:
            self.wrong += 1
            if len(self.findings) < MOST_KEPT:
                self.findings.append(one)


def verify(
    connection: Connection,
    wanted: frozenset[str] = frozenset(),
    progress: Progress = lambda what, rows: None,
) -> Verified:
    """Return everything that is not as the journal says, in one state of it all.

    `wanted`: hashes of entries, hexadecimal, that must be in the chain.
    """
    see_one_state(connection)
    return look_through(connection, wanted, progress)


def look_through(
    connection: Connection,
    wanted: frozenset[str] = frozenset(),
    progress: Progress = lambda what, rows: None,
) -> Verified:
    """Do that in whatever the transaction sees."""
    told = Verified()
    with Scratch() as scratch:
        _walk(connection, Chain(wanted), scratch, told, progress)
        for one in COVERED:
            told.add(_rows(connection, one, scratch, told, progress))
        kinds = [one.name for one in COVERED]
        told.add(_missing(connection, scratch.unseen(kinds)))
    told.add(_people(connection, told, progress))
    told.add(_odd(connection))
    return told


def sizes(connection: Connection) -> dict[str, int]:
    """Return how many rows there are to read, by table (for a progress bar)."""
    names = ("journal", *(one.name for one in COVERED), CONTACTS)
    return {
        name: int(
            connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
        )
        for name in names
    }


def last_entry(connection: Connection) -> Head | None:
    """Return the chain's end; None: nothing was journaled."""
    return _at(connection, None)


def root_of(connection: Connection, day_ends: str) -> Head | None:
    """Return the last entry before a moment (core.journal.end_of); None: none is."""
    last = _at(connection, None)
    if last is None or last.at < day_ends:
        return last
    low, high = 0, last.seq  # entries up to `low` are before it, `high` is not
    while high - low > 1:
        middle = (low + high) // 2
        found = _at(connection, middle)
        if found is not None and found.at < day_ends:
            low = middle
        else:
            high = middle
    return _at(connection, low) if low else None


def _at(connection: Connection, seq: int | None) -> Head | None:
    where = "" if seq is None else f"WHERE seq <= {int(seq)}"
    found = connection.exec_driver_sql(
        f"SELECT seq, at, hash FROM journal {where} ORDER BY seq DESC LIMIT 1"
    ).first()
    return None if found is None else Head(found[0], found[1], found[2])


def _walk(
    connection: Connection,
    chain: Chain,
    scratch: Scratch,
    told: Verified,
    progress: Progress,
) -> None:
    known = {one.name for one in COVERED} | {BEGUN}
    for part in streamed(connection, _ENTRIES):
        noted = []
        for row in part:
            entry = _entry(row)
            found = chain.take(entry)
            if found is not None:
                told.add([found])
            elif entry.kind not in known:
                told.add([_unknown(entry)])
            noted.append((entry.kind, entry.key, entry.seq, entry.digest))
        scratch.note(noted)
        progress("journal", len(part))
    told.add(chain.end())
    told.head, told.roots, told.met = chain.head, chain.roots, chain.met
    heads = connection.exec_driver_sql(
        "SELECT head_id, seq, at, hash FROM journal_head"
    )
    held = [tuple(row) for row in heads]
    if held != [(1, chain.head.seq, chain.head.at, chain.head.hash)] and (
        held or chain.head.seq
    ):
        says = "is not the last entry: entries were taken away, or it was changed"
        told.add([Finding(Wrong.HEAD, "journal_head", "1", says, chain.head.seq)])


def _entry(row: Values) -> Entry:
    """Return a row as an entry, whatever somebody may have put into it."""
    seq, at, kind, key, digest, hashed = row
    return Entry(
        seq if isinstance(seq, int) else 0,
        at if isinstance(at, str) else repr(at),
        kind if isinstance(kind, str) else repr(kind),
        key if isinstance(key, str) else repr(key),
        digest
        if digest is None or isinstance(digest, bytes)
        else repr(digest).encode(),
        hashed if isinstance(hashed, bytes) else repr(hashed).encode(),
    )


def _unknown(entry: Entry) -> Finding:
    says = "tells of a table that the journal does not cover"
    return Finding(Wrong.LINK, "journal", entry.kind, says, entry.seq)


def _rows(
    connection: Connection,
    one: Covered,
    scratch: Scratch,
    told: Verified,
    progress: Progress,
) -> Iterator[Finding]:
    for part in all_rows(connection, one):
        latest = scratch.see(one.name, [key for key, _ in part])
        for key, text in part:
            found = _compared(one, key, text, latest.get(key))
            if found is not None:
                yield _dated(connection, found)
        told.rows += len(part)
        progress(one.name, len(part))


def _compared(
    one: Covered, key: str, text: str, latest: Latest | None
) -> Finding | None:
    if latest is None:
        says = "was put in by another way than Samvad's, or its entries are gone"
        return Finding(Wrong.ADDED, one.name, key, says)
    _, seq, digest = latest
    if digest is None:
        says = "is back, though the journal says that it was taken out"
        return Finding(Wrong.ADDED, one.name, key, says, seq)
    if digest != digest_of(text):
        says = "is not as it was when it was journaled"
        return Finding(Wrong.CHANGED, one.name, key, says, seq)
    return None


def _odd(connection: Connection) -> Iterator[Finding]:
    """Return the tables with texts that SQLite's own literals do not tell apart.

    PostgreSQL takes neither a text with U+0000 nor bytes for a text.
    """
    if connection.dialect.name != "sqlite":
        return
    for table in (contacts, *(one.table for one in COVERED)):
        rows = connection.exec_driver_sql(_odd_rows(table)).scalar_one()
        if rows:
            says = f"{rows:,} rows have bytes or U+0000 where a text belongs"
            yield Finding(Wrong.UNREADABLE, table.name, "", says)


@cache
def _odd_rows(table: Table) -> str:
    texts = [c.name for c in table.columns if isinstance(c.type, String)]
    is_odd = " OR ".join(
        f'typeof("{name}") = \'blob\' OR instr("{name}", char(0))' for name in texts
    )
    return f"SELECT count(*) FROM {table.name} WHERE {is_odd}"


def _missing(
    connection: Connection, unseen: Iterable[tuple[str, str, int]]
) -> Iterator[Finding]:
    for kind, key, seq in unseen:
        says = "is not there any more, and no entry says that it was taken out"
        yield _dated(connection, Finding(Wrong.MISSING, kind, key, says, seq))


def _dated(connection: Connection, found: Finding) -> Finding:
    """Return the finding with the time when the row was right for the last time."""
    if found.seq is None:
        return found
    entry = _at(connection, found.seq)
    since = entry.at if entry else ""
    return Finding(found.wrong, found.table, found.key, found.says, found.seq, since)


def _people(
    connection: Connection, told: Verified, progress: Progress
) -> Iterator[Finding]:
    """Compare each complete list's people with its sum, which is journaled."""
    now = people_sums(connection, lambda rows: _counted(told, progress, rows))
    listed = "SELECT name, people_sum FROM lists WHERE state = 'ready'"
    for name, held in connection.exec_driver_sql(listed).all():
        if (held or NOBODY) != now.pop(str(name), NOBODY):
            says = "has other people than were journaled: changed, added or removed"
            yield Finding(Wrong.PEOPLE, CONTACTS, str(name), says)
    coming = connection.exec_driver_sql("SELECT name FROM lists WHERE state <> 'ready'")
    for name in sorted(now.keys() - {str(row[0]) for row in coming}):
        yield Finding(Wrong.ADDED, CONTACTS, name, "has people but is no list")


def _counted(told: Verified, progress: Progress, rows: int) -> None:
    told.people += rows
    progress(CONTACTS, rows)
