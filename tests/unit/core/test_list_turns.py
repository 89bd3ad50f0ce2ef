"""The next call is placed for the centre that will have desks to spare."""

from __future__ import annotations

from ivr.core.list_turns import OwnBalance, turns
from ivr.core.model import CentreCode

A, B, C = (CentreCode(code) for code in ("S.A", "S.B", "S.C"))


def test_the_centre_with_most_desks_to_spare_comes_first() -> None:
    balances = [OwnBalance(A, free=2.0, wanting=1.5), OwnBalance(B, free=1.0)]
    assert turns(balances, 1, 0.35) == [B]


def test_a_wave_of_calls_is_spread_as_each_may_bring_a_voter() -> None:
    balances = [OwnBalance(A, free=1.0), OwnBalance(B, free=0.5)]
    assert turns(balances, 4, 0.4) == [A, A, B, A]


def test_a_centre_without_anybody_to_call_is_passed_by() -> None:
    balances = [OwnBalance(A, free=9.0, has_due=False), OwnBalance(B, wanting=3.0)]
    assert turns(balances, 2, 0.35) == [B, B]
    assert turns([OwnBalance(A, has_due=False)], 2, 0.35) == []


def test_equals_take_their_turns_in_the_same_order_each_time() -> None:
    balances = [OwnBalance(C), OwnBalance(A), OwnBalance(B)]
    assert turns(balances, 3, 0.35) == [A, B, C]
