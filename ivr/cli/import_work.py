"""Reads, compares or stores one list: the program that works beside the server.

Started by ivr/cli/import_worker.py, which writes a Job to its stdin and reads lines of
JSON from its stdout: progress, then a result or an error. SIGTERM ends it; what it has
stored of a list is then taken back.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ivr.cli.import_ import plan_import
from ivr.cli.keys import number_key
from ivr.controller.list_imports import Work
from ivr.core.list_import import Guess, Look, Reason, Tally
from ivr.core.model import ListName, masked
from ivr.core.new_list import NewList
from ivr.core.numbers import NumberProblem, parse_cell
from ivr.core.origin import OriginKind
from ivr.errors import BadInput, SamvadError
from ivr.intake.columns import CONTACT_FIELDS, Column, Use, extra_name
from ivr.intake.importer import Summary, import_list
from ivr.intake.plan import ImportPlan
from ivr.intake.rejects import RejectsFile, remedy_for
from ivr.settings.config import Settings
from ivr.store.comparing import ComparingIntake
from ivr.store.contact_lists import list_state
from ivr.store.engine import open_store
from ivr.store.open_intake import open_intake, prepare

NICE = 10  # calls come first
FIRST_VALUES, VALUE_LETTERS = 3, 24
MAX_COLUMNS = 200  # shown; the rest is taken as guessed
SOME = 500  # numbers in one line: the server's loop reads a line at once
NOBODY_S = NewList(ListName("-"), "", OriginKind.OWN_MEMBERS)


@dataclass(frozen=True, slots=True)
class Job:
    settings: Settings
    work: Work


def main() -> None:
    """Do the job that comes in on stdin."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server decides
    os.nice(NICE)
    job: Job = pickle.load(sys.stdin.buffer)
    try:
        result = ACTS[job.work.act](job)
    except BadInput as exc:
        _tell({"error": [exc.message, exc.remedy or ""]})
    except SamvadError as exc:
        _tell({"error": [str(exc), ""]})
    else:
        _tell({"result": result})


def _stop(*_: object) -> None:
    """End at the next batch.

    An exception here would be raised wherever the program is, and lost in some places.
    """
    global _is_stopped
    _is_stopped = True


_is_stopped = False


def _tell(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _look(job: Job) -> object:
    plan = _plan(job, guess_only=True)
    source, others = plan.file.source, ()
    sheet = getattr(source, "sheet", "")
    if sheet:
        others = getattr(source, "others", ())
    look = Look(
        kind=plan.file.kind.partition(";")[0],
        columns=tuple(_guess(plan, column) for column in plan.columns[:MAX_COLUMNS]),
        sheet=sheet,
        sheets=(sheet, *others) if sheet else (),
        fields=tuple(sorted(CONTACT_FIELDS)),
    )
    return dataclasses.asdict(look)


def _guess(plan: ImportPlan, column: Column) -> Guess:
    return Guess(
        column.index,
        column.header,
        column.use.value,
        column.field,
        _own_name(column),
        _first_values(plan, column),
    )


def _own_name(column: Column) -> str:
    """Return a name under which a column can be kept that is no contact's field."""
    if column.use is Use.EXTRA:
        return column.field
    name = extra_name(column.header) or f"column_{column.index + 1}"
    return f"{name[:38]}_" if name in CONTACT_FIELDS else name


def _first_values(plan: ImportPlan, column: Column) -> tuple[str, ...]:
    """Return a column's first values as they may be shown: no whole number."""
    if column.use is Use.DROPPED:
        return ("•••",)
    cells = (" ".join(row[column.index].split()) for row in plan.file.sample)
    first = [cell for cell in cells if cell][:FIRST_VALUES]
    return tuple(_shown(cell) for cell in first)


def _shown(cell: str) -> str:
    """Return a cell with the number in it masked, in whatever column it stands."""
    found = parse_cell(cell)
    if not isinstance(found, NumberProblem):
        return masked(found.number)
    digits = sum(map(str.isdigit, cell))
    return "•••" if digits >= 9 else cell[:VALUE_LETTERS]


def _compare(job: Job) -> object:
    """Clean every row into a passing database, and compare with the real one."""
    url = job.settings.database_url
    with tempfile.TemporaryDirectory(dir=job.work.file.parent) as passing:
        passing_url = f"sqlite:///{passing}/compare.db"
        asyncio.run(prepare(passing_url))
        erased = asyncio.run(prepare(url, number_key(job.settings.home)))
        with (
            closing(open_intake(passing_url, now=_now, erased=erased)) as inner,
            closing(ComparingIntake(inner, url, job.work.centres)) as sink,
            RejectsFile(job.work.rejects) as rejects,
        ):
            plan = _plan(job)
            sink.refuse_known_name(plan.new_list.name)
            summary = import_list(plan, sink, rejects, _progress(job))
    return dataclasses.asdict(_tally(summary))


def _import(job: Job) -> object:
    url = job.settings.database_url
    erased = asyncio.run(prepare(url, number_key(job.settings.home)))
    with (
        closing(open_intake(url, now=_now, erased=erased)) as sink,
        RejectsFile(job.work.rejects) as rejects,
    ):
        summary = import_list(_plan(job), sink, rejects, _progress(job))
    return dataclasses.asdict(_tally(summary))


def _numbers(job: Job) -> object:
    """Return the good numbers of a file, each once, and what became of every row."""
    plan = _plan(job, guess_only=True)
    at = next(c.index for c in plan.columns if c.field == "number")
    tally = dict.fromkeys(("read", "refused", "duplicate", "blank"), 0)
    good: dict[str, None] = {}
    for batch in plan.file.batches():
        tally["read"] += batch.read
        tally["blank"] += batch.blank
        tally["refused"] += len(batch.broken)
        for cells in batch.rows:
            found = parse_cell(cells[at])  # never-dial numbers may be barred as well
            if isinstance(found, NumberProblem):
                tally["refused"] += 1
            elif found.number in good:
                tally["duplicate"] += 1
            else:
                good[found.number] = None
    numbers = list(good)
    for begin in range(0, len(numbers), SOME):
        _tell({"numbers": numbers[begin : begin + SOME]})
    return tally | {"kept": len(good)}


def _sweep(job: Job) -> object:
    with closing(open_intake(job.settings.database_url, now=_now)) as sink:
        assert job.work.new is not None
        sink.take_back(job.work.new.name)
    return asyncio.run(_state(job)) == "ready"


async def _state(job: Job) -> str | None:
    assert job.work.new is not None
    async with await open_store(job.settings.database_url) as store:
        return await store.read(list_state, job.work.new.name)


def _plan(job: Job, *, guess_only: bool = False) -> ImportPlan:
    """Return the plan of the job. Identity columns stay out, whatever was chosen."""
    work = job.work
    new = work.new or NOBODY_S
    plan = plan_import(job.settings, work.file, work.sheet or None, new, {})
    if guess_only:
        return plan
    barred = {c.index for c in plan.columns if c.use is Use.DROPPED}
    chosen: dict[str | int, str] = {
        index: name for index, name in work.mapping.items() if index not in barred
    }
    plan = plan_import(job.settings, work.file, work.sheet or None, new, chosen)
    return dataclasses.replace(plan, own_centres=work.centres)


def _progress(job: Job) -> Callable[[int, int], None]:
    size = max(1, job.work.file.stat().st_size)

    def told(done: int, rows: int) -> None:
        if _is_stopped:
            sys.exit(128 + signal.SIGTERM)  # what is stored is taken back on the way
        _tell({"progress": [min(1.0, done / size), rows]})

    return told


def _tally(summary: Summary) -> Tally:
    counts = summary.counts
    remedies = {reason: remedy_for(reason) for reason in summary.refused}
    examples = summary.mentions.examples
    return Tally(
        read=counts.read,
        kept=counts.kept,
        refused=counts.refused,
        duplicate=counts.duplicate,
        blank=counts.blank,
        known=summary.in_other_lists,
        barred=summary.on_do_not_call,
        reasons=tuple(
            Reason(reason, count, remedies[reason].hi, remedies[reason].en)
            for reason, count in summary.refused.most_common()
        ),
        notes=tuple(
            Reason(what, count, examples=tuple(examples.get(what, ())))
            for what, count in summary.mentions.counts.most_common()
        ),
    )


def _now() -> datetime:
    return datetime.now(UTC)


ACTS: dict[str, Callable[[Job], object]] = {
    "look": _look,
    "compare": _compare,
    "import": _import,
    "numbers": _numbers,
    "sweep": _sweep,
}
# The parent gives the folder of the project, so that one imports the same code.
PROJECT = Path(__file__).parents[2]
