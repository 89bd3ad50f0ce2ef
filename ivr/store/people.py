"""Centres, telecallers, lists and contacts: who calls, and who is called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from ivr.core.journal import ListSum
from ivr.core.model import (
    Centre,
    Contact,
    ContactId,
    ListName,
    Telecaller,
    TelecallerId,
)
from ivr.core.new_list import ListCounts
from ivr.errors import BadInput
from ivr.store import records
from ivr.store.columns import new_salt
from ivr.store.tables import centres, contacts, lists, telecallers
from ivr.store.upsert import insert_or_leave, insert_or_update

_CENTRE = insert_or_update(
    centres,
    lambda new: {name: new.excluded[name] for name in ("name_hi", "name_en", "parent")},
)
_TELECALLER = insert_or_update(
    telecallers,
    lambda new: {
        name: new.excluded[name] for name in ("name", "centre", "address", "languages")
    },
)
_CONTACT = insert_or_leave(contacts)


def upsert_people(
    connection: Connection,
    the_centres: Sequence[Centre],
    the_telecallers: Sequence[Telecaller],
) -> None:
    """Write centres and telecallers as configured; nobody is removed."""
    if the_centres:
        rows = [
            {
                "code": c.code,
                "name_hi": c.name_hi,
                "name_en": c.name_en,
                "parent": c.parent,
            }
            for c in the_centres
        ]
        connection.execute(_CENTRE.on(connection), rows)
    if the_telecallers:
        rows = [
            {
                "telecaller_id": t.telecaller_id,
                "name": t.name,
                "centre": t.centre,
                "address": t.address,
                "languages": " ".join(t.languages),
            }
            for t in the_telecallers
        ]
        connection.execute(_TELECALLER.on(connection), rows)


def telecaller(connection: Connection, telecaller_id: TelecallerId) -> Telecaller:
    found = connection.execute(
        select(telecallers).where(telecallers.c.telecaller_id == telecaller_id)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise BadInput(f"there is no telecaller {telecaller_id!r}")
    return records.telecaller_of(row)


def all_telecallers(connection: Connection) -> list[Telecaller]:
    found = connection.execute(
        select(telecallers).order_by(telecallers.c.telecaller_id)
    )
    return [records.telecaller_of(row) for row in found.mappings()]


def all_centres(connection: Connection) -> list[Centre]:
    found = connection.execute(select(centres).order_by(centres.c.code))
    return [records.centre_of(row) for row in found.mappings()]


def contact(connection: Connection, contact_id: ContactId) -> Contact:
    found = connection.execute(
        select(contacts).where(contacts.c.contact_id == contact_id)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise BadInput(f"there is no contact {contact_id}")
    return records.contact_of(row)


def add_contacts(
    connection: Connection,
    list_name: ListName,
    origin: str,
    at: datetime,
    people: Sequence[Contact],
) -> int:
    """Add people to a list, which is made if new; return how many were new to it.

    For hundreds, not millions: an import writes in bulk. `contact_id` and
    `list_name` of the people given do not matter.
    """
    known = connection.execute(select(lists.c.name).where(lists.c.name == list_name))
    if known.first() is None:
        connection.execute(
            insert(lists).values(name=list_name, origin=origin, imported_at=at)
        )
    before = _size(connection, list_name)
    if people:
        rows = [records.row_of_contact(c) | {"list_name": list_name} for c in people]
        connection.execute(_CONTACT.on(connection), rows)
    return _size(connection, list_name) - before


def _size(connection: Connection, list_name: ListName) -> int:
    return connection.execute(
        select(func.count()).where(contacts.c.list_name == list_name)
    ).scalar_one()


def list_is_ready(
    connection: Connection, name: ListName, counts: ListCounts, people: ListSum
) -> None:
    """Say that an import is complete; `people`: the sum of whom it brought."""
    held = (
        select(lists.c.people_sum)
        .where(lists.c.name == name)
        .with_for_update(key_share=True)
    )
    # Somebody may have been added by another way meanwhile.
    people.join(connection.execute(held).scalar_one())
    connection.execute(
        update(lists)
        .where(lists.c.name == name)
        .values(
            state="ready",
            rows_read=counts.read,
            rows_kept=counts.kept,
            rows_refused=counts.refused,
            rows_duplicate=counts.duplicate,
            rows_blank=counts.blank,
            people_sum=people.value(),
            salt=new_salt(),
        )
    )
