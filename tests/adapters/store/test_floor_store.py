"""What every floor store promises: stops, messages, the day's counts, gates."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ivr.controller.floor_store import FloorStore
from ivr.core.day_counts import Ended
from ivr.core.desk_messages import DeskMessage
from ivr.core.dial_stops import DialStop, StopScope, refusal
from ivr.core.model import CentreCode, Disposition
from ivr.store.floor import SqlFloorStore
from ivr.store.store import SqlStore
from tests.adapters.store.conftest import AnyStore
from tests.adapters.store.scene import (
    ASHA,
    CENTRE,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SURVEY,
    ended,
    opened,
    person,
    started,
)
from tests.fakes.memory_floor import MemoryFloorStore

SEH, VID = CentreCode("MP.BPL.SEH"), CentreCode("MP.BPL.VID")
STOP = DialStop("s-1", StopScope.CENTRE, SEH, "meera", "ग़लत संदेश", NOON)


@pytest.fixture
def floor(store: AnyStore) -> FloorStore:
    if isinstance(store, SqlStore):
        return SqlFloorStore(store)
    return MemoryFloorStore(store)


async def two_centres(store: AnyStore) -> None:
    """Put three people of two centres, and one of none, into a running campaign."""
    people = [person(n, centre=centre) for n, centre in enumerate((SEH, SEH, VID))]
    await started(store, [*people, person(9)])
    await store.set_campaign_state(SURVEY, "running", NOON)  # type: ignore[arg-type]


async def test_a_stop_is_open_until_it_is_lifted(floor: FloorStore) -> None:
    other = DialStop("s-2", StopScope.ALL, "", "ravi", "आपात", NOON + MINUTE)
    for stop in (STOP, other, STOP):  # one more time: its fate was not learned
        await floor.keep_dial_stop(stop)
    assert await floor.dial_stops() == [STOP, other]
    await floor.lift_dial_stop("s-1", "meera", NOON + HOUR)
    await floor.lift_dial_stop("s-1", "again", NOON + HOUR)
    assert await floor.dial_stops() == [other]


async def test_whom_a_stop_held_is_due_when_it_is_lifted_and_nobody_else(
    store: AnyStore, floor: FloorStore
) -> None:
    await two_centres(store)
    first, second = await store.claim_due(SURVEY, 2, NOON)
    await store.refuse(SURVEY, first.contact.contact_id, refusal(STOP, NOON), NOON)
    call = await opened(store)
    await ended(store, call, next_at=NOON + timedelta(hours=2))
    await store.release_claims(SURVEY)
    at = NOON + MINUTE
    assert (await floor.gates(SURVEY, at, None))["waiting:dialling_stopped"] == 1
    await floor.lift_dial_stop("s-1", "meera", at)
    counts = await floor.gates(SURVEY, at, None)
    assert "waiting:dialling_stopped" not in counts
    assert (counts["due"], counts["waiting:retry_busy"]) == (3, 1)
    assert second.contact.contact_id != first.contact.contact_id


async def test_gates_and_the_next_due_are_of_the_centres_asked_about(
    store: AnyStore, floor: FloorStore
) -> None:
    await two_centres(store)
    before = NOON - MINUTE
    for centres, count in (({SEH}, 2), ({VID}, 1), ({SEH, VID}, 3), (None, 4)):
        counts = await floor.gates(SURVEY, NOON, centres)
        assert (counts["due"], counts["in_lists"], counts["queued"]) == (count,) * 3
        assert await floor.next_due_of(SURVEY, before, centres) == NOON
    assert (await floor.gates(SURVEY, NOON, set())).get("due", 0) == 0
    assert await floor.next_due_of(SURVEY, before, set()) is None
    assert await floor.next_due_of(SURVEY, NOON, {SEH}) is None


async def test_the_days_calls_are_counted_by_centre_and_what_became_of_them(
    store: AnyStore, floor: FloorStore
) -> None:
    await two_centres(store)
    talked = await opened(store, "c-1")
    facts = {"answered_at": NOON, "joined_at": NOON, "completed": True}
    await ended(store, talked, Disposition.TALKED, **facts)
    await ended(store, await opened(store, "c-2"))
    await opened(store, "c-3")  # it is not over
    found = await floor.calls_since(NOON)
    plain = {"opted_out": False, "abandoned": False}
    assert sorted(found, key=lambda one: one.disposition) == [
        Ended(SURVEY, SEH, Disposition.BUSY, False, False, False, **plain),
        Ended(SURVEY, SEH, Disposition.TALKED, True, True, True, **plain),
    ]
    assert await floor.calls_since(NOON + MINUTE) == []


async def test_a_message_is_unseen_until_it_is_seen_and_kept_after(
    store: AnyStore, floor: FloorStore
) -> None:
    await store.upsert_people([CENTRE], [ASHA])
    old = DeskMessage("m-0", ASHA.telecaller_id, "meera", "कल", NOON - 2 * DAY)
    new = DeskMessage("m-1", ASHA.telecaller_id, "meera", "ज़रा धीरे बोलिए", NOON)
    for message in (old, new):
        await floor.keep_message(message)
    assert await floor.unseen_messages(NOON - DAY) == [new]
    for at in (NOON + MINUTE, NOON + HOUR):
        await floor.message_seen("m-1", at)
    assert await floor.unseen_messages(NOON - DAY) == []
    (kept,) = await floor.messages(ASHA.telecaller_id, NOON - DAY)
    assert (kept.text, kept.seen_at) == (new.text, NOON + MINUTE)
