"""Ticks, and is woken by events: for each running campaign asks core how many to
dial (how_many.py), and has so many calls placed (placing.py).

Decides nothing: core.pacing says how many, core.compliance says who.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from ivr.controller.braking import Braking
from ivr.controller.call_router import CallRouter
from ivr.controller.campaign_run import CampaignRun
from ivr.controller.core_pacers import CorePacer
from ivr.controller.decisions import Decisions
from ivr.controller.dial_stops import DialStops
from ivr.controller.happened import Tell, campaign_finished, to_nobody
from ivr.controller.how_many import TICK_S, HowMany
from ivr.controller.law_now import LawNow, LawOf
from ivr.controller.live_call import LiveCall
from ivr.controller.offers import Offers
from ivr.controller.placing import Placing
from ivr.controller.ports import Clock, Pacers, Store
from ivr.controller.telecaller_desk import Desks
from ivr.controller.trunk_meter import TrunkMeter
from ivr.controller.watching import Watch
from ivr.controller.whose_turn import WhoseTurn
from ivr.core.accounts import ByCentre
from ivr.core.compliance import judge, judge_campaign
from ivr.core.desk import Desk
from ivr.core.dial_stops import REASON, refusal
from ivr.core.hours import next_open
from ivr.core.learned import Learned
from ivr.core.model import (
    Campaign,
    CampaignId,
    Disposition,
    Due,
    PacingDecision,
    Refused,
    TelecallerId,
    Trunk,
    TrunkName,
)
from ivr.core.pacer import Fact, PacingView
from ivr.errors import BadInput, StoreUnavailable

log = structlog.get_logger(__name__)

SAVE_EVERY_S = 5.0  # of what was learned
ZONE = "Asia/Kolkata"  # India has one; a contact's own is judged contact by contact


class DialLoop:
    """Dials for every running campaign until cancelled."""

    def __init__(
        self,
        *,
        store: Store,
        router: CallRouter,
        desks: Desks,
        clock: Clock,
        law_of: LawOf,
        trunk_of: Callable[[TrunkName], Trunk],
        pacers: Pacers,
        offers: Offers,
        stops: DialStops,
        tell: Tell = to_nobody,
        meter: TrunkMeter | None = None,
    ) -> None:
        self._meter = meter
        self._store = store
        self._tell = tell
        self._stops = stops
        self._router = router
        self._desks = desks
        self._clock = clock
        self._law = LawNow(store, clock, law_of, desks.tree)
        self._trunk_of = trunk_of
        self._pacers = pacers
        self._watch = Watch(self.learn)
        self.braking = Braking(router=router, clock=clock)
        self._how_many = HowMany(
            router=router,
            desks=desks,
            watch=self._watch,
            clock=clock,
            offers=offers,
            braking=self.braking,
            meter=meter,
        )
        self._placing = Placing(
            store=store,
            router=router,
            desks=desks,
            watch=self._watch,
            whose_turn=WhoseTurn(
                router=router, desks=desks, watch=self._watch, clock=clock
            ),
            clock=clock,
            stops=stops,
            is_draining=lambda: self.is_draining,
            on_finished=self._finished,
        )
        self._saved_at = 0.0
        self._ticks = 0
        self.decisions = Decisions()
        self._runs: dict[CampaignId, CampaignRun] = {}
        self._wake = asyncio.Event()
        self._refresh = True
        self.is_draining = False
        self.last_tick_at: datetime | None = None

    def wake(self) -> None:
        """Something changed: look now rather than at the next tick."""
        self._wake.set()

    def _finished(self, campaign: Campaign) -> None:
        self._tell(campaign_finished(campaign, self._clock.now()))
        self.refresh()

    def refresh(self) -> None:
        """The set of running campaigns changed."""
        self._refresh = True
        self.wake()

    def look_again(self) -> None:
        """People became due who were not: whoever found nobody asks again."""
        for run in self._runs.values():
            run.empty_until = None
        self.wake()

    def runs(self) -> list[CampaignRun]:
        return list(self._runs.values())

    def run_of(self, campaign_id: CampaignId) -> CampaignRun | None:
        return self._runs.get(campaign_id)

    def chance_free(self, desk: Desk, within_s: float) -> float:
        """Return the chance that a busy desk is free in time, as far as is known."""
        return self._how_many.chance_free(self._runs, desk, within_s)

    def pool_view(self, campaign: Campaign) -> PacingView:
        """Return what the campaign's calls and desks are doing now."""
        return self._how_many.moment().view(campaign, campaign.mode)

    def learned_of(self, campaign: Campaign) -> Learned:
        """Return what pacing learned of the campaign; nothing, by other pacers."""
        run = self._runs.get(campaign.campaign_id)
        if run is not None and isinstance(run.pacer, CorePacer):
            return run.pacer.learned
        return Learned(campaign.caps.abandonment_target)

    async def run(self) -> None:
        self.braking.lag.start()
        try:
            await self._run()
        finally:
            self.braking.lag.stop()

    async def _run(self) -> None:
        while True:
            try:
                await self.tick()
            except StoreUnavailable as exc:
                log.error("Nothing dialled: the store is away", error=str(exc))
                for run in self._runs.values():
                    run.held = f"the store is away: {exc}"
                await self._clock.sleep(1.0)
            except Exception:  # the loop must outlive any one tick
                log.exception("Dial tick failed")
                await self._clock.sleep(1.0)
            # Not wait_for: on Python 3.11 it may swallow a cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._wake.wait()
            self._wake.clear()

    async def tick(self) -> None:
        """Ask for each running campaign once."""
        self.last_tick_at = self._clock.now()
        if self._refresh:
            self._refresh = False
            try:
                await self._load()
            except BaseException:
                self._refresh = True  # the store was away: it is asked again
                raise
        self._look()
        self.braking.look()
        for run in self._in_turn():
            await self._tick(run)
        await self._save_now_and_then()

    def _look(self) -> None:
        calls, desks = self._router.live(), self._desks.sessions()
        self._watch.look(calls, desks, self._clock.steady_s())

    def _in_turn(self) -> list[CampaignRun]:
        """Each tick another campaign comes first: they share telecallers."""
        runs = list(self._runs.values())
        first = self._ticks % len(runs) if runs else 0
        self._ticks += 1
        return runs[first:] + runs[:first]

    async def _save_now_and_then(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._saved_at >= SAVE_EVERY_S:
            self._saved_at = now
            await self._pacers.save()

    async def stop(self) -> None:
        """Keep what was learned; the loop itself was cancelled."""
        await self._pacers.save()

    async def _load(self) -> None:
        running = {c.campaign_id: c for c in await self._store.running_campaigns()}
        for gone in set(self._runs) - set(running):
            del self._runs[gone]
        for campaign_id, campaign in running.items():
            if campaign_id not in self._runs:
                flow = await self._store.campaign_flow(campaign_id)
                trunk = self._trunk_of(campaign.trunk)
                pacer = await self._pacers.of(campaign)
                self._runs[campaign_id] = CampaignRun(campaign, flow, trunk, pacer)

    async def _tick(self, run: CampaignRun) -> None:
        now = self._clock.now()
        run.held = await self._forbidden(run, now)
        held = run.held or self._nobody_due(run)
        if held:
            self._decided(run, PacingDecision(0, held), now)
            return
        decision = self._how_many.decide(run)
        if decision is None:
            return
        self._decided(run, decision, now)
        run.asked += decision.dial
        if decision.dial > 0:
            await self._placing.launch(run, decision.dial)

    def _decided(
        self, run: CampaignRun, decision: PacingDecision, now: datetime
    ) -> None:
        run.because, run.decided = decision.because, decision.dial
        self.decisions.add(run.campaign.campaign_id, decision, now)

    async def _held_back(self, run: CampaignRun, now: datetime) -> str:
        """Return why nobody is dialled now for this campaign, or ""."""
        return await self._forbidden(run, now) or self._nobody_due(run)

    def _nobody_due(self, run: CampaignRun) -> str:
        """Return what the last look at the queue found, while it is still young."""
        steady_s = self._clock.steady_s()
        is_young = run.empty_until is not None and steady_s < run.empty_until
        return run.because if is_young else ""

    async def _forbidden(self, run: CampaignRun, now: datetime) -> str:
        """Return why nobody may be dialled now for this campaign, or ""."""
        if self.is_draining:
            return "draining: no new calls, live ones finish"
        if not self._router.switch_is_up.is_set():
            return "the telephone switch cannot be reached"
        stop = self._stops.of_campaign(run.campaign)
        if stop is not None:
            return f"{REASON}: {stop}"
        spent = self._meter.refusal(run.trunk) if self._meter else ""
        if spent:
            return spent
        law = await self._law.of(run)
        verdict = judge_campaign(run.campaign, run.trunk, law, now)
        if isinstance(verdict, Refused):
            account = run.account if verdict.reason == "abandonment_stop" else ""
            return "; ".join(
                filter(None, (f"{verdict.reason}: {verdict.rule}", account))
            )
        opens = next_open(run.campaign, ZONE, law, now)
        if opens is None:
            return "campaign_over: no day is left on which it may call"
        if opens > now:
            return f"outside_window: opens {opens.isoformat(timespec='minutes')}"
        return ""

    @property
    def by_centre(self) -> ByCentre:
        """Return the abandonment counts of every centre, as they were last read."""
        return self._law.by_centre

    # What came of it

    def call_ended(self, live: LiveCall, disposition: Disposition) -> None:
        run = self._runs.get(live.campaign.campaign_id)
        if run is not None:
            run.empty_until = None
        self._watch.ended(live, disposition, self._clock.steady_s())
        self.wake()

    def learn(self, fact: Fact) -> None:
        """Let the campaign's pacer learn from a fact."""
        run = self._runs.get(fact.campaign_id)
        if run is not None:
            run.pacer.saw(fact)

    # Preview

    async def preview_claim(
        self, campaign_id: CampaignId, asked_by: TelecallerId
    ) -> Due | None:
        """Claim one lawful contact for a telecaller to look at before the dial.

        People of their own centre come first.
        """
        run = self._runs.get(campaign_id)
        now = self._clock.now()
        if run is None or await self._held_back(run, now):
            return None
        own = [self._desks.session(asked_by).desk.centre]
        for due in await self._store.claim_due(campaign_id, 1, now, own):
            verdict = await self._judged(due, run, now)
            if not isinstance(verdict, Refused):
                return due
            await self._store.refuse(campaign_id, due.contact.contact_id, verdict, now)
        return None

    async def preview_place(
        self, campaign_id: CampaignId, due: Due, asked_by: TelecallerId
    ) -> None:
        """Dial whom the telecaller looked at, if that is still lawful.

        They may have looked for an hour. Raises BadInput: not dialled.
        """
        run, now = self._runs.get(campaign_id), self._clock.now()
        held = await self._held_back(run, now) if run else "it is no longer running"
        if run is None or held:
            await self.give_back(campaign_id, due)
            raise BadInput(held, remedy="see: dialer.py why CAMPAIGN")
        barred = await self._store.is_do_not_call(due.contact.number)
        verdict = await self._judged(replace(due, on_do_not_call=barred), run, now)
        if isinstance(verdict, Refused):
            await self.give_back(campaign_id, due, verdict)
            raise BadInput(f"{verdict.reason}: {verdict.rule}")
        await self._router.place(
            due, run.campaign, run.flow, run.trunk, asked_by=asked_by
        )

    async def _judged(
        self, due: Due, run: CampaignRun, now: datetime
    ) -> Refused | None:
        """Return why a telecaller may not call this person now, or None."""
        law = await self._law.of(run)
        stop = self._stops.of_person(run.campaign.campaign_id, due.contact.centre)
        if stop is not None:
            return refusal(stop, now)
        verdict = judge(due, run.campaign, run.trunk, law, now)
        return verdict if isinstance(verdict, Refused) else None

    async def give_back(
        self, campaign_id: CampaignId, due: Due, why: Refused | None = None
    ) -> None:
        """Whom the telecaller looked at is not dialled: due again, or why not."""
        now = self._clock.now()
        why = why or Refused("not_asked_for", "The telecaller did not dial", now)
        await self._store.refuse(campaign_id, due.contact.contact_id, why, now)
