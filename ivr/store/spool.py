"""Writes that the database does not take now wait in a file, and follow in order.

From the first that is put aside, all go there (`is_on`), until the last has been
brought to the database; only then does anything new reach it otherwise. So the order
of each call is kept, and whoever must know all of it (a claim, an opt-out's judge)
asks `is_on` and is refused. Decides nothing about what the writes mean.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from ivr.core.model import PhoneNumber
from ivr.errors import SamvadError, SetupFailed, StoreUnavailable
from ivr.store.group_commit import Commits, GroupCommit, Spoolable, Waiting, Write
from ivr.store.spool_calls import KeepOptOut, from_bytes, to_bytes
from ivr.store.spool_file import Record, SpoolFile

T = TypeVar("T")
log = logging.getLogger(__name__)

PATIENCE_S = 0.8  # for the database: the voter hears silence meanwhile
GIVEN_UP_S = 10.0  # a commit that nobody waits for: its connection may be dead
BROUGHT_AT_ONCE = 1000  # writes in one transaction
ADDED_AT_ONCE = 500  # writes in one wait for the disk
ADDED_MEANWHILE = 250  # the same, for each transaction: so that there is an end
MOST_PENDING = 20_000  # that wait for the disk
RETRY_S = (0.1, 0.2, 0.5, 1.0)  # between two tries; the last again and again


class Spool:
    """One process's. Made by `open_spool`, which empties what a former run left."""

    def __init__(self, file: SpoolFile, commits: Commits) -> None:
        self._file = file
        self._commits = commits
        self._group: GroupCommit | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-spool")
        self._pending: deque[Waiting] = deque()  # not on the disk yet
        self._is_held = False  # nothing is added to the file
        self._answers = False  # the database does, by the last try
        self._adding: asyncio.Task[None] | None = None
        self._bringing: asyncio.Task[None] | None = None
        self._stored: set[int] = set()  # records that are in the database already
        self._barred: set[PhoneNumber] = set()
        self._on_since: float | None = None
        self._is_closed = False
        self.refused = 0  # that the database will never take, since the start

    def before(self, group: GroupCommit) -> None:
        """Say to whom writes go once nothing waits here."""
        self._group = group

    # What may be asked

    @property
    def is_on(self) -> bool:
        return self._on_since is not None

    @property
    def waiting(self) -> int:
        """Return how many writes are not in the database yet."""
        return self._file.waiting + len(self._pending)

    @property
    def on_for_s(self) -> float:
        """Return for how long writes have been going here; 0: they do not."""
        return 0.0 if self._on_since is None else time.monotonic() - self._on_since

    def is_barred(self, number: PhoneNumber) -> bool:
        """Say whether an opt-out of this number waits here."""
        return number in self._barred

    def refusal(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"the database has been away for {self.on_for_s:.0f} s; {self.waiting} "
            "writes wait for it"
        )

    # What comes

    def take(self, items: Sequence[Waiting]) -> None:
        if not self.is_on:
            self._on_since = time.monotonic()
            log.error("The database does not take writes: they go to the spool")
        for item in items:
            if len(self._pending) >= MOST_PENDING:
                item.settle(StoreUnavailable(f"{MOST_PENDING} writes wait already"))
                continue
            if isinstance(item.kept, KeepOptOut):
                self._barred.add(item.kept.number)
            self._pending.append(item)
        self._add_soon()
        if self._bringing is None:
            self._bringing = asyncio.create_task(self._bring(), name="spool")

    def stored(self, item: Waiting) -> None:
        item.is_stored = True
        if item.number:
            self._stored.add(item.number)

    def _add_soon(self) -> None:
        if self._adding is None and self._pending and not self._is_held:
            self._adding = asyncio.create_task(self._add(), name="spool disk")

    async def _add(self) -> None:
        """Bring to the disk what waits for it; all of one moment together."""
        try:
            while self._pending and not self._is_held:
                await self._add_some(ADDED_AT_ONCE)
        finally:
            self._adding = None

    async def _add_some(self, at_most: int) -> None:
        size = min(len(self._pending), at_most)
        some = [self._pending.popleft() for _ in range(size)]
        try:
            fates = await self._on_disk(self._append, [item.kept for item in some])
            for item, fate in zip(some, fates, strict=True):
                self._added(item, fate)
        finally:
            for item in some:  # already settled, unless this broke
                item.settle(StoreUnavailable("the spool was stopped"))

    def _added(self, item: Waiting, fate: int | SamvadError) -> None:
        if isinstance(fate, SamvadError):
            item.settle(fate)
            return
        item.number = fate
        if item.is_stored:
            self._stored.add(fate)
        item.settle(None)

    def _append(self, calls: Sequence[Spoolable | None]) -> list[int | SamvadError]:
        """Return each one's number, or why it is not kept. Runs in the thread."""
        fates: list[int | SamvadError] = []
        texts: list[bytes] = []
        for call in calls:
            assert call is not None
            try:
                texts.append(to_bytes(call))
                fates.append(0)
            except SamvadError as exc:
                fates.append(exc)
        try:
            numbers = iter(self._file.append(texts) if texts else ())
        except OSError as exc:
            why = StoreUnavailable(f"neither the database nor the spool: {exc}")
            return [fate if isinstance(fate, SamvadError) else why for fate in fates]
        return [f if isinstance(f, SamvadError) else next(numbers) for f in fates]

    # What goes

    async def drain(self) -> None:
        """Bring all that a former run left to the database. Raises StoreUnavailable."""
        while records := await self._on_disk(self._file.read, BROUGHT_AT_ONCE):
            left, why = await self._bring_some(records)
            if left:
                assert why is not None
                raise why
        try:
            await self._on_disk(self._file.empty)
        except OSError as exc:
            raise SetupFailed(f"the spool cannot be emptied: {exc}") from exc

    async def _bring(self) -> None:
        """Bring all to the database, trying until it is there; then step aside."""
        tries = 0
        while True:
            try:
                is_over, is_away = await self._bring_on()
            except Exception:  # whatever it is: the writes are in the file, and wait
                log.exception("The spool is not brought to the database")
                is_over, is_away = False, True
            if is_over:
                return
            if is_away:
                self._hold(is_held=False)
                await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
            tries = tries + 1 if is_away else 0

    async def _bring_on(self) -> tuple[bool, bool]:
        """Bring a batch; return whether all is over, and whether it failed.

        Once the database answers, nothing is added to the file while a batch is
        brought: who comes then waits for the database as ever, and there is an end.
        """
        assert self._group is not None
        await self._group.idle(GIVEN_UP_S)  # what is under way came before all this
        if self._answers:
            self._hold(is_held=True)
            while self._adding is not None:
                await asyncio.wait([self._adding])
            if self._file.waiting > BROUGHT_AT_ONCE:
                await self._add_some(ADDED_MEANWHILE)  # or they would wait too long
        records = await self._on_disk(self._file.read, BROUGHT_AT_ONCE)
        if records or not self._is_held:
            left, _ = await self._bring_some(records)
            self._answers = not left
            return False, bool(left)
        await self._on_disk(self._file.empty)
        self._step_aside()
        return True, False

    async def _bring_some(
        self, records: Sequence[Record]
    ) -> tuple[Sequence[Record], SamvadError | None]:
        """Return what the database did not take, and why."""
        new = [one for one in records if one.number not in self._stored]
        writes = await self._on_disk(_writes, new)
        commit = asyncio.ensure_future(self._commits.commit(writes))
        try:
            # Who waits in memory meanwhile must not wait longer than for the database.
            await asyncio.wait([commit], timeout=PATIENCE_S)
            self._hold(is_held=self._is_held and commit.done())
            await asyncio.wait([commit], timeout=GIVEN_UP_S)
            if not commit.done():
                return records, StoreUnavailable(f"no answer for {GIVEN_UP_S:g} s")
            fates = commit.result()
        finally:
            commit.cancel()
        away: SamvadError | None = None
        refused: list[tuple[Record, SamvadError]] = []
        for record, fate in zip(new, fates, strict=True):
            if isinstance(fate, StoreUnavailable):
                away = away or fate
                continue
            self._stored.add(record.number)
            if fate is not None:
                refused.append((record, fate))
        if refused:
            await self._on_disk(self._set_aside, refused)
        done = _leading(records, self._stored)
        if done:
            await self._on_disk(self._note_drained, done)
            self._stored.difference_update(one.number for one in done)
        return records[len(done) :], away

    def _note_drained(self, records: Sequence[Record]) -> None:
        try:
            self._file.drained(records)
        except OSError as exc:  # after a crash they are stored again, to no effect
            log.warning("Not noted what the database has of the spool: %s", exc)

    def _set_aside(self, refused: Sequence[tuple[Record, SamvadError]]) -> None:
        for record, why in refused:
            name = record.payload.split(b" ", 1)[0].decode()
            log.error("The database will not take what was kept (%s): %s", name, why)
        self._file.refused([record.payload.decode() for record, _ in refused])
        self.refused += len(refused)

    def _step_aside(self) -> None:
        """The file is empty: what came meanwhile is nobody's promise yet, and goes on
        to the database."""
        assert self._group is not None
        log.warning("The database has all that waited (%.0f s)", self.on_for_s)
        self._on_since = self._bringing = None
        self._is_held = self._answers = False
        self._barred.clear()
        self._stored.clear()
        rest = list(self._pending)
        self._pending.clear()
        now = asyncio.get_running_loop().time()
        for item in rest:
            item.has_left, item.deadline = False, now + PATIENCE_S
        self._group.resume(rest)

    def _hold(self, *, is_held: bool) -> None:
        self._is_held = is_held
        self._add_soon()

    async def close(self) -> None:
        """Bring to the disk what waits for it; the rest is the next start's."""
        if self._is_closed:
            return
        self._is_closed = True
        self._hold(is_held=False)
        while self._adding is not None:
            await asyncio.wait([self._adding])
        if self._bringing is not None:
            self._bringing.cancel()
            await asyncio.gather(self._bringing, return_exceptions=True)
        self._thread.shutdown()
        self._file.close()

    async def _on_disk(self, work: Callable[..., T], *args: object) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work, *args)


def _writes(records: Sequence[Record]) -> list[Write]:
    return [from_bytes(record.payload).write(again=True) for record in records]


def _leading(records: Sequence[Record], stored: set[int]) -> Sequence[Record]:
    """Return the first of the records, as far as all of them are stored."""
    for place, record in enumerate(records):
        if record.number not in stored:
            return records[:place]
    return records


async def open_spool(folder: Path, commits: Commits) -> Spool:
    """Return the folder's spool, empty. Raises SetupFailed, StoreUnavailable."""
    spool = Spool(SpoolFile(folder), commits)
    try:
        await spool.drain()
    except BaseException:
        await spool.close()
        raise
    return spool
