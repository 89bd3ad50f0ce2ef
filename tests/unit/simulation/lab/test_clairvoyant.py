"""The bound: nearly always busy, and nobody lost."""

from __future__ import annotations

import pytest

from ivr.simulation.lab.clairvoyant import Clairvoyant, longest_wait
from ivr.simulation.lab.fates import Change, Scenario, Talk
from ivr.simulation.lab.policy import View
from ivr.simulation.lab.world import World


@pytest.mark.parametrize(
    ("answers", "free_s", "expected"),
    [
        ([], [0.0], 0.0),
        ([(5.0, 30.0)], [0.0], 0.0),
        ([(5.0, 30.0)], [7.5], 2.5),
        # One desk, busy from 5 to 35: who answers at 30 waits five seconds.
        ([(5.0, 30.0), (30.0, 30.0)], [0.0], 5.0),
        # The same in another order, and with a second desk free from 29.
        ([(30.0, 30.0), (5.0, 30.0)], [0.0, 29.0], 0.0),
        ([(1.0, 1.0)], [], float("inf")),
    ],
)
def test_how_long_the_unluckiest_waits(
    answers: list[tuple[float, float]], free_s: list[float], expected: float
) -> None:
    assert longest_wait(answers, free_s) == expected


@pytest.mark.parametrize("talk", [Talk.SHORT, Talk.HEAVY])
def test_a_clairvoyant_keeps_nearly_everybody_busy_and_loses_nobody(
    talk: Talk,
) -> None:
    scenario = Scenario(6, 0.35, talk, Change.CHANGING, hours=2)
    score = World(scenario, Clairvoyant()).play()
    assert score.utilisation > 0.95
    assert score.abandonment < 0.001


def test_without_a_world_it_places_nothing() -> None:
    assert Clairvoyant().decide(View(ready=3)) == 0
