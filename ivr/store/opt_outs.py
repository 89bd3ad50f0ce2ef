"""The opt-outs of the database and those of its ledger, brought to agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

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
    in_file: set[PhoneNumber] = set()
    put = 0
    for some in in_parts(read(file)):
        in_file.update(one.number for one in some)
        put += await store.change(put_in, some)
    noted = 0
    for some in in_parts(await store.read(all_opt_outs)):
        new = [one for one in some if one.number not in in_file]
        append(file, new)
        noted += len(new)
    return Agreed(put, noted)


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
    c = do_not_call.c
    found = connection.execute(select(do_not_call).order_by(c.since, c.number))
    return [
        OptOut(
            PhoneNumber(row.number),
            row.since,
            row.source,
            CallId(row.call_id) if row.call_id else None,
        )
        for row in found
    ]
