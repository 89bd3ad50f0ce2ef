"""A campaign's report, of what was counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from ivr.core.flow_model import NodeKind, Option
from ivr.core.model import CampaignId, Caps, Disposition, NodeId
from ivr.core.results import GroupAnswers, Report
from ivr.core.shares import Spans
from ivr.core.summary import summarise
from ivr.core.tallies import (
    DeskCount,
    KeyCount,
    NetworkCount,
    SpokenCount,
    SpokenFile,
    Tallies,
    WantedCount,
)
from ivr.core.withholding import LEAST_OPINIONS
from tests.fakes.counted import (
    CAMPAIGN,
    EMPTY,
    FLOW,
    NAMES,
    NOON,
    NOON_QUARTER,
    calls,
    counted,
    node,
    people,
    said,
    talks,
)

D = Disposition
INDIA = ZoneInfo("Asia/Kolkata")


def report_of(tallies: Tallies, zone: tzinfo = INDIA) -> Report:
    return summarise(tallies, NAMES, NOON, zone)


def codes(rows: object) -> dict[str, int]:
    return {row.code: row.share.count for row in rows}  # type: ignore[attr-defined]


def test_a_campaign_that_never_dialled_has_an_empty_report():
    report = report_of(EMPTY)
    assert report.figures.tried == 0
    assert report.figures.spoke.value is None
    assert report.hours == ()
    assert [note.code for note in report.notes] == ["no_calls", "amd_off"]
    assert report.abandonment.verdict == "good"


# People


REACHED = (
    people("SEH", None, 30),
    people("SEH", D.SILENT, 10),
    people("SEH", D.PARTIAL, 20),
    people("VID", D.COMPLETED, 25),
    people("VID", D.TALKED, 10),
    people("", D.OPTED_OUT, 5),
)


def test_the_funnel_narrows_from_the_lists_to_the_talk():
    funnel = {"in_lists": 150, "meant": 120, "queued": 110}
    report = report_of(counted(by_district=REACHED, funnel=funnel))
    assert [(step.code, step.count) for step in report.funnel] == [
        ("in_lists", 150),
        ("meant", 120),
        ("enrolled", 110),
        ("tried", 100),
        ("answered", 70),
        ("spoke", 60),
        ("to_the_end", 35),
        ("talked", 10),
    ]
    shares = {s.code: s.of_previous.value for s in report.funnel if s.of_previous}
    assert shares["meant"] == 0.8
    assert shares["answered"] == 0.7


def test_a_list_that_shrank_makes_no_share_above_all():
    report = report_of(counted(funnel={"in_lists": 5, "meant": 5, "queued": 9}))
    assert report.funnel[2].count == 9
    assert report.funnel[2].of_previous is None


def test_people_who_answered_add_up():
    report = report_of(counted(by_district=REACHED))
    assert sum(codes(report.furthest).values()) == 70
    assert codes(report.furthest)["opted_out"] == 5
    figures = report.figures
    assert (figures.tried, figures.spoke.count, figures.talked) == (100, 60, 10)
    assert figures.opted_out.value == pytest.approx(5 / 60)


def test_people_not_dialled_stand_at_their_gates():
    funnel = {
        "refused:never_dial": 3,
        "waiting:outside_hours": 4,
        "waiting:retry_busy": 5,
        "due": 6,
        "claimed": 1,
        "dialling": 1,
        "done:busy": 99,
        "filtered_out": 7,
    }
    held = {row.gate: row.count for row in report_of(counted(funnel=funnel)).held}
    assert held == {
        "filtered_out": 7,
        "never_dial": 3,
        "outside_window": 4,
        "retry_wait": 5,
        "due_now": 6,
        "live": 2,
    }


# Calls, by hour and by day


def test_hours_are_those_of_the_zone_and_none_between_is_left_out():
    report = report_of(
        counted(
            attempts=(
                calls(D.BUSY, 2),  # 12:00
                calls(D.COMPLETED, 3, quarter=NOON_QUARTER + 1),
                calls(D.SILENT, 1, quarter=NOON_QUARTER + 8),  # 14:00
            )
        )
    )
    assert [(row.hour, row.calls) for row in report.hours] == [
        (12, 5),
        (13, 0),
        (14, 1),
    ]
    assert report.hours[0].outcomes == {"busy": 2, "completed": 3}
    assert report.hours[0].answered.value == 0.6
    assert report.hours[2].answered.count == 0  # silence is nobody's answer


def test_a_zone_a_quarter_off_the_hour_is_told_right():
    report = report_of(
        counted(attempts=(calls(D.BUSY, 1),)), ZoneInfo("Asia/Kathmandu")
    )
    assert report.hours[0].hour == 12  # 06:30 UTC is 12:15 there


def test_an_hour_that_summer_time_repeats_is_one_row():
    # Berlin, 25 October 2026: 02:30 comes at 00:30 and at 01:30 UTC
    first = int(NOON.replace(month=10, day=25, hour=0, minute=30).timestamp()) // 900
    attempts = (calls(D.BUSY, 1, quarter=first), calls(D.BUSY, 1, quarter=first + 4))
    report = report_of(counted(attempts=attempts), ZoneInfo("Europe/Berlin"))
    assert [(row.hour, row.calls) for row in report.hours] == [(2, 2)]


def test_calls_in_progress_are_counted_and_said():
    report = report_of(counted(attempts=(calls(None, 2), calls(D.BUSY, 3))))
    assert codes(report.outcomes) == {"busy": 3, "live": 2}
    assert ("live", 2) in [(note.code, note.count) for note in report.notes]


def test_the_outcomes_of_calls_add_up_to_the_calls():
    attempts = (calls(D.BUSY, 2), calls(D.COMPLETED, 3), calls(D.FAILED, 1))
    report = report_of(counted(attempts=attempts))
    assert sum(codes(report.outcomes).values()) == report.figures.calls == 6
    assert sum(row.calls for row in report.hours) == 6
    assert sum(row.calls for row in report.days) == 6


# Abandonment


def wanted(
    count: int,
    *,
    abandoned: bool = False,
    late: bool = False,
    recent: bool = True,
    quarter: int = NOON_QUARTER,
) -> WantedCount:
    return WantedCount(quarter, abandoned, not abandoned, late, recent, count)


def test_both_formulas_count_what_they_say():
    # 200 people answered; of 50 who asked 1 was abandoned and 2 connected late
    report = report_of(
        counted(
            attempts=(calls(D.TALKED, 200),),
            answered_30d=200,
            wanted=(wanted(1, abandoned=True), wanted(2, late=True), wanted(47)),
        )
    )
    found = report.abandonment
    assert (found.fcc.count, found.fcc.of, found.late) == (3, 200, 2)
    assert (found.ofcom.count, found.ofcom.of) == (1, 50)
    assert found.verdict == "watch"  # 1.5 %: above 1 %, below 3 %


def test_the_fcc_looks_at_thirty_days_and_ofcom_at_every_day():
    tomorrow = NOON_QUARTER + 96
    report = report_of(
        counted(
            answered_30d=100,
            wanted=(
                wanted(5, abandoned=True, recent=False),
                wanted(5, recent=False),
                wanted(20, quarter=tomorrow),
            ),
        )
    )
    found = report.abandonment
    assert found.fcc.count == 0
    assert found.worst_day is not None
    assert found.worst_day.day == date(2026, 11, 24)
    assert found.worst_day.abandonment.value == 0.5
    assert found.ofcom.value == pytest.approx(5 / 30)


@pytest.mark.parametrize(
    ("abandoned", "verdict"), [(0, "good"), (1, "good"), (2, "watch"), (3, "stop")]
)
def test_the_verdict_follows_target_and_stop(abandoned: int, verdict: str):
    report = report_of(
        counted(answered_30d=100, wanted=(wanted(abandoned, abandoned=True),))
    )
    assert report.abandonment.verdict == verdict


def test_a_campaign_cannot_ask_for_a_looser_stop_than_the_law():
    loose = replace(CAMPAIGN, caps=Caps(abandonment_stop=0.2, abandonment_target=0.1))
    found = report_of(counted(campaign=loose)).abandonment
    assert (found.target, found.stop) == (0.03, 0.03)


# Answers


def test_every_choice_has_its_share_of_those_who_answered():
    report = report_of(
        counted(
            answers_by_district=(
                said("SEH", "water", 30),
                said("VID", "water", 20),
                said("VID", "roads", 50),
            )
        )
    )
    [need, *_] = report.questions
    assert (need.words.hi, need.of) == ("सबसे ज़रूरी काम", 100)
    assert [(c.words.hi, c.share.count) for c in need.choices] == [
        ("पानी", 50),
        ("सड़क", 50),
    ]


def test_a_choice_of_an_older_version_keeps_its_people():
    rows = (said("SEH", "water", 30), said("SEH", "jobs", 10))
    [need, *_] = report_of(counted(answers_by_district=rows)).questions
    assert [(c.code, c.share.count) for c in need.choices] == [
        ("water", 30),
        ("roads", 0),
        ("jobs", 10),
    ]


def test_a_question_nobody_asks_any_more_is_noted():
    rows = (said("SEH", "water", 3), said("SEH", "x", 4, node="gone"))
    notes = report_of(
        counted(answers_by_district=rows, attempts=(calls(D.BUSY, 1),))
    ).notes
    assert ("unknown_questions", 4) in [(note.code, note.count) for note in notes]


def test_ratings_have_every_step_and_a_mean():
    rows = (said("SEH", "2", 1, node="stars"), said("SEH", "4", 3, node="stars"))
    stars = report_of(counted(answers_by_district=rows)).questions[1]
    assert [(c.code, c.share.count) for c in stars.choices] == [
        ("1", 0),
        ("2", 1),
        ("3", 0),
        ("4", 3),
        ("5", 0),
    ]
    assert stars.mean is not None
    assert stars.mean.value == 3.5


def test_digits_are_counted_and_never_shown():
    row = said("SEH", "", 7, node="number")
    number = report_of(counted(answers_by_district=(row,))).questions[2]
    assert (number.of, number.choices, number.districts) == (7, (), ())


def test_a_node_of_a_part_is_a_question_too():
    busy = node(
        "busy", NodeKind.MENU, options=(Option("1", "callback", "वापस", "Back"),)
    )
    part = replace(FLOW, flow_id="person", nodes={NodeId("busy"): busy}, is_part=True)
    flow = replace(FLOW, sub_flows={part.flow_id: part})
    rows = (said("SEH", "callback", 2, node="person.busy"),)
    report = report_of(counted(flow=flow, answers_by_district=rows))
    assert [(q.node, q.of) for q in report.questions][-1] == ("person.busy", 2)


def group(groups: tuple[GroupAnswers, ...], code: str) -> GroupAnswers:
    return next(g for g in groups if g.code == code)


def test_opinions_of_fewer_than_twenty_people_are_not_shown_for_a_group():
    report = report_of(
        counted(
            answers_by_district=(
                said("SEH", "water", LEAST_OPINIONS),
                said("VID", "water", LEAST_OPINIONS - 1),
                said("RSN", "water", 1),
            ),
            answers_by_schemes=(
                said("pm_kisan", "water", LEAST_OPINIONS - 1),
                said("", "water", LEAST_OPINIONS),
            ),
        )
    )
    need = report.questions[0]
    assert group(need.districts, "SEH").of == 20
    hidden = group(need.districts, "VID")
    assert (hidden.of, hidden.shares, hidden.mean) == (None, (), None)
    assert group(need.divisions, "BPL").of == 40
    assert group(need.schemes, "pm_kisan").of is None
    assert ("withheld", 3) in [(n.code, n.count) for n in report.notes]


def test_a_small_group_cannot_be_worked_out_from_the_others():
    rows = (said("SEH", "water", 60), said("RSN", "water", 40), said("VID", "roads", 5))
    need = report_of(counted(answers_by_district=rows)).questions[0]
    assert group(need.divisions, "BPL").of == 105
    assert group(need.districts, "SEH").of == 60
    # Shown, Raisen would tell that all five in Vidisha want roads: 105 - 60 - 40.
    assert group(need.districts, "RSN").of is None


def test_a_hidden_groups_place_in_the_list_does_not_tell_its_size():
    districts = ("VID", 3), ("RSN", 19), ("SEH", 40)
    rows = tuple(said(code, "water", count) for code, count in districts)
    need = report_of(counted(answers_by_district=rows)).questions[0]
    assert [g.code for g in need.districts] == ["SEH", "RSN", "VID"]  # by code


def test_a_person_with_two_schemes_counts_in_both():
    rows = (said("pm_kisan pension", "water", 25), said("pension", "roads", 5))
    need = report_of(
        counted(answers_by_schemes=rows, answers_by_district=rows)
    ).questions[0]
    assert group(need.schemes, "pm_kisan").of == 25
    assert group(need.schemes, "pension").of == 30


def test_places_have_their_division_and_unknown_ones_their_own_row():
    report = report_of(counted(by_district=REACHED, enrolled={"SEH": 80, "INR": 4}))
    assert [(d.code, d.enrolled, d.tried) for d in report.districts] == [
        ("SEH", 80, 60),
        ("VID", 0, 35),
        ("INR", 4, 0),
        ("", 0, 5),
    ]
    first = report.divisions[0]
    assert (first.words.hi, first.tried) == ("भोपाल संभाग", 95)
    assert sum(d.tried for d in report.divisions) == 100
    assert sum(d.spoke.count for d in report.districts) == report.figures.spoke.count


# Leaving, keys, recordings


def test_a_goodbye_is_no_place_to_leave_early():
    report = report_of(
        counted(
            attempts=(calls(D.PARTIAL, 10),),
            hung_up_at={"bye": 5, "need": 2, "hello": 1, "gone": 1},
        )
    )
    assert [(d.node, d.share.count) for d in report.drops] == [
        ("hello", 1),
        ("need", 2),
        ("gone", 1),
    ]
    assert report.drops[1].share.value == 0.2


def test_a_prompts_words_leave_out_what_is_personal():
    report = report_of(
        counted(attempts=(calls(D.PARTIAL, 1),), hung_up_at={"hello": 1})
    )
    assert report.drops[0].words.hi == "नमस्ते … जी"


def test_wrong_keys_are_told_from_skips_and_corrections():
    keys = (
        KeyCount("need", "key", "7", "", False, 4, 3),
        KeyCount("need", "key", "9", "opt_out", True, 2, 2),
        KeyCount("number", "digits", "", "", False, 1, 1),
        KeyCount("number", "key", "2", "again", True, 2, 2),
        KeyCount("number", "key", "#", "skipped", False, 3, 3),
    )
    report = report_of(counted(keys=keys))
    wrong = {w.node: (w.keys, w.taken_back, w.skipped) for w in report.wrong_keys}
    assert wrong == {"need": ((("7", 4),), 0, 0), "number": ((("", 1),), 2, 3)}
    assert codes(report.opt_out_prompts) == {"need": 2}


def test_recordings_add_up_to_their_time():
    report = report_of(
        counted(
            spoken=(SpokenCount("say", "12.3 s", 2), SpokenCount("say", "odd", 1)),
            spoken_files=(SpokenFile("say", "c1-3.wav", "12.3 s", NOON),),
        )
    )
    assert report.spoken.count == 3
    assert report.spoken.total_s == pytest.approx(24.6)
    assert report.spoken.files[0].at == NOON.astimezone(INDIA)


# Telecallers, lines, notes


def test_a_telecallers_talks_are_one_row():
    report = report_of(
        counted(
            talks=(talks("आशा", "resolved", 3), talks("आशा", "", 1)),
            desks=(
                DeskCount("tc-1", "ready", 90_000),
                DeskCount("tc-1", "wrap_up", 5_000),
                DeskCount("tc-2", "ready", 1),
            ),
        )
    )
    [asha] = report.telecallers
    assert (asha.conversations, asha.talk_s, asha.ready_s, asha.wrap_up_s) == (
        4,
        120,
        90,
        5,
    )
    assert asha.outcomes == {"resolved": 3, "not_noted": 1}
    assert asha.centre.hi == "सीहोर"


def test_what_the_network_said_is_shared_out():
    network = (
        NetworkCount(486, 17, D.BUSY, 3),
        NetworkCount(None, 34, D.CONGESTION, 1),
    )
    rows = report_of(counted(network=network)).network
    assert [(r.sip_code, r.disposition, r.share.value) for r in rows] == [
        (486, "busy", 0.75),
        (None, "congestion", 0.25),
    ]


def test_many_short_calls_are_noted():
    short = Spans(10, 0, {2: 5, 30: 5})
    report = report_of(counted(attempts=(calls(D.PARTIAL, 10),), calls=short))
    assert ("short_calls", 5) in [(note.code, note.count) for note in report.notes]


def test_the_title_tells_the_period_and_every_version_of_the_flow():
    versions = {("feedback", "bbbb"): 1, ("feedback", "aaaaaaaaaaaa"): 2}
    later = NOON + timedelta(days=1)
    tallies = counted(
        first_at=NOON,
        last_at=later,
        flow_versions=versions,
        attempts=(calls(D.BUSY, 3),),
    )
    report = report_of(tallies)
    assert report.title.first_at == NOON.astimezone(INDIA)
    assert report.title.versions == ("aaaaaaaaaaaa", "bbbb")
    assert report.title.caller_id == "75•••••000"
    assert report.title.campaign_id == CampaignId("survey")
    assert ("versions", 2) in [(note.code, note.count) for note in report.notes]


def test_the_language_that_was_chosen_is_told_apart_from_opinions():
    choose = node(
        "choose", NodeKind.LANGUAGE, options=(Option("1", "hi", "हिंदी", "Hindi"),)
    )
    flow = replace(FLOW, nodes={NodeId("choose"): choose, **FLOW.nodes})
    rows = (said("SEH", "hi", 4, node="choose"),)
    report = report_of(counted(flow=flow, answers_by_district=rows))
    assert report.languages is not None
    assert report.languages.of == 4
    assert "choose" not in [q.node for q in report.questions]
