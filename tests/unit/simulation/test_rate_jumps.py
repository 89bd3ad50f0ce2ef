"""Nobody answers for ten minutes; then nine of ten do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from ivr.controller.core_pacers import CorePacer
from ivr.core.model import Caps, Mode
from ivr.simulation.live_scene import Scene, scene
from ivr.simulation.live_world import STEP_S, Figures, World
from ivr.simulation.population import Kind
from tests.unit.controller.conftest import CAMPAIGN

TURN_S = 600.0
MOST_FOR_A_DESK = 8  # calls that ring: core.pacing's rail
NOBODY = {Kind.RINGS_OUT: 0.6, Kind.BUSY: 0.2, Kind.SWITCHED_OFF: 0.2}
NINE_OF_TEN = {Kind.PERSON: 0.9, Kind.RINGS_OUT: 0.1}
PREDICTIVE = replace(CAMPAIGN, mode=Mode.PREDICTIVE, caps=Caps(abandonment_target=0.03))


def with_kinds(one: Scene, kinds: Mapping[Kind, float]) -> Scene:
    return replace(one, rates=replace(one.rates, kinds=kinds))


class Turning(World):
    """A world in which people begin to answer at TURN_S."""

    ringing = 0  # as the first of them answered

    def _step(self, step: int) -> None:
        if step >= TURN_S / STEP_S:
            self.scene = with_kinds(self.scene, NINE_OF_TEN)
        if not self._answered:
            Turning.ringing = len(self._calls)
        super()._step(step)


def played(telecallers: int, seed: int) -> Figures:
    one = with_kinds(scene(telecallers, 11, 1, seed), NOBODY)
    pacer = CorePacer(PREDICTIVE)
    return Turning(one, PREDICTIVE, pacer, tokens_at_once=6, channels=300).play()


@pytest.mark.parametrize(("telecallers", "seed"), [(6, 1), (12, 2)])
def test_no_more_are_abandoned_than_rang_when_the_first_answered(
    telecallers: int, seed: int
) -> None:
    figures = played(telecallers, seed)
    assert figures.connected + figures.abandoned == figures.answered
    assert figures.connected >= telecallers
    assert figures.abandoned <= Turning.ringing - telecallers
    assert Turning.ringing <= MOST_FOR_A_DESK * telecallers
