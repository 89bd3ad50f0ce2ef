"""When a campaign will be done: days counted, teams sought, limits told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from math import inf

from ivr.core.law import Calendar
from ivr.core.model import CentreCode, Mode, Window
from ivr.simulation.forecast.finish import day_after, forecast, open_days
from ivr.simulation.forecast.scenario import Scenario, flat_tree
from ivr.simulation.population import Kind

SEHORE = CentreCode("MP.BPL.SEH")
TUESDAY = date(2026, 12, 1)
SMALL = Scenario(
    name="small",
    title_hi="छोटा",
    title_en="Small",
    people=120,
    centres={SEHORE: 2},
    mode=Mode.PROGRESSIVE,
    starts_on=TUESDAY,
    windows=(Window(time(10), time(18)),),
    off_days=("sunday", "listed_holidays"),
    outcomes={Kind.PERSON: 0.5, Kind.RINGS_OUT: 0.5},
    tree=flat_tree([SEHORE]),
    calendar=Calendar(holidays={date(2026, 12, 2): "अवकाश"}),
)


def test_days_off_and_holidays_are_left_out() -> None:
    assert day_after(SMALL, 1) == TUESDAY
    assert day_after(SMALL, 1.2) == date(2026, 12, 3)
    assert day_after(SMALL, 5) == date(2026, 12, 7)  # over a Sunday
    assert day_after(SMALL, inf) is None
    assert open_days(SMALL, date(2026, 12, 7)) == 5


def test_a_small_campaign_is_played_to_its_end() -> None:
    told: list[tuple[int, int]] = []
    found = forecast(SMALL, None, 2, lambda done, of: told.append((done, of)))
    first = found.cases[0]
    assert first.telecallers == 2
    assert first.finish_on is not None
    assert TUESDAY <= first.finish_on[0] <= first.finish_on[1]
    assert 0 < first.reached_per_day.value <= 120
    assert found.by == date(2026, 12, 14)
    assert found.needed is not None
    assert told[-1] == (4, 4)


def test_a_large_one_needs_more_telecallers_to_be_done_in_time() -> None:
    large = replace(SMALL, people=4000, lines=200)
    found = forecast(large, date(2026, 12, 4), 1, lambda done, of: None)
    now, then = found.cases
    assert found.needed == then.telecallers > now.telecallers
    assert then.working_days.value < now.working_days.value


def test_the_flow_alone_needs_nobody() -> None:
    alone = replace(
        SMALL, mode=Mode.BROADCAST, centres={SEHORE: 0}, wants=0.0, flow_s=30.0
    )
    found = forecast(alone, None, 1, lambda done, of: None)
    assert found.needed is None
    assert found.cases[0].abandonment is None
    assert found.cases[0].finish_on is not None
