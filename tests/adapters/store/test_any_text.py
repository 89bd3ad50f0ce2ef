"""Whatever text there is comes back from a database as it went in, or is refused."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ivr.core.model import Contact, ContactId, ListName, PhoneNumber
from ivr.errors import BadInput
from ivr.store.store import SqlStore
from ivr.store.tables import contacts
from tests.fakes.switch import BEGIN
from tests.fuzz.cases import NASTY

LIST = ListName("people")


def texts() -> list[str]:
    """Return what has broken statements before, and letters of every kind."""
    random = Random(5)
    odd = [raw.decode("utf-8", "replace").replace("\0", "") for raw in NASTY]
    letters = [chr(k) for k in range(1, 0x11000) if not 0xD800 <= k <= 0xDFFF]
    return odd + ["".join(random.choices(letters, k=40)) for _ in range(100)]


def people(names: list[str]) -> list[Contact]:
    return [
        Contact(
            ContactId(0),
            LIST,
            PhoneNumber(f"+91982712{3400 + at}"),
            name=name,
            fields={"note": name},
        )
        for at, name in enumerate(names)
    ]


def kept(connection: Connection) -> list[tuple[str, dict[str, str]]]:
    ask = select(contacts.c.name, contacts.c.fields).order_by(contacts.c.number)
    return [(name, fields) for name, fields in connection.execute(ask)]


async def test_a_text_is_kept_as_it_is(sql_store: SqlStore) -> None:
    said = texts()
    await sql_store.add_contacts(LIST, "a list for tests", BEGIN, people(said))
    assert await sql_store.read(kept) == [(one, {"note": one}) for one in said]


@pytest.mark.parametrize("half", ["\ud800", "a\udfffb"])
async def test_a_text_that_is_none_is_refused(sql_store: SqlStore, half: str) -> None:
    with pytest.raises(BadInput):
        await sql_store.add_contacts(LIST, "a list", BEGIN, people([half]))
    assert await sql_store.read(kept) == []


async def test_a_zero_byte_is_kept_or_refused(sql_store: SqlStore) -> None:
    try:
        await sql_store.add_contacts(LIST, "a list", BEGIN, people(["a\0b"]))
    except BadInput:
        assert await sql_store.read(kept) == []
    else:
        assert await sql_store.read(kept) == [("a\0b", {"note": "a\0b"})]
