"""Claims so many contacts, has the law judge each, and places their calls.

Whom we abandoned before, or who asked for the call, is called only with a desk
reserved: if none is free they are given back for a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from ivr.controller.call_router import CallRouter, new_call_id
from ivr.controller.campaign_run import CampaignRun
from ivr.controller.dial_stops import DialStops
from ivr.controller.ports import Clock, Store
from ivr.controller.telecaller_desk import Desks
from ivr.controller.watching import Watch
from ivr.controller.whose_turn import WhoseTurn
from ivr.core.accounts import place_refuses
from ivr.core.compliance import judge
from ivr.core.dial_stops import refusal
from ivr.core.model import CallId, Campaign, CampaignState, Due, Refused
from ivr.core.routing import needs_promise
from ivr.errors import SamvadError, StoreUnavailable

log = structlog.get_logger(__name__)

CLAIM_AT_MOST = 200
ROUNDS_AT_MOST = 5  # of claiming, in one tick: refusals make another round
EMPTY_PAUSE_S = 1.0  # after a claim that found nobody due
NO_DESK = "No telecaller is free to be reserved for them"
ASK_AGAIN = timedelta(seconds=15)


class Placing:
    """Places what the dial loop decided."""

    def __init__(
        self,
        *,
        store: Store,
        router: CallRouter,
        desks: Desks,
        watch: Watch,
        whose_turn: WhoseTurn,
        clock: Clock,
        stops: DialStops,
        is_draining: Callable[[], bool],
        on_finished: Callable[[Campaign], None],
    ) -> None:
        self._store = store
        self._router = router
        self._desks = desks
        self._watch = watch
        self._whose_turn = whose_turn
        self._clock = clock
        self._stops = stops
        self._is_draining = is_draining
        self._on_finished = on_finished

    async def launch(self, run: CampaignRun, wanted: int) -> None:
        placed = 0
        for _ in range(ROUNDS_AT_MOST):
            now = self._clock.now()
            limit = min(wanted - placed, CLAIM_AT_MOST)
            centres = self._whose_turn.of(run, limit)
            campaign_id = run.campaign.campaign_id
            due = await self._store.claim_due(campaign_id, limit, now, centres)
            if not due:
                await self._nobody_due(run, now)
                return
            placed += await self._judge_and_place(run, due, now)
            if placed >= wanted:
                return

    async def _nobody_due(self, run: CampaignRun, now: datetime) -> None:
        run.empty_until = self._clock.steady_s() + EMPTY_PAUSE_S
        campaign_id = run.campaign.campaign_id
        undone = await self._store.undone(campaign_id)
        if undone:
            following = await self._store.next_due_at(campaign_id, now)
            run.because = (
                f"nobody is due; next at {following.isoformat(timespec='seconds')}"
                if following
                else "nobody is due; calls in progress may change that"
            )
            return
        run.because = "every contact is done"
        if not any(c.campaign is run.campaign for c in self._router.live()):
            await self._store.set_campaign_state(
                campaign_id, CampaignState.FINISHED, now
            )
            log.info("Campaign finished", campaign=campaign_id)
            self._on_finished(run.campaign)

    async def _judge_and_place(
        self, run: CampaignRun, due: list[Due], now: datetime
    ) -> int:
        allowed: list[tuple[Due, CallId]] = []
        for contact in due:
            call_id = new_call_id(now)
            refused = self._refused(run, contact, call_id, now)
            if refused is None:
                allowed.append((contact, call_id))
            else:
                await self._store.refuse(
                    run.campaign.campaign_id, contact.contact.contact_id, refused, now
                )
        results = await asyncio.gather(
            *(self._place(run, contact, call_id) for contact, call_id in allowed),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(allowed)

    def _refused(
        self, run: CampaignRun, due: Due, call_id: CallId, now: datetime
    ) -> Refused | None:
        """Return why they are not called now, or reserve what their call needs."""
        assert run.law is not None
        stop = self._stops.of_person(run.campaign.campaign_id, due.contact.centre)
        if stop is not None:
            return refusal(stop, now)
        verdict = judge(due, run.campaign, run.trunk, run.law, now)
        if isinstance(verdict, Refused):
            return verdict
        centre, tree = due.contact.centre, self._desks.tree
        spent = place_refuses(run.campaign, centre, run.by_centre, tree, now)
        if spent is not None:
            return spent
        needs = needs_promise(due, run.campaign.mode)
        if needs and not self._desks.promise(due, run.campaign, call_id):
            return Refused("no_desk_to_reserve", NO_DESK, now + ASK_AGAIN)
        return None

    async def _place(self, run: CampaignRun, due: Due, call_id: CallId) -> None:
        if self._is_draining():
            # The claim is given back at the next start.
            await self._desks.call_ended(call_id)
            return
        stop = self._stops.of_person(run.campaign.campaign_id, due.contact.centre)
        if stop is not None:  # since it was claimed
            await self._desks.call_ended(call_id)
            contact_id, now = due.contact.contact_id, self._clock.now()
            why = refusal(stop, now)
            await self._store.refuse(run.campaign.campaign_id, contact_id, why, now)
            return
        try:
            since_s = self._clock.steady_s()
            live = await self._router.place(
                due, run.campaign, run.flow, run.trunk, call_id=call_id
            )
        except SamvadError as exc:
            await self._desks.call_ended(call_id)
            if isinstance(exc, StoreUnavailable):
                raise
            log.error("Call not placed", error=str(exc))
            return
        self._watch.placed(live.call.call_id, since_s)
        self._desks.is_called(live)
