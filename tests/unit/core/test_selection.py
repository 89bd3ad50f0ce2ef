from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from ivr.core.model import Centre, CentreCode
from ivr.core.selection import (
    EVERYWHERE,
    CentreScope,
    Selection,
    address_of,
    scope_under,
    selection_of,
    slice_of,
)
from ivr.errors import BadInput

INDIA = ZoneInfo("Asia/Kolkata")


def centre(code: str, parent: str | None) -> Centre:
    return Centre(CentreCode(code), code, code, parent and CentreCode(parent))


CENTRES = (
    centre("MP", None),
    centre("MP.BPL", "MP"),
    centre("MP.BPL.SEH", "MP.BPL"),
    centre("MP.BPL.VID", "MP.BPL"),
    centre("MP.IND", "MP"),
)
TREE = {one.code: one for one in CENTRES}


def test_a_centre_holds_itself_and_what_lies_under_it():
    assert scope_under("MP.BPL", TREE) == CentreScope(
        frozenset({"MP.BPL", "MP.BPL.SEH", "MP.BPL.VID"})
    )
    assert not scope_under("MP.BPL.SEH", TREE).holds("MP.BPL.VID")


def test_the_root_holds_everybody_also_people_of_no_centre():
    assert scope_under("MP", TREE) == EVERYWHERE
    assert EVERYWHERE.holds("MP.IND")


def test_an_unknown_centre_holds_nobody():
    assert scope_under("MP.XXX", TREE) == CentreScope(frozenset())


def test_of_two_roots_neither_holds_the_others_people():
    two = TREE | {CentreCode("UP"): centre("UP", None)}
    assert not scope_under("MP", two).holds("UP")


def test_a_scope_is_narrowed_and_never_widened():
    sehore = CentreScope(frozenset({"MP.BPL.SEH"}))
    assert EVERYWHERE.narrowed(sehore) == sehore == sehore.narrowed(EVERYWHERE)
    assert sehore.narrowed(CentreScope(frozenset({"MP.IND"}))).centres == frozenset()


def test_a_selection_survives_the_address():
    chosen = Selection(
        centre="MP.BPL",
        district="SEH",
        scheme="ladli",
        first_day=date(2026, 11, 23),
        last_day=date(2026, 11, 24),
        question="happy",
        choice="yes",
    )
    assert selection_of(address_of(chosen)) == chosen
    assert chosen.is_filtered
    assert address_of(Selection()) == {}
    assert not Selection(question="happy").is_filtered


@pytest.mark.parametrize(
    "address",
    [
        {"from": "24.11.2026"},
        {"to": "2026-02-30"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"from": "2026-11-24", "to": "2026-11-23"},
        {"district": "x" * 200},
        {"scheme": "a\x00b"},
    ],
)
def test_an_address_that_nobody_chose_is_refused(address: dict[str, str]):
    with pytest.raises(BadInput):
        selection_of(address)


def test_days_are_whole_and_those_of_the_reports_zone():
    one_day = Selection(first_day=date(2026, 11, 24), last_day=date(2026, 11, 24))
    part = slice_of(one_day, TREE, INDIA)
    assert part.since == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    assert part.until == datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    assert part.centres == EVERYWHERE
