"""The opt-outs of the database and those of its ledger, brought to agree."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from ivr.core.erasure import STAND_IN
from ivr.core.model import CallId, PhoneNumber
from ivr.store.erasure_tables import erased_numbers, sought_numbers
from ivr.store.opt_out_ledger import (
    ErasedNumber,
    IsGone,
    OptOut,
    append,
    forget,
    read,
    read_erased,
)
from ivr.store.store import SqlStore
from ivr.store.tables import do_not_call
from ivr.store.upsert import insert_or_leave

AT_ONCE = 500
# An erased person's stand-in is nobody's.
_IS_SOMEBODYS = ~do_not_call.c.number.startswith(STAND_IN)
_SOUGHT = insert_or_leave(sought_numbers)
_BARRED = insert_or_leave(erased_numbers)
_PUT_IN = insert_or_leave(do_not_call)  # the first time is the one that counts


class Agreed(NamedTuple):
    """What was brought over: into the database, into the ledger."""

    put_in: int
    noted: int


async def agree(store: SqlStore, file: Path) -> Agreed:
    """Put into the database and into the ledger what only the other has.

    Of who was erased there stays the hash, in both. Raises SetupFailed,
    StoreUnavailable.
    """
    is_gone = await _agree_on_erased(store, file)
    # Digits as numbers: of a million opt-outs this takes 100 MB, and for a moment.
    kept = await store.read(_numbers)
    in_file: set[int] = set()
    put = 0
    coming = read(file, but=kept, seen=in_file)
    for some in in_parts(one for one in coming if not is_gone(one.number)):
        put += await store.change(put_in, some)
    there = (PhoneNumber(f"+{one}") for one in sorted(kept - in_file))
    new = [number for number in there if not is_gone(number)]
    for begin in range(0, len(new), AT_ONCE):
        some_new = new[begin : begin + AT_ONCE]
        append(file, await store.read(opt_outs_of, some_new))
    return Agreed(put, len(new))


def _numbers(connection: Connection) -> set[int]:
    number = do_not_call.c.number
    found = connection.execute(select(number).where(_IS_SOMEBODYS))
    return {int(number) for number in found.scalars()}


async def _agree_on_erased(store: SqlStore, file: Path) -> IsGone:
    """Bring the hashes of erased numbers over; return whose numbers they are.

    Without the key nobody can be told: then numbers stay as they are.
    """
    known = await store.change(put_in_erased, list(read_erased(file)))
    key, hashes = store.erased, frozenset(one.number_hash for one in known)
    if key is None or not hashes:
        return lambda _number: False

    def is_gone(number: PhoneNumber) -> bool:
        return key.of(number) in hashes

    await asyncio.to_thread(forget, file, is_gone, known)
    return is_gone


def put_in_erased(
    connection: Connection, erased: Sequence[ErasedNumber]
) -> list[ErasedNumber]:
    """Add the hashes that are not there yet; return all."""
    rows = [
        {
            "number_hash": one.number_hash,
            "key_id": one.key_id,
            "since": one.since,
        }
        for one in erased
    ]
    known = set(connection.execute(select(erased_numbers.c.number_hash)).scalars())
    new = [row for row in rows if row["number_hash"] not in known]
    if new:
        connection.execute(_BARRED.on(connection), new)
        sought = [{"number_hash": row["number_hash"]} for row in new]
        connection.execute(_SOUGHT.on(connection), sought)
    found = connection.execute(select(erased_numbers))
    return [ErasedNumber(row.number_hash, row.key_id, row.since) for row in found]


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
    query = query.where(_IS_SOMEBODYS)
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
