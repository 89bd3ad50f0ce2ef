"""An in-charge's questions: what is understood, and what is not."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.core.model import CampaignState, Disposition, Mode
from ivr.core.shares import Spans
from ivr.core.tallies import (
    AttemptCount,
    CallbackCounts,
    DeskCount,
    Tallies,
    WantedCount,
)
from ivr.errors import BadInput
from ivr.simulation.forecast.from_campaign import learned_from
from ivr.simulation.forecast.scenario import Seen, Survey, mean_s
from ivr.simulation.forecast.what_if import cases, changed, longer, team_sizes
from ivr.simulation.population import Kind, Spread
from tests.unit.simulation.forecast.scenes import BHOPAL, SEHORE, scene


def test_the_scenario_as_it_is_comes_first_and_is_not_touched() -> None:
    base = scene()
    found = cases(base, ["answer-rate=0.5", "lines=7"], "4..5")
    assert [one.scenario.telecallers for one in found] == [6, 6, 6, 4, 5]
    assert found[0].scenario == base
    assert found[1].scenario.answer_rate == pytest.approx(0.25)
    assert found[2].scenario.lines == 7


def test_several_changes_at_once() -> None:
    one = changed(scene(), "pool, telecallers=9, mode=progressive, talk=2")
    assert (one.pooled, one.telecallers, one.mode) == (True, 9, Mode.PROGRESSIVE)
    assert mean_s(one.talk) == pytest.approx(2 * mean_s(scene().talk))


def test_direct_hands_over_without_a_survey() -> None:
    assert changed(scene(survey=Survey()), "direct").survey is None


@pytest.mark.parametrize(
    "words",
    [
        "",
        "direct=1",
        "pol",
        "pool=2",
        "lines",
        "lines=0",
        "lines=1.5",
        "answer-rate=-1",
        "mode=x",
    ],
)
def test_what_is_not_understood_says_so(words: str) -> None:
    with pytest.raises(ValueError, match=r"known|takes no value|write a"):
        changed(scene(), words)


def test_team_sizes() -> None:
    assert team_sizes("4..7") == [4, 5, 6, 7]
    assert team_sizes("4..20..8") == [4, 12, 20]
    assert team_sizes("3, 6,6") == [3, 6]


@pytest.mark.parametrize("words", ["x", "4..", "7..4", "4..8..0", "1..500", "-3", "²"])
def test_team_sizes_that_are_none(words: str) -> None:
    with pytest.raises(ValueError, match=r"4\.\."):
        team_sizes(words)


def test_more_telecallers_go_to_centres_as_they_are_now() -> None:
    two = scene(centres={SEHORE: 2, BHOPAL: 4})
    assert list(two.with_telecallers(12).centres.values()) == [4, 8]
    assert two.with_telecallers(7).telecallers == 7
    assert scene(centres={SEHORE: 0}).with_telecallers(3).telecallers == 3


def test_seen_lengths_are_drawn_as_often_as_they_came_and_can_be_stretched() -> None:
    seen = Seen(((10, 1), (20, 3)))
    rng = random.Random(1)
    drawn = Counter(int(seen.draw(rng)) // 10 for _ in range(4000))
    assert drawn[2] / drawn[1] == pytest.approx(3, rel=0.15)
    assert mean_s(longer(seen, 2)) == pytest.approx(35.5)


def tallies(*attempts: AttemptCount, talks: int = 20) -> Tallies:
    by_second = {30: talks} if talks else {}
    spans = Spans(talks, 30_500 * talks, by_second)
    nothing = Spans(0, 0, {})
    return Tallies(
        campaign=scene().campaign(),
        state=CampaignState.FINISHED,
        flow=None,  # type: ignore[arg-type]
        flow_versions={},
        first_at=datetime(2026, 12, 1, tzinfo=UTC),
        last_at=datetime(2026, 12, 2, tzinfo=UTC),
        funnel={},
        attempts=attempts,
        by_district=(),
        by_schemes=(),
        enrolled={},
        answers_by_district=(),
        answers_by_schemes=(),
        spoken=(),
        spoken_files=(),
        hung_up_at={},
        keys=(),
        network=(),
        answered_30d=0,
        wanted=(WantedCount(0, False, True, False, True, 30),),
        opt_outs={},
        callbacks=CallbackCounts(),
        talks=(),
        desks=(DeskCount("asha", "wrap_up", 8000 * talks),),
        rings=nothing,
        rings_unanswered=nothing,
        calls=Spans(talks, 40_500 * talks, {40: talks}),
        talk_spans=spans,
    )


def test_a_campaign_that_was_teaches_outcomes_and_lengths() -> None:
    one = learned_from(
        replace(scene(), greeting_s=4.0),
        tallies(
            AttemptCount(0, Disposition.TALKED, True, 30),
            AttemptCount(0, Disposition.PARTIAL, True, 30),
            AttemptCount(1, Disposition.NO_ANSWER, False, 40),
            AttemptCount(1, Disposition.CANCELLED, False, 50),  # ours: tells nothing
            AttemptCount(2, None, False, 3),  # still up
        ),
    )
    assert one.outcomes == {Kind.PERSON: 0.6, Kind.RINGS_OUT: 0.4}
    assert one.wants == 0.5
    assert mean_s(one.talk) == pytest.approx(30.5)
    assert isinstance(one.wrap_up, Spread)
    assert one.wrap_up.typical_s == pytest.approx(8.0)
    assert one.flow_s == pytest.approx(6.0)  # 40.5 - 30.5 - the greeting
    assert one.people == scene().people


def test_too_few_calls_teach_nothing() -> None:
    with pytest.raises(BadInput, match="too few"):
        learned_from(scene(), tallies(AttemptCount(0, Disposition.BUSY, False, 29)))


def test_without_talks_lengths_stay_as_they_were() -> None:
    busy = AttemptCount(0, Disposition.BUSY, False, 100)
    one = learned_from(scene(), tallies(busy, talks=3))
    assert one.talk == scene().talk
    assert one.wrap_up == scene().wrap_up
    assert one.answer_rate == 0
