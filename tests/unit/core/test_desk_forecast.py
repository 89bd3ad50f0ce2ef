"""How likely a busy desk is to be free in time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lawful_values import NOON

from ivr.core.desk import Desk
from ivr.core.desk_forecast import desk_forecast
from ivr.core.estimates import Estimates
from ivr.core.model import CentreCode, DeskState, TelecallerId

DESK = Desk(TelecallerId("t"), CentreCode("MP"), NOON)


def chance(state: DeskState, *, age_s: float = 5.0, within_s: float = 10.0) -> float:
    forecast = desk_forecast(Estimates(), lambda desk: age_s)
    return forecast(replace(DESK, state=state), within_s)


def test_a_free_desk_is_free_and_one_that_is_away_is_not_coming() -> None:
    assert chance(DeskState.READY) == 1.0
    for state in (DeskState.OFFLINE, DeskState.PAUSED, DeskState.RECONNECTING):
        assert chance(state) == 0.0


def test_a_wrap_up_is_over_sooner_than_a_talk() -> None:
    assert 0 < chance(DeskState.TALKING) < chance(DeskState.WRAP_UP) < 1


def test_a_reserved_desk_has_its_talk_before_it() -> None:
    assert chance(DeskState.RESERVED, age_s=300) == chance(DeskState.TALKING, age_s=0)


@pytest.mark.parametrize("state", [DeskState.TALKING, DeskState.WRAP_UP])
def test_an_age_before_the_beginning_is_none(state: DeskState) -> None:
    assert chance(state, age_s=-3) == chance(state, age_s=0)
