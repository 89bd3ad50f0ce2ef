"""What pacing is told of the calls that ended."""

from __future__ import annotations

import pytest

from ivr.core.model import CampaignId
from ivr.core.outcomes import VERSION, Outcomes
from ivr.core.pacer import Fact, Told


def after(*told: Told, start: Outcomes | None = None) -> Outcomes:
    counts = start or Outcomes()
    for one in told:
        counts = counts.fold(Fact(CampaignId("a"), one))
    return counts


def test_half_answered_and_half_of_those_wanting_one_are_counted_so() -> None:
    counts = after(
        Told.BUSY,
        Told.NO_ANSWER,
        Told.ANSWERED,
        Told.NOT_WANTED,
        Told.ANSWERED,
        Told.WANTED,
    )
    assert counts.answered / counts.placed == pytest.approx(0.5, abs=0.01)
    assert counts.wanted / counts.left_flow == pytest.approx(0.5, abs=0.01)


def test_the_evening_outweighs_the_morning() -> None:
    counts = after(*[Told.ANSWERED] * 1000, *[Told.NO_ANSWER] * 1000)
    assert counts.answered / counts.placed < 0.01


@pytest.mark.parametrize(
    "told", [Told.CONNECTED, Told.ABANDONED, Told.TALK_OVER, Told.WRAP_UP_OVER]
)
def test_what_happens_at_desks_says_nothing_of_answers(told: Told) -> None:
    before = Outcomes(10, 5, 5, 1)
    assert after(told, start=before) == before


def test_what_was_kept_is_read_again() -> None:
    counts = after(Told.ANSWERED, Told.WANTED, Told.BUSY)
    assert Outcomes.kept(counts.to_keep()) == counts


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {},
        Outcomes().to_keep() | {"version": VERSION + 1},
        {"version": VERSION, "placed": 1},
        Outcomes().to_keep() | {"placed": "1"},
        Outcomes(placed=-1.0).to_keep(),
        Outcomes(placed=float("nan")).to_keep(),
    ],
)
def test_what_another_version_kept_or_is_damaged_is_not_believed(
    state: object,
) -> None:
    assert Outcomes.kept(state) is None
