"""Why is nobody being dialled?"""

from __future__ import annotations

import pytest

from ivr.core.funnel import GATES, gate_of, holding_back


@pytest.mark.parametrize(
    ("counts", "english"),
    [
        ({"running": 0, "due_now": 5}, "the campaign is not running"),
        ({"switch_up": 0, "due_now": 5}, "the telephone switch cannot be reached"),
        (
            {"due_now": 5, "needs_telecaller": 1, "telecallers_ready": 0},
            "no telecaller is free",
        ),
        ({"due_now": 5, "channels_free": 0}, "every channel of the trunk is busy"),
        (
            {"due_now": 5, "calls_per_s_left": 0},
            "the calls-per-second limit is reached",
        ),
        ({"due_now": 5, "telecallers_ready": 0}, "nothing: 5 are due now"),
        ({"outside_window": 90, "retry_wait": 10}, "outside the calling hours: 90"),
        ({"outside_window": 1, "retry_wait": 10}, "waiting for the next attempt: 10"),
        ({"live": 3, "done": 97}, "the last 3 calls are going on"),
        ({"done": 90, "do_not_call": 10}, "every contact is done"),
        ({}, "no contact is in the list"),
    ],
)
def test_the_one_thing_that_holds_dialling_back(
    counts: dict[str, int], english: str
) -> None:
    hindi, _, said = holding_back(counts).partition(" | ")
    assert said == english
    assert any("ऀ" <= letter <= "ॿ" for letter in hindi)


def test_every_reason_of_a_refusal_has_one_gate() -> None:
    reasons = [reason for gate in GATES for reason in gate.reasons]
    assert len(reasons) == len(set(reasons))
    assert gate_of("election_area_unknown").name == "election"
    assert gate_of("something new").name == "retry_wait"


def test_gates_are_named_in_both_languages() -> None:
    assert all(gate.hi and gate.en for gate in GATES)
    assert len({gate.name for gate in GATES}) == len(GATES)
