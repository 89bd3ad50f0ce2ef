"""The floor's memory (controller.floor_store) beside a MemoryStore, for tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ivr.controller.floor_store import Centres
from ivr.core.day_counts import Ended
from ivr.core.desk_messages import DeskMessage
from ivr.core.dial_stops import REASON, DialStop
from ivr.core.model import CampaignId, TelecallerId
from tests.fakes.memory_store import MemoryStore


class MemoryFloorStore:
    """Fails whenever its MemoryStore is made to (`fail_with`)."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.aside = 0
        self.stops: dict[str, DialStop] = {}
        self.lifted: dict[str, tuple[str, datetime]] = {}
        self.kept_messages: dict[str, DeskMessage] = {}

    def writes_aside(self) -> int:
        return self.aside

    def _check(self) -> None:
        if self._store.fail_with is not None:
            raise self._store.fail_with

    async def dial_stops(self) -> list[DialStop]:
        self._check()
        return [one for key, one in self.stops.items() if key not in self.lifted]

    async def keep_dial_stop(self, stop: DialStop) -> None:
        self._check()
        self.stops[stop.stop_id] = stop

    async def lift_dial_stop(self, stop_id: str, by: str, at: datetime) -> None:
        self._check()
        if stop_id in self.stops:
            self.lifted.setdefault(stop_id, (by, at))
        for campaign, state in await self._store.list_campaigns():
            if state not in ("running", "paused"):
                continue
            for turn in self._store.turns_of(campaign.campaign_id):
                if turn.state == "due" and turn.reason == REASON:
                    turn.due_at, turn.reason = at, ""

    async def calls_since(self, at: datetime) -> list[Ended]:
        self._check()
        counted: Counter[Ended] = Counter()
        for one in self._store.attempts.values():
            if one.disposition is None or one.call.placed_at < at:
                continue
            call = one.call
            contact = await self._store.contact(call.contact_id)
            kind = Ended(
                call.campaign_id,
                contact.centre,
                one.disposition,
                answered=call.answered_at is not None,
                completed=call.completed,
                joined=call.joined_at is not None,
                opted_out=call.opted_out,
                abandoned=call.abandoned,
            )
            counted[kind] += 1
        return [replace(kind, count=count) for kind, count in counted.items()]

    async def gates(
        self, campaign_id: CampaignId, now: datetime, centres: Centres
    ) -> Mapping[str, int]:
        self._check()
        return await self._store.funnel(campaign_id, now, centres)

    async def next_due_of(
        self, campaign_id: CampaignId, after: datetime, centres: Centres
    ) -> datetime | None:
        self._check()
        return min(
            (
                turn.due_at
                for turn in self._store.turns_of(campaign_id)
                if turn.state == "due" and turn.due_at and turn.due_at > after
                if centres is None or turn.contact.centre in centres
            ),
            default=None,
        )

    async def keep_message(self, message: DeskMessage) -> None:
        self._check()
        self.kept_messages[message.message_id] = message

    async def message_seen(self, message_id: str, at: datetime) -> None:
        self._check()
        message = self.kept_messages.get(message_id)
        if message is not None and message.seen_at is None:
            self.kept_messages[message_id] = replace(message, seen_at=at)

    async def messages(
        self, telecaller_id: TelecallerId, since: datetime
    ) -> list[DeskMessage]:
        self._check()
        return [one for one in self._since(since) if one.telecaller_id == telecaller_id]

    async def unseen_messages(self, since: datetime) -> list[DeskMessage]:
        self._check()
        return [one for one in self._since(since) if one.seen_at is None]

    def _since(self, since: datetime) -> list[DeskMessage]:
        kept = [one for one in self.kept_messages.values() if one.at >= since]
        return sorted(kept, key=lambda one: (one.at, one.message_id))
