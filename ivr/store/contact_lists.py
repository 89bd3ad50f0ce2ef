"""Questions about lists and the people in them, always for certain centres only.

`centres` None means everybody's; otherwise contacts of other centres, and of none, are
as if they were not there.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, func, literal, select

from ivr.core.erasure import NumberKey
from ivr.core.list_cube import Cell, most, sums
from ivr.core.list_facts import Barred, Counted, Facets, ListFacts, Segment, Some
from ivr.core.model import CentreCode, Contact, ListName, PhoneNumber
from ivr.core.new_list import ListCounts
from ivr.store import records
from ivr.store.erasures import erased_since
from ivr.store.store import SqlStore
from ivr.store.tables import contacts, do_not_call, lists

Centres = frozenset[CentreCode] | None

MOST_COUNTED = 16  # lists that are kept counted: some MB each
LOOKED_AT = 500  # contacts, for the names of a list's own columns
NUMBERS_AT_ONCE = 5_000  # SQLite takes 32,766 values in a statement
PEOPLE = contacts.c


class SqlContactLists:
    """controller.contact_lists.ContactLists on the database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._counted: dict[tuple[ListName, Centres], tuple[int, Sequence[Cell]]] = {}

    async def lists(self, centres: Centres) -> list[ListFacts]:
        return await self._store.read(all_lists, centres)

    async def one(self, name: ListName, centres: Centres) -> ListFacts | None:
        return await self._store.read(one_list, name, centres)

    async def facets(
        self, name: ListName, segment: Segment, centres: Centres
    ) -> Facets:
        if segment.field:
            return await self._store.read(facets, name, segment, centres)
        cells = await self._cells(name, centres)
        return await self._store.read(facets, name, segment, centres, cells)

    async def _cells(self, name: ListName, centres: Centres) -> Sequence[Cell]:
        """Return the list counted; once, for as long as it has as many people."""
        facts = await self._store.read(one_list, name, centres)
        people = facts.contacts if facts else 0
        known = self._counted.pop((name, centres), None)
        if known is None or known[0] != people:
            cells = await self._store.read(cells_of, name, Segment(), centres)
            known = (people, cells)
        self._counted[name, centres] = known  # the latest asked for is the last
        while len(self._counted) > MOST_COUNTED:
            del self._counted[next(iter(self._counted))]
        return known[1]

    async def sample(
        self, name: ListName, segment: Segment, centres: Centres, some: Some
    ) -> list[Contact]:
        return await self._store.read(sample, name, segment, centres, some)

    async def barred(self, number: PhoneNumber) -> Barred | None:
        return await self._store.read(barred, number, self._store.erased)

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
    connection: Connection,
    name: ListName,
    segment: Segment,
    centres: Centres,
    counted: Sequence[Cell] | None = None,
) -> Facets:
    """Return the counts of a segment, and of each choice beside the others chosen.

    `counted`: the list's cells, if they are known; of a segment without a field.
    """
    if counted is None:
        counted = cells_of(connection, name, segment, centres)
    found = sums(counted, segment)
    return Facets(
        total=found.total,
        districts=found.districts,
        schemes=found.schemes,
        constituencies=found.constituencies,
        languages=found.languages,
        fields=_field_names(connection, name, centres),
        values=_values(connection, name, segment, centres) if segment.field else (),
    )


def cells_of(
    connection: Connection, name: ListName, segment: Segment, centres: Centres
) -> list[Cell]:
    """Return a list counted, of a segment only by its field."""
    by_field = Segment(field=segment.field, value=segment.value)
    columns = (PEOPLE.district, PEOPLE.constituency, PEOPLE.schemes, PEOPLE.language)
    query = (
        select(*columns, func.count())
        .where(*_meant(name, by_field, centres))
        .group_by(*columns)
    )
    return [Cell(*row) for row in connection.execute(query)]


def _values(
    connection: Connection, name: ListName, segment: Segment, centres: Centres
) -> Counted:
    column = _field(segment.field)
    query = (
        select(column, func.count())
        .where(*_meant(name, segment, centres, but="value"))
        .group_by(column)
    )
    return most({str(v): n for v, n in connection.execute(query) if v})


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
    some: Some,
) -> list[Contact]:
    """Return some contacts of a segment, the earliest stored first."""
    query = (
        select(contacts)
        .where(*_meant(name, segment, centres), PEOPLE.contact_id > some.after)
        .order_by(PEOPLE.contact_id)
        .limit(some.limit)
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


def barred(
    connection: Connection, number: PhoneNumber, key: NumberKey | None = None
) -> Barred | None:
    """Return since when and why a number is never called, None when it may be."""
    query = select(do_not_call).where(do_not_call.c.number == number)
    row = connection.execute(query).mappings().one_or_none()
    if row is not None:
        return Barred(number, row["since"], row["source"])
    since = erased_since(connection, number, key)
    return Barred(number, since, "erased") if since else None


def barred_count(connection: Connection) -> int:
    return connection.execute(
        select(func.count()).select_from(do_not_call)
    ).scalar_one()
