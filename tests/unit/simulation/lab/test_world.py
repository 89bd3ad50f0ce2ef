"""The laboratory's world keeps its accounts, whatever the policy does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.simulation.lab.fates import Change, Scenario, Talk
from ivr.simulation.lab.fixed import FixedRatio, progressive, ratio2
from ivr.simulation.lab.policy import Outcome, Policy, View, What
from ivr.simulation.lab.world import (
    DECIDE_EVERY_S,
    DECIDE_GAP_S,
    LINES_PER_TELECALLER,
    World,
)


@dataclass
class Noting:
    """Does what another does, and keeps all it saw."""

    other: Policy
    name: str = "noting"
    views: list[View] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def decide(self, view: View) -> int:
        self.views.append(view)
        return self.other.decide(view)

    def saw(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.other.saw(outcome)

    def count(self, what: What) -> int:
        return Counter(one.what for one in self.outcomes)[what]


@dataclass
class Flood:
    """Places as many as it may at every turn."""

    name: str = "flood"

    def decide(self, view: View) -> int:
        return 10_000

    def saw(self, outcome: Outcome) -> None: ...


@dataclass
class Script:
    """Places so many calls at its first turns, then none."""

    counts: list[int]
    name: str = "script"

    def decide(self, view: View) -> int:
        return self.counts.pop(0) if self.counts else 0

    def saw(self, outcome: Outcome) -> None: ...


SMALL = Scenario(3, hours=0.5)


def test_the_same_seed_and_policy_give_the_same_run() -> None:
    assert World(SMALL, ratio2()).play() == World(SMALL, ratio2()).play()


def test_another_seed_gives_another_run() -> None:
    other = replace(SMALL, seed=2)
    assert World(SMALL, ratio2()).play() != World(other, ratio2()).play()


@settings(max_examples=25)
@given(
    team=st.integers(1, 8),
    rate=st.floats(0.0, 1.0),
    talk=st.sampled_from(list(Talk)),
    change=st.sampled_from(list(Change)),
    ratio=st.floats(0.0, 6.0),
    seed=st.integers(0, 999),
)
def test_every_call_and_every_second_is_accounted_for(
    team: int, rate: float, talk: Talk, change: Change, ratio: float, seed: int
) -> None:
    noting = Noting(FixedRatio(ratio, "any"))
    scenario = Scenario(team, rate, talk, change, hours=0.3, seed=seed)
    score = World(scenario, noting).play()
    last = noting.views[-1]
    ended = sum(
        noting.count(what)
        for what in (What.MACHINE, What.BUSY, What.FAILED, What.NO_ANSWER)
    )
    assert score.answered == noting.count(What.ANSWERED)
    assert score.connected == noting.count(What.CONNECTED)
    assert score.abandoned == noting.count(What.ABANDONED)
    assert 0 <= score.answered - score.connected - score.abandoned <= score.placed
    assert score.answered + ended <= score.placed
    assert 0 <= score.busy_s <= score.work_s + 1e-6 <= team * 0.3 * 3600 + 2e-6
    assert 0 <= score.utilisation <= 1 + 1e-9
    for view in noting.views:
        at_desks = view.ready + len(view.talking_s) + len(view.wrapping_s)
        assert at_desks == view.logged_in <= team
        assert not (view.ready and view.waiting)
        assert all(age >= 0 for age in (*view.ringing_s, *view.talking_s))
    assert last.answered <= score.answered


def test_a_policy_is_asked_each_second_and_only_a_few_times_in_one() -> None:
    noting = Noting(ratio2())
    World(SMALL, noting).play()
    asked = [view.now_s for view in noting.views]
    gaps = [later - sooner for sooner, later in pairwise(asked)]
    assert min(gaps) >= DECIDE_GAP_S - 1e-9
    assert max(gaps) <= DECIDE_EVERY_S + 1e-9


def test_people_wait_no_longer_than_their_patience() -> None:
    noting = Noting(FixedRatio(5.0, "many"))
    World(replace(SMALL, rate=0.6), noting).play()
    waits = [
        one.seconds for one in noting.outcomes if one.what in ("connected", "abandoned")
    ]
    assert max(waits) == pytest.approx(2.0)
    assert all(
        one.seconds == pytest.approx(2.0)
        for one in noting.outcomes
        if one.what is What.ABANDONED
    )


def test_no_more_calls_are_up_than_the_trunk_has_lines() -> None:
    noting = Noting(Flood())
    World(replace(SMALL, hours=0.1), noting).play()
    most = max(len(v.ringing_s) + v.waiting + len(v.talking_s) for v in noting.views)
    assert 3 * LINES_PER_TELECALLER - 3 <= most <= 3 * LINES_PER_TELECALLER


def test_a_policy_that_places_nothing_gets_nothing() -> None:
    score = World(SMALL, Script([])).play()
    assert (score.placed, score.utilisation, score.abandonment) == (0, 0.0, 0.0)
    assert score.dials_per_connect == 0.0


def test_a_negative_count_places_nothing() -> None:
    assert World(SMALL, Script([-5])).play().placed == 0


def test_two_answers_for_one_desk_lose_one_of_them() -> None:
    # Everybody answers, within 3-24 s of being placed; talks of about 90 s. Of two
    # placed at once the later answers while the first still talks, and gives up.
    scenario = Scenario(1, 1.0, Talk.EXPONENTIAL, hours=0.02, seed=5, breaks=False)
    score = World(scenario, Script([2])).play()
    assert (score.answered, score.connected, score.abandoned) == (2, 1, 1)


def test_breaks_are_not_time_at_work() -> None:
    with_breaks = World(replace(SMALL, hours=3), Script([])).play()
    without = World(replace(SMALL, hours=3, breaks=False), Script([])).play()
    assert without.work_s == 3 * 3 * 3600
    assert 0.85 < with_breaks.work_s / without.work_s < 0.97


def test_who_placed_the_same_number_met_the_same_people() -> None:
    ended: list[list[Outcome]] = []
    for script in ([6], [2, 2, 2]):
        noting = Noting(Script(list(script)))
        World(replace(SMALL, telecallers=6), noting).play()
        ended.append(noting.outcomes)
    whats = [
        sorted((o.what, round(o.seconds, 6)) for o in one if o.what in ENDS)
        for one in ended
    ]
    assert whats[0] == whats[1]


ENDS = {What.ANSWERED, What.MACHINE, What.BUSY, What.FAILED, What.NO_ANSWER}


@pytest.mark.parametrize(("talk", "expected"), [(Talk.SHORT, 0.39), (Talk.HEAVY, 0.67)])
def test_progressive_keeps_the_team_as_busy_as_the_reference_says(
    talk: Talk, expected: float
) -> None:
    # 39 % with short talks and 67 % with heavy ones, at next to no abandonment.
    scores = [
        World(
            Scenario(12, 0.35, talk, Change.CHANGING, hours=4, seed=seed), progressive()
        ).play()
        for seed in range(4)
    ]
    busy = mean(score.utilisation for score in scores)
    assert busy == pytest.approx(expected, abs=0.03)
    assert mean(score.abandonment for score in scores) < 0.002
