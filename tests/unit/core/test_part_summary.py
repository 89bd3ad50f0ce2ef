from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from ivr.core.model import Disposition
from ivr.core.opinion_blocks import LEFT
from ivr.core.part_summary import MIXED, PartReport, summarise_part
from ivr.core.selection import Selection
from ivr.core.tallies import FURTHEST, BlockCount, ReachCount
from tests.fakes.counted import NAMES, NOON, block, calls, part

INDIA = ZoneInfo("Asia/Kolkata")
COMPLETED = FURTHEST[Disposition.COMPLETED]


def summed(selection: Selection | None = None, **changes: Any) -> PartReport:
    return summarise_part(part(**changes), NAMES, selection or Selection(), NOON, INDIA)


BLOCKS = (
    block("SEH", "pm_kisan", "water", 20),
    block("SEH", "pm_kisan", "roads", 10),
    block("SEH", "", "roads", 20),
    block("VID", "ladli pm_kisan", "water", 22),
    block(None, None, "water", 25),
)


def test_districts_are_in_the_order_of_the_chosen_answer():
    by_water = summed(blocks=BLOCKS).cross
    by_roads = summed(Selection(question="need", choice="roads"), blocks=BLOCKS).cross
    assert by_water and by_roads
    assert [row.code for row in by_water.rows] == ["VID", "SEH", MIXED]
    assert [row.code for row in by_roads.rows] == ["SEH", "VID", MIXED]


def test_a_person_with_two_schemes_counts_in_both_and_in_the_district_once():
    cross = summed(blocks=BLOCKS).cross
    assert cross
    vidisha = next(row for row in cross.rows if row.code == "VID")
    assert vidisha.of == 22
    assert {row.code: row.of for row in vidisha.schemes} == {
        "ladli": 22,
        "pm_kisan": 22,
    }
    sehore = next(row for row in cross.rows if row.code == "SEH")
    assert (sehore.of, [share.count for share in sehore.shares]) == (50, [20, 30])
    assert [(row.code, row.of) for row in sehore.schemes] == [
        ("pm_kisan", 30),
        ("", 20),
    ]


def test_people_of_several_districts_are_named_so_and_never_hidden():
    report = summed(blocks=BLOCKS).report
    need = next(q for q in report.questions if q.node == "need")
    assert need.of == 97
    by_code = {group.code: group for group in need.districts}
    assert by_code[MIXED].words.hi == "कई ज़िले मिलाकर"
    assert all(g.of for g in (*need.districts, *need.divisions, *need.schemes))


def test_an_unknown_question_or_answer_in_the_address_falls_back_to_the_first():
    cross = summed(Selection(question="none", choice="none"), blocks=BLOCKS).cross
    assert cross and (cross.question.node, cross.choice) == ("need", "water")


def test_reach_is_by_person_and_the_funnel_begins_with_who_is_enrolled():
    found = summed(
        people=(
            ReachCount("SEH", "ladli", COMPLETED, 3),
            ReachCount("SEH", "", 0, 2),
            ReachCount("VID", "", 0, 1),
        ),
        enrolled={"SEH": 9, "VID": 4},
        attempts=(calls(Disposition.COMPLETED, 3), calls(Disposition.BUSY, 5)),
    )
    steps = {step.code: step.count for step in found.report.funnel}
    assert (steps["enrolled"], steps["tried"], steps["spoke"]) == (13, 6, 3)
    assert found.report.figures.calls == 8
    assert {g.code: g.tried for g in found.report.districts} == {"SEH": 5, "VID": 1}


def test_where_people_hung_up_is_of_those_in_blocks():
    left = (
        BlockCount(LEFT, LEFT, "SEH", "", "", 30),
        BlockCount(LEFT, LEFT, "SEH", "", "need", 8),
        BlockCount(LEFT, LEFT, None, None, "hello", 2),
    )
    found = summed(blocks=left, attempts=(calls(Disposition.COMPLETED, 99),))
    drops = [(d.node, d.share.count, d.share.of) for d in found.report.drops]
    assert drops == [("hello", 2, 40), ("need", 8, 40)]
    assert not any(question.of for question in found.report.questions)


def test_nothing_at_all_is_a_report_too():
    found = summed()
    assert found.cross and found.cross.rows == ()
    assert found.report.figures.tried == 0
