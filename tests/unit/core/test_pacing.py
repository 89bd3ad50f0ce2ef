"""How many calls to place now, and because of what."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.budget import AbandonmentBudget
from ivr.core.estimates import Estimates, Kind
from ivr.core.model import Mode
from ivr.core.pacing import MAX_RINGING_PER_DESK, PacingSnapshot, decide


def learned(answered: int = 0, unanswered: int = 0, wanted: int = 0) -> Estimates:
    """Return what so many calls teach: answers at 8-14 s, the others at 25 s."""
    estimates = Estimates()
    calls = answered + unanswered
    for n in range(calls):
        # The answers spread evenly among the calls.
        if (n + 1) * answered // calls > n * answered // calls:
            estimates.saw_outcome(Kind.ANSWERED, 8.0 + n % 7, float(n))
            estimates.saw_talk(10.0 + n % 50, float(n))
            estimates.saw_wrap(3.0 + n % 5, float(n))
        else:
            estimates.saw_outcome(Kind.NO_ANSWER, 25.0, float(n))
    for _ in range(wanted):
        estimates.saw_flow(wanted=True)
    return estimates


KNOWN = learned(answered=140, unanswered=260)
NEW = Estimates()
BUDGET = AbandonmentBudget(0.03)
SPENT = replace(BUDGET, balance=-100.0)


def snapshot(mode: Mode = Mode.PREDICTIVE, **facts: object) -> PacingSnapshot:
    known: dict[str, object] = {
        "estimates": KNOWN,
        "budget": BUDGET,
        "channels_free": 1000,
        "tokens": 1000,
    }
    return PacingSnapshot(mode=mode, **(known | facts))  # type: ignore[arg-type]


PREDICTIVE = snapshot(ready=6)


def test_preview_dials_only_what_telecallers_asked_for() -> None:
    none = decide(snapshot(Mode.PREVIEW, ready=6))
    assert (none.dial, none.because) == (
        0,
        "preview: no telecaller has asked for a dial",
    )
    assert decide(snapshot(Mode.PREVIEW, asked_for=2)).dial == 2


def test_progressive_dials_one_for_each_free_telecaller_not_yet_provided_for() -> None:
    facts = snapshot(
        Mode.PROGRESSIVE, ready=6, ringing_s=(1.0, 2.0), flow=(0.5,), waiting=1
    )
    decision = decide(facts)
    assert decision.dial == 2
    assert decision.because == "progressive: 6 telecallers free, 4 calls may want one"
    assert decide(replace(facts, ringing_s=(1.0,) * 9)).dial == 0


def test_progressive_dials_nobody_when_every_telecaller_is_in_wrap_up() -> None:
    assert decide(snapshot(Mode.PROGRESSIVE, wrapping_s=(1.0,) * 6)).dial == 0


def test_predictive_dials_for_telecallers_who_are_about_to_be_free() -> None:
    new_to_it = decide(snapshot(talking_s=(0.0,) * 6)).dial
    nearly_done = decide(snapshot(wrapping_s=(6.0,) * 6)).dial
    assert new_to_it < nearly_done
    assert decide(snapshot()).dial == 0  # nobody is at work


def test_predictive_dials_more_than_it_has_telecallers_by_the_odds() -> None:
    decision = decide(PREDICTIVE)
    assert 6 < decision.dial <= 6 * MAX_RINGING_PER_DESK
    assert decision.because.startswith(
        "predictive: 6 of 6 telecallers free, 0 calls out, 0 in the flow; "
        "answer rate 0.3"
    )
    assert decision.risk >= decision.threshold > 0
    assert decision.because.endswith(
        f"the next call's risk {decision.risk:.1%} of {decision.threshold:.1%}"
    )


def test_predictive_begins_carefully_and_learns() -> None:
    start = replace(PREDICTIVE, estimates=NEW)
    assert NEW.answer_rate() == pytest.approx(0.5, abs=0.01)
    assert 6 <= decide(start).dial < decide(PREDICTIVE).dial


def test_calls_already_out_and_people_in_the_flow_are_counted() -> None:
    fresh = decide(PREDICTIVE).dial
    assert decide(replace(PREDICTIVE, ringing_s=(0.0,) * fresh)).dial == 0
    assert decide(replace(PREDICTIVE, flow=(0.5,) * 8)).dial < fresh
    assert decide(replace(PREDICTIVE, waiting=6)).dial == 0


def test_a_call_that_long_rang_in_vain_counts_for_less() -> None:
    fresh = decide(replace(PREDICTIVE, ringing_s=(0.0,) * 12)).risk
    late = decide(replace(PREDICTIVE, ringing_s=(24.0,) * 12)).dial
    assert fresh > 0
    assert late > decide(replace(PREDICTIVE, ringing_s=(0.0,) * 12)).dial


def test_everybody_answering_leaves_one_to_one() -> None:
    certain = learned(answered=2000, wanted=2000)
    assert decide(replace(PREDICTIVE, estimates=certain)).dial == 6


def test_when_the_budget_is_spent_it_is_strictly_one_to_one() -> None:
    decision = decide(replace(PREDICTIVE, budget=SPENT))
    assert (decision.dial, decision.threshold) == (6, 0.0)
    assert decision.because.startswith(
        "the budget of 3.0% abandoned is spent: one to one"
    )
    out = replace(PREDICTIVE, budget=SPENT, ringing_s=(1.0,) * 6)
    assert decide(out).dial == 0


def test_broadcast_takes_what_the_trunk_gives() -> None:
    facts = snapshot(Mode.BROADCAST, channels_free=12, tokens=3)
    assert decide(facts).dial == 3
    assert decide(facts).because == (
        "broadcast: as many as the trunk takes: the calls per second allow 3 now"
    )
    full = decide(replace(facts, channels_free=0))
    assert (full.dial, full.because) == (
        0,
        "broadcast: as many as the trunk takes: 0 trunk channels are free",
    )


def test_the_campaigns_own_channels_bound_it_too() -> None:
    facts = replace(PREDICTIVE, campaign_channels_free=4)
    decision = decide(facts)
    assert decision.dial == 4
    assert decision.because.endswith(", but 4 of the campaign's channels are free")
    assert decide(replace(facts, campaign_channels_free=-1)).dial == 0


@pytest.mark.parametrize("age_s", [-0.1, nan, inf])
@pytest.mark.parametrize("of", ["ringing_s", "talking_s", "wrapping_s"])
def test_nothing_is_decided_on_an_age_that_cannot_be(of: str, age_s: float) -> None:
    with pytest.raises(ValueError, match="nothing is decided"):
        snapshot(ready=2, **{of: (3.0, age_s)})


@pytest.mark.parametrize(
    "facts",
    [
        {"now_s": nan},
        {"flow": (0.5, nan)},
        {"flow": (1.1,)},
        {"flow": (-0.1,)},
        {"ready": -1},
        {"waiting": -1},
    ],
)
def test_nothing_is_decided_on_what_cannot_be_counted(facts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="nothing is decided"):
        snapshot(**facts)


ages = st.lists(st.floats(0, 200), max_size=40).map(tuple)
snapshots = st.builds(
    PacingSnapshot,
    mode=st.sampled_from(Mode),
    estimates=st.sampled_from([NEW, KNOWN, learned(30, 5, 10)]),
    budget=st.sampled_from([BUDGET, SPENT, replace(BUDGET, balance=3.0)]),
    now_s=st.floats(0, 1e6),
    ready=st.integers(0, 60),
    talking_s=ages,
    wrapping_s=ages,
    ringing_s=st.lists(st.floats(0, 60), max_size=80).map(tuple),
    flow=st.lists(st.floats(0, 1), max_size=10).map(tuple),
    waiting=st.integers(0, 30),
    channels_free=st.integers(-5, 200),
    campaign_channels_free=st.none() | st.integers(-5, 100),
    tokens=st.integers(0, 50),
    asked_for=st.integers(0, 6),
)


@given(snapshots)
def test_no_decision_exceeds_the_trunk_the_rate_or_the_campaign(
    facts: PacingSnapshot,
) -> None:
    decision = decide(facts)
    limits = [facts.channels_free, facts.tokens]
    if facts.campaign_channels_free is not None:
        limits.append(facts.campaign_channels_free)
    assert 0 <= decision.dial <= max(0, min(limits))
    assert decision.because
    assert decision == decide(facts)  # the same facts, the same decision


@given(snapshots)
def test_predictive_never_dials_fewer_than_progressive(facts: PacingSnapshot) -> None:
    predictive = decide(replace(facts, mode=Mode.PREDICTIVE)).dial
    assert predictive >= decide(replace(facts, mode=Mode.PROGRESSIVE)).dial


@given(snapshots)
def test_never_under_one_to_one_within_the_trunk(facts: PacingSnapshot) -> None:
    free = replace(facts, channels_free=500, campaign_channels_free=None, tokens=500)
    coming = len(facts.ringing_s) + len(facts.flow) + facts.waiting
    for mode in (Mode.PREDICTIVE, Mode.PROGRESSIVE):
        assert decide(replace(free, mode=mode)).dial >= facts.ready - coming


@given(snapshots, st.integers(1, 5))
def test_one_more_free_telecaller_never_means_fewer_calls(
    facts: PacingSnapshot, more: int
) -> None:
    better = replace(facts, ready=facts.ready + more)
    assert decide(better).dial >= decide(facts).dial


@given(snapshots)
def test_without_anybody_at_work_no_mode_but_broadcast_and_preview_dials(
    facts: PacingSnapshot,
) -> None:
    if facts.mode in {Mode.PROGRESSIVE, Mode.PREDICTIVE}:
        nobody = replace(facts, ready=0, talking_s=(), wrapping_s=())
        assert decide(nobody).dial == 0


@pytest.mark.parametrize("ready", [1, 2, 6, 30])
def test_at_most_eight_calls_ring_for_one_desk(ready: int) -> None:
    nobody_answers = learned(unanswered=2000)
    facts = replace(PREDICTIVE, ready=ready, estimates=nobody_answers)
    assert decide(facts).dial <= MAX_RINGING_PER_DESK * ready
    assert decide(facts).dial > 4 * ready
