"""One file into one list: read, clean, hand over, and account for every row.

Reading and cleaning happen here while a second thread stores the batch before, so both
cores work and no more than a few batches are in memory. It knows no database.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from ivr.core.model import PhoneNumber
from ivr.core.new_list import Added, ListCounts, NewList
from ivr.core.numbers import NumberRules
from ivr.errors import OurBug
from ivr.intake.cleaning import Cleaned, Cleaner, Mentions, Reject
from ivr.intake.columns import Column
from ivr.intake.list_file import BATCH_ROWS, ListFile
from ivr.intake.places import Places
from ivr.intake.rejects import RejectsFile
from ivr.intake.sink import ContactSink

TURN_S = 0.0005


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Everything that is decided before the first row is read."""

    file: ListFile
    columns: list[Column]
    new_list: NewList
    places: Places
    rules: NumberRules
    today: date  # in India, for ages
    batch_rows: int = BATCH_ROWS


@dataclass(slots=True)
class Summary:
    """What became of every row, and what else is worth knowing."""

    read: int = 0
    kept: int = 0
    duplicate: int = 0
    blank: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # by reason
    in_other_lists: int = 0
    on_do_not_call: int = 0
    mentions: Mentions = field(default_factory=Mentions)

    @property
    def counts(self) -> ListCounts:
        """Return the five figures that must add up."""
        return ListCounts(
            read=self.read,
            kept=self.kept,
            refused=self.refused.total(),
            duplicate=self.duplicate,
            blank=self.blank,
        )


def import_list(
    plan: ImportPlan,
    sink: ContactSink,
    rejects: RejectsFile | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Bring the file's people into `sink` and return what became of every row.

    `on_progress` is told the bytes and rows read. When anything fails, when a row is
    unaccounted for, or when no row is good, nothing of the list stays.
    """
    summary = Summary()
    # The writer ends before the list is finished or abandoned: only one of the two
    # threads is ever at the sink.
    with (
        _interpreter_for_two(),
        _list_in(sink, plan.new_list) as finish,
        ThreadPoolExecutor(1, "intake") as writer,
    ):
        for batch, stored in _stored(plan, sink, writer, summary, on_progress):
            _account(summary, batch, stored.result(), rejects)
        if not summary.counts.adds_up:
            raise OurBug(f"the import's figures do not add up: {summary.counts}")
        if summary.kept:
            finish(summary.counts)
        else:
            sink.abandon()  # an empty list is of no use to anybody
    return summary


@contextmanager
def _list_in(sink: ContactSink, new: NewList) -> Iterator[Callable[[ListCounts], None]]:
    sink.begin(new)
    try:
        yield sink.finish
    except BaseException:  # Ctrl-C too; it is raised again
        sink.abandon()
        raise


@contextmanager
def _interpreter_for_two() -> Iterator[None]:
    """Tune the interpreter for one thread that cleans and one that stores.

    Without its garbage collector: it would look at every row for nothing, a quarter of
    the time. Rows hold no cycles, so they are freed as ever, by counting references.
    And with quick turns: after each statement the writer would wait 5 ms for its own.
    """
    was_on, turn_s = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(turn_s)
        if was_on:
            gc.enable()


def _stored(
    plan: ImportPlan,
    sink: ContactSink,
    writer: ThreadPoolExecutor,
    summary: Summary,
    on_progress: Callable[[int, int], None] | None,
) -> Iterator[tuple[Cleaned, Future[Added]]]:
    """Yield each cleaned batch and its storing; the next is cleaned meanwhile."""
    cleaner = Cleaner(
        plan.columns, places=plan.places, rules=plan.rules, today=plan.today
    )
    summary.mentions = cleaner.mentions
    seen_bytes = 0

    def on_bytes(count: int) -> None:
        nonlocal seen_bytes
        seen_bytes = count

    waiting: tuple[Cleaned, Future[Added]] | None = None
    for batch in plan.file.batches(plan.batch_rows, on_bytes):
        summary.read += batch.read
        summary.blank += batch.blank
        cleaned = cleaner.clean(batch)
        if waiting:
            yield waiting
        waiting = cleaned, writer.submit(sink.add, cleaned.rows)
        if on_progress:
            on_progress(seen_bytes, summary.read)
    if waiting:
        yield waiting


def _account(
    summary: Summary, batch: Cleaned, added: Added, rejects: RejectsFile | None
) -> None:
    known = _known_already(batch, added.duplicates) if added.duplicates else []
    summary.kept += len(batch.rows) - len(known)
    summary.duplicate += len(batch.repeated) + len(known)
    summary.refused.update(reject.reason for reject in batch.rejects)
    summary.in_other_lists += added.in_other_lists
    summary.on_do_not_call += added.on_do_not_call
    if rejects:
        told = [*batch.rejects, *batch.repeated, *known]
        rejects.write(sorted(told, key=lambda reject: reject.row))


def _known_already(batch: Cleaned, duplicates: frozenset[PhoneNumber]) -> list[Reject]:
    return [
        Reject(number, "", row.number, "duplicate")
        for number, row in zip(batch.row_numbers, batch.rows, strict=True)
        if row.number in duplicates
    ]
