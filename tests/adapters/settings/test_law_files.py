"""Calendars, never-dial numbers and permissions, read from files."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from ivr.core.caller_id import CallerIdType
from ivr.core.election import PollingArea
from ivr.core.law import Calendar, DayPeriod
from ivr.core.model import PhoneNumber, Trunk, TrunkName
from ivr.errors import BadInput
from ivr.settings.calendar import (
    load_calendar,
    load_law,
    load_never_dial,
    load_permissions,
    merged,
)

CONFIG = Path(__file__).parents[3] / "config"
OWN = PhoneNumber("+917552550100")

ELECTION = """\
holidays:
  - {date: 2031-01-26, hi: गणतंत्र दिवस, en: Republic Day}
elections:
  - name: उपचुनाव
    period: {from: 2031-01-10, to: 2031-02-20}
    silence_hours: 72
    exit_poll_ban: {from: "2031-02-12 07:00", to: "2031-02-12T13:00:00Z"}
    areas:
      - {poll_on: 2031-02-12, district: SEH, constituency: 157, closes: "18:00"}
      - poll_on: 2031-02-12
        district: BLG
        closes_first: "15:00"
        closes_last: "18:00"
      - {poll_on: 2031-02-14, name: शेष}
vote_cast_flows: [exit]
"""


def written(folder: Path, text: str, name: str = "mp.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def refused(folder: Path, text: str) -> BadInput:
    with pytest.raises(BadInput) as caught:
        load_calendar(written(folder, text))
    return caught.value


def test_an_election_is_read_with_all_its_hours(tmp_path: Path) -> None:
    calendar = load_calendar(written(tmp_path, ELECTION))
    poll = date(2031, 2, 12)
    assert calendar.holidays == {date(2031, 1, 26): "गणतंत्र दिवस"}
    assert calendar.areas == (
        PollingArea(poll, "SEH", "157", time(18), time(18)),
        PollingArea(poll, "BLG", "", time(15), time(18)),
        PollingArea(date(2031, 2, 14), name="शेष"),
    )
    assert calendar.silence == timedelta(hours=72)
    (ban,) = calendar.exit_poll_bans
    assert ban.starts == datetime(2031, 2, 12, 1, 30, tzinfo=UTC)
    assert ban.ends == datetime(2031, 2, 12, 13, 0, tzinfo=UTC)
    days = DayPeriod(date(2031, 1, 10), date(2031, 2, 20))
    assert calendar.electoral_periods == (days,)
    assert calendar.exit_poll_flows == {"exit"}


def test_the_calendars_of_a_folder_are_one(tmp_path: Path) -> None:
    written(tmp_path, ELECTION)
    written(
        tmp_path,
        "holidays:\n  - {date: 2031-03-01, hi: मेला, en: Fair}\n",
        "district.yaml",
    )
    calendar = load_calendar(tmp_path)
    assert len(calendar.holidays) == 2
    assert calendar.silence == timedelta(hours=72)
    assert merged([]) == Calendar()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("silence_hours: 72", "silence_hours: 24"), "mp.yaml:6: elections"),
        (('closes: "18:00"', "closes: 18"), 'write a time as "18:00"'),
        (('closes: "18:00"', 'closes: "6 pm"'), 'write a time as "18:00"'),
        (("district: SEH", "distrct: SEH"), 'did you mean "district"?'),
        (("district: SEH", "district: सीहोर"), "mp.yaml:9"),
        (("constituency: 157", "constituency: 1570"), "mp.yaml:9"),
        (("to: 2031-02-20", "to: 2031-01-01"), "it ends before it begins"),
        (('to: "2031-02-12T13:00:00Z"', 'to: "2031-02-11 18:30"'), "ends before"),
        (("elections:", "electons:"), 'did you mean "elections"?'),
        (
            ("elections:", "  - {date: 2031-01-26, hi: अ, en: a}\nelections:"),
            "mp.yaml:3: 2031-01-26 is listed twice",
        ),
    ],
)
def test_a_wrong_calendar_is_refused_with_line_and_remedy(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    assert message in str(refused(tmp_path, ELECTION.replace(*change, 1)))


def test_never_dial_numbers_may_be_written_with_or_without_quotes(
    tmp_path: Path,
) -> None:
    path = written(
        tmp_path,
        "numbers:\n"
        '  - {number: "+917552550999", why: थाना}\n'
        "  - {number: +917552550998, why: अस्पताल}\n"
        "prefixes:\n  - {prefix: +911, why: सेवा}\n",
    )
    barred = load_never_dial(path)
    assert barred.numbers == {"+917552550999", "+917552550998"}
    assert barred.prefixes == ("+911",)
    with pytest.raises(BadInput, match="number"):
        load_never_dial(written(tmp_path, "numbers: [{number: '0755', why: x}]"))


def test_permissions_say_until_when(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "caller_ids:\n"
        '  - {number: "+917712550100", type: did_ordinary, proof: letter}\n'
        "certificates:\n"
        "  - {campaign: a, number: M/1, issued_by: MCMC, until: 2031-02-09}\n"
        "authority_letters:\n"
        "  - {campaign: b, number: 7, issued_by: विभाग, until: 2031-03-09}\n".replace(
            "number: 7", 'number: "7"'
        ),
    )
    permissions = load_permissions(path)
    assert permissions.caller_id_types == {"+917712550100": CallerIdType.DID_ORDINARY}
    assert permissions.certified_until == {"a": date(2031, 2, 9)}
    assert permissions.authority_until == {"b": date(2031, 3, 9)}


def test_the_shipped_files_make_the_facts_of_the_law() -> None:
    trunk = Trunk(TrunkName("t"), "192.0.2.1", caller_ids=(OWN,))
    law = load_law(CONFIG, [trunk])
    assert law.own_caller_ids == {OWN}
    assert law.never_dial_prefixes == ("+911",)
    years = {day.year for day in law.calendar.holidays}
    assert years == {2026, 2027}
    assert law.calendar.holidays[date(2026, 11, 8)] == "दीपावली"
    assert not law.calendar.areas
