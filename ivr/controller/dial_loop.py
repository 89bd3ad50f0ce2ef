"""Ticks, and is woken by events: for each running campaign asks core how many to
dial, claims that many contacts, has the law judge each, and places the calls.

Decides nothing: core.pacing says how many, core.compliance says who.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from ivr.controller.call_router import CallRouter
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, Store
from ivr.controller.telecaller_desk import Desks
from ivr.core.abandonment import allowed_mode, share
from ivr.core.call import CallState
from ivr.core.compliance import judge, judge_campaign
from ivr.core.flow_model import Flow
from ivr.core.hours import next_open
from ivr.core.law import AbandonmentCounts, LawFacts
from ivr.core.model import (
    Campaign,
    CampaignId,
    CampaignState,
    Disposition,
    Due,
    Mode,
    PacingDecision,
    Refused,
    TelecallerId,
    Trunk,
    TrunkName,
)
from ivr.core.outcomes import Outcomes
from ivr.core.pacing import PacingSnapshot, decide
from ivr.core.rates import TokenBucket
from ivr.errors import BadInput, SamvadError, StoreUnavailable

log = structlog.get_logger(__name__)

TICK_S = 0.1
CLAIM_AT_MOST = 200
ROUNDS_AT_MOST = 5  # of claiming, in one tick: refusals make another round
COUNTS_EVERY_S = 5.0  # how old the abandonment counts may be
EMPTY_PAUSE_S = 1.0  # after a claim that found nobody due
ZONE = "Asia/Kolkata"  # India has one; a contact's own is judged contact by contact

LawOf = Callable[[Campaign, AbandonmentCounts], LawFacts]


@dataclass(slots=True)
class CampaignRun:
    """A running campaign as the loop knows it."""

    campaign: Campaign
    flow: Flow
    trunk: Trunk
    because: str = "not asked yet"
    decided: int = 0  # how many to dial, by the last decision
    asked: int = 0  # ... and by all of them together
    outcomes: Outcomes = field(default_factory=Outcomes)
    law: LawFacts | None = None
    counted_at: datetime | None = None
    empty_until: datetime | None = None  # nobody was due; look again then
    bucket: TokenBucket | None = None  # of the campaign, if it has a rate


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
    ) -> None:
        self._store = store
        self._router = router
        self._desks = desks
        self._clock = clock
        self._law_of = law_of
        self._trunk_of = trunk_of
        self._runs: dict[CampaignId, CampaignRun] = {}
        self._buckets: dict[TrunkName, TokenBucket] = {}
        self._wake = asyncio.Event()
        self._refresh = True
        self.is_draining = False
        self.last_tick_at: datetime | None = None

    def wake(self) -> None:
        """Something changed: look now rather than at the next tick."""
        self._wake.set()

    def refresh(self) -> None:
        """The set of running campaigns changed."""
        self._refresh = True
        self.wake()

    def runs(self) -> list[CampaignRun]:
        return list(self._runs.values())

    def run_of(self, campaign_id: CampaignId) -> CampaignRun | None:
        return self._runs.get(campaign_id)

    async def run(self) -> None:
        while True:
            try:
                await self.tick()
            except StoreUnavailable as exc:
                log.error("Nothing dialled: the store is away", error=str(exc))
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
            await self._load()
        for run in list(self._runs.values()):
            await self._tick(run)

    async def _load(self) -> None:
        self._refresh = False
        running = {c.campaign_id: c for c in await self._store.running_campaigns()}
        for gone in set(self._runs) - set(running):
            del self._runs[gone]
        for campaign_id, campaign in running.items():
            if campaign_id not in self._runs:
                flow = await self._store.campaign_flow(campaign_id)
                trunk = self._trunk_of(campaign.trunk)
                self._runs[campaign_id] = CampaignRun(campaign, flow, trunk)

    async def _tick(self, run: CampaignRun) -> None:
        now = self._clock.now()
        held = await self._held_back(run, now)
        if held:
            run.because, run.decided = held, 0
            return
        decision = self._decide(run, now)
        run.because, run.decided = decision.because, decision.dial
        run.asked += decision.dial
        if decision.dial > 0:
            await self._launch(run, decision.dial)

    async def _held_back(self, run: CampaignRun, now: datetime) -> str:
        """Return why nobody may be dialled now for this campaign, or ""."""
        if self.is_draining:
            return "draining: no new calls, live ones finish"
        if not self._router.switch_is_up.is_set():
            return "the telephone switch cannot be reached"
        law = await self._law(run, now)
        verdict = judge_campaign(run.campaign, run.trunk, law, now)
        if isinstance(verdict, Refused):
            return f"{verdict.reason}: {verdict.rule}"
        opens = next_open(run.campaign, ZONE, law, now)
        if opens is None:
            return "campaign_over: no day is left on which it may call"
        if opens > now:
            return f"outside_window: opens {opens.isoformat(timespec='minutes')}"
        if run.empty_until is not None and now < run.empty_until:
            return run.because
        return ""

    async def _law(self, run: CampaignRun, now: datetime) -> LawFacts:
        stale = (
            run.counted_at is None
            or (now - run.counted_at).total_seconds() > COUNTS_EVERY_S
        )
        if run.law is None or stale:
            counts = await self._store.abandonment(run.campaign.campaign_id, now)
            run.law = self._law_of(run.campaign, counts)
            run.counted_at = now
        return run.law

    # How many

    def _decide(self, run: CampaignRun, now: datetime) -> PacingDecision:
        assert run.law is not None
        mode = allowed_mode(run.campaign, run.law.abandonment)
        if isinstance(mode, Refused):
            return PacingDecision(0, f"{mode.reason}: {mode.rule}")
        snapshot = self._snapshot(run, mode, now)
        decision = decide(snapshot)
        bucket, granted = self._bucket(run.trunk, now).take(now, decision.dial)
        self._buckets[run.trunk.name] = bucket
        if run.bucket is not None:
            run.bucket, _ = run.bucket.take(now, granted)
        return replace(decision, dial=granted)

    def _snapshot(self, run: CampaignRun, mode: Mode, now: datetime) -> PacingSnapshot:
        assert run.law is not None
        campaign, trunk, counts = run.campaign, run.trunk, run.outcomes
        live = self._router.live()
        mine = [c for c in live if c.campaign.campaign_id == campaign.campaign_id]
        on_trunk = sum(c.trunk.name == trunk.name for c in live)
        channels = campaign.caps.channels
        return PacingSnapshot(
            mode=mode,
            ready=self._desks.ready_for(campaign),
            dialling=in_state(mine, CallState.DIALLING, CallState.RINGING),
            in_flow=in_state(mine, CallState.IN_FLOW),
            waiting=in_state(mine, CallState.WAITING),
            placed=round(counts.placed),
            answered=round(counts.answered),
            left_flow=round(counts.left_flow),
            wanted=round(counts.wanted),
            abandonment=share(run.law.abandonment),
            abandonment_target=campaign.caps.abandonment_target,
            channels_free=trunk.channels - on_trunk,
            campaign_channels_free=None if channels is None else channels - len(mine),
            tokens=self._tokens(run, now),
        )

    def _tokens(self, run: CampaignRun, now: datetime) -> int:
        """The trunk's rate, and the campaign's own if it has one."""
        trunk_has = self._bucket(run.trunk, now).available(now)
        rate = run.campaign.caps.calls_per_s
        if rate is None:
            return trunk_has
        own = run.bucket or TokenBucket.full(rate, now, burst=_burst(rate))
        run.bucket = own.filled(now)
        return min(trunk_has, own.available(now))

    def _bucket(self, trunk: Trunk, now: datetime) -> TokenBucket:
        bucket = self._buckets.get(trunk.name)
        if bucket is None:
            rate = trunk.calls_per_s
            bucket = TokenBucket.full(rate, now, burst=_burst(rate))
            self._buckets[trunk.name] = bucket
        return bucket

    # Who

    async def _launch(self, run: CampaignRun, wanted: int) -> None:
        placed = 0
        for _ in range(ROUNDS_AT_MOST):
            now = self._clock.now()
            limit = min(wanted - placed, CLAIM_AT_MOST)
            due = await self._store.claim_due(run.campaign.campaign_id, limit, now)
            if not due:
                await self._nobody_due(run, now)
                return
            placed += await self._judge_and_place(run, due, now)
            if placed >= wanted:
                return

    async def _nobody_due(self, run: CampaignRun, now: datetime) -> None:
        run.empty_until = now + timedelta(seconds=EMPTY_PAUSE_S)
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
            self.refresh()

    async def _judge_and_place(
        self, run: CampaignRun, due: list[Due], now: datetime
    ) -> int:
        assert run.law is not None
        allowed: list[Due] = []
        for contact in due:
            verdict = judge(contact, run.campaign, run.trunk, run.law, now)
            if isinstance(verdict, Refused):
                await self._store.refuse(
                    run.campaign.campaign_id,
                    contact.contact.contact_id,
                    verdict,
                    now,
                )
            else:
                allowed.append(contact)
        results = await asyncio.gather(
            *(self._place(run, contact) for contact in allowed),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(allowed)

    async def _place(self, run: CampaignRun, due: Due) -> None:
        if self.is_draining:
            return  # the claim is given back at the next start
        try:
            await self._router.place(due, run.campaign, run.flow, run.trunk)
        except StoreUnavailable:
            raise
        except SamvadError as exc:
            log.error("Call not placed", error=str(exc))

    # What came of it

    def call_ended(self, live: LiveCall, disposition: Disposition) -> None:
        run = self._runs.get(live.campaign.campaign_id)
        if run is not None:
            run.outcomes = run.outcomes.fold(live.call, disposition)
            run.empty_until = None
        self.wake()

    # Preview

    async def preview_claim(self, campaign_id: CampaignId) -> Due | None:
        """Claim one lawful contact for a telecaller to look at before the dial."""
        run = self._runs.get(campaign_id)
        now = self._clock.now()
        if run is None or await self._held_back(run, now):
            return None
        for due in await self._store.claim_due(campaign_id, 1, now):
            law = await self._law(run, now)
            verdict = judge(due, run.campaign, run.trunk, law, now)
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
        law = await self._law(run, now)
        due = replace(due, on_do_not_call=barred)
        verdict = judge(due, run.campaign, run.trunk, law, now)
        if isinstance(verdict, Refused):
            await self.give_back(campaign_id, due, verdict)
            raise BadInput(f"{verdict.reason}: {verdict.rule}")
        await self._router.place(
            due, run.campaign, run.flow, run.trunk, asked_by=asked_by
        )

    async def give_back(
        self, campaign_id: CampaignId, due: Due, why: Refused | None = None
    ) -> None:
        """Whom the telecaller looked at is not dialled: due again, or why not."""
        now = self._clock.now()
        why = why or Refused("not_asked_for", "The telecaller did not dial", now)
        await self._store.refuse(campaign_id, due.contact.contact_id, why, now)


def _burst(calls_per_s: float) -> float:
    """Three ticks' worth at once: calls leave evenly, not in waves."""
    return max(1.0, calls_per_s * 3 * TICK_S)


def in_state(calls: Iterable[LiveCall], *states: CallState) -> int:
    return sum(call.state in states for call in calls)
