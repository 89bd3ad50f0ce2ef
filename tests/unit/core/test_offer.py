"""Whether a telecaller may be offered now, and how many calls the flow needs."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import inf, nan, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.estimates import Estimates, Kind
from ivr.core.offer import (
    AGAIN_S,
    LATE_S,
    LATE_SHARE,
    MOST_MESSAGES_S,
    Desks,
    LaunchSnapshot,
    OfferAccount,
    OfferSnapshot,
    Promised,
    decide,
    launch,
    message_again,
    shortage,
)
from ivr.core.pacing import MAX_RINGING_PER_DESK

ESTIMATES = Estimates()
SNAPSHOT = OfferSnapshot(ESTIMATES, Desks(), chance=0.5, threshold=0.1)
LAUNCH = LaunchSnapshot(ESTIMATES, Desks(6), 0.5, channels_free=100, tokens=100)

ages = st.lists(st.floats(0, 2000), max_size=5).map(tuple)
chances = st.floats(0, 1)
promises = st.builds(Promised, chances, st.floats(0, 20))
snapshots = st.builds(
    OfferSnapshot,
    estimates=st.just(ESTIMATES),
    desks=st.builds(Desks, st.integers(0, 8), ages, ages),
    chance=chances,
    threshold=chances,
    needed_in_s=st.floats(0, 10),
    keep_s=st.floats(0, 20),
    promised=st.lists(promises, max_size=8).map(tuple),
)


def test_a_free_desk_that_nobody_was_promised_is_offered_without_risk() -> None:
    decision = decide(replace(SNAPSHOT, desks=Desks(1)))
    assert (decision.yes, decision.risk) == (True, 0.0)


def test_nobody_is_offered_a_telecaller_when_none_is_at_work() -> None:
    decision = decide(SNAPSHOT)
    assert (decision.yes, decision.because) == (False, "no telecaller is at work")


def test_what_is_promised_counts_as_a_distribution_and_not_as_a_mean() -> None:
    # One desk, one voter who takes it by half: if both accept, one has nobody.
    one = replace(SNAPSHOT, desks=Desks(1), promised=(Promised(0.5),))
    assert decide(one).risk == pytest.approx(0.25)
    # The same mean: two who take it by a quarter leave more for the third.
    two = replace(one, promised=(Promised(0.25), Promised(0.25)))
    assert decide(two).risk == pytest.approx(0.5 * (1 - 0.75**2))


def test_who_certainly_takes_the_only_desk_leaves_none() -> None:
    taken = replace(SNAPSHOT, desks=Desks(1), promised=(Promised(1.0),), chance=1.0)
    assert decide(taken).risk == 1.0


def test_a_desk_late_in_its_wrap_up_counts_for_more_than_one_in_a_talk() -> None:
    estimates = Estimates()
    for n in range(200):
        estimates.saw_talk(60.0, n)
        estimates.saw_wrap(5.0, n)
    snapshot = replace(SNAPSHOT, estimates=estimates)
    wrapping = decide(replace(snapshot, desks=Desks(wrapping_s=(4.0,))))
    talking = decide(replace(snapshot, desks=Desks(talking_s=(4.0,))))
    assert wrapping.yes
    assert not talking.yes


def test_a_talk_that_lasts_long_may_last_longer() -> None:
    estimates = Estimates()
    for n in range(300):
        estimates.saw_talk(10.0 if n % 3 else 900.0, n)
    snapshot = replace(SNAPSHOT, estimates=estimates)
    fresh = decide(replace(snapshot, desks=Desks(talking_s=(5.0,))))
    old = decide(replace(snapshot, desks=Desks(talking_s=(300.0,))))
    assert old.risk > fresh.risk


def test_without_any_risk_allowed_only_a_desk_that_is_free_counts() -> None:
    strict = replace(SNAPSHOT, threshold=0.0, desks=Desks(1, (5.0,)))
    assert decide(strict).yes
    assert not decide(replace(strict, promised=(Promised(0.1),))).yes
    assert not decide(replace(strict, desks=Desks(0, (5.0,), (9.0,)))).yes


@given(snapshots)
def test_the_shortage_is_that_of_every_case_counted_by_hand(
    snapshot: OfferSnapshot,
) -> None:
    snapshot = replace(snapshot, promised=snapshot.promised[:4])
    desks = snapshot.desks
    within_s = 8.0
    wanting = [one.chance for one in snapshot.promised]
    freed = [ESTIMATES.p_free(age, within_s) for age in desks.talking_s[:2]]
    freed += [ESTIMATES.p_wrap_free(age, within_s) for age in desks.wrapping_s[:2]]
    few = Desks(desks.free, desks.talking_s[:2], desks.wrapping_s[:2])
    total = 0.0
    terms = wanting + freed
    for case in product((0, 1), repeat=len(terms)):
        wants, frees = case[: len(wanting)], case[len(wanting) :]
        if sum(wants) >= desks.free + sum(frees):
            each = zip(case, terms, strict=True)
            total += prod(p if hit else 1 - p for hit, p in each)
    got = shortage(replace(snapshot, desks=few), wanting, within_s)
    assert got == pytest.approx(total, abs=1e-9)


@given(snapshots, st.integers(1, 5))
def test_more_free_desks_never_make_a_yes_a_no(
    snapshot: OfferSnapshot, more: int
) -> None:
    desks = snapshot.desks
    after = replace(snapshot, desks=replace(desks, free=desks.free + more))
    assert decide(after).yes or not decide(snapshot).yes


@given(snapshots, promises)
def test_more_promised_never_make_a_no_a_yes(
    snapshot: OfferSnapshot, one: Promised
) -> None:
    after = replace(snapshot, promised=(*snapshot.promised, one))
    assert decide(snapshot).yes or not decide(after).yes


@given(snapshots)
def test_the_same_snapshot_gives_the_same_decision(snapshot: OfferSnapshot) -> None:
    assert decide(snapshot) == decide(snapshot)
    assert 0.0 <= decide(snapshot).risk <= 1.0


@pytest.mark.parametrize("bad", [nan, inf, -1.0])
def test_nothing_is_decided_on_ages_or_chances_that_cannot_be(bad: float) -> None:
    for change in (
        {"chance": bad},
        {"threshold": bad},
        {"needed_in_s": bad},
        {"keep_s": bad},
        {"promised": (Promised(bad),)},
        {"promised": (Promised(0.5, bad),)},
    ):
        with pytest.raises(ValueError, match="nothing is decided"):
            replace(SNAPSHOT, **change)
    for make in (
        lambda: Desks(talking_s=(bad,)),
        lambda: Desks(wrapping_s=(bad,)),
        lambda: replace(LAUNCH, chance=bad),
        lambda: replace(LAUNCH, ringing_s=(bad,)),
        lambda: replace(LAUNCH, between_s=bad),
    ):
        with pytest.raises(ValueError, match="nothing is decided"):
            make()


def test_nothing_is_decided_on_counts_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="nothing is decided"):
        Desks(-1)
    with pytest.raises(ValueError, match="nothing is decided"):
        replace(LAUNCH, in_flow=-1)


def test_no_call_is_placed_for_nobody() -> None:
    assert launch(replace(LAUNCH, desks=Desks())).dial == 0


def test_calls_are_placed_until_the_flow_has_enough_voters() -> None:
    first = launch(LAUNCH)
    assert first.dial > 6
    assert launch(replace(LAUNCH, in_flow=100)).dial == 0
    assert launch(replace(LAUNCH, ringing_s=(3.0,) * 100)).dial == 0


def test_who_accepts_seldom_takes_more_calls() -> None:
    assert launch(replace(LAUNCH, chance=0.2)).dial > launch(LAUNCH).dial


def test_whom_a_desk_is_owed_takes_no_further_call() -> None:
    owed = replace(LAUNCH, promised=(Promised(1.0),) * 6)
    assert launch(owed).dial < launch(LAUNCH).dial


def test_an_answer_rate_of_nothing_fills_no_more_than_the_rail() -> None:
    estimates = Estimates()
    for n in range(400):
        estimates.saw_outcome(Kind.NO_ANSWER, 25.0, float(n))
    hungry = replace(LAUNCH, estimates=estimates, channels_free=999, tokens=999)
    assert launch(hungry).dial == 6 * MAX_RINGING_PER_DESK


@given(st.integers(0, 30), st.integers(0, 30), st.lists(st.floats(0, 70), max_size=30))
def test_never_more_calls_than_the_trunk_allows(
    channels: int, tokens: int, ringing: list[float]
) -> None:
    snapshot = replace(
        LAUNCH, channels_free=channels, tokens=tokens, ringing_s=tuple(ringing)
    )
    assert 0 <= launch(snapshot).dial <= min(channels, tokens)


def test_the_threshold_rises_while_nobody_waits_long_and_falls_by_who_does() -> None:
    account = OfferAccount()
    in_time = account.saw(LATE_S, connected=True)
    late = account.saw(LATE_S + 0.1, connected=True)
    lost = account.saw(1.0, connected=False)
    assert late.threshold() < account.threshold() < in_time.threshold()
    assert lost == late


def test_the_threshold_stays_where_the_share_of_the_late_is_the_one_aimed_at() -> None:
    account = OfferAccount()
    for n in range(5000):
        late = n % 1000 < LATE_SHARE * 1000
        account = account.saw(LATE_S + late, connected=True)
    assert account.threshold() == pytest.approx(OfferAccount().threshold())


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=200))
def test_the_threshold_is_always_a_risk_that_may_be_taken(
    waits: list[tuple[float, bool]],
) -> None:
    account = OfferAccount()
    for waited_s, connected in waits:
        account = account.saw(waited_s, connected)
    assert 0.0 < account.threshold() < 0.5


def test_who_waits_hears_the_message_again_only_if_a_desk_is_about_to_be_free() -> None:
    estimates = Estimates()
    for n in range(200):
        estimates.saw_talk(60.0, n)
        estimates.saw_wrap(5.0, n)
    soon, far = Desks(wrapping_s=(4.0,)), Desks(talking_s=(5.0,))
    assert message_again(estimates, soon, 0, LATE_S).yes
    assert not message_again(estimates, far, 0, LATE_S).yes
    # That desk is another's.
    assert not message_again(estimates, soon, 1, LATE_S).yes


def test_nobody_hears_messages_for_ever() -> None:
    free = Desks(6)
    assert message_again(ESTIMATES, free, 0, MOST_MESSAGES_S - AGAIN_S).yes
    assert not message_again(ESTIMATES, free, 0, MOST_MESSAGES_S - AGAIN_S + 1).yes


@given(st.integers(0, 8), st.integers(0, 8), ages, ages)
def test_who_waits_behind_more_others_never_hears_more_messages(
    free: int, ahead: int, talking_s: tuple[float, ...], wrapping_s: tuple[float, ...]
) -> None:
    desks = Desks(free, talking_s, wrapping_s)
    one = message_again(ESTIMATES, desks, ahead, 0.0)
    assert one.yes or not message_again(ESTIMATES, desks, ahead + 1, 0.0).yes
    with pytest.raises(ValueError, match="nothing is decided"):
        message_again(ESTIMATES, desks, -1, 0.0)


def test_the_longer_voters_take_to_decide_the_more_are_called_for_busy_desks() -> None:
    desks = Desks(talking_s=(20.0,) * 60)
    many = replace(LAUNCH, desks=desks, channels_free=999, tokens=999)
    assert launch(replace(many, decides_s=3.0)).dial > launch(many).dial
