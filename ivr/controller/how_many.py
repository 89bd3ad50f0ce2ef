"""Asks core how many a campaign may dial now, and keeps the rates of the trunks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from ivr.controller.braking import Braking
from ivr.controller.call_router import CallRouter
from ivr.controller.campaign_run import CampaignRun
from ivr.controller.offers import Offers
from ivr.controller.ports import Clock
from ivr.controller.telecaller_desk import Desks
from ivr.controller.trunk_meter import TrunkMeter
from ivr.controller.watching import Watch
from ivr.core.abandonment import allowed_mode, share
from ivr.core.desk import Desk
from ivr.core.model import CampaignId, Mode, PacingDecision, Refused, Trunk, TrunkName
from ivr.core.pacer import Foresees, PacingView
from ivr.core.pool_view import CallNow, Moment
from ivr.core.rates import TokenBucket

TICK_S = 0.1
DECIDE_EVERY_S = 0.2  # at most: predictive decisions, of one campaign


class HowMany:
    """One for a controller: campaigns share trunks and telecallers."""

    def __init__(
        self,
        *,
        router: CallRouter,
        desks: Desks,
        watch: Watch,
        clock: Clock,
        offers: Offers,
        braking: Braking,
        meter: TrunkMeter | None = None,
    ) -> None:
        self._meter = meter
        self._router = router
        self._desks = desks
        self._watch = watch
        self._clock = clock
        self._offers = offers
        self._braking = braking
        self._buckets: dict[TrunkName, TokenBucket] = {}

    def decide(self, run: CampaignRun) -> PacingDecision | None:
        """Return the decision; None: the last one is too young to be made again."""
        assert run.law is not None
        mode = allowed_mode(run.campaign, run.law.abandonment)
        if isinstance(mode, Refused):
            return PacingDecision(0, f"{mode.reason}: {mode.rule}; {run.account}")
        moment = asyncio.get_running_loop().time()
        too_soon = moment - run.decided_at < DECIDE_EVERY_S
        if mode is Mode.PREDICTIVE and too_soon:
            return None
        run.decided_at = moment
        decision = run.pacer.decide(self._view(run, mode))
        at = self._steady_at()
        bucket, granted = self._bucket(run.trunk, at).take(at, decision.dial)
        self._buckets[run.trunk.name] = bucket
        self._braking.take(granted)
        if run.bucket is not None:
            run.bucket, _ = run.bucket.take(at, granted)
        if mode in {Mode.PREDICTIVE, Mode.PROGRESSIVE}:
            decision = replace(decision, because=f"{decision.because}; {run.account}")
        if self._braking.because:
            because = f"{self._braking.because}; {decision.because}"
            decision = replace(decision, because=because)
        return replace(decision, dial=granted)

    def chance_free(
        self, runs: dict[CampaignId, CampaignRun], desk: Desk, within_s: float
    ) -> float:
        """Return what the campaign whose call the desk has knows of its end.

        1.0 if nothing is known: then routing's delays alone count.
        """
        campaign_id = self._watch.serves(desk)
        run = runs.get(campaign_id) if campaign_id is not None else None
        if run is None or not isinstance(run.pacer, Foresees):
            return 1.0
        age_s = self._watch.desk_s(desk, self._clock.steady_s())
        return run.pacer.chance_free(desk, age_s, within_s)

    def _view(self, run: CampaignRun, mode: Mode) -> PacingView:
        assert run.law is not None
        moment = self.moment()
        view = moment.limited(
            moment.view(run.campaign, mode),
            run.campaign,
            trunk_channels=self._channels(run.trunk),
            tokens=self._tokens(run, self._steady_at()),
        )
        return replace(
            view,
            abandonment=share(run.law.abandonment),
            offering=self._offers.offering(run.campaign, run.flow, self._router.live()),
        )

    def _channels(self, trunk: Trunk) -> int:
        """Return how many calls of campaigns the trunk may carry now."""
        free = trunk.channels - self._desks.legs_on(trunk.name)
        if self._meter is None:
            return max(0, free)
        # Those that it carries are of the day's number already.
        carries = sum(one.trunk.name == trunk.name for one in self._router.live())
        return max(0, min(free, carries + self._meter.calls_left(trunk)))

    def moment(self) -> Moment:
        """Return all calls and desks as they are now."""
        now_s = self._clock.steady_s()
        calls = [
            CallNow(
                one.call.call_id,
                one.campaign,
                one.trunk.name,
                one.state,
                self._watch.ringing_s(one, now_s),
                one.call.wanted_at is not None,
            )
            for one in self._router.live()
        ]

        def age_s(desk: Desk) -> float:
            return self._watch.desk_s(desk, now_s)

        return Moment(now_s, calls, self._desks.desks(), self._desks.tree, age_s)

    def _steady_at(self) -> datetime:
        """A time for the buckets: a clock set back by an hour must not stop them."""
        return datetime.fromtimestamp(self._clock.steady_s(), UTC)

    def _tokens(self, run: CampaignRun, now: datetime) -> int:
        """The rates of the trunk, of the campaign if it has one, of all together."""
        trunk_has = self._bucket(run.trunk, now).available(now)
        trunk_has = min(trunk_has, self._braking.available())
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


def _burst(calls_per_s: float) -> float:
    """Three ticks' worth at once: calls leave evenly, not in waves."""
    return max(1.0, calls_per_s * 3 * TICK_S)
