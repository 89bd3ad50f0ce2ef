"""The kill switch as it works: known before it is written, asked before every dial.

What a stop means, core.dial_stops decides. A stop holds from the moment it is asked
for, also when the store is away; it is lifted only once that is written.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

import structlog

from ivr.controller.floor_store import FloorStore
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock
from ivr.core.dial_stops import (
    DialStop,
    StopScope,
    as_kept,
    stop_of_campaign,
    stop_of_person,
)
from ivr.core.model import Campaign, CampaignId, CentreCode
from ivr.core.organisation import Tree
from ivr.errors import BadInput, StoreUnavailable

log = structlog.get_logger(__name__)

WRITE_S = 2.0  # real seconds that a stop waits for the store
NOT_WRITTEN = (
    "dialling is stopped, but that could not be written down yet: until it is, a "
    "restart would forget it"
)


class DialStops:
    """One for a controller."""

    def __init__(self, store: FloorStore, clock: Clock, tree: Tree) -> None:
        self._store = store
        self._clock = clock
        self._tree = tree
        self._open: dict[str, DialStop] = {}
        self._owed: dict[str, DialStop] = {}  # that the store could not take yet
        # Told of each change; set by whoever wires the rooms together.
        self.on_stop: Callable[[DialStop], Awaitable[None]] | None = None
        self.on_lift: Callable[[], None] | None = None

    async def restore(self) -> None:
        """Take up what was stopped before the start. Raises StoreUnavailable."""
        self._open |= {one.stop_id: one for one in await self._store.dial_stops()}

    def all(self) -> list[DialStop]:
        return list(self._open.values())

    def of_person(
        self, campaign_id: CampaignId, centre: CentreCode | None
    ) -> DialStop | None:
        """Return what forbids dialling one of that centre's people, or None."""
        if not self._open:
            return None
        return stop_of_person(self.all(), campaign_id, centre, self._tree)

    def of_campaign(self, campaign: Campaign) -> DialStop | None:
        """Return what forbids dialling any of the campaign's people, or None."""
        return stop_of_campaign(self.all(), campaign, self._tree)

    def of_call(self, live: LiveCall) -> str:
        """Return why a call that was not dialled yet must not be, or ""."""
        campaign_id = live.campaign.campaign_id
        stop = self.of_person(campaign_id, live.due.contact.centre)
        return f"stopped: {stop.why}" if stop else ""

    async def stop(
        self, scope: StopScope, about: str, *, by: str, why: str
    ) -> DialStop:
        """Stop new dials at once, write it down, then drop the calls that ring.

        Raises BadInput, or StoreUnavailable: stopped, and written as soon as that
        is possible.
        """
        stop_id = f"s-{secrets.token_hex(6)}"
        stop = as_kept(DialStop(stop_id, scope, about, by, why, self._clock.now()))
        self._open[stop_id] = self._owed[stop_id] = stop
        log.warning("Dialling stopped", what=stop.what, by=by, why=stop.why)
        try:
            # Before the drops: they take seconds when the switch hangs, and whoever
            # restarts the program meanwhile must not start the dialling with it.
            async with asyncio.timeout(WRITE_S):  # and telephones ring meanwhile
                await self.write_owed()
        except (StoreUnavailable, TimeoutError) as exc:
            raise StoreUnavailable(NOT_WRITTEN) from exc
        finally:
            if self.on_stop is not None:
                await self.on_stop(stop)
        return stop

    async def write_owed(self) -> None:
        """Write what the store could not take before. Raises StoreUnavailable."""
        for stop_id, stop in list(self._owed.items()):
            await self._store.keep_dial_stop(stop)
            self._owed.pop(stop_id, None)

    async def lift(self, stop_id: str, *, by: str) -> DialStop:
        """Let dialling go on, as far as no other stop holds it. Raises BadInput."""
        stop = self._open.get(stop_id)
        if stop is None:
            raise BadInput("this stop was lifted already", where="stop_id")
        await self.write_owed()
        await self._store.lift_dial_stop(stop_id, by, self._clock.now())
        self._open.pop(stop_id, None)
        log.warning("Dialling goes on", what=stop.what, by=by)
        if self.on_lift is not None:
            self.on_lift()
        return stop
