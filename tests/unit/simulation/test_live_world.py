"""The forecast's world: everybody is accounted for, whatever the policy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.cli.bench_live_compare import compare
from ivr.controller.core_pacers import CorePacer
from ivr.core.model import Mode, PacingDecision
from ivr.core.pacer import Fact, Pacer, PacingView, Told
from ivr.simulation.live_policies import FixedRatio
from ivr.simulation.live_scene import scene
from ivr.simulation.live_world import Figures, World
from tests.unit.controller.conftest import CAMPAIGN

PREDICTIVE = replace(CAMPAIGN, mode=Mode.PREDICTIVE)


def played(pacer: Pacer, seed: int = 1, channels: int = 200) -> Figures:
    one = scene(6, minutes=5, speed=2, seed=seed)
    return World(one, PREDICTIVE, pacer, tokens_at_once=3, channels=channels).play()


class Counting:
    """Remembers what another pacer was shown and told."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self.told: list[Told] = []
        self.most_calls = 0

    def decide(self, view: PacingView) -> PacingDecision:
        calls = len(view.ringing_s) + view.in_flow + view.waiting
        self.most_calls = max(self.most_calls, calls + len(view.talking_s))
        return self._pacer.decide(view)

    def saw(self, fact: Fact) -> None:
        self.told.append(fact.told)
        self._pacer.saw(fact)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_to_one_abandons_nobody(seed: int) -> None:
    figures = played(FixedRatio(1), seed)
    assert figures.abandoned == 0
    assert figures.connected == figures.answered > 20


@pytest.mark.parametrize(
    "pacer", [FixedRatio(1), FixedRatio(2), FixedRatio(6), CorePacer(PREDICTIVE)]
)
def test_everybody_who_answers_is_connected_or_abandoned_and_told(
    pacer: Pacer,
) -> None:
    counting = Counting(pacer)
    figures = played(counting)
    assert figures.connected + figures.abandoned == figures.answered
    assert counting.told.count(Told.ANSWERED) == figures.answered
    assert counting.told.count(Told.ABANDONED) == figures.abandoned
    ended = {Told.ANSWERED, Told.BUSY, Told.NO_ANSWER, Told.FAILED}
    assert sum(one in ended for one in counting.told) == figures.placed
    assert 0 < figures.utilisation <= 1


def test_the_same_seed_gives_the_same_figures_and_another_others() -> None:
    assert played(FixedRatio(2)) == played(FixedRatio(2))
    assert played(FixedRatio(2)) != played(FixedRatio(2), seed=2)


def test_no_more_calls_live_than_the_trunk_has_channels() -> None:
    counting = Counting(FixedRatio(6))
    played(counting, channels=5)
    assert 0 < counting.most_calls <= 5


def test_the_ladder_ends_a_policy_that_abandons_too_many() -> None:
    reckless = played(FixedRatio(6))
    assert reckless.abandoned > 0
    assert reckless.placed < played(FixedRatio(1)).placed


def test_a_run_outside_its_interval_is_said_to_be() -> None:
    expected = [played(FixedRatio(1), seed) for seed in range(10, 16)]
    inside = compare(expected, expected[0])
    assert all(row.low <= row.middle <= row.high for row in inside)
    odd = replace(expected[0], utilisation=5.0)
    assert [row.name for row in compare(expected, odd) if not row.is_inside] == [
        "utilisation %"
    ]
