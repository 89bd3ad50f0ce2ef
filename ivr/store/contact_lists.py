"""Questions about lists and the people in them, always for certain centres only.

`centres` None means everybody's; otherwise contacts of other centres, and of none, are
as if they were not there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, func, literal, select

from ivr.core.list_facts import Barred, Counted, Facets, ListFacts, Segment
from ivr.core.model import CentreCode, Contact, ListName, PhoneNumber
from ivr.core.new_list import ListCounts
from ivr.store import records
from ivr.store.store import SqlStore
from ivr.store.tables import contacts, do_not_call, lists

Centres = frozenset[CentreCode] | None

MOST_VALUES = 60  # of one facet
LOOKED_AT = 500  # contacts, for the names of a list's own columns
NUMBERS_AT_ONCE = 5_000  # SQLite takes 32,766 values in a statement
PEOPLE = contacts.c


class SqlContactLists:
    """controller.contact_lists.ContactLists on the database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def lists(self, centres: Centres) -> list[ListFacts]:
        return await self._store.read(all_lists, centres)

    async def one(self, name: ListName, centres: Centres) -> ListFacts | None:
        return await self._store.read(one_list, name, centres)

    async def facets(
        self, name: ListName, segment: Segment, centres: Centres
    ) -> Facets:
        return await self._store.read(facets, name, segment, centres)

    async def sample(
        self, name: ListName, segment: Segment, centres: Centres, limit: int
    ) -> list[Contact]:
        return await self._store.read(sample, name, segment, centres, limit)

    async def barred(self, number: PhoneNumber) -> Barred | None:
        return await self._store.read(barred, number)

    async def barred_count(self) -> int:
        return await self._store.read(barred_count)


def all_lists(connection: Connection, centres: Centres) -> list[ListFacts]:
    """Return the lists that have people of these centres, the latest first."""
    found = connection.execute(
        select(lists).order_by(lists.c.imported_at.desc(), lists.c.name)
    )
    rows = found.mappings().all()
    counts = _counts(connection, centres)
    facts = [_facts(row, counts.get(row["name"], 0), centres) for row in rows]
    return [one for one in facts if centres is None or one.contacts]


def one_list(
    connection: Connection, name: ListName, centres: Centres
) -> ListFacts | None:
    """Return a list, None when it is not there or has nobody of these centres."""
    query = select(lists).where(lists.c.name == name)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    count = _counts(connection, centres, name).get(name, 0)
    return _facts(row, count, centres) if centres is None or count else None


def _counts(
    connection: Connection, centres: Centres, name: ListName | None = None
) -> dict[str, int]:
    query = select(PEOPLE.list_name, func.count()).group_by(PEOPLE.list_name)
    if name is not None:
        query = query.where(PEOPLE.list_name == name)
    if centres is not None:
        query = query.where(PEOPLE.centre.in_(sorted(centres)))
    return {listed: count for listed, count in connection.execute(query)}


def _facts(row: RowMapping, count: int, centres: Centres) -> ListFacts:
    names = ("read", "kept", "refused", "duplicate", "blank")
    counts = {name: int(row[f"rows_{name}"]) for name in names}
    return ListFacts(
        name=ListName(row["name"]),
        origin=row["origin"],
        origin_kind=row["origin_kind"],
        state=row["state"],
        imported_at=row["imported_at"],
        contacts=count,
        rows=ListCounts(**counts) if centres is None and counts["read"] else None,
    )


def facets(
    connection: Connection, name: ListName, segment: Segment, centres: Centres
) -> Facets:
    """Return the counts of a segment, and of each choice beside the others chosen."""
    total = select(func.count()).where(*_meant(name, segment, centres))

    def counted(column: ColumnElement[str], but: str) -> list[tuple[str, int]]:
        query = (
            select(column, func.count())
            .where(*_meant(name, segment, centres, but=but))
            .group_by(column)
        )
        return [(str(v), n) for v, n in connection.execute(query) if v]

    values: Counted = ()
    if segment.field:
        values = _most(dict(counted(_field(segment.field), "value")))
    return Facets(
        total=connection.execute(total).scalar_one(),
        districts=_most(dict(counted(PEOPLE.district, "district"))),
        schemes=_words(counted(PEOPLE.schemes, "scheme")),
        constituencies=_most(dict(counted(PEOPLE.constituency, "constituency"))),
        languages=_most(dict(counted(PEOPLE.language, "language"))),
        fields=_field_names(connection, name, centres),
        values=values,
    )


def _field(name: str) -> ColumnElement[str]:
    found: ColumnElement[str] = PEOPLE.fields[name].as_string()
    return found


def _meant(
    name: ListName, segment: Segment, centres: Centres, *, but: str = ""
) -> list[ColumnElement[bool]]:
    """Return the conditions of a segment, without the one named `but`."""
    conditions = {
        "district": PEOPLE.district == segment.district,
        "constituency": PEOPLE.constituency == segment.constituency,
        "language": PEOPLE.language == segment.language,
        "scheme": (literal(" ") + PEOPLE.schemes + " ").contains(
            f" {segment.scheme} ", autoescape=True
        ),
    }
    if segment.field and segment.value:
        conditions["value"] = _field(segment.field) == segment.value
    asked = [
        condition
        for which, condition in conditions.items()
        if which != but and getattr(segment, which)
    ]
    if centres is not None:
        asked.append(PEOPLE.centre.in_(sorted(centres)))
    return [PEOPLE.list_name == name, *asked]


def _most(counts: Mapping[str, int]) -> Counted:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(ordered[:MOST_VALUES])


def _words(counts: Sequence[tuple[str, int]]) -> Counted:
    """Return how many have each of the words of a column."""
    total: Counter[str] = Counter()
    for words, count in counts:
        for word in words.split():
            total[word] += count
    return _most(total)


def _field_names(
    connection: Connection, name: ListName, centres: Centres
) -> tuple[str, ...]:
    query = (
        select(PEOPLE.fields)
        .where(*_meant(name, Segment(), centres))
        .order_by(PEOPLE.contact_id)
        .limit(LOOKED_AT)
    )
    found: dict[str, None] = {}
    for (fields,) in connection.execute(query):
        found |= dict.fromkeys(fields)
    return tuple(found)


def sample(
    connection: Connection,
    name: ListName,
    segment: Segment,
    centres: Centres,
    limit: int,
) -> list[Contact]:
    """Return the first contacts of a segment."""
    query = (
        select(contacts)
        .where(*_meant(name, segment, centres))
        .order_by(PEOPLE.contact_id)
        .limit(limit)
    )
    return [records.contact_of(row) for row in connection.execute(query).mappings()]


def list_state(connection: Connection, name: ListName) -> str | None:
    query = select(lists.c.state).where(lists.c.name == name)
    return connection.execute(query).scalar_one_or_none()


def known_of(
    connection: Connection, numbers: Sequence[PhoneNumber], centres: Centres
) -> tuple[int, int]:
    """Return how many of these are in a list already, and how many on do-not-call."""
    known = barred_too = 0
    for begin in range(0, len(numbers), NUMBERS_AT_ONCE):
        some = numbers[begin : begin + NUMBERS_AT_ONCE]
        query = select(func.count(PEOPLE.number.distinct())).where(
            PEOPLE.number.in_(some)
        )
        if centres is not None:
            query = query.where(PEOPLE.centre.in_(sorted(centres)))
        known += connection.execute(query).scalar_one()
        never = select(func.count()).where(do_not_call.c.number.in_(some))
        barred_too += connection.execute(never).scalar_one()
    return known, barred_too


def barred(connection: Connection, number: PhoneNumber) -> Barred | None:
    """Return since when and why a number is never called, None when it may be."""
    query = select(do_not_call).where(do_not_call.c.number == number)
    row = connection.execute(query).mappings().one_or_none()
    return Barred(number, row["since"], row["source"]) if row else None


def barred_count(connection: Connection) -> int:
    return connection.execute(
        select(func.count()).select_from(do_not_call)
    ).scalar_one()
