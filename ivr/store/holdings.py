"""What is held of one number, in every table: asked by its owner and before erasing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, select
from sqlalchemy.engine import RowMapping

from ivr.core.held import Held, Rows
from ivr.core.model import PhoneNumber
from ivr.store.opinion_tables import spoken_notes
from ivr.store.tables import (
    answers,
    attempts,
    callbacks,
    campaign_contacts,
    campaigns,
    contacts,
    conversations,
    do_not_call,
    lists,
)

_Asked = Select[*tuple[Any, ...]]
OF_CALLS: dict[str, Table[Any]] = {
    "answers": answers,
    "notes_on_recordings": spoken_notes,
    "conversations": conversations,
    "callbacks": callbacks,
}


def queued(number: PhoneNumber) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for a number's rows in every queue: found by an index."""
    row = campaign_contacts.c
    return row.campaign_id.in_(select(campaigns.c.campaign_id)), row.number == number


def holdings(connection: Connection, number: PhoneNumber) -> Held:
    """Return everything that is held of a number."""
    who, call = contacts.c, attempts.c
    calls = select(call.call_id).where(call.number == number)
    asked: dict[str, _Asked] = {
        "contacts": select(contacts, lists.c.origin, lists.c.imported_at)
        .join(lists, lists.c.name == who.list_name)
        .where(who.number == number)
        .order_by(who.contact_id),
        "second_number_of": select(who.contact_id, who.list_name)
        .where(who.alt_number == number)
        .order_by(who.contact_id),
        "campaigns": select(campaign_contacts)
        .where(*queued(number))
        .order_by(campaign_contacts.c.campaign_id),
        "calls": select(attempts).where(call.number == number).order_by(call.placed_at),
        "do_not_call": select(do_not_call).where(do_not_call.c.number == number),
    }
    for kind, table in OF_CALLS.items():
        of_calls = select(table).where(table.c.call_id.in_(calls))
        asked[kind] = of_calls.order_by(*table.primary_key.columns)
    return Held(number, {kind: _rows(connection, q) for kind, q in asked.items()})


def _rows(connection: Connection, asked: _Asked) -> Rows:
    return tuple(map(_plain, connection.execute(asked).mappings()))


def _plain(row: RowMapping) -> Mapping[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }
