"""How the page of practices draws the scores of a telecaller."""

from __future__ import annotations

from ivr.web.pages.practice import trend


def test_a_trend_goes_from_left_to_right_with_a_hundred_at_the_top() -> None:
    assert trend([], 100, 40) == ""
    assert trend([50], 100, 40) == "0,20 100,20"
    assert trend([0, 50, 100], 100, 40) == "0,40 50,20 100,0"
