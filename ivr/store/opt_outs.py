"""The opt-outs of the database and those of its ledger, brought to agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from ivr.core.model import CallId, PhoneNumber
from ivr.store.opt_out_ledger import OptOut, append, read
from ivr.store.store import SqlStore
from ivr.store.tables import do_not_call
from ivr.store.upsert import insert_or_leave

AT_ONCE = 500
_PUT_IN = insert_or_leave(do_not_call)  # the first time is the one that counts


class Agreed(NamedTuple):
    """What was brought over: into the database, into the ledger."""

    put_in: int
    noted: int


async def agree(store: SqlStore, file: Path) -> Agreed:
    """Put into the database and into the ledger what only the other has.

    Raises SetupFailed, StoreUnavailable.
    """
    # Digits as numbers: of a million opt-outs this takes 100 MB, and for a moment.
    kept = await store.read(_numbers)
    in_file: set[int] = set()
    put = 0
    for some in in_parts(read(file, but=kept, seen=in_file)):
        put += await store.change(put_in, some)
    new = sorted(kept - in_file)
    for begin in range(0, len(new), AT_ONCE):
        numbers = [PhoneNumber(f"+{one}") for one in new[begin : begin + AT_ONCE]]
        append(file, await store.read(opt_outs_of, numbers))
    return Agreed(put, len(new))


def _numbers(connection: Connection) -> set[int]:
    found = connection.execute(select(do_not_call.c.number))
    return {int(number) for number in found.scalars()}


def in_parts(opt_outs: Iterable[OptOut]) -> Iterator[Sequence[OptOut]]:
    """Yield `opt_outs` in parts, each for one short transaction."""
    them = iter(opt_outs)
    while some := list(islice(them, AT_ONCE)):
        yield some


def put_in(connection: Connection, opt_outs: Sequence[OptOut]) -> int:
    """Add those that are not there yet; return how many were new."""
    new: dict[PhoneNumber, OptOut] = {}
    for one in opt_outs:
        new.setdefault(one.number, one)
    numbers = do_not_call.c.number
    known = connection.execute(select(numbers).where(numbers.in_(list(new))))
    for number in known.scalars():
        del new[PhoneNumber(number)]
    if new:
        rows = [
            {
                "number": one.number,
                "since": one.since,
                "source": one.source,
                "call_id": one.call_id,
            }
            for one in new.values()
        ]
        connection.execute(_PUT_IN.on(connection), rows)
    return len(new)


def all_opt_outs(connection: Connection) -> list[OptOut]:
    """Return every opt-out, in the order in which they were given."""
    return _asked(connection, select(do_not_call))


def opt_outs_of(connection: Connection, numbers: Sequence[PhoneNumber]) -> list[OptOut]:
    """Return the opt-outs of some numbers."""
    return _asked(
        connection, select(do_not_call).where(do_not_call.c.number.in_(numbers))
    )


def _asked(connection: Connection, query: Select[Any]) -> list[OptOut]:
    c = do_not_call.c
    found = connection.execute(query.order_by(c.since, c.number))
    return [
        OptOut(
            PhoneNumber(row.number),
            row.since,
            row.source,
            CallId(row.call_id) if row.call_id else None,
        )
        for row in found
    ]
