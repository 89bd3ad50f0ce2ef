"""The policies of others, asked and told as the dial loop does it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.core.model import CampaignId, Mode
from ivr.core.pacer import Fact, Pacer, PacingView, Told
from ivr.simulation.lab.policy import Outcome, View, What
from ivr.simulation.lab.vicidial import Method
from ivr.simulation.live_policies import (
    Borrowed,
    FixedRatio,
    issabel,
    vicidial,
)

SIX_FREE = PacingView(
    Mode.PREDICTIVE,
    now_s=1_000_000.0,
    ready=6,
    logged_in=6,
    channels_free=100,
    tokens=100,
)


class Noting:
    """Wants ten calls, and keeps what it saw."""

    name = "noting"

    def __init__(self) -> None:
        self.views: list[View] = []
        self.outcomes: list[Outcome] = []

    def decide(self, view: View) -> int:
        self.views.append(view)
        return 10

    def saw(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


def fact(told: Told, at_s: float = 1_000_010.0) -> Fact:
    return Fact(CampaignId("c"), told, 4.0, at_s)


def test_their_clock_begins_with_the_campaign() -> None:
    policy = Noting()
    pacer = Borrowed(policy)
    pacer.decide(SIX_FREE)
    pacer.saw(fact(Told.BUSY))
    assert policy.views[0].now_s == 0.0
    assert policy.outcomes == [Outcome(What.BUSY, 4.0, 10.0)]


def test_they_are_shown_how_many_answered_and_were_abandoned() -> None:
    policy = Noting()
    pacer = Borrowed(policy)
    for told in (Told.ANSWERED, Told.WANTED, Told.ANSWERED, Told.ABANDONED):
        pacer.saw(fact(told))
    pacer.decide(replace(SIX_FREE, in_flow=1, waiting=2))
    [view] = policy.views
    assert (view.answered, view.abandoned, view.waiting) == (2, 1, 3)


@pytest.mark.parametrize(
    "pacer", [Borrowed(Noting()), vicidial(Method.TAPERED), issabel(), FixedRatio(3)]
)
@pytest.mark.parametrize(
    "limits",
    [{"tokens": 2}, {"channels_free": 2}, {"campaign_channels_free": 2}],
)
def test_nobody_dials_more_than_the_trunk_allows(
    pacer: Pacer, limits: dict[str, int]
) -> None:
    assert pacer.decide(replace(SIX_FREE, **limits)).dial <= 2


@pytest.mark.parametrize("pacer", [Borrowed(Noting()), FixedRatio(3)])
def test_the_ladder_is_heeded(pacer: Pacer) -> None:
    progressive = replace(SIX_FREE, mode=Mode.PROGRESSIVE, ringing_s=(1.0, 2.0))
    assert pacer.decide(progressive).dial == 4
    assert pacer.decide(replace(SIX_FREE, mode=Mode.PREVIEW)).dial == 0


def test_what_the_trunk_does_not_take_at_once_follows() -> None:
    pacer, slow = vicidial(Method.TAPERED), replace(SIX_FREE, tokens=4)
    assert pacer.decide(slow).dial == 4
    soon = replace(slow, now_s=slow.now_s + 0.2, ringing_s=(0.2,) * 4)
    assert pacer.decide(soon).dial == 2
    assert pacer.decide(replace(soon, now_s=soon.now_s + 0.2)).dial == 0


@pytest.mark.parametrize("method", list(Method))
def test_vicidial_begins_with_one_call_for_each(method: Method) -> None:
    assert vicidial(method).decide(SIX_FREE).dial == 6
