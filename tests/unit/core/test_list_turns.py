"""The next call is placed for the centre that will have desks to spare."""

from __future__ import annotations

from datetime import UTC, datetime

from ivr.core.desk import Desk
from ivr.core.list_turns import OwnBalance, balances, turns
from ivr.core.model import CentreCode, DeskState, TelecallerId

A, B, C = (CentreCode(code) for code in ("S.A", "S.B", "S.C"))


def test_the_centre_with_most_desks_to_spare_comes_first() -> None:
    expected = [OwnBalance(A, free=2.0, wanting=1.5), OwnBalance(B, free=1.0)]
    assert turns(expected, 1, 0.35) == [B]


def test_a_wave_of_calls_is_spread_as_each_may_bring_a_voter() -> None:
    expected = [OwnBalance(A, free=1.0), OwnBalance(B, free=0.5)]
    assert turns(expected, 4, 0.4) == [A, A, B, A]


def test_a_centre_without_anybody_to_call_is_passed_by() -> None:
    expected = [OwnBalance(A, free=9.0, has_due=False), OwnBalance(B, wanting=3.0)]
    assert turns(expected, 2, 0.35) == [B, B]
    assert turns([OwnBalance(A, has_due=False)], 2, 0.35) == []


def test_equals_take_their_turns_in_the_same_order_each_time() -> None:
    expected = [OwnBalance(C), OwnBalance(A), OwnBalance(B)]
    assert turns(expected, 3, 0.35) == [A, B, C]


def test_a_centre_expects_its_desks_less_its_people_on_the_line() -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    desks = [
        Desk(TelecallerId("a1"), A, now, DeskState.READY),
        Desk(TelecallerId("a2"), A, now, DeskState.TALKING),
        Desk(TelecallerId("b1"), B, now, DeskState.TALKING),
    ]

    def chance_free(desk: Desk, within_s: float) -> float:
        return 1.0 if desk.state is DeskState.READY else within_s / 16

    found = balances(desks, chance_free, {A: 0.7, C: 5.0}, 8.0)
    assert found == [OwnBalance(A, 1.5, 0.7), OwnBalance(B, 0.5, 0.0)]
