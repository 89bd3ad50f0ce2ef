"""The forecast's world: the real core drives it, and nobody is lost in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from ivr.core.learned import Learned
from ivr.core.model import CampaignId, Caps, Mode, Window
from ivr.core.pacer import Fact, Told
from ivr.simulation.forecast.world import World
from ivr.simulation.population import Kind
from tests.unit.simulation.forecast.scenes import BHOPAL, SEHORE, scene


def world(days: float = 9.0, seed: int = 1, **changed: object) -> World:
    return World(scene(**changed), seed, days)


def test_the_same_seed_is_the_same_day_and_another_is_not() -> None:
    first = world(people=80).play()
    assert first == world(people=80).play()
    assert first != world(people=80, seed=2).play()


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("days", [0.02, 6.0])
def test_every_call_and_every_person_is_accounted_for(mode: Mode, days: float) -> None:
    run = (played := world(days=days, mode=mode, lines=12)).play()
    assert run.placed == run.ended + run.up
    assert run.placed == sum(run.ends.values()) + run.up
    lists = [people for pool in played.pools for people in pool.lists]
    assert run.done + sum(one.left for one in lists) == run.people
    assert sum(one.out for one in lists) == run.up
    waiting = sum(len(pool.waiting) for pool in played.pools)
    assert run.wanted == run.connected + run.abandoned + waiting


@pytest.mark.parametrize("mode", list(Mode))
def test_there_are_never_more_calls_than_lines(mode: Mode) -> None:
    assert world(mode=mode, lines=4).play().most_lines <= 4


def test_calls_per_second_are_kept() -> None:
    run = world(mode=Mode.BROADCAST, calls_per_s=0.1, lines=500, days=0.04).play()
    assert 0 < run.placed <= 0.1 * 0.04 * 86400 + 1


def test_a_list_that_runs_out_ends_the_campaign() -> None:
    run = world(people=5).play()
    assert run.done == 5
    assert run.finished_s is not None


def test_nobody_is_called_outside_the_windows() -> None:
    windows = (Window(time(10), time(11)),)
    run = world(windows=windows, people=2000, days=2.0).play()
    assert {hour % 24 for hour, one in run.hours.items() if one.placed} == {0}
    assert run.finished_s is None


def test_a_window_that_never_opens_places_no_call() -> None:
    every_day = ("monday", "tuesday", "wednesday", "thursday", "friday")
    run = world(off_days=(*every_day, "saturday", "sunday")).play()
    assert (run.placed, run.done, run.finished_s) == (0, 0, None)


def test_without_telecallers_predictive_places_nothing() -> None:
    run = world(centres={SEHORE: 0}, days=1.0).play()
    assert run.placed == 0


def test_when_nobody_ever_answers_the_list_still_ends() -> None:
    run = world(outcomes={Kind.PERSON: 0.0, Kind.RINGS_OUT: 1.0}).play()
    assert run.answered == run.connected == run.abandoned == 0
    assert run.done == run.people
    assert run.placed == 3 * run.people  # the person's cap


def test_one_to_one_abandons_nobody() -> None:
    run = world(mode=Mode.PROGRESSIVE, pause_every_s=0.0).play()
    assert run.abandoned == 0
    assert run.connected == run.wanted > 50


def test_the_ladder_stops_a_campaign_that_abandons_too_many() -> None:
    caps = Caps(abandonment_target=0.0, abandonment_stop=0.005)
    no_one = {SEHORE: 1}
    run = world(mode=Mode.BROADCAST, centres=no_one, caps=caps, people=2000).play()
    assert "abandoned" in run.stopped
    assert run.done < run.people


def test_pacing_keeps_telecallers_busier_than_one_to_one() -> None:
    seldom = {Kind.PERSON: 0.2, Kind.RINGS_OUT: 0.8}
    predictive = world(people=20_000, days=0.15, outcomes=seldom)
    one_to_one = world(people=20_000, days=0.15, outcomes=seldom, mode=Mode.PROGRESSIVE)
    assert predictive.play().utilisation > one_to_one.play().utilisation


def test_a_pool_of_centres_serves_people_by_farther_telecallers_too() -> None:
    two = {SEHORE: 2, BHOPAL: 4}
    run = (pooled := world(centres=two, pooled=True)).play()
    assert len(pooled.pools) == 1
    assert run.done == run.people
    assert run.connected / 2 < run.own < run.connected


def test_centres_apart_have_their_own_lists_telecallers_and_accounts() -> None:
    two = {SEHORE: 2, BHOPAL: 4}
    run = (apart := world(centres=two)).play()
    assert len(apart.pools) == 2
    assert [len(pool.seats) for pool in apart.pools] == [2, 4]
    assert [sum(pool.lists[0].done.values()) for pool in apart.pools] == [50, 100]
    assert run.own == run.connected


def test_work_is_no_longer_than_the_window_and_busy_no_longer_than_work() -> None:
    run = world(people=100_000, days=0.3, windows=(Window(time(10), time(12)),)).play()
    assert run.work_s <= 6 * 2 * 3600 + 600
    assert 0 < run.busy_s < run.work_s


def test_an_answer_rate_that_is_given_leaves_the_others_their_proportions() -> None:
    one = scene().with_answer_rate(0.2)
    assert one.answer_rate == pytest.approx(0.2)
    assert one.share(Kind.RINGS_OUT) / one.share(Kind.BUSY) == pytest.approx(1.5)
    sure = replace(scene(), outcomes={Kind.PERSON: 1.0}).with_answer_rate(0.4)
    assert sure.share(Kind.RINGS_OUT) == pytest.approx(0.6)


def test_it_is_said_how_many_centres_were_stopped() -> None:
    caps = Caps(abandonment_target=0.0, abandonment_stop=0.005)
    two = {SEHORE: 0, BHOPAL: 8}
    weights = {SEHORE: 1.0, BHOPAL: 0.004}
    one = scene(centres=two, caps=caps, people=2000, weights=weights, arrive_s=0.0)
    run = World(replace(one, mode=Mode.BROADCAST), 1, 1.0).play()
    assert run.stopped.startswith("1 of 2 centres: ")


def test_what_pacing_had_learned_is_where_it_goes_on() -> None:
    learned = Learned(0.01)
    for n in range(200):
        learned.saw(Fact(CampaignId("test"), Told.ANSWERED, 9.0, float(n)))
    one = replace(scene(), known=learned.to_json())
    estimates = World(one, 1, 1.0).pools[0].learned.estimates
    assert estimates.answer_rate() > 0.9
    damaged = World(replace(scene(), known="?"), 1, 1.0).pools[0].learned.estimates
    assert damaged.answer_rate() < 0.9
