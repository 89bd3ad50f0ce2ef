"""Who asked to be erased, and whose numbers never come back. Erases nothing itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    delete,
    exists,
    insert,
    or_,
    select,
    true,
)
from sqlalchemy.engine import RowMapping

from ivr.core.erasure import QUIET, Erasure, ErasureState, NumberKey
from ivr.core.model import CentreCode, PhoneNumber
from ivr.errors import SetupFailed
from ivr.store.erasure_tables import erased_numbers, erasures, sought_numbers
from ivr.store.group_commit import Row
from ivr.store.holdings import queued
from ivr.store.tables import (
    attempts,
    campaign_contacts,
    contacts,
    do_not_call,
    lists,
)
from ivr.store.upsert import insert_or_leave

A_DAY = timedelta(days=1)  # what is older was killed, and waits for its next begin
AT_ONCE = 500  # numbers in one question
# Where a number of somebody may stand: each by an index.
PLACES: dict[str, Column[Any]] = {
    "contacts": contacts.c.number,
    "second numbers": contacts.c.alt_number,
    "calls": attempts.c.number,
    "do-not-call": do_not_call.c.number,
}
_BARRED = insert_or_leave(erased_numbers)
_E = erasures.c


def ask(
    connection: Connection, erasure: Erasure, number: PhoneNumber, key: NumberKey
) -> Erasure:
    """Keep a request, and the number's hash for ever; return it with its id.

    A request for the same number that is not masked yet is returned in its place.
    """
    known = select(erasures).where(_E.number == number)
    found = connection.execute(known).mappings().first()
    if found is not None:
        return _erasure_of(found)
    row: Row = {
        "state": str(erasure.state),
        "number": number,
        "shown": erasure.shown,
        "reason": erasure.reason,
        "asked_by": erasure.asked_by,
        "asked_at": erasure.asked_at,
        "centre": erasure.centre,
    }
    connection.execute(insert(erasures), row)
    keep_hash(connection, number, key, erasure.asked_at)
    return _erasure_of(connection.execute(known).mappings().one())


def keep_hash(
    connection: Connection, number: PhoneNumber, key: NumberKey, at: datetime
) -> None:
    row: Row = {"number_hash": key.of(number), "key_id": key.key_id, "since": at}
    connection.execute(_BARRED.on(connection), row)


def one(connection: Connection, request_id: int) -> tuple[Erasure, str] | None:
    """Return a request and what was sealed, "" when nothing is; None: there is none."""
    query = select(erasures).where(_E.request_id == request_id)
    row = connection.execute(query).mappings().one_or_none()
    return (_erasure_of(row), row["sealed"]) if row else None


def listed(
    connection: Connection,
    centres: Collection[CentreCode] | None,
    before: int,
    limit: int,
) -> list[Erasure]:
    """Return requests of these centres (None: all), the newest first.

    `before`: those older than that one; 0: from the newest on.
    """
    theirs = true() if centres is None else _E.centre.in_(sorted(centres))
    query = select(erasures).where(theirs).order_by(_E.request_id.desc()).limit(limit)
    if before:
        query = query.where(_E.request_id < before)
    return [_erasure_of(row) for row in connection.execute(query).mappings()]


def asked(connection: Connection) -> list[tuple[Erasure, PhoneNumber]]:
    """Return requests that are not masked yet, with their numbers."""
    query = select(erasures).where(_E.state == str(ErasureState.ASKED))
    rows = connection.execute(query.order_by(_E.request_id)).mappings()
    return [(_erasure_of(row), PhoneNumber(str(row["number"]))) for row in rows]


def masked_before(connection: Connection, before: datetime | None) -> list[Erasure]:
    """Return requests masked before then (None: all), whose keys are still there."""
    query = select(erasures).where(_E.state == str(ErasureState.MASKED))
    if before is not None:
        query = query.where(_E.masked_at <= before)
    rows = connection.execute(query.order_by(_E.request_id)).mappings()
    return [_erasure_of(row) for row in rows]


def is_busy(connection: Connection, number: PhoneNumber, now: datetime) -> bool:
    """Say whether more of the number may come that moment.

    A call to it goes on, or its notes may still be written, or a list is coming in.
    """
    row, call = campaign_contacts.c, attempts.c
    is_live = or_(call.disposition.is_(None), call.ended_at > now - QUIET)
    busy = or_(
        exists().where(*queued(number), row.state.in_(("claimed", "dialling"))),
        exists().where(call.number == number, is_live),
        exists().where(lists.c.state == "importing", lists.c.imported_at > now - A_DAY),
    )
    return bool(connection.execute(select(busy)).scalar_one())


def erased_of(
    connection: Connection, numbers: Iterable[str], key: NumberKey | None
) -> frozenset[str]:
    """Return which of these numbers are somebody's who was erased.

    Raises SetupFailed when there are such and no key is given to know them by.
    """
    if key is None:
        check_key(connection, key)
        return frozenset()
    hashes = {key.of(number): number for number in numbers}
    return frozenset(hashes[found] for found in _known(connection, list(hashes)))


def erased_since(
    connection: Connection, number: str, key: NumberKey | None
) -> datetime | None:
    """Return since when a number is an erased person's; None: it is not, or unknown."""
    if key is None:
        return None
    query = select(erased_numbers.c.since).where(
        erased_numbers.c.number_hash == key.of(number)
    )
    return connection.execute(query).scalar_one_or_none()


def _known(connection: Connection, hashes: Sequence[str]) -> Iterable[str]:
    for begin in range(0, len(hashes), AT_ONCE):
        some = hashes[begin : begin + AT_ONCE]
        known = erased_numbers.c.number_hash
        yield from connection.execute(select(known).where(known.in_(some))).scalars()


def check_key(connection: Connection, key: NumberKey | None) -> None:
    """Raise SetupFailed unless the key is the one that all hashes were made by."""
    of_another = select(erased_numbers.c.key_id).limit(1)
    if key is not None:
        of_another = of_another.where(erased_numbers.c.key_id != key.key_id)
    if connection.execute(of_another).first() is not None:
        raise SetupFailed(
            "the key by which erased numbers are known is not the one they were kept"
            " by: put HOME/secrets/erased-numbers back as it was"
        )


def sought(connection: Connection) -> frozenset[str]:
    """Return the hashes of those who may be here again, as from an older backup."""
    return frozenset(connection.execute(select(sought_numbers.c.number_hash)).scalars())


def no_longer_sought(connection: Connection, hashes: Collection[str]) -> None:
    """Say that they were looked for."""
    for one_hash in hashes:
        mine = delete(sought_numbers).where(sought_numbers.c.number_hash == one_hash)
        connection.execute(mine)


def numbers_after(
    connection: Connection, where: str, after: str, at_most: int
) -> list[PhoneNumber]:
    """Return the next numbers of one of `PLACES`, in their order, each once."""
    number = PLACES[where]
    query = select(number).where(number > after).distinct().order_by(number)
    found = connection.execute(query.limit(at_most)).scalars()
    return [PhoneNumber(one) for one in found if one is not None]


def all_hashes(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(select(erased_numbers.c.number_hash)).scalars())


def _erasure_of(row: RowMapping) -> Erasure:
    return Erasure(
        request_id=row["request_id"],
        state=ErasureState(row["state"]),
        shown=row["shown"],
        reason=row["reason"],
        asked_by=row["asked_by"],
        asked_at=row["asked_at"],
        centre=CentreCode(row["centre"]) if row["centre"] else None,
        masked_at=row["masked_at"],
        done_at=row["done_at"],
        recordings=tuple(row["recordings"].split()),
    )
