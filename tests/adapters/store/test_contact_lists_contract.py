"""What every memory of lists promises: the real one on both databases, and the fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from ivr.controller.contact_lists import ContactLists
from ivr.core.list_facts import Barred, ListFacts, Segment, Some
from ivr.core.model import Contact, ContactId, ListName, PhoneNumber
from ivr.core.new_list import ContactRow, ListCounts, NewList
from ivr.core.origin import OriginKind
from ivr.errors import BadInput
from ivr.store.comparing import ComparingIntake
from ivr.store.contact_lists import SqlContactLists, known_of, list_state
from ivr.store.engine import open_store
from ivr.store.open_intake import Intake, open_intake
from ivr.store.store import SqlStore
from tests.adapters.store.conftest import postgres
from tests.adapters.store.scene import NOON
from tests.fakes.memory_lists import MemoryLists
from tests.fakes.site import SEHORE, VIDISHA

NOV, OTHER = ListName("nov"), ListName("other")
SEHORES = frozenset({SEHORE})


def person(number: int, centre: str | None, **facts: object) -> Contact:
    return Contact(
        ContactId(number),
        NOV,
        PhoneNumber(f"+9198271{number:05}"),
        name=f"व्यक्ति {number}",
        centre=centre,  # type: ignore[arg-type]
        **facts,  # type: ignore[arg-type]
    )


PEOPLE = [
    person(1, SEHORE, district="SEH", schemes=("ujjwala", "ayushman")),
    person(2, SEHORE, district="SEH", schemes=("ujjwala",), language="en"),
    person(3, SEHORE, district="SEH", fields={"village": 'रा"म%पुर'}),
    person(4, VIDISHA, district="VID", constituency="144", fields={"ward": "7"}),
    person(5, None, fields={"village": "बड़ी"}),
]
BARRED = Barred(PEOPLE[3].number, NOON, "key_9")


@dataclass
class Scene:
    lists: ContactLists


@pytest.fixture(params=["memory", "sqlite", postgres])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    if request.param == "memory":
        memory = MemoryLists()
        memory.people = PEOPLE
        memory.facts[NOV] = ListFacts(NOV, "a November camp", "", "ready", NOON, 0)
        memory.never[BARRED.number] = BARRED
        yield Scene(memory)
        return
    url: str = request.getfixturevalue(f"{request.param}_url")
    async with await open_store(url) as store:
        await filled(store)
        yield Scene(SqlContactLists(store))


async def filled(store: SqlStore) -> None:
    await store.add_contacts(NOV, "a November camp", NOON, PEOPLE)
    await store.keep_opt_out(BARRED.number, BARRED.since, BARRED.source, None)


async def test_a_list_counts_only_ones_own_people(scene: Scene) -> None:
    everybody = await scene.lists.one(NOV, None)
    own = await scene.lists.one(NOV, SEHORES)
    assert everybody is not None and own is not None
    assert (everybody.contacts, own.contacts) == (5, 3)
    assert (own.origin, own.state, own.rows) == ("a November camp", "ready", None)
    assert [one.contacts for one in await scene.lists.lists(SEHORES)] == [3]


async def test_a_list_of_others_is_not_there(scene: Scene) -> None:
    nobody = frozenset({"MP.BPL.RSN"})
    assert await scene.lists.one(NOV, nobody) is None  # type: ignore[arg-type]
    assert await scene.lists.lists(nobody) == []  # type: ignore[arg-type]
    assert await scene.lists.one(ListName("nowhere"), None) is None


async def test_a_segment_counts_what_each_other_choice_would_have(scene: Scene) -> None:
    found = await scene.lists.facets(NOV, Segment(scheme="ujjwala"), None)
    assert found.total == 2
    assert found.districts == (("SEH", 2),)
    assert found.schemes == (("ujjwala", 2), ("ayushman", 1))
    assert found.languages == (("en", 1), ("hi", 1))
    assert found.constituencies == ()
    assert set(found.fields) == {"village", "ward"}
    both = Segment(scheme="ujjwala", language="en")
    assert (await scene.lists.facets(NOV, both, None)).total == 1


async def test_a_lists_own_columns_are_filters_too(scene: Scene) -> None:
    found = await scene.lists.facets(NOV, Segment(field="village"), None)
    assert dict(found.values) == {'रा"म%पुर': 1, "बड़ी": 1}
    chosen = Segment(field="village", value='रा"म%पुर')
    assert (await scene.lists.facets(NOV, chosen, None)).total == 1
    [found_one] = await scene.lists.sample(NOV, chosen, None, Some(9))
    assert found_one.number == PEOPLE[2].number


async def test_a_segment_shows_nothing_of_other_centres(scene: Scene) -> None:
    found = await scene.lists.facets(NOV, Segment(), SEHORES)
    assert (found.total, found.districts) == (3, (("SEH", 3),))
    assert (found.fields, found.constituencies) == (("village",), ())
    foreign = Segment(district="VID")
    assert await scene.lists.sample(NOV, foreign, SEHORES, Some(9)) == []
    sample = await scene.lists.sample(NOV, Segment(), SEHORES, Some(2))
    assert [one.number for one in sample] == [one.number for one in PEOPLE[:2]]
    rest = Some(2, after=sample[-1].contact_id)
    [last] = await scene.lists.sample(NOV, Segment(), SEHORES, rest)
    assert last.number == PEOPLE[2].number


@pytest.mark.parametrize("odd", ["%", "_", "'", "ujjw", "SEH' OR '1'='1"])
async def test_an_odd_filter_finds_nobody(scene: Scene, odd: str) -> None:
    for which in ("district", "scheme", "constituency", "language"):
        segment = Segment(**{which: odd})
        assert (await scene.lists.facets(NOV, segment, None)).total == 0


async def test_do_not_call_is_asked_about_one_number(scene: Scene) -> None:
    assert await scene.lists.barred(BARRED.number) == BARRED
    assert await scene.lists.barred(PEOPLE[0].number) is None
    assert await scene.lists.barred_count() == 1


async def test_a_list_that_grew_is_counted_anew(sql_store: SqlStore) -> None:
    await filled(sql_store)
    lists = SqlContactLists(sql_store)
    before = await lists.facets(NOV, Segment(district="SEH"), None)
    more = [person(6, SEHORE, district="SEH")]
    await sql_store.add_contacts(NOV, "a November camp", NOON, more)
    after = await lists.facets(NOV, Segment(district="SEH"), None)
    assert (before.total, after.total) == (3, 4)


# What an import asks beforehand


async def test_numbers_are_known_only_within_ones_centres(sql_store: SqlStore) -> None:
    await filled(sql_store)
    numbers = [PEOPLE[0].number, PEOPLE[3].number, PhoneNumber("+919893000001")]
    assert await sql_store.read(known_of, numbers, None) == (2, 1)
    assert await sql_store.read(known_of, numbers, SEHORES) == (1, 1)


def row(number: str) -> ContactRow:
    return ContactRow(PhoneNumber(number), None, "", "SEH", SEHORE, "", "", "hi", "{}")


def test_a_comparison_stores_nothing_and_counts_all(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    asyncio.run(_filled_at(database_url))
    passing = f"sqlite:///{tmp_path_factory.mktemp('passing')}/compare.db"
    asyncio.run(_opened(passing))
    with (
        closing(_intake(passing)) as inner,
        closing(ComparingIntake(inner, database_url, SEHORES)) as sink,
    ):
        with pytest.raises(BadInput, match="there already"):
            sink.refuse_known_name(NOV)
        sink.refuse_known_name(OTHER)
        sink.begin(NewList(OTHER, "a camp in Ashta", OriginKind.OWN_MEMBERS))
        sink.add([row("+919893000001")])
        added = sink.add(
            [row("+919893000001"), row(PEOPLE[0].number), row(PEOPLE[3].number)]
        )
        assert added.duplicates == {"+919893000001"}
        assert (added.in_other_lists, added.on_do_not_call) == (1, 1)
        sink.finish(ListCounts(4, 3, 0, 1, 0))
    assert asyncio.run(_state(database_url, OTHER)) is None


def test_what_a_killed_import_left_is_taken_back(database_url: str) -> None:
    asyncio.run(_filled_at(database_url))
    with closing(_intake(database_url)) as sink:
        sink.begin(NewList(OTHER, "a camp in Ashta", OriginKind.OWN_MEMBERS))
        sink.add([row("+919893000001")])
    with closing(_intake(database_url)) as sink:
        sink.take_back(OTHER)
        sink.take_back(NOV)  # complete: it stays
    assert asyncio.run(_state(database_url, OTHER)) is None
    assert asyncio.run(_state(database_url, NOV)) == "ready"


def _intake(url: str) -> Intake:
    return open_intake(url, now=lambda: NOON)


async def _opened(url: str) -> None:
    async with await open_store(url):
        pass


async def _filled_at(url: str) -> None:
    async with await open_store(url) as store:
        await filled(store)


async def _state(url: str, name: ListName) -> str | None:
    async with await open_store(url) as store:
        return await store.read(list_state, name)
