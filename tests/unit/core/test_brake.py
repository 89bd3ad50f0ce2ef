"""Fewer calls when the system is behind, and never more than is known to go well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.brake import LIMITS, STEADY_PER_S, Brake, Strain, braked, worst

WELL = Strain()
STEP_S = 0.2


def strained(figure: str, value: float) -> Strain:
    change: dict[str, Any] = {figure: value}
    return replace(WELL, **change)


def after(seconds: float, brake: Brake, strain: Strain, placed: float) -> Brake:
    for _ in range(round(seconds / STEP_S)):
        brake = braked(brake, strain, min(placed, brake.per_s), STEP_S)
    return brake


@pytest.mark.parametrize("limit", LIMITS, ids=lambda one: str(one.figure))
def test_each_figure_eases_and_then_stops_and_says_so(limit: Any) -> None:
    assert worst(strained(limit.figure, limit.eases)).because == ""
    halfway = strained(limit.figure, (limit.eases + limit.stops) / 2)
    eased = braked(Brake(80), halfway, 80, 1.0)
    assert eased.per_s == pytest.approx(40)
    assert eased.because.startswith("at most 40.0 calls/s, the system is behind: ")
    stopped = braked(Brake(80), strained(limit.figure, limit.stops), 80, STEP_S)
    assert stopped.per_s == 0
    assert stopped.because.startswith("nothing more is dialled, the system is behind: ")


def test_while_all_is_well_nothing_is_said_and_some_are_free() -> None:
    assert braked(Brake(), WELL, 0.0, STEP_S) == Brake(STEADY_PER_S)


def test_it_is_let_up_from_nothing_within_four_seconds() -> None:
    assert after(2, Brake(0), WELL, 1000).per_s == pytest.approx(10)
    assert after(4.2, Brake(0), WELL, 1000).per_s >= STEADY_PER_S


def test_three_hundred_a_second_are_reached_in_small_steps() -> None:
    brake = Brake()
    assert after(6, brake, WELL, 1000).per_s < 51
    assert after(30, brake, WELL, 1000).per_s > 300


def test_what_was_not_tried_is_not_let_free() -> None:
    assert after(60, Brake(), WELL, 30).per_s == 60
    assert 100 < after(60, Brake(400), WELL, 0).per_s < 130  # it once was
    assert after(300, Brake(400), WELL, 0).per_s == STEADY_PER_S


def test_a_short_delay_costs_little_of_what_was_placed() -> None:
    blip = braked(Brake(60), strained("lag_s", 0.3), 30, STEP_S)
    assert 28 < blip.per_s < 30


FIGURES = st.builds(
    Strain,
    lag_s=st.floats(0, 3),
    answer_s=st.floats(0, 6),
    undialled_s=st.floats(0, 4),
    unheard_s=st.floats(0, 4),
    events=st.integers(0, 9000),
    writes=st.integers(0, 9000),
)


@given(
    FIGURES,
    st.sampled_from(LIMITS),
    st.floats(0, 1),
    st.floats(0, 400),
    st.floats(0, 400),
)
def test_a_worse_figure_never_lets_more_be_placed(
    strain: Strain, limit: Any, more: float, before: float, placed: float
) -> None:
    value = getattr(strain, limit.figure) + more * limit.stops
    worse = replace(strain, **{limit.figure: value})
    now = braked(Brake(before), strain, placed, STEP_S)
    assert braked(Brake(before), worse, placed, STEP_S).per_s <= now.per_s + 1e-9
    assert 0 <= now.per_s <= max(STEADY_PER_S, before * 1.02 + 1)
