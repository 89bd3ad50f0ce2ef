"""HOME/journal/heads: roots and the last known head, beside the database.

Who cuts the record's end off, rows and entries together, leaves a chain that is right
in itself: that it once went further is known here, and wherever its roots were sent.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path

from ivr.controller.journal_watch import JournalWatch, Tell
from ivr.controller.ports import Clock
from ivr.core.journal import Head, Root
from ivr.files import write_whole
from ivr.store.journal_verify import last_entry, root_of
from ivr.store.store import SqlStore

LAST_LOOK_S = 3.0  # a database that hangs must not hold up the end
MOST_DAYS = 800  # two years and more
ABOUT = (
    "# Samvad's journal went through these entries: day (of a root) or head,"
    " entry, hash.\n# dialer.py verify-journal says whether it still does.\n"
)


class HeadsFile:
    """controller.journal_watch.Heads in a file, on the disk at each change."""

    def __init__(self, home: Path) -> None:
        self._file = home / "journal" / "heads"
        self._lines: dict[str, str] = {}  # day or "head": the rest of the line
        with contextlib.suppress(FileNotFoundError):
            for line in self._file.read_text("utf-8").splitlines():
                name, _, rest = line.partition(" ")
                if rest and name != "#":
                    self._lines[name] = rest

    @property
    def hashes(self) -> frozenset[str]:
        return frozenset(rest.split()[-1] for rest in self._lines.values())

    def last_day(self) -> date | None:
        days = [name for name in self._lines if name != "head"]
        return date.fromisoformat(max(days)) if days else None

    def keep(self, head: Head, roots: list[Root]) -> None:
        """Keep the head, and roots of days. Raises SetupFailed."""
        was = dict(self._lines)
        for root in roots:
            self._lines[root.day.isoformat()] = f"{root.seq} {root.hash.hex()}"
        if head.seq:
            self._lines["head"] = f"{head.seq} {head.hash.hex()}"
        if self._lines == was:
            return
        for old in sorted(name for name in self._lines if name != "head")[:-MOST_DAYS]:
            del self._lines[old]
        lines = (f"{name} {rest}\n" for name, rest in sorted(self._lines.items()))
        write_whole(self._file, ABOUT + "".join(lines))


def heads_of(home: Path) -> frozenset[str]:
    """Return the hashes that the journal of this home must have."""
    return HeadsFile(home).hashes


class StoredJournal:
    """controller.journal_watch.Journal on the database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def head(self) -> Head | None:
        return await self._store.read(last_entry)

    async def before(self, moment: str) -> Head | None:
        return await self._store.read(root_of, moment)


async def watch_journal(
    stack: AsyncExitStack, home: Path, store: SqlStore, clock: Clock, tell: Tell
) -> None:
    """Keep heads and tell roots for as long as the stack is open."""
    watch = JournalWatch(StoredJournal(store), HeadsFile(home), clock, tell)
    watching = asyncio.create_task(watch.run(), name="journal watch")

    async def stop() -> None:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_LOOK_S):
                await watch.look()  # the last word of this run

    stack.push_async_callback(stop)
