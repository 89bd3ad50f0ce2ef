"""Ticks, and is woken by events: for each running campaign asks core how many to
dial, claims that many contacts, has the law judge each, and places the calls.

Decides nothing: core.pacing says how many, core.compliance says who.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from ivr.controller.call_router import CallRouter
from ivr.controller.core_pacers import CorePacer
from ivr.controller.decisions import Decisions
from ivr.controller.live_call import LiveCall
from ivr.controller.offers import Offers
from ivr.controller.pool_view import PoolViews
from ivr.controller.ports import Clock, Pacers, Store
from ivr.controller.telecaller_desk import Desks
from ivr.controller.watching import Watch
from ivr.core.abandonment import allowed_mode, share
from ivr.core.compliance import judge, judge_campaign
from ivr.core.flow_model import Flow
from ivr.core.hours import next_open
from ivr.core.law import AbandonmentCounts, LawFacts
from ivr.core.learned import Learned
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
from ivr.core.pacer import Fact, Pacer, PacingView
from ivr.core.rates import TokenBucket
from ivr.errors import BadInput, SamvadError, StoreUnavailable

log = structlog.get_logger(__name__)

TICK_S = 0.1
DECIDE_EVERY_S = 0.2  # at most: predictive decisions, of one campaign
SAVE_EVERY_S = 5.0  # of what was learned
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
    pacer: Pacer
    because: str = "not asked yet"
    decided: int = 0  # how many to dial, by the last decision
    asked: int = 0  # ... and by all of them together
    decided_at: float = 0.0  # by the event loop's clock
    law: LawFacts | None = None
    counted_at: float | None = None  # on the steady clock, as is the next
    empty_until: float | None = None  # nobody was due; look again then
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
        pacers: Pacers,
        offers: Offers,
    ) -> None:
        self._store = store
        self._router = router
        self._desks = desks
        self._clock = clock
        self._law_of = law_of
        self._trunk_of = trunk_of
        self._pacers = pacers
        self._offers = offers
        self._watch = Watch(self.learn)
        self._saved_at = 0.0
        self._ticks = 0
        self.decisions = Decisions()
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
        self._look()
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
        self._refresh = False
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
        held = await self._held_back(run, now)
        if held:
            self._decided(run, PacingDecision(0, held), now)
            return
        decision = self._decide(run)
        if decision is None:
            return
        self._decided(run, decision, now)
        run.asked += decision.dial
        if decision.dial > 0:
            await self._launch(run, decision.dial)

    def _decided(
        self, run: CampaignRun, decision: PacingDecision, now: datetime
    ) -> None:
        run.because, run.decided = decision.because, decision.dial
        self.decisions.add(run.campaign.campaign_id, decision, now)

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
        steady_s = self._clock.steady_s()
        if run.empty_until is not None and steady_s < run.empty_until:
            return run.because
        return ""

    async def _law(self, run: CampaignRun, now: datetime) -> LawFacts:
        steady_s = self._clock.steady_s()
        stale = run.counted_at is None or steady_s - run.counted_at > COUNTS_EVERY_S
        if run.law is None or stale:
            counts = await self._store.abandonment(run.campaign.campaign_id, now)
            run.law = self._law_of(run.campaign, counts)
            run.counted_at = steady_s
        return run.law

    # How many

    def _decide(self, run: CampaignRun) -> PacingDecision | None:
        """Return the decision; None: the last one is too young to be made again."""
        assert run.law is not None
        mode = allowed_mode(run.campaign, run.law.abandonment)
        if isinstance(mode, Refused):
            return PacingDecision(0, f"{mode.reason}: {mode.rule}")
        moment = asyncio.get_running_loop().time()
        too_soon = moment - run.decided_at < DECIDE_EVERY_S
        if mode is Mode.PREDICTIVE and too_soon:
            return None
        run.decided_at = moment
        decision = run.pacer.decide(self._view(run, mode))
        at = self._steady_at()
        bucket, granted = self._bucket(run.trunk, at).take(at, decision.dial)
        self._buckets[run.trunk.name] = bucket
        if run.bucket is not None:
            run.bucket, _ = run.bucket.take(at, granted)
        return replace(decision, dial=granted)

    def _view(self, run: CampaignRun, mode: Mode) -> PacingView:
        assert run.law is not None
        views = self._views()
        view = views.limited(
            views.of(run.campaign, mode),
            run.campaign,
            trunk_channels=run.trunk.channels,
            tokens=self._tokens(run, self._steady_at()),
        )
        return replace(
            view,
            abandonment=share(run.law.abandonment),
            offering=self._offers.offering(run.campaign, run.flow, self._router.live()),
        )

    def _views(self) -> PoolViews:
        return PoolViews(
            self._watch,
            self._router.live(),
            self._desks.pool_of,
            self._clock.steady_s(),
        )

    def pool_view(self, campaign: Campaign) -> PacingView:
        """Return what the campaign's calls and desks are doing now."""
        return self._views().of(campaign, campaign.mode)

    def learned_of(self, campaign: Campaign) -> Learned:
        """Return what pacing learned of the campaign; nothing, by other pacers."""
        run = self._runs.get(campaign.campaign_id)
        if run is not None and isinstance(run.pacer, CorePacer):
            return run.pacer.learned
        return Learned(campaign.caps.abandonment_target)

    def _steady_at(self) -> datetime:
        """A time for the buckets: a clock set back by an hour must not stop them."""
        return datetime.fromtimestamp(self._clock.steady_s(), UTC)

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
            since_s = self._clock.steady_s()
            live = await self._router.place(due, run.campaign, run.flow, run.trunk)
            self._watch.placed(live.call.call_id, since_s)
        except StoreUnavailable:
            raise
        except SamvadError as exc:
            log.error("Call not placed", error=str(exc))

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
