"""A controller on a store in memory, with whatever switch it is given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from ivr.controller.clock import SystemClock
from ivr.controller.ports import Switch, WayOut
from ivr.controller.rooms import World
from ivr.controller.running import Running
from ivr.core.flow_model import Flow
from ivr.core.law import Calendar, LawFacts
from ivr.core.model import CallId, Contact, ContactId, Due, Mode, PhoneNumber
from tests.fakes.memory_floor import MemoryFloorStore
from tests.fakes.memory_store import MemoryStore
from tests.fakes.practices import SCENARIO, MemoryPractices
from tests.polling import until
from tests.unit.controller.conftest import (
    CALLER_ID,
    CAMPAIGN,
    FLOW,
    HELP,
    IN_CHARGE,
    LIST,
    TELECALLERS,
    TREE,
    TRUNK,
)

# No dial loop of ours dials in it: the fuzzer says which calls there are.
MANUAL = replace(CAMPAIGN, mode=Mode.PREVIEW)
NUMBER = PhoneNumber("+919827123456")
OVER_WITHIN_S = 3.0


class Centre:
    """What a fuzzer holds: calls placed by hand, on the real rooms."""

    def __init__(self, running: Running, store: MemoryStore, flow: Flow) -> None:
        self.running = running
        self.store = store
        self._flow = flow
        self._due: Due | None = None

    async def begin(self) -> None:
        now = self.running._clock.now()
        contact = Contact(ContactId(0), LIST, NUMBER, name="राम")
        await self.store.add_contacts(LIST, "a list for tests", now, [contact])
        await self.store.save_campaign(MANUAL, self._flow, "", now)
        await self.store.enrol(MANUAL, now)
        [self._due] = await self.store.claim_due(MANUAL.campaign_id, 1, now)

    async def call(self, call_id: str) -> None:
        assert self._due is not None
        await self.running.router.place(
            self._due, MANUAL, self._flow, TRUNK, call_id=CallId(call_id)
        )

    async def over(self, *ids: str) -> None:
        """Return once the calls are no more live, and forget what was kept of them."""
        router, store = self.running.router, self.store
        try:
            await until(
                lambda: not any(router.find(one) for one in ids),
                within_s=OVER_WITHIN_S,
            )
        except AssertionError:
            live = [(str(o.call.call_id), str(o.state)) for o in router.live()]
            raise AssertionError(f"calls that never end: {live}") from None
        for one in map(CallId, ids):
            attempt = store.attempts.pop(one, None)
            assert attempt is None or attempt.disposition, f"{one} is left open"
            store.answers.pop(one, None)
            store.callbacks.pop(one, None)
        store.desk_log.clear()
        store.conversations.clear()
        store.do_not_call.clear()


@asynccontextmanager
async def open_centre(
    switch: Switch, clock: SystemClock, flow: Flow = FLOW
) -> AsyncIterator[Centre]:
    store = MemoryStore()
    await store.upsert_people(list(TREE.values()), TELECALLERS)
    running = Running(
        World(
            store=store,
            floor_store=MemoryFloorStore(store),
            switch=switch,
            clock=clock,
            telecallers=TELECALLERS,
            tree=TREE,
            in_charges=[IN_CHARGE],
            way_out=WayOut(TRUNK, CALLER_ID),
            transfer_numbers=[HELP],
            law_of=lambda campaign, counts: replace(
                LawFacts(calendar=Calendar()), abandonment=counts
            ),
            trunk_of=lambda name: TRUNK,
            district_names={},
            practice_store=MemoryPractices(),
            scenarios=[SCENARIO],
        )
    )
    await running.start_up(timedelta(seconds=10))
    centre = Centre(running, store, flow)
    await centre.begin()
    try:
        yield centre
    finally:
        await running.shut_down()
