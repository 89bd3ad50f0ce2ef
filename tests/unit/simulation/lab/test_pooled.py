"""Many centres as one pool: nobody is served twice, and their own come first."""

from __future__ import annotations

import pytest

from ivr.core.estimates import Estimates
from ivr.core.model import Routing
from ivr.core.organisation import Level
from ivr.simulation.lab.fates import Scenario
from ivr.simulation.lab.fixed import ratio2
from ivr.simulation.lab.policy import Score
from ivr.simulation.lab.pooled import Layout, PooledWorld
from ivr.simulation.lab.world import World

TWELVE = Scenario(12, hours=0.25)
NO_DELAY = Routing(division_after_s=0.0, state_after_s=0.0)


def played(layout: Layout, routing: Routing) -> tuple[PooledWorld, Score]:
    world = PooledWorld(TWELVE, ratio2(), layout, Estimates(), routing)
    return world, world.play()


def test_one_centre_alone_is_the_world_itself() -> None:
    world, score = played(Layout(1), Routing())
    assert score == World(TWELVE, ratio2()).play()
    assert set(world.served) == {Level.CENTRE}


def test_a_pool_without_delays_lets_nobody_wait_while_a_desk_is_free() -> None:
    _, score = played(Layout(4, 2), NO_DELAY)
    assert score == World(TWELVE, ratio2()).play()


def test_all_who_are_served_are_counted_at_one_level_each() -> None:
    world, score = played(Layout(4, 2), Routing())
    assert sum(world.served.values()) == score.connected
    assert set(world.served) == set(Level)


@pytest.mark.parametrize("centres", [2, 3, 6])
def test_the_same_seed_plays_the_same(centres: int) -> None:
    assert (
        played(Layout(centres), Routing())[1] == played(Layout(centres), Routing())[1]
    )
