"""Figures, intervals, and whether the promise is kept."""

from __future__ import annotations

import pytest

from ivr.simulation.lab.fates import Change, Talk
from ivr.simulation.lab.policy import Score
from ivr.simulation.lab.scoring import Between, Figures, bootstrap, figures, wilson
from ivr.simulation.lab.verdict import Cell, best_vicidial, judge


def score(busy_s: float, abandoned: int, wanted: int = 100) -> Score:
    return Score(
        placed=400,
        answered=wanted,
        wanted=wanted,
        abandoned=abandoned,
        connected=wanted - abandoned,
        busy_s=busy_s,
        work_s=3600.0,
    )


def test_means_weigh_people_and_hours_not_seeds() -> None:
    found = figures([score(1800, 2, 100), score(3600, 0, 300)])
    assert found.utilisation == pytest.approx(0.75)
    assert found.abandonment == pytest.approx(2 / 400)
    assert found.connects_per_hour == pytest.approx((98 + 300) / 2)
    assert found.dials_per_connect == pytest.approx(800 / 398)


def test_nothing_placed_gives_noughts_and_an_open_interval() -> None:
    found = figures([Score(0, 0, 0, 0, 0, 0.0, 0.0)])
    assert (found.utilisation, found.abandonment) == (0.0, 0.0)
    assert found.abandonment_95 == Between(0.0, 1.0)


def test_wilson_as_in_the_textbook() -> None:
    # 3 of 100: (0.0103, 0.0845).
    found = wilson(3, 100)
    assert found.low == pytest.approx(0.0103, abs=0.0001)
    assert found.high == pytest.approx(0.0845, abs=0.0001)
    assert wilson(0, 100).low == 0.0


def test_the_bootstrap_is_the_same_every_time_and_holds_the_mean() -> None:
    parts = [(n, 100.0) for n in (1.0, 2.0, 3.0, 4.0, 5.0, 9.0)]
    assert bootstrap(parts) == bootstrap(parts)
    assert bootstrap(parts).low < 0.04 < bootstrap(parts).high


def test_seeds_that_agree_leave_nothing_between() -> None:
    found = figures([score(1800, 3)] * 5)
    assert found.utilisation_95 == Between(0.5, 0.5)
    assert found.abandonment_95 == Between(0.03, 0.03)


def of(utilisation: float, abandonment: float = 0.0) -> Figures:
    between = Between(0.0, 1.0)
    return Figures(8, utilisation, abandonment, between, between, 10.0, 3.0, 0.0)


STEADY = Cell(12, 0.35, Talk.SHORT, Change.STEADY)
CHANGING = Cell(12, 0.35, Talk.SHORT, Change.CHANGING)


def test_the_best_of_vicidial_keeps_the_cap() -> None:
    by_policy = {
        "vicidial-hard": of(0.50, 0.029),
        "vicidial-tapered": of(0.60, 0.031),
        "vicidial-1.5": of(0.55, 0.0304),
        "issabel": of(0.99, 0.0),
    }
    best = best_vicidial(by_policy)
    assert best is not None
    assert best[0] == "vicidial-1.5"
    assert best_vicidial({"vicidial-hard": of(0.9, 0.05)}) is None


@pytest.mark.parametrize(
    ("cell", "ours", "theirs", "kept"),
    [
        (STEADY, of(0.64, 0.030), of(0.55), True),
        (STEADY, of(0.64, 0.0304), of(0.55), True),  # 3.0 % as printed
        (STEADY, of(0.64, 0.031), of(0.55), False),  # over the cap
        (STEADY, of(0.62), of(0.55), False),  # 1.15 x 0.55 = 0.6325
        (STEADY, of(0.81), of(0.80), True),  # from 70 % on, above is enough
        (STEADY, of(0.80), of(0.80), False),
        (STEADY, of(0.20), of(0.80, 0.04), True),  # theirs breaks the cap
        (CHANGING, of(0.76), of(0.50), True),  # the reference says 76
        (CHANGING, of(0.754), of(0.50), False),
    ],
)
def test_the_promise_by_hand(
    cell: Cell, ours: Figures, theirs: Figures, kept: bool
) -> None:
    assert judge({cell: {"ours": ours, "vicidial-hard": theirs}}).is_kept is kept


def test_without_our_policy_there_is_nothing_to_judge() -> None:
    verdict = judge({STEADY: {"progressive": of(0.4)}})
    assert not verdict.is_kept
    assert "nothing to judge" in str(verdict)


def test_a_broken_promise_says_where_and_by_how_much() -> None:
    verdict = judge({STEADY: {"ours": of(0.64, 0.05), "vicidial-hard": of(0.50)}})
    assert verdict.broken == (
        "12 at 0.35, short, steady: 5.0% abandoned, more than 3.0%",
    )
    assert str(verdict) == "broken 1 times in 1 cells"
