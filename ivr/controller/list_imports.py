"""Imports of lists through the pages: what one is, and how it goes from state to state.

The file lies in HOME/uploads until the import is over; the rows are read, compared and
stored by an ImportWorker, beside the server. What becomes of an import is kept, so a
page may be closed and opened again. core.list_import decides what may follow what.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import structlog

from ivr.controller.upload_folder import TooBig, UploadFolder
from ivr.core.list_import import (
    AT_WORK,
    OVER,
    ImportEvent,
    ImportState,
    ListImport,
    Look,
    Tally,
    advance,
    after_a_restart,
)
from ivr.core.model import CentreCode
from ivr.core.new_list import NewList
from ivr.errors import BadInput, SamvadError

log = structlog.get_logger(__name__)

UNCONFIRMED_FOR = timedelta(days=1)  # a file that nobody confirms is thrown away
REJECTS_FOR = timedelta(days=30)  # they hold numbers
MAX_WAITING = 20  # imports that are not over, of everybody
AT_ONCE = 1  # they share the machine with live calls
RESTARTED: dict[str, Any] = {
    "problem": "the program was restarted meanwhile",
    "remedy": "try again",
    "done_share": 0.0,
}
BARRED_AT_ONCE = 500  # opt-outs in one go

__all__ = ["TooBig"]  # raised by `take`


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker is asked to do with one file."""

    act: str  # compare or import, for `count`; the others are a method each
    file: Path
    rejects: Path
    sheet: str = ""
    mapping: Mapping[int, str] = field(default_factory=dict)
    new: NewList | None = None
    centres: frozenset[CentreCode] | None = None  # whose people; None: all


Progress = Callable[[float, int], None]  # the share of the file, and rows, so far


class ImportWorker(Protocol):
    """Reads files beside the server. Raises BadInput; ends early when cancelled."""

    async def look(self, work: Work) -> Look: ...

    async def count(self, work: Work, on_progress: Progress) -> Tally:
        """Compare, or import, as `work.act` says."""

    async def numbers(self, work: Work) -> tuple[Tally, Sequence[str]]:
        """Return the good numbers of a file, each once."""

    async def sweep(self, work: Work) -> bool:
        """Take away what an import that was stopped has left of a list.

        Return whether the list is complete: it was stopped too late.
        """


class Outcomes(Protocol):
    """What happens in the world when an import is over."""

    async def bar(self, number: str, source: str) -> None:
        """Do-not-call, at once."""

    async def note(self, one: ListImport, action: str) -> None:
        """Write it into the audit log, in the importer's name."""


class ListImports:
    """All imports of one installation. One at a time works; others wait their turn."""

    def __init__(
        self,
        folder: UploadFolder,
        worker: ImportWorker,
        outcomes: Outcomes,
        now: Callable[[], datetime],
        *,
        subtree: Callable[[CentreCode], frozenset[CentreCode] | None],
    ) -> None:
        self._folder, self._worker, self._outcomes = folder, worker, outcomes
        self._now, self._subtree = now, subtree
        self._all: dict[str, ListImport] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._steps = asyncio.Lock()
        self._changed = asyncio.Event()  # a new one each time

    @property
    def max_bytes(self) -> int:
        return self._folder.max_bytes

    async def open(self) -> None:
        """Take up what an earlier run has left.

        Half a list is taken back beside us: calls wait until this returns.
        """
        for one in await asyncio.to_thread(self._folder.kept):
            self._all[one.import_id] = one
            if one.state is ImportState.IMPORTING:
                self._begin(one, self._take_back)
            elif one.state in AT_WORK:
                state = after_a_restart(one.state)
                await self._set(replace(one, state=state, **RESTARTED))
            else:
                await self._keep(one)
        await self._forget_old()

    async def _take_back(self, one: ListImport) -> None:
        if await self._sweep(one):
            await self._step(one, ImportEvent.STORED)
        else:
            await self._step(one, ImportEvent.FAILED, **RESTARTED)

    async def close(self) -> None:
        """End all work. A half imported list is taken back."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def all(self) -> list[ListImport]:
        """Return every import, the latest first."""
        return sorted(self._all.values(), key=lambda one: one.at, reverse=True)

    def one(self, import_id: str) -> ListImport | None:
        return self._all.get(import_id)

    def rejects(self, one: ListImport) -> Path | None:
        """Return the file of refused rows, if any row was."""
        path = self._folder.rejects(one.import_id)
        return path if path.is_file() else None

    async def wait_change(self, seen: ListImport, timeout_s: float) -> None:
        """Return when the import is no longer as seen, or at the timeout."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._all.get(seen.import_id) == seen:
                    await self._changed.wait()

    async def take(
        self, begun: ListImport, size: int | None, chunks: AsyncIterator[bytes]
    ) -> ListImport:
        """Take in a file, and begin to look at it. Raises TooBig, BadInput.

        `size` is what the sender says, None when it does not.
        """
        await self._forget_old()
        if sum(one.state not in OVER for one in self._all.values()) >= MAX_WAITING:
            raise BadInput("too many files wait", remedy="finish or discard others")
        one = replace(begun, import_id=secrets.token_hex(8), at=self._now())
        written = await self._folder.take(one.import_id, size, chunks)
        one = replace(one, bytes=written, state=ImportState.LOOKING)
        await self._set(one)
        self._begin(one, self._numbers if one.is_do_not_call else self._look)
        return one

    async def choose(
        self, one: ListImport, mapping: Mapping[int, str], new: NewList
    ) -> ListImport:
        """Take the columns and the name as the person says, and compare."""
        facts = {"mapping": mapping, "new": new, "problem": "", "remedy": ""}
        one = await self._step(one, ImportEvent.MAPPED, **facts)
        self._begin(one, self._compare)
        return one

    async def another_sheet(self, one: ListImport, sheet: str) -> ListImport:
        one = await self._step(
            one, ImportEvent.ANOTHER_SHEET, sheet=sheet, mapping={}, look=None
        )
        self._begin(one, self._look)
        return one

    async def reopen(self, one: ListImport) -> ListImport:
        """Go back from the comparison to the columns."""
        return await self._step(one, ImportEvent.REOPENED, tally=None)

    async def confirm(self, one: ListImport) -> ListImport:
        one = await self._step(one, ImportEvent.CONFIRMED, problem="", remedy="")
        self._begin(one, self._import)
        return one

    async def cancel(self, one: ListImport) -> ListImport:
        """Stop, and throw the file away. What was stored of the list goes too."""
        advance(one.state, ImportEvent.CANCELLED)
        task = self._tasks.get(one.import_id)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        latest = self._all.get(one.import_id, one)
        if latest.state in OVER:
            return latest  # it had ended meanwhile
        if latest.state is ImportState.IMPORTING and await self._sweep(latest):
            return await self._step(latest, ImportEvent.STORED)
        return await self._step(latest, ImportEvent.CANCELLED)

    # The work, one task for each import

    def _begin(
        self, one: ListImport, work: Callable[[ListImport], Awaitable[None]]
    ) -> None:
        async def run() -> None:
            try:
                async with self._turn:
                    await work(one)
            except SamvadError as exc:
                await self._failed(one, exc)
            except Exception as exc:  # one import must not take the others with it
                log.exception("Import failed", import_id=one.import_id)
                await self._failed(one, exc)

        def ended(task: asyncio.Task[None]) -> None:
            if self._tasks.get(one.import_id) is task:
                del self._tasks[one.import_id]

        task = asyncio.create_task(run())
        self._tasks[one.import_id] = task
        task.add_done_callback(ended)

    async def _look(self, one: ListImport) -> None:
        look = await self._worker.look(self._work(one, "look"))
        await self._step(one, ImportEvent.LOOKED, look=look, sheet=look.sheet)

    async def _compare(self, one: ListImport) -> None:
        work = self._work(one, "compare")
        tally = await self._worker.count(work, self._progress(one))
        await self._step(one, ImportEvent.COUNTED, tally=tally, done_share=0.0)

    async def _import(self, one: ListImport) -> None:
        work = self._work(one, "import")
        tally = await self._worker.count(work, self._progress(one))
        before = one.tally
        if before is not None and work.centres is not None:
            # The store counts in all lists; a centre hears of its own ones only.
            tally = replace(tally, known=before.known)
        await self._outcomes.note(replace(one, tally=tally), "list_imported")
        await self._step(one, ImportEvent.STORED, tally=tally, done_share=1.0)

    async def _numbers(self, one: ListImport) -> None:
        tally, numbers = await self._worker.numbers(self._work(one, "numbers"))
        for begin in range(0, len(numbers), BARRED_AT_ONCE):
            some = numbers[begin : begin + BARRED_AT_ONCE]
            source = f"file {one.file_name}"[:100]
            await asyncio.gather(*(self._outcomes.bar(n, source) for n in some))
            self._progress(one)(begin / len(numbers), begin)
        await self._outcomes.note(replace(one, tally=tally), "do_not_call_file_added")
        await self._step(one, ImportEvent.STORED, tally=tally, done_share=1.0)

    def _work(self, one: ListImport, act: str) -> Work:
        return Work(
            act=act,
            file=self._folder.file(one.import_id),
            rejects=self._folder.rejects(one.import_id),
            sheet=one.sheet,
            mapping=one.mapping,
            new=one.new,
            centres=self._subtree(one.centre),
        )

    def _progress(self, one: ListImport) -> Progress:
        def told(share: float, rows: int) -> None:
            latest = self._all[one.import_id]
            self._all[one.import_id] = replace(latest, done_share=share, rows=rows)
            self._tell()

        return told

    async def _failed(self, one: ListImport, exc: Exception) -> None:
        said = exc if isinstance(exc, BadInput) else BadInput("it did not work")
        problem, remedy = said.message, said.remedy or ""
        await self._step(
            one, ImportEvent.FAILED, problem=problem, remedy=remedy, done_share=0.0
        )

    async def _sweep(self, one: ListImport) -> bool:
        """Take half a list back; return whether it is complete instead."""
        try:
            return await self._worker.sweep(self._work(one, "sweep"))
        except SamvadError as exc:
            # Nobody of it is dialled; the next list of that name takes it away.
            log.warning("Half a list is left", import_id=one.import_id, error=str(exc))
            return False

    # What is kept

    async def _step(
        self, one: ListImport, event: ImportEvent, **facts: object
    ) -> ListImport:
        async with self._steps:  # two pages may press at once
            latest = self._all.get(one.import_id, one)
            state = advance(latest.state, event)
            return await self._set(replace(latest, state=state, **facts))  # type: ignore[arg-type]

    async def _set(self, one: ListImport) -> ListImport:
        await self._keep(one)
        self._all[one.import_id] = one
        self._tell()
        return one

    async def _keep(self, one: ListImport) -> None:
        await asyncio.to_thread(self._folder.keep, one)
        if one.state in OVER:  # the file holds what the list may not have
            await asyncio.to_thread(self._folder.drop_file, one.import_id)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _forget_old(self) -> None:
        now = self._now()
        for one in list(self._all.values()):
            age = now - one.at
            waits = one.state not in OVER and one.state not in AT_WORK
            if age > REJECTS_FOR or (waits and age > UNCONFIRMED_FOR):
                del self._all[one.import_id]
                await asyncio.to_thread(self._folder.forget, one.import_id)
