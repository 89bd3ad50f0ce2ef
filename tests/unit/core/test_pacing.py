"""How many calls to place now, and because of what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.model import Mode
from ivr.core.pacing import PacingSnapshot, answer_rate, decide, want_rate

ROOM = {"channels_free": 1000, "tokens": 1000}
PREDICTIVE = PacingSnapshot(
    Mode.PREDICTIVE,
    ready=6,
    placed=400,
    answered=140,
    left_flow=100,
    wanted=30,
    channels_free=1000,
    tokens=1000,
)


def test_preview_dials_only_what_telecallers_asked_for() -> None:
    none = decide(PacingSnapshot(Mode.PREVIEW, ready=6, **ROOM))
    assert (none.dial, none.because) == (
        0,
        "preview: no telecaller has asked for a dial",
    )
    assert decide(PacingSnapshot(Mode.PREVIEW, asked_for=2, **ROOM)).dial == 2


def test_progressive_dials_one_for_each_free_telecaller_not_yet_provided_for() -> None:
    snapshot = PacingSnapshot(
        Mode.PROGRESSIVE, ready=6, dialling=2, in_flow=1, waiting=1, **ROOM
    )
    decision = decide(snapshot)
    assert decision.dial == 2
    assert decision.because == "progressive: 6 telecallers free, 4 calls may want one"
    assert decide(replace(snapshot, dialling=9)).dial == 0


def test_no_dial_when_every_telecaller_is_in_wrap_up() -> None:
    for mode in (Mode.PROGRESSIVE, Mode.PREDICTIVE):
        assert decide(PacingSnapshot(mode, ready=0, soon_ready=6, **ROOM)).dial == 0


def test_predictive_dials_more_than_it_has_telecallers_by_the_odds() -> None:
    decision = decide(PREDICTIVE)
    assert 6 < decision.dial <= 6 * 8
    assert decision.because == (
        "predictive: 6 telecallers free, 0 calls out, 0 in the flow; "
        "answer rate 0.35, of whom 0.32 want one"
    )


def test_predictive_begins_carefully_and_learns() -> None:
    start = replace(PREDICTIVE, placed=0, answered=0, left_flow=0, wanted=0)
    assert (answer_rate(start), want_rate(start)) == (0.5, 0.5)
    assert 6 <= decide(start).dial < decide(PREDICTIVE).dial


def test_calls_already_out_and_people_in_the_flow_are_counted() -> None:
    fresh = decide(PREDICTIVE).dial
    assert decide(replace(PREDICTIVE, dialling=fresh)).dial == 0
    assert decide(replace(PREDICTIVE, in_flow=8)).dial < fresh
    assert decide(replace(PREDICTIVE, waiting=6)).dial == 0


def test_everybody_answering_and_wanting_one_leaves_one_to_one() -> None:
    certain = replace(
        PREDICTIVE, placed=10**6, answered=10**6, left_flow=10**6, wanted=10**6
    )
    assert decide(certain).dial == 6


def test_above_the_abandonment_target_it_is_strictly_one_to_one() -> None:
    over = replace(PREDICTIVE, abandonment=0.012)
    decision = decide(over)
    assert decision.dial == 6
    assert decision.because.startswith("abandoned 1.2%, target 1.0%: one to one")


def test_broadcast_takes_what_the_trunk_gives() -> None:
    snapshot = PacingSnapshot(Mode.BROADCAST, channels_free=12, tokens=3)
    assert decide(snapshot).dial == 3
    assert decide(snapshot).because == (
        "broadcast: as many as the trunk takes: the calls per second allow 3 now"
    )
    full = decide(replace(snapshot, channels_free=0))
    assert (full.dial, full.because) == (
        0,
        "broadcast: as many as the trunk takes: 0 trunk channels are free",
    )


def test_the_campaigns_own_channels_bound_it_too() -> None:
    snapshot = replace(PREDICTIVE, campaign_channels_free=4)
    decision = decide(snapshot)
    assert decision.dial == 4
    assert decision.because.endswith(", but 4 of the campaign's channels are free")
    assert decide(replace(snapshot, campaign_channels_free=-1)).dial == 0


small = st.integers(0, 400)
snapshots = st.builds(
    PacingSnapshot,
    mode=st.sampled_from(Mode),
    ready=st.integers(0, 60),
    soon_ready=st.floats(0, 20),
    dialling=small,
    in_flow=small,
    waiting=st.integers(0, 30),
    placed=small,
    answered=small,
    left_flow=small,
    wanted=small,
    abandonment=st.sampled_from([0.0, 0.005, 0.01, 0.05]),
    channels_free=st.integers(-5, 200),
    campaign_channels_free=st.none() | st.integers(-5, 100),
    tokens=st.integers(0, 50),
    asked_for=st.integers(0, 6),
)


@given(snapshots)
def test_no_decision_exceeds_the_trunk_the_rate_or_the_campaign(
    snapshot: PacingSnapshot,
) -> None:
    decision = decide(snapshot)
    limits = [snapshot.channels_free, snapshot.tokens]
    if snapshot.campaign_channels_free is not None:
        limits.append(snapshot.campaign_channels_free)
    assert 0 <= decision.dial <= max(0, min(limits))
    assert decision.because
    assert decision == decide(snapshot)  # the same facts, the same decision


@given(snapshots)
def test_predictive_never_dials_fewer_than_progressive(
    snapshot: PacingSnapshot,
) -> None:
    predictive = decide(replace(snapshot, mode=Mode.PREDICTIVE)).dial
    assert predictive >= decide(replace(snapshot, mode=Mode.PROGRESSIVE)).dial


@given(snapshots)
def test_without_a_free_telecaller_no_mode_but_broadcast_and_preview_dials(
    snapshot: PacingSnapshot,
) -> None:
    if snapshot.mode in {Mode.PROGRESSIVE, Mode.PREDICTIVE}:
        assert decide(replace(snapshot, ready=0)).dial == 0


@pytest.mark.parametrize("ready", [1, 2, 6, 30])
def test_at_most_eight_calls_ring_for_one_free_desk(ready: int) -> None:
    nobody_wants = replace(PREDICTIVE, ready=ready, left_flow=10**6, wanted=0)
    assert decide(nobody_wants).dial == 8 * ready
