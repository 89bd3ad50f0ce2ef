"""The chance that more people want a telecaller than there are desks."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.pacing_counts import Counts, Normal, exact, most_under

chances = st.lists(st.floats(0, 1), min_size=0, max_size=5)


def counted(
    wanting: list[float], freed: list[float], more: float, ready: int
) -> Counts:
    return Counts(np.array([wanting]), np.array([freed]), np.array([more]), ready)


def enumerated(
    wanting: list[float], freed: list[float], more: list[float], ready: int
) -> float:
    """Return P(X + d >= ready + Y) by adding up every way in which it may come."""
    total = 0.0
    calls = wanting + more
    for turns in product((0, 1), repeat=len(calls) + len(freed)):
        people, desks = turns[: len(calls)], turns[len(calls) :]
        if sum(people) >= ready + sum(desks):
            total += prod(
                p if turn else 1 - p
                for p, turn in zip([*calls, *freed], turns, strict=True)
            )
    return total


@given(chances, chances, st.floats(0, 1), st.integers(-2, 6))
def test_the_exact_count_is_what_adding_up_every_way_gives(
    wanting: list[float], freed: list[float], more: float, ready: int
) -> None:
    found = exact(counted(wanting, freed, more, ready), 2)[0]
    for others in range(3):
        expected = enumerated(wanting, freed, [more] * others, ready)
        assert found[others] == pytest.approx(expected, abs=1e-9)


def test_by_hand_one_desk_and_one_call_that_half_of_all_answer() -> None:
    counts = counted([0.5], [], 0.5, ready=1)
    assert exact(counts, 1)[0] == pytest.approx([0.5, 0.75])
    assert exact(counted([], [0.25], 0.5, ready=0), 0)[0] == pytest.approx([0.75])


def test_many_terms_come_near_to_the_exact_count() -> None:
    counts = counted([0.2] * 40, [0.3] * 25, 0.3, ready=3)
    truth = exact(counts, 4)[0]
    normal = Normal(counts)
    for others in range(5):
        assert normal.risk(others) == pytest.approx(truth[others], abs=0.02)


@pytest.mark.parametrize("calls", [10, 200])
def test_each_call_placed_has_a_risk_under_the_threshold_and_the_next_not(
    calls: int,
) -> None:
    counts = counted([0.2] * calls, [0.5] * (calls // 2), 0.3, ready=4)
    fits, risk = most_under(counts, 0.05, 1000)
    assert 0 < fits < 1000
    assert risk >= 0.05
    again = most_under(counts, 0.05, fits - 1)
    assert again[0] == fits - 1
    assert again[1] < 0.05


@pytest.mark.parametrize("calls", [3, 200])
def test_no_room_means_none(calls: int) -> None:
    counts = counted([0.0] * calls, [], 0.1, ready=500)
    assert most_under(counts, 0.5, -3)[0] == 0
    assert most_under(counts, 0.5, 7)[0] == 7
