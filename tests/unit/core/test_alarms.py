"""When alarms begin and end, and what raises each."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ivr.core.alarm_rules import BY_NAME, CALM, RULES, Rule
from ivr.core.alarms import Machine, Reading, Watching, alarms, readings, step
from ivr.core.day_counts import Counts
from ivr.core.floor import Floor
from ivr.core.lockout import Lockout, Source, Stray, Trouble
from ivr.core.model import DeskState, Mode
from tests.unit.core.test_floor import CAMPAIGN, NOON, desk, seen

WELL = Machine(switch_is_up=True, last_5=Counts())
FLOOR = replace(seen("MP.BPL.SEH"), calls=Counter(), nodes=())


def after(*values: tuple[float, float], rule: str = "trunk_errors") -> Watching:
    """Return what is watched after readings: (seconds from noon, value)."""
    watching: Watching = {}
    for seconds, value in values:
        at = NOON + timedelta(seconds=seconds)
        watching = step(watching, [Reading(rule, value)], at)
    return watching


@pytest.mark.parametrize(
    ("values", "is_on"),
    [
        ([(0, 0.19)], False),
        ([(0, 0.2)], False),  # not yet for 10 s
        ([(0, 0.2), (10, 0.2)], True),
        ([(0, 0.2), (9, 0.19), (10, 0.2)], False),  # began anew
        ([(0, 0.3), (10, 0.3), (11, 0.15)], True),  # between the lines it stays
        ([(0, 0.3), (10, 0.3), (11, 0.09), (30, 0.09)], True),  # calm for 19 s
        ([(0, 0.3), (10, 0.3), (11, 0.09), (31, 0.09)], False),
        ([(0, 0.3), (10, 0.3), (11, 0.09), (20, 0.15), (31, 0.09)], True),
    ],
)
def test_an_alarm_begins_and_ends_at_two_lines(
    values: list[tuple[float, float]], is_on: bool
) -> None:
    assert bool(alarms(after(*values))) is is_on


def test_an_alarm_tells_since_when_it_was_over_its_line() -> None:
    (alarm,) = alarms(after((0, 0.2), (60, 0.5)))
    assert alarm.since == NOON
    assert "50.0%" in alarm.says_en
    assert "50.0%" in alarm.says_hi


def test_what_is_no_longer_read_ends_by_itself() -> None:
    watching = after((0, 0.5), (10, 0.5))
    for seconds in (11, 11 + CALM.total_seconds()):
        watching = step(watching, [], NOON + timedelta(seconds=seconds))
    assert watching == {}


def test_urgent_alarms_come_first_and_then_the_oldest() -> None:
    on = step({}, [Reading("desks_stuck", 2)], NOON)
    on = step(
        on,
        [Reading("desks_stuck", 2), Reading("abandonment_stop", 1.0, "डेमो", "Demo")],
        NOON + timedelta(seconds=1),
    )
    assert [one.name for one in alarms(on)] == ["abandonment_stop", "desks_stuck"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_says_in_both_languages_what_is_wrong_and_what_to_do(
    rule: Rule,
) -> None:
    assert rule.clear_at <= rule.raise_at
    for text in (rule.says_hi, rule.do_hi):
        assert any("ऀ" <= letter <= "ॿ" for letter in text)
    for text in (rule.says_en, rule.do_en):
        assert text.isascii() or "“" in text


def read(
    floor: Floor,
    machine: Machine = WELL,
    dialled_at: datetime = NOON,
    is_stopped: bool = False,
) -> dict[str, float]:
    found = readings(floor, machine, dialled_at, is_stopped)
    return {
        one.rule: one.value for one in found if one.value >= BY_NAME[one.rule].raise_at
    }


def campaign(**changes: object) -> tuple[Floor, ...]:
    return (replace(FLOOR.campaigns[0], **changes),)  # type: ignore[arg-type, return-value]


OFFLINE = (desk("सीता", "MP.BPL.SEH", DeskState.OFFLINE),)
STUCK = replace(
    desk("सीता", "MP.BPL.SEH", DeskState.RECONNECTING),
    since=NOON - timedelta(seconds=31),
)
MINUTES_AGO = NOON - timedelta(minutes=6)
FAILING = Machine(True, Counts(dialled=20, line_failed=5))


@pytest.mark.parametrize(
    ("floor", "machine", "dialled_at", "found"),
    [
        (FLOOR, WELL, NOON, {}),
        (FLOOR, Machine(False, Counts()), NOON, {"switch_down": 1}),
        (FLOOR, Machine(True, Counts(), owed=7), NOON, {"store_away": 7}),
        (FLOOR, FAILING, NOON, {"trunk_errors": 0.25}),
        (FLOOR, Machine(True, Counts(), 30), NOON, {"backup_old": 30}),
        (replace(FLOOR, campaigns=()), FAILING, NOON, {}),
        (FLOOR, Machine(True, Counts(dialled=19, line_failed=19)), NOON, {}),
        (FLOOR, WELL, MINUTES_AGO, {"nothing_dials": 6}),
        (
            replace(FLOOR, desks=OFFLINE, by_desk_state=Counter(["offline"])),
            WELL,
            MINUTES_AGO,
            {"no_telecallers": 1},
        ),
        (
            replace(
                FLOOR,
                desks=OFFLINE,
                by_desk_state=Counter(["offline"]),
                campaigns=campaign(mode=Mode.BROADCAST),
            ),
            WELL,
            NOON,
            {},
        ),
        (replace(FLOOR, campaigns=campaign(dials_as="preview")), WELL, MINUTES_AGO, {}),
        (
            replace(FLOOR, campaigns=campaign(held="outside_window: opens 9:00")),
            WELL,
            MINUTES_AGO,
            {},
        ),
        (
            replace(FLOOR, lately=Counts(answered=20, short=9)),
            WELL,
            NOON,
            {"short_answers": 0.45},
        ),
        (replace(FLOOR, lately=Counts(answered=19, short=19)), WELL, NOON, {}),
        (
            replace(FLOOR, desks=(STUCK,), by_desk_state=Counter(["reconnecting"])),
            WELL,
            NOON,
            {"desks_stuck": 1},
        ),
        (
            replace(FLOOR, campaigns=campaign(abandonment=0.018)),
            WELL,
            NOON,
            {"abandonment_rising": pytest.approx(0.6)},
        ),
        (
            replace(FLOOR, abandonment=0.03),
            WELL,
            NOON,
            {"abandonment_stop": 1},
        ),
    ],
)
def test_what_raises_which_alarm(
    floor: Floor, machine: Machine, dialled_at: datetime, found: dict[str, float]
) -> None:
    assert read(floor, machine, dialled_at) == found


def test_the_alarm_of_the_cap_does_not_come_and_go_with_each_call() -> None:
    """Just under the cap it stays; it ends well under it."""
    watching: Watching = {}
    names = []
    for seconds, share in ((0, 0.03), (1, 0.029), (60, 0.029), (61, 0.02), (82, 0.02)):
        floor = replace(FLOOR, abandonment=share)
        found = readings(floor, WELL, NOON, is_stopped=False)
        watching = step(watching, found, NOON + timedelta(seconds=seconds))
        names.append({one.name for one in alarms(watching)})
    assert [one.intersection({"abandonment_stop"}) for one in names] == [
        {"abandonment_stop"},
        {"abandonment_stop"},
        {"abandonment_stop"},
        {"abandonment_stop"},
        set(),
    ]
    assert names[-1] == {"abandonment_rising"}


def test_who_stopped_the_dialling_is_not_told_that_nothing_dials() -> None:
    assert read(FLOOR, dialled_at=MINUTES_AGO, is_stopped=True) == {}


def test_many_pauses_at_once_are_told() -> None:
    desks = [desk(f"t{n}", "MP.BPL.SEH", DeskState.PAUSED) for n in range(2)]
    desks += [desk("t3", "MP.BPL.SEH", DeskState.TALKING)]
    states = Counter([one.state for one in desks])
    floor = replace(FLOOR, desks=tuple(desks), by_desk_state=states)
    assert read(floor) == {"long_pauses": pytest.approx(2 / 3)}


def test_the_campaigns_name_is_in_the_alarm_in_both_languages() -> None:
    reading = Reading("abandonment_rising", 0.7, "डेमो", "Demo", 0.02, "demo")
    watching = step({}, [reading], NOON)
    (alarm,) = alarms(step(watching, [reading], NOON + timedelta(seconds=10)))
    assert alarm.about == CAMPAIGN.campaign_id
    assert alarm.says_hi.startswith("डेमो: छूटी कॉलें")
    assert alarm.says_en == "Demo: abandoned calls have risen to 2.0%."


LOCKED = [
    Lockout(Source(f"203.0.113.{n}"), NOON, NOON + timedelta(minutes=10), 1, "8 tries")
    for n in range(4)
]


def test_a_floor_hears_who_was_shut_out_and_whose_phone_is_refused():
    trouble = Trouble(Source("198.51.100.4"), "tc-101", 9)
    stray = Stray("tc-102", 7)
    machine = replace(WELL, locked_out=LOCKED, troubles=[trouble], strays=[stray])
    on = alarms(step({}, readings(FLOOR, machine, NOON, is_stopped=False), NOON))
    said = {one.name: one.says_en for one in on}
    assert said["locked_out"].endswith(
        "shut out: 4 (203.0.113.0, 203.0.113.1, 203.0.113.2 …)."
    )
    assert said["phone_refused"].startswith("tc-101 (198.51.100.4)")
    assert "(9 times)" in said["phone_refused"]
    assert said["phone_calls_out"].startswith("tc-102: this phone tried 7 times")
