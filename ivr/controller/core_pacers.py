"""core's pacing for each campaign."""

from __future__ import annotations

from ivr.controller.ports import Clock, Store
from ivr.core.model import Campaign, PacingDecision
from ivr.core.outcomes import KEEP, Outcomes
from ivr.core.pacer import Fact, Pacer, PacingView, Told
from ivr.core.pacing import PacingSnapshot, decide

ENDED = {Told.BUSY, Told.NO_ANSWER, Told.FAILED}


class CorePacer:
    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._counts = Outcomes()

    def decide(self, view: PacingView) -> PacingDecision:
        counts = self._counts
        return decide(
            PacingSnapshot(
                mode=view.mode,
                ready=view.ready,
                dialling=len(view.ringing_s),
                in_flow=view.in_flow,
                waiting=view.waiting,
                placed=round(counts.placed),
                answered=round(counts.answered),
                left_flow=round(counts.left_flow),
                wanted=round(counts.wanted),
                abandonment=view.abandonment,
                abandonment_target=self._campaign.caps.abandonment_target,
                channels_free=view.channels_free,
                campaign_channels_free=view.campaign_channels_free,
                tokens=view.tokens,
            )
        )

    def saw(self, fact: Fact) -> None:
        old = self._counts
        if fact.told in ENDED or fact.told is Told.ANSWERED:
            placed = old.placed * KEEP + 1
            answered = old.answered * KEEP + (fact.told is Told.ANSWERED)
            self._counts = Outcomes(placed, answered, old.left_flow, old.wanted)
        elif fact.told in {Told.WANTED, Told.NOT_WANTED}:
            left = old.left_flow * KEEP + 1
            wanted = old.wanted * KEEP + (fact.told is Told.WANTED)
            self._counts = Outcomes(old.placed, old.answered, left, wanted)


class CorePacers:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, campaign: Campaign) -> Pacer:
        return CorePacer(campaign)

    async def save(self) -> None: ...
