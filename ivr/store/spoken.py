"""Which names a list holds, so that they can be voiced before it is called."""

from __future__ import annotations

from sqlalchemy import Connection, select

from ivr.core.model import ListName
from ivr.store.tables import contacts


def names_of_list(connection: Connection, list_name: ListName) -> list[str]:
    """Return the names of the people of a list, each once; none for an unknown list."""
    rows = connection.execute(
        select(contacts.c.name)
        .where(contacts.c.list_name == list_name, contacts.c.name != "")
        .distinct()
        .order_by(contacts.c.name)
    )
    return [str(name) for (name,) in rows]
