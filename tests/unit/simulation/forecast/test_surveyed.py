"""A forecast's survey: core.offer gates it, and nobody is lost from the books."""

from __future__ import annotations

import pytest

from ivr.core.model import Mode
from ivr.simulation.forecast.pool import OFFER_NODE
from ivr.simulation.forecast.scenario import Survey
from ivr.simulation.forecast.world import World
from ivr.simulation.population import Kind
from tests.unit.simulation.forecast.scenes import BHOPAL, SEHORE, scene

SHIFT = 3 / 24  # days


def world(days: float = SHIFT, **changed: object) -> World:
    given = {"survey": Survey(), "wants": 0.5, "people": 2500, "lines": 60}
    return World(scene(**given | changed), 1, days)


@pytest.mark.parametrize("mode", [Mode.PREDICTIVE, Mode.PROGRESSIVE])
@pytest.mark.parametrize("days", [0.02, SHIFT])
def test_every_voter_is_accounted_for(mode: Mode, days: float) -> None:
    run = (played := world(days=days, mode=mode)).play()
    [pool] = played.pools
    kept = len(pool.waiting) + len(pool.held)
    assert run.placed == run.ended + run.up
    assert run.wanted == run.connected + run.abandoned + kept
    assert pool.undecided <= pool.in_flow
    assert len(pool.promised) <= pool.in_flow + len(pool.held)


@pytest.mark.parametrize("mode", [Mode.PREDICTIVE, Mode.PROGRESSIVE])
def test_when_all_are_done_nobody_is_left_in_the_flow(mode: Mode) -> None:
    played = world(days=6.0, people=60, mode=mode)
    assert played.play().done == 60
    [pool] = played.pools
    assert (pool.in_flow, pool.undecided) == (0, 0)
    assert not pool.promised and not pool.held and not pool.waiting


def test_six_are_busier_than_handed_over_at_once_and_hardly_anybody_is_lost() -> None:
    gated = world().play()
    direct = world(survey=None).play()
    assert gated.utilisation > 0.9
    assert gated.utilisation > direct.utilisation + 0.1
    assert gated.abandonment <= 0.01


def test_who_declines_stays_to_the_last_question_and_is_not_abandoned() -> None:
    run = world(wants=0.0, people=100, days=6.0).play()
    assert (run.wanted, run.abandoned, run.connected) == (0, 0, 0)
    assert run.ends["completed"] == run.answered > 0


def test_how_many_accept_is_learned() -> None:
    played = world(wants=0.25)
    played.play()
    [pool] = played.pools
    assert pool.learned.estimates.p_accept(OFFER_NODE) == pytest.approx(0.25, abs=0.1)


def test_without_telecallers_nobody_is_offered_one() -> None:
    run = world(centres={SEHORE: 0}, mode=Mode.BROADCAST, people=50).play()
    assert run.answered > 0
    assert run.wanted == 0


def test_a_machine_hears_the_survey_out_and_accepts_nothing() -> None:
    run = world(outcomes={Kind.VOICEMAIL: 1.0}, people=10).play()
    assert run.ends["silent"] == run.ended > 0
    assert run.wanted == 0


def test_centres_of_one_pool_share_what_was_promised() -> None:
    centres = {SEHORE: 3, BHOPAL: 3}
    run = world(centres=centres, pooled=True).play()
    assert run.utilisation > 0.85
    assert run.abandonment <= 0.02
    assert 0 < run.own < run.connected
