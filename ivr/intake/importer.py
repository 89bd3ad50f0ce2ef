"""One file into one list: read, clean, hand over, and account for every row.

A batch is stored while a second process cleans the next ones, so both cores work and no
more than a few batches are in memory. It knows no database.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ivr.core.model import PhoneNumber
from ivr.core.new_list import ListCounts, NewList
from ivr.errors import OurBug
from ivr.intake.cleaning import Cleaned, Mentions, Reject
from ivr.intake.cleaning_process import CleanedBatch, cleaned_batches
from ivr.intake.plan import ImportPlan
from ivr.intake.rejects import RejectsFile
from ivr.intake.sink import ContactSink


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
    with (
        _no_garbage_collector(),
        _list_in(sink, plan.new_list) as finish,
        cleaned_batches(plan) as batches,
    ):
        for batch in batches:
            _store(batch, sink, summary, rejects)
            if on_progress:
                on_progress(batch.bytes_read, summary.read)
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
def _no_garbage_collector() -> Iterator[None]:
    """Import without it: it would look at every row for nothing, a quarter of the time.

    Rows hold no cycles, so they are freed as ever, by counting references.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _store(
    batch: CleanedBatch,
    sink: ContactSink,
    summary: Summary,
    rejects: RejectsFile | None,
) -> None:
    """Store one batch, and account for each of its rows."""
    cleaned = batch.cleaned
    rows = cleaned.rows
    added = sink.add(rows)
    known = _known_already(cleaned, added.duplicates) if added.duplicates else []
    erased = _erased(cleaned, added.erased) if added.erased else []
    summary.read += batch.read
    summary.blank += batch.blank
    summary.kept += len(rows) - len(known) - len(erased)
    summary.duplicate += len(cleaned.repeated) + len(known)
    summary.refused.update(reject.reason for reject in (*cleaned.rejects, *erased))
    summary.in_other_lists += added.in_other_lists
    summary.on_do_not_call += added.on_do_not_call
    summary.mentions = batch.mentions
    if rejects:
        told = [*cleaned.rejects, *cleaned.repeated, *known, *erased]
        rejects.write(sorted(told, key=lambda reject: reject.row))


def _known_already(batch: Cleaned, duplicates: frozenset[PhoneNumber]) -> list[Reject]:
    return [
        Reject(number, "", row.number, "duplicate")
        for number, row in zip(batch.row_numbers, batch.rows, strict=True)
        if row.number in duplicates
    ]


def _erased(batch: Cleaned, erased: frozenset[PhoneNumber]) -> list[Reject]:
    """Return their rows, without the number: nobody need learn whose it is."""
    return [
        Reject(number, "", "", "erased")
        for number, row in zip(batch.row_numbers, batch.rows, strict=True)
        if row.number in erased
    ]
