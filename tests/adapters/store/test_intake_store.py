"""Lists on their way into the real databases: whole or not at all, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TypeVar

import pytest
from sqlalchemy import insert

from ivr.core.model import ListName, PhoneNumber
from ivr.core.new_list import Added, ContactRow, ListCounts, NewList
from ivr.core.origin import OriginKind
from ivr.errors import BadInput, OurBug, SamvadError, StoreUnavailable
from ivr.store.engine import open_store
from ivr.store.open_intake import Intake, open_intake, prepare
from ivr.store.store import SqlStore
from ivr.store.tables import do_not_call
from tests.adapters.store.scene import FLOW, NOON, SURVEY, VILLAGE, campaign

T = TypeVar("T")

NEW = NewList(VILLAGE, "members who signed up in 2026", OriginKind.OWN_MEMBERS)


def row(number: int, name: str = "राम", fields: str = "{}") -> ContactRow:
    e164 = PhoneNumber(f"+91{number}")
    return ContactRow(e164, None, name, "SEH", "MP.BPL", "156", "a b", "hi", fields)


def rows(first: int, count: int) -> list[ContactRow]:
    return [row(number) for number in range(first, first + count)]


def counts(kept: int) -> ListCounts:
    return ListCounts(read=kept, kept=kept, refused=0, duplicate=0, blank=0)


@pytest.fixture
def intake(database_url: str) -> Iterator[Intake]:
    asyncio.run(prepare(database_url))
    with closing(open_intake(database_url, now=lambda: NOON)) as opened:
        yield opened


def asked(url: str, question: Callable[[SqlStore], object]) -> object:
    """Return what a store on the same database answers."""

    async def ask() -> object:
        async with await open_store(url) as store:
            return await question(store)  # type: ignore[misc]

    return asyncio.run(ask())


def enrolled(url: str) -> object:
    """Return how many people a campaign of the list finds."""

    async def enrol(store: SqlStore) -> int:
        the_campaign = campaign()
        await store.save_campaign(the_campaign, FLOW, "", NOON)
        return await store.enrol(the_campaign, NOON)

    return asked(url, enrol)


def test_a_finished_list_can_be_dialled(intake: Intake, database_url: str) -> None:
    intake.begin(NEW)
    assert intake.add(rows(9827100000, 3)) == Added(frozenset())
    assert intake.add([]) == Added(frozenset())
    intake.finish(counts(3))
    assert enrolled(database_url) == 3


def test_nobody_of_a_list_on_its_way_in_is_dialled(
    intake: Intake, database_url: str
) -> None:
    intake.begin(NEW)
    intake.add(rows(9827100000, 3))
    assert enrolled(database_url) == 0


def test_rows_come_out_as_they_went_in(intake: Intake, database_url: str) -> None:
    odd = 'राम "भैया" \\ 🙏 ${SHELL(id)}; DROP TABLE contacts; --'
    intake.begin(NEW)
    intake.add([row(9827100000, odd, '{"ग्राम": "राम\\"पुर"}')])
    intake.finish(counts(1))
    enrolled(database_url)
    due = asked(database_url, lambda store: store.claim_due(SURVEY, 1, NOON))
    contact = due[0].contact  # type: ignore[index]
    assert (contact.name, contact.fields) == (odd, {"ग्राम": 'राम"पुर'})
    assert (contact.schemes, contact.timezone) == (("a", "b"), "Asia/Kolkata")


def test_a_number_comes_once_in_a_list_and_once_in_each(intake: Intake) -> None:
    intake.begin(NEW)
    intake.add(rows(9827100000, 5))
    again = intake.add(rows(9827100003, 5))
    assert again.duplicates == {"+919827100003", "+919827100004"}
    intake.finish(counts(8))
    intake.begin(NewList(ListName("ward"), NEW.origin, NEW.kind))
    assert intake.add(rows(9827100006, 4)) == Added(frozenset(), in_other_lists=2)
    intake.finish(counts(4))


def test_people_who_asked_not_to_be_called_are_counted(
    intake: Intake, database_url: str
) -> None:
    number = PhoneNumber("+919827100001")
    asked_not_to = insert(do_not_call).values(number=number, since=NOON, source="web")
    asked(database_url, lambda store: store.change(lambda c: c.execute(asked_not_to)))
    intake.begin(NEW)
    assert intake.add(rows(9827100000, 3)).on_do_not_call == 1
    intake.finish(counts(3))


def test_a_list_is_imported_once(intake: Intake) -> None:
    intake.begin(NEW)
    intake.add(rows(9827100000, 1))
    intake.finish(counts(1))
    with pytest.raises(BadInput, match="is there already"):
        intake.begin(NEW)


def test_an_abandoned_list_leaves_nothing(intake: Intake, database_url: str) -> None:
    intake.begin(NEW)
    intake.add(rows(9827100000, 30))
    intake.abandon()
    intake.begin(NEW)
    assert intake.add(rows(9827100000, 30)) == Added(frozenset())
    intake.finish(counts(30))
    assert enrolled(database_url) == 30
    intake.abandon()  # after the end there is nothing to take back
    assert enrolled(database_url) == 0  # all are in the queue already


def test_what_a_killed_import_left_is_taken_away_by_the_next(
    database_url: str,
) -> None:
    asyncio.run(prepare(database_url))
    with closing(open_intake(database_url, now=lambda: NOON)) as killed:
        killed.begin(NEW)
        killed.add(rows(9827100000, 30))
    with closing(open_intake(database_url, now=lambda: NOON)) as intake:
        intake.begin(NEW)
        assert intake.add(rows(9827100000, 2)) == Added(frozenset())
        intake.finish(counts(2))
    assert enrolled(database_url) == 2


def test_two_imports_at_once_are_refused(intake: Intake, database_url: str) -> None:
    with pytest.raises(BadInput, match="another import"):
        open_intake(database_url, now=lambda: NOON)
    intake.close()
    open_intake(database_url, now=lambda: NOON).close()


def test_the_table_refuses_a_number_that_is_never_dialled(intake: Intake) -> None:
    intake.begin(NEW)
    with pytest.raises(OurBug, match="number_law"):
        intake.add([row(9827100000), row(1098271000)])
    intake.add(rows(9827100000, 1))  # nothing of that batch is there
    intake.finish(counts(1))


def test_rows_before_a_list_is_begun_are_a_bug(intake: Intake) -> None:
    with pytest.raises(OurBug, match="must be begun"):
        intake.add(rows(9827100000, 1))


def test_a_database_that_is_gone_is_said_to_be() -> None:
    with pytest.raises(StoreUnavailable):
        open_intake("postgresql://nobody@127.0.0.1:1/none", now=lambda: NOON)
    with pytest.raises(SamvadError):
        open_intake("sqlite:////nowhere/at/all.db", now=lambda: NOON)
