"""The arithmetic on paper, by hand and against what is played."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.core.model import Caps, Mode
from ivr.simulation.forecast.outlook import outlook
from ivr.simulation.forecast.paper import (
    calls_per_person,
    hours_a_day,
    on_paper,
    shares_of,
)
from ivr.simulation.forecast.scenario import Survey, mean_s
from ivr.simulation.population import Kind, Spread
from tests.unit.simulation.forecast.scenes import SEHORE, scene

LIKE_CLOCKWORK = Spread(10.0, 10.0, 10.0, 0.0)


def test_calls_to_one_person_by_hand() -> None:
    one = replace(scene(), outcomes={Kind.PERSON: 0.5, Kind.RINGS_OUT: 0.5})
    calls, reached = calls_per_person(one, shares_of(one))
    assert calls == pytest.approx(1 + 0.5 + 0.25)  # three attempts at most
    assert reached == pytest.approx(0.875)


def test_an_invalid_number_is_called_once_and_a_full_network_five_times() -> None:
    gone = replace(scene(), outcomes={Kind.UNALLOCATED: 1.0})
    assert calls_per_person(gone, shares_of(gone)) == (1.0, 0.0)
    full = replace(scene(), outcomes={Kind.NETWORK_FULL: 1.0})
    assert calls_per_person(full, shares_of(full))[0] == pytest.approx(5.0)


def test_hours_by_lines_by_hand() -> None:
    one = scene(
        mode=Mode.BROADCAST,
        people=3600,
        lines=10,
        calls_per_s=100.0,
        outcomes={Kind.PERSON: 1.0},
        pick_up=LIKE_CLOCKWORK,
        wants=0.0,
        flow_s=40.0,
    )
    paper = on_paper(one, busy=0.8)
    assert paper.limit == "lines"
    assert paper.hours == pytest.approx(3600 * 50 / 10 / 3600)
    assert paper.days == pytest.approx(paper.hours / hours_a_day(one))


def test_a_survey_on_paper_by_hand() -> None:
    survey = Survey(questions=4, question=LIKE_CLOCKWORK, offer_s=3.0)
    given = {"mode": Mode.BROADCAST, "outcomes": {Kind.PERSON: 1.0}, "wants": 0.0}
    [without, heard] = [
        next(one for one in on_paper(each, busy=0.8).lines if one.unit == "s").value
        for each in (scene(**given), scene(**given, survey=survey))
    ]
    assert heard - without == pytest.approx(3 + 4 * 10)


def test_forty_five_million_are_as_quick_as_forty_five() -> None:
    few = on_paper(scene(people=45), busy=0.75)
    many = on_paper(scene(people=45_000_000), busy=0.75)
    assert many.limit == few.limit == "telecallers"
    assert many.calls == pytest.approx(few.calls * 1_000_000)
    assert many.days == pytest.approx(few.days * 1_000_000)


def test_every_line_has_a_number_and_both_languages() -> None:
    for line in on_paper(scene(), busy=0.75).lines:
        assert line.hi
        assert line.en
        assert line.value >= 0


def test_a_mean_is_that_of_many_draws() -> None:
    spread = Spread(60.0, 5.0, 1200.0, 0.9)
    assert mean_s(spread) == pytest.approx(60 * 2.718 ** (0.9**2 / 2), rel=0.03)


def test_what_is_played_agrees_with_paper_when_lines_alone_are_short() -> None:
    one = scene(
        mode=Mode.BROADCAST,
        centres={SEHORE: 0},
        people=600,
        lines=4,
        calls_per_s=50.0,
        outcomes={Kind.PERSON: 0.4, Kind.RINGS_OUT: 0.6},
        wants=0.0,
        flow_s=30.0,
        caps=Caps(attempts_per_campaign=1),
    )
    played = outlook("", one, seeds=4, days=1.0)
    paper = on_paper(one, busy=1.0)
    assert paper.limit == "lines"
    assert played.working_h is not None
    # The last calls leave lines empty: at most one call's length more.
    tail_h = 70 / 3600
    between = played.working_h.between
    assert between.low - tail_h <= paper.hours <= between.high
    assert played.calls_per_person.value == pytest.approx(1.0)


def test_what_is_played_agrees_with_paper_on_calls_per_person() -> None:
    one = scene(people=400, mode=Mode.PROGRESSIVE, pause_every_s=0.0)
    played = outlook("", one, seeds=4, days=9.0)
    calls, _ = calls_per_person(one, shares_of(one))
    between = played.calls_per_person.between
    assert between.low - 0.03 <= calls <= between.high + 0.03
