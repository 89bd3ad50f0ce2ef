from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from ivr.core.model import Centre, CentreCode
from ivr.core.opinion_blocks import LEVELS, Block, Voice, blocks_of
from ivr.core.withholding import LEAST_OPINIONS

ZONE = ZoneInfo("Asia/Kolkata")
NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
PARENTS = {
    "MP": None,
    "MP.BPL": "MP",
    "MP.BPL.SEH": "MP.BPL",
    "MP.BPL.VID": "MP.BPL",
    "MP.IND": "MP",
}
TREE = {
    CentreCode(code): Centre(CentreCode(code), code, code, above and CentreCode(above))
    for code, above in PARENTS.items()
}


def voices(
    count: int,
    centre: str | None = "MP.BPL.SEH",
    district: str = "SEH",
    schemes: str = "ladli",
    at: datetime = NOON,
    first: int = 1,
) -> list[Voice]:
    return [
        Voice(first + n, centre, district, schemes, at + timedelta(seconds=n))
        for n in range(count)
    ]


def made(waiting: list[Voice], now: datetime | None = NOON) -> list[Block]:
    return blocks_of(waiting, TREE, ZONE, now)


def test_twenty_alike_are_a_block_at_once():
    [block] = made(voices(20))
    assert (block.centre, block.district, block.schemes) == (
        "MP.BPL.SEH",
        "SEH",
        "ladli",
    )
    assert len(block.people) == 20


def test_nineteen_are_never_a_block_not_even_at_the_end():
    assert made(voices(19), now=None) == []


@pytest.mark.parametrize(
    ("other", "patience", "block"),
    [
        (
            {"schemes": "kisan ladli"},
            LEVELS[2].patience,
            ("MP.BPL.SEH", "SEH", "ladli"),
        ),
        ({"schemes": "kisan"}, LEVELS[2].patience, ("MP.BPL.SEH", "SEH", None)),
        ({"district": "VID"}, LEVELS[3].patience, ("MP.BPL.SEH", None, "ladli")),
        ({"centre": "MP.BPL.VID"}, LEVELS[4].patience, ("MP.BPL", "SEH", "ladli")),
        ({"centre": "MP.IND"}, LEVELS[4].patience, ("MP", "SEH", "ladli")),
        ({"centre": None}, LEVELS[4].patience, (None, "SEH", "ladli")),
    ],
)
def test_who_waits_long_takes_less_alike_company(other, patience, block):
    waiting = voices(12) + voices(12, first=100, **other)
    assert made(waiting, NOON + patience - timedelta(seconds=1)) == []
    [one] = made(waiting, NOON + patience)
    assert (one.centre, one.district, one.schemes) == block
    assert len(one.people) == 24


def test_at_the_end_nobody_waits_for_others():
    waiting = voices(12) + voices(12, centre=None, district="", schemes="", first=50)
    [block] = made(waiting, now=None)
    assert (block.centre, block.district, block.schemes) == (None, None, None)


def test_people_without_any_scheme_are_a_group_of_their_own():
    [block] = made(voices(20, schemes=""))
    assert block.schemes == ""


def test_days_are_apart_where_each_has_enough_people():
    day = timedelta(days=1)
    waiting = (
        voices(25)
        + voices(22, at=NOON + day, first=100)
        + voices(5, at=NOON + 2 * day, first=200)
    )
    first, second = made(waiting)
    assert [len(first.people), len(second.people)] == [25, 27]
    assert first.last_at < second.first_at


def test_any_two_views_differ_by_nobody_or_by_enough_people():
    """Whatever is looked at, and whenever: a sum of whole, lasting blocks."""
    chance = random.Random(4)
    waiting: list[Voice] = []
    blocks: list[Block] = []
    views: list[frozenset[int]] = [frozenset()]
    for step in range(120):
        now = NOON + step * timedelta(minutes=7)
        for n in range(chance.randint(0, 40)):
            where = chance.choice(["SEH", "VID"])
            tags = chance.choice(["", "ladli", "kisan", "kisan ladli"])
            centre = chance.choice([f"MP.BPL.{where}", f"MP.BPL.{where}", None])
            waiting.append(Voice(step * 100 + n, centre, where, tags, now))
        new = blocks_of(waiting, TREE, ZONE, None if step == 119 else now)
        gone = {person for block in new for person in block.people}
        waiting = [voice for voice in waiting if voice.contact_id not in gone]
        blocks += new
        everybody = [p for block in blocks for p in block.people]
        assert len(everybody) == len(set(everybody))
        for chosen in (
            lambda b: True,
            lambda b: b.district == "SEH",
            lambda b: b.centre == "MP.BPL.VID",
            lambda b: b.schemes is not None and "ladli" in b.schemes,
            lambda b: b.last_at < NOON + timedelta(hours=5),
        ):
            people = [p for block in blocks if chosen(block) for p in block.people]
            views.append(frozenset(people))
    assert max(map(len, views)) > 500
    for one, other in [*pairwise(views), *((a, b) for a in views for b in views[-5:])]:
        for apart in (one - other, other - one):
            assert not apart or len(apart) >= LEAST_OPINIONS
