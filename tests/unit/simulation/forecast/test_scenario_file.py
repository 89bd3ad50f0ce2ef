"""A scenario file: what is wrong in it is named with file, line, key and remedy."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ivr.core.model import CentreCode, Mode
from ivr.errors import BadInput
from ivr.settings.people import load_centres, load_geography
from ivr.simulation.forecast.scenario import Scenario, Survey
from ivr.simulation.forecast.scenario_file import load_scenario
from ivr.simulation.population import Kind, Spread

CONFIG = Path(__file__).parents[4] / "config"
TODAY = date(2026, 12, 7)
GOOD = """\
scenario: small
title: {hi: छोटा, en: Small}
people: 100
centres: {MP.BPL.SEH: 6}
outcomes:
  person: 0.4
  rings_out: 0.6
"""


def load(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "small.yaml"
    path.write_text(text, "utf-8")
    tree = {c.code: c for c in load_centres(CONFIG / "centres.yaml")}
    return load_scenario(path, starts_on=TODAY, tree=tree, electors={"SEH": 9})


def test_a_short_file_has_the_rest_by_default(tmp_path: Path) -> None:
    one = load(tmp_path, GOOD)
    assert (one.people, one.telecallers, one.mode) == (100, 6, Mode.PREDICTIVE)
    assert one.answer_rate == 0.4
    assert one.starts_on == TODAY
    assert one.windows


def test_every_key_comes_through(tmp_path: Path) -> None:
    more = (
        "pool: true\nmode: progressive\nlines: 9\nwants: 0.5\nstarts_on: 2026-12-09\n"
        "talk: {typical_s: 9, low_s: 1, high_s: 30}\npauses: {after_min: 0}\n"
        "caps: {attempts_per_campaign: 2}\nretry: {busy: {attempts: 2, delay: 5 min}}\n"
    )
    one = load(tmp_path, GOOD + more)
    assert (one.pooled, one.mode, one.lines, one.wants) == (
        True,
        Mode.PROGRESSIVE,
        9,
        0.5,
    )
    assert one.starts_on == date(2026, 12, 9)
    assert one.talk == Spread(9, 1, 30)
    assert one.pause_every_s == 0
    assert one.campaign().caps.attempts_per_campaign == 2
    assert len(one.retry) == 1


def test_a_survey_has_the_rest_by_default(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).survey is None
    one = load(tmp_path, GOOD + "survey: {questions: 3}\n")
    assert one.survey == Survey(questions=3)


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ("people: 100", "people: 0", 3, "people"),
        ("people: 100", "people: 100\nlinse: 9", 4, 'did you mean "lines"'),
        ("person: 0.4", "person: 1.4", 6, "outcomes, person"),
        ("person: 0.4", "person: 0.3", 5, "together, not 1"),
        ("person: 0.4", "human: 0.4", 6, "human"),
        ("MP.BPL.SEH: 6", "MP.BPL.XYZ: 6", 4, "there is no centre MP.BPL.XYZ"),
        ("MP.BPL.SEH: 6", "MP.BPL.SEH: 0", 4, "no telecaller is at work"),
        ("{MP.BPL.SEH: 6}", "{}", 4, "no centre is named"),
        ("scenario: small", "scenario: large", 1, "write scenario: small"),
        (
            "people: 100",
            "people: 9\ntalk: {typical_s: 1, low_s: 2, high_s: 3}",
            4,
            "or",
        ),
        ("people: 100", 'people: 9\nwindows: ["23:00-23:30"]', 4, "hours of the law"),
        ("people: 100", "people: 9\npeople: 8", 4, "given twice"),
        ("people: 100", "people: 9\nsurvey: {questions: 0}", 4, "questions"),
        ("people: 100", "people: 9\nsurvey: {hangs_up: 1}", 4, "hangs_up"),
        ("people: 100", "people: 9\nsurvey: {quesion: 1}", 4, "question"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, before: str, after: str, line: int, words: str
) -> None:
    with pytest.raises(BadInput) as raised:
        load(tmp_path, GOOD.replace(before, after))
    assert f"small.yaml:{line}:" in str(raised.value)
    assert words in str(raised.value)


def test_lists_may_be_as_long_as_electors_are_many(tmp_path: Path) -> None:
    text = GOOD.replace("{MP.BPL.SEH: 6}", "{MP.BPL.SEH: 3, MP.BPL.BHO: 3}")
    one = load(tmp_path, text + "people_by: electors\n")
    assert list(one.list_sizes().values()) == [100, 0]


def test_no_electors_are_known_of_any_centre(tmp_path: Path) -> None:
    text = GOOD.replace("{MP.BPL.SEH: 6}", "{MP.BPL.BHO: 3}")
    with pytest.raises(BadInput, match="geography"):
        load(tmp_path, text + "people_by: electors\n")


@pytest.mark.parametrize("path", sorted((CONFIG / "scenarios").glob("*.yaml")))
def test_the_scenarios_that_ship_are_good(path: Path) -> None:
    tree = {c.code: c for c in load_centres(CONFIG / "centres.yaml")}
    districts = load_geography(CONFIG / "geography.yaml").districts
    electors = {one.code: one.electors for one in districts}
    one = load_scenario(path, starts_on=TODAY, tree=tree, electors=electors)
    assert sum(one.list_sizes().values()) == one.people
    assert sum(one.share(kind) for kind in Kind) == pytest.approx(1)


def test_the_whole_state_has_telecallers_in_every_district() -> None:
    tree = {c.code: c for c in load_centres(CONFIG / "centres.yaml")}
    districts = load_geography(CONFIG / "geography.yaml").districts
    one = load_scenario(
        CONFIG / "scenarios" / "whole-state.yaml",
        starts_on=TODAY,
        tree=tree,
        electors={one.code: one.electors for one in districts},
    )
    assert len(one.centres) == len(districts)
    assert one.centres[CentreCode("MP.BPL.SEH")] == 6
    assert one.centres[CentreCode("MP.BPL.BHO")] == 12
    assert one.telecallers == 6 * (len(districts) + 5)
