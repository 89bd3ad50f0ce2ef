"""The abandonment budget: theta by what was abandoned and what might have been."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.core.budget import FIRST, HIGHEST, AbandonmentBudget

BUDGET = AbandonmentBudget(0.03)


def after(
    budget: AbandonmentBudget, *abandoned: bool, gap_s: float = 5.0
) -> AbandonmentBudget:
    now_s = budget.at_s
    for one in abandoned:
        now_s += gap_s
        budget = budget.saw_answer(one, now_s)
    return budget


def test_it_begins_with_a_small_risk() -> None:
    assert BUDGET.threshold() == pytest.approx(FIRST)


def test_who_was_abandoned_lowers_theta_and_who_was_not_raises_it() -> None:
    lost = after(BUDGET, *[True] * 3)
    kept = after(BUDGET, *[False] * 100)
    assert lost.threshold() < BUDGET.threshold() < kept.threshold()


def test_too_many_abandoned_leave_no_risk_at_all() -> None:
    lost = after(BUDGET, *[True] * 60)
    assert lost.is_spent
    assert lost.threshold() == 0


def test_what_was_not_used_up_is_not_saved_for_a_wave() -> None:
    quiet = after(BUDGET, *[False] * 50_000)
    assert quiet.threshold() <= HIGHEST
    assert quiet.balance == after(quiet, *[False] * 1000).balance
    assert after(quiet, *[True] * 150).threshold() < quiet.threshold() / 5


def test_a_large_team_is_steered_by_more_people_than_a_small_one() -> None:
    small = after(BUDGET, *[False] * 100, gap_s=10.0)
    large = after(BUDGET, *[False] * 100, gap_s=0.1)
    assert large.per_window == pytest.approx(6000, rel=0.1)
    assert small.per_window == pytest.approx(60, rel=0.1)
    assert large.scale > small.scale


def test_a_cap_of_nothing_allows_no_risk() -> None:
    assert AbandonmentBudget(0.0).threshold() == 0


def test_a_clock_that_steps_back_forgets_nothing() -> None:
    budget = after(BUDGET, *[False] * 20)
    back = budget.saw_answer(False, 1.0)
    assert back.recent == budget.recent + 1


def test_no_time_and_no_share_are_refused() -> None:
    with pytest.raises(ValueError, match="no time"):
        BUDGET.saw_answer(True, float("nan"))
    with pytest.raises(ValueError, match="a share"):
        AbandonmentBudget(1.5)


def test_it_survives_a_restart_and_another_version_does_not() -> None:
    budget = after(BUDGET, *[False] * 30, True)
    again, why = AbandonmentBudget.from_json(budget.to_json(), 0.03)
    assert (again, why) == (replace(budget, at_s=0.0), "")
    other, why = AbandonmentBudget.from_json(budget.to_json() | {"version": 0}, 0.03)
    assert other == AbandonmentBudget(0.03)
    assert "another version" in why
