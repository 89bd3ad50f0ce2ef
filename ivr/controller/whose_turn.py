"""Asks core from which centre's list a pooled campaign calls next."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from ivr.controller.call_router import CallRouter
from ivr.controller.campaign_run import CampaignRun
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock
from ivr.controller.telecaller_desk import Desks
from ivr.controller.watching import Watch
from ivr.core.accounts import place_refuses
from ivr.core.call import UNANSWERED, CallState
from ivr.core.desk import Desk
from ivr.core.list_turns import balances, turns
from ivr.core.model import CentreCode
from ivr.core.pacer import Expected, Foresees
from ivr.core.routing import serves


class WhoseTurn:
    """One for a controller."""

    def __init__(
        self, *, router: CallRouter, desks: Desks, watch: Watch, clock: Clock
    ) -> None:
        self._router = router
        self._desks = desks
        self._watch = watch
        self._clock = clock

    def of(self, run: CampaignRun, calls: int) -> list[CentreCode]:
        """Return for each of so many calls the centre whose people come first.

        Empty where it is one centre's campaign, or nothing is known of its calls. A
        centre whose account of abandonment is spent is passed by: its people would be
        refused, one after the other, before anybody else is called.
        """
        pacer, tree = run.pacer, self._desks.tree
        ours = [d for d in self._desks.desks() if serves(d, run.campaign, tree)]
        if not isinstance(pacer, Foresees) or len({desk.centre for desk in ours}) < 2:
            return []
        expected, now_s = pacer.expects(), self._clock.steady_s()
        wanting: defaultdict[CentreCode, float] = defaultdict(float)
        for live in self._router.live():
            centre = live.due.contact.centre
            if centre is not None:
                wanting[centre] += _wanting(live, expected)

        def chance_free(desk: Desk, within_s: float) -> float:
            return pacer.chance_free(desk, self._watch.desk_s(desk, now_s), within_s)

        now = self._clock.now()
        found = [
            replace(
                one,
                has_due=place_refuses(
                    run.campaign, one.centre, run.by_centre, tree, now
                )
                is None,
            )
            for one in balances(ours, chance_free, wanting, expected.answered_in_s)
        ]
        return turns(found, calls, expected.wanting)


def _wanting(live: LiveCall, expected: Expected) -> float:
    """Return how likely the call's person is to want a telecaller soon."""
    if live.state in UNANSWERED:
        return expected.wanting
    if live.state is CallState.WAITING:
        return 1.0
    if live.state is CallState.IN_FLOW and live.call.wanted_at is None:
        return expected.wanting / expected.answered if expected.answered else 0.0
    return 0.0
