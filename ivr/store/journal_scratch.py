"""What the journal last said of each row, while it is verified: a file that goes away.

Millions of rows do not fit in memory, and may not be written to the database that is
verified: so they go to a small SQLite file of our own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

CACHE_KB = 64_000
Latest = tuple[str, int, bytes | None]  # key, entry, digest


class Scratch:
    """Use it as a context manager."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)  # unnamed: goes with us
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        self._file.execute(
            "CREATE TABLE latest (kind TEXT, key TEXT, seq INTEGER, digest BLOB,"
            " seen INTEGER DEFAULT 0, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )
        self._file.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def note(self, entries: Iterable[tuple[str, str, int, bytes | None]]) -> None:
        """Note entries (kind, key, seq, digest) over what was noted before."""
        self._file.executemany(
            "INSERT INTO latest (kind, key, seq, digest) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET seq = excluded.seq,"
            " digest = excluded.digest",
            entries,
        )

    def see(self, kind: str, keys: Sequence[str]) -> dict[str, Latest]:
        """Return what was noted of these rows, and mark them as seen."""
        names = ", ".join("?" * len(keys))
        those = f"kind = ? AND key IN ({names})"
        ask = f"SELECT key, seq, digest FROM latest WHERE {those}"
        found = {row[0]: row for row in self._file.execute(ask, (kind, *keys))}
        mark = f"UPDATE latest SET seen = 1 WHERE {those}"
        self._file.execute(mark, (kind, *keys))
        return found

    def unseen(self, kinds: Iterable[str]) -> Iterator[tuple[str, str, int]]:
        """Return the rows (kind, key, seq) that should be there and were not seen."""
        for kind in kinds:
            yield from self._file.execute(
                "SELECT kind, key, seq FROM latest WHERE kind = ? AND seen = 0"
                " AND digest IS NOT NULL ORDER BY key",
                (kind,),
            )
