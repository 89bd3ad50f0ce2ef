"""A campaign's results as the pages show them: counted at most every few seconds.

Counting a million calls takes seconds, so what was counted is kept for a while and
shown at once; newer figures are counted meanwhile. Only one count runs at a time, and
one summary, beside the loop: calls need the database and the machine too. What may be
shown is decided in the core and the store.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from ivr.controller.ports import Clock
from ivr.controller.recordings import Recordings, Sound
from ivr.core.access import User
from ivr.core.flow_model import Flow
from ivr.core.model import Campaign, CampaignId, CampaignState
from ivr.core.opinion_blocks import CaughtUp
from ivr.core.organisation import Tree
from ivr.core.part_summary import PartReport, summarise_part
from ivr.core.retention import Hearing
from ivr.core.selection import (
    CentreScope,
    Selection,
    Slice,
    scope_of,
    slice_of,
)
from ivr.core.spoken import SpokenAnswer, SpokenNote, note_of
from ivr.core.tallies import Names, PartTallies
from ivr.errors import SamvadError

log = structlog.get_logger(__name__)

FRESH_S = 5.0  # figures younger than this are not counted again
FRESH_COUNTS = 10.0  # nor those younger than so many times what counting took
SLOW_S = 0.5  # who would wait longer is shown the old figures meanwhile
OLDEST_S = 600.0  # but none that are older
KEPT = 100  # parts
CATCH_UP_S = 1.5  # a reader waits so long for the newest opinions
SPOKEN_ON_A_PAGE = 20
IN_VIEW = Hearing()


class ResultStore(Protocol):
    """Raises BadInput for an unknown campaign, StoreUnavailable."""

    async def campaigns(self) -> list[tuple[Campaign, CampaignState]]: ...

    async def flow(self, campaign_id: CampaignId) -> Flow: ...

    async def has_people(self, campaign_id: CampaignId, scope: CentreScope) -> bool:
        """Say whether anybody of `scope` is in the campaign's queue."""

    async def part(
        self, campaign_id: CampaignId, scope: CentreScope, part: Slice
    ) -> PartTallies: ...

    async def catch_up(
        self,
        campaign_id: CampaignId,
        zone: ZoneInfo,
        now: datetime,
        seen_to: datetime | None,
    ) -> CaughtUp:
        """Put the opinions of some more calls into blocks."""

    async def spoken(
        self,
        campaign_id: CampaignId,
        scope: CentreScope,
        part: Slice,
        after: tuple[str, int] | None,
        limit: int,
    ) -> list[SpokenAnswer]: ...

    async def one_spoken(
        self, campaign_id: CampaignId, scope: CentreScope, call_id: str, seq: int
    ) -> SpokenAnswer | None: ...

    async def keep_note(self, call_id: str, seq: int, note: SpokenNote) -> None: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A campaign that the reader sees results of."""

    campaign: Campaign
    state: CampaignState


@dataclass(frozen=True, slots=True)
class Look:
    """What a reader is shown, and how old it is."""

    part: PartReport
    state: CampaignState
    counted_at: datetime
    is_behind: bool  # older calls' opinions are still being put into blocks


@dataclass(frozen=True, slots=True)
class _Counted:
    tallies: PartTallies
    at: datetime
    at_s: float  # of the machine's own clock
    took_s: float
    is_behind: bool

    def is_fresh(self, now_s: float) -> bool:
        keeps_s = FRESH_S if self.is_behind else FRESH_COUNTS * self.took_s
        return now_s - self.at_s < max(FRESH_S, keeps_s)

    def may_be_shown(self, now_s: float) -> bool:
        """Say whether it will do until newer figures are counted."""
        return self.took_s >= SLOW_S and now_s - self.at_s < OLDEST_S


_Key = tuple[CampaignId, CentreScope, Slice]


class Results:
    """Asked by the pages; every question is a user's, and answered for their centre."""

    def __init__(
        self,
        store: ResultStore,
        names: Names,
        tree: Tree,
        clock: Clock,
        zone: ZoneInfo,
        recordings: Recordings,
        hearing: Hearing = IN_VIEW,
    ) -> None:
        self.names = names
        self._store = store
        self._tree = tree
        self._clock = clock
        self._zone = zone
        self._recordings = recordings
        self._hearing = hearing
        self._kept: OrderedDict[_Key, _Counted] = OrderedDict()
        self._counting: dict[_Key, asyncio.Task[_Counted]] = {}
        self._catching: dict[CampaignId, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._one_summary_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        """End what is being counted; nobody waits for it any more."""
        tasks = [*self._counting.values(), *self._catching.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def campaigns(self, user: User) -> list[Listed]:
        """Return the campaigns that have people of the user's, the newest last."""
        scope = scope_of(user, self._tree)
        return [
            Listed(campaign, state)
            for campaign, state in await self._store.campaigns()
            if await self._store.has_people(campaign.campaign_id, scope)
        ]

    async def campaign(self, user: User, campaign_id: CampaignId) -> Listed | None:
        """Return it if it has people of the user's; None: there is none such."""
        for campaign, state in await self._store.campaigns():
            if campaign.campaign_id == campaign_id:
                scope = scope_of(user, self._tree)
                is_theirs = await self._store.has_people(campaign_id, scope)
                return Listed(campaign, state) if is_theirs else None
        return None

    async def look(self, user: User, listed: Listed, selection: Selection) -> Look:
        """Return the figures of what is selected, of the user's people."""
        part = slice_of(selection, self._tree, self._zone)
        key = (listed.campaign.campaign_id, scope_of(user, self._tree), part)
        found = await self._counted(key)
        async with self._one_summary_at_a_time:  # of a large campaign it takes a second
            part_report = await asyncio.to_thread(
                summarise_part,
                found.tallies,
                self.names,
                selection,
                found.at,
                self._zone,
            )
        return Look(
            part=part_report,
            state=listed.state,
            counted_at=found.at,
            is_behind=found.is_behind,
        )

    # Spoken answers

    async def spoken(
        self,
        user: User,
        campaign_id: CampaignId,
        selection: Selection,
        after: tuple[str, int] | None,
        *,
        limit: int = SPOKEN_ON_A_PAGE,
    ) -> list[SpokenAnswer]:
        """Return a page of recordings and one more if there are more."""
        scope = scope_of(user, self._tree)
        part = slice_of(selection, self._tree, self._zone)
        return await self._store.spoken(campaign_id, scope, part, after, limit + 1)

    async def one_spoken(
        self, user: User, campaign_id: CampaignId, call_id: str, seq: int
    ) -> SpokenAnswer | None:
        """Return a recording of the user's people; None: there is none such."""
        scope = scope_of(user, self._tree)
        return await self._store.one_spoken(campaign_id, scope, call_id, seq)

    async def flow(self, campaign_id: CampaignId) -> Flow:
        """Return the campaign's flow, whose words the questions are in."""
        return await self._store.flow(campaign_id)

    def has_sound(self, user: User, one: SpokenAnswer) -> bool:
        """Say whether the user can still hear the recording."""
        return self._is_in_view(user, one) and self._recordings.is_there(one.file)

    async def sound(self, user: User, one: SpokenAnswer) -> Sound | None:
        """Open the recording; None: it is not there any more. Raises CannotOpen."""
        if not self._is_in_view(user, one):
            return None
        return await asyncio.to_thread(self._recordings.open, one.file)

    def _is_in_view(self, user: User, one: SpokenAnswer) -> bool:
        return self._hearing.allows(user, one.at, self._clock.now())

    async def note(self, user: User, one: SpokenAnswer, text: str) -> None:
        """Keep what the user noted of a recording. Raises BadInput."""
        note = SpokenNote(self._clock.now(), user.user_id, note_of(text))
        await self._store.keep_note(one.call_id, one.seq, note)

    # Counting

    async def _counted(self, key: _Key) -> _Counted:
        """Return the figures kept, or wait for the first; newer ones are on the way."""
        kept = self._kept.get(key)
        if kept is not None and kept.is_fresh(time.monotonic()):
            self._kept.move_to_end(key)
            return kept
        task = self._counting.get(key)
        if task is None:
            task = asyncio.create_task(self._count(key))
            self._counting[key] = task
            task.add_done_callback(lambda done: self._is_counted(key, done))
        if kept is not None and kept.may_be_shown(time.monotonic()):
            return kept
        return await asyncio.shield(task)

    async def _count(self, key: _Key) -> _Counted:
        is_behind = not await self._catch_up(key[0])
        async with self._one_at_a_time:
            at, started = self._clock.now(), time.monotonic()
            tallies = await self._store.part(*key)
            ended = time.monotonic()
        return _Counted(tallies, at, ended, ended - started, is_behind)

    def _is_counted(self, key: _Key, done: asyncio.Task[_Counted]) -> None:
        self._counting.pop(key, None)
        if done.cancelled():
            return
        if (failure := done.exception()) is not None:
            log.warning("Results not counted", campaign=key[0], error=str(failure))
            return
        self._kept[key] = done.result()
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def _catch_up(self, campaign_id: CampaignId) -> bool:
        """Bring opinions up to date, a while; return whether all are."""
        task = self._catching.get(campaign_id)
        if task is None:
            task = asyncio.create_task(self._put_into_blocks(campaign_id))
            self._catching[campaign_id] = task
            task.add_done_callback(lambda _: self._catching.pop(campaign_id, None))
        await asyncio.wait([task], timeout=CATCH_UP_S)
        return task.done()

    async def _put_into_blocks(self, campaign_id: CampaignId) -> None:
        seen_to: datetime | None = None
        try:
            while True:
                step = await self._store.catch_up(
                    campaign_id, self._zone, self._clock.now(), seen_to
                )
                if step.is_done:
                    return
                seen_to = step.seen_to
        except SamvadError as exc:
            log.warning("Opinions not counted", campaign=campaign_id, error=str(exc))
