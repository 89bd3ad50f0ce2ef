"""Own centre first, then the division, then the state; the longest free."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from lawful_values import CAMPAIGN, CONTACT, NOON

from ivr.core.desk import Desk
from ivr.core.model import Centre, CentreCode, DeskState, TelecallerId
from ivr.core.routing import path, pick

CODES = ["MP", "MP.BPL", "MP.BPL.SEH", "MP.BPL.BHO", "MP.IND", "MP.IND.DHR"]
TREE = {
    CentreCode(code): Centre(
        CentreCode(code),
        code,
        code,
        CentreCode(code.rpartition(".")[0]) if "." in code else None,
    )
    for code in CODES
}


def desk(
    name: str,
    centre: str,
    *,
    free_for_s: int = 10,
    state: DeskState = DeskState.READY,
    languages: tuple[str, ...] = ("hi",),
) -> Desk:
    since = NOON - timedelta(seconds=free_for_s)
    return Desk(
        TelecallerId(name), CentreCode(centre), since, state=state, languages=languages
    )


def picked(*desks: Desk, **changes: object) -> str | None:
    contact = replace(CONTACT, **changes)  # type: ignore[arg-type]
    found = pick(desks, contact, CAMPAIGN, TREE)
    return found.telecaller_id if found else None


OWN = desk("own", "MP.BPL.SEH", free_for_s=1)
NEIGHBOUR = desk("neighbour", "MP.BPL.BHO", free_for_s=50)
DIVISION = desk("division", "MP.BPL", free_for_s=40)
FAR = desk("far", "MP.IND.DHR", free_for_s=900)


def test_the_own_centre_comes_first_however_long_others_have_been_free() -> None:
    assert picked(FAR, NEIGHBOUR, OWN) == "own"


def test_the_division_comes_next_and_in_it_the_longest_free() -> None:
    assert picked(FAR, DIVISION, NEIGHBOUR) == "neighbour"


def test_the_whole_state_helps_when_nobody_nearer_is_free() -> None:
    assert picked(FAR) == "far"


@pytest.mark.parametrize("state", [s for s in DeskState if s is not DeskState.READY])
def test_only_ready_desks_are_picked(state: DeskState) -> None:
    assert picked(desk("busy", "MP.BPL.SEH", state=state)) is None


def test_who_speaks_the_voters_language_comes_before_who_is_near() -> None:
    english = desk("english", "MP.IND.DHR", languages=("hi", "en"))
    assert picked(OWN, english, language="en") == "english"
    assert picked(OWN, FAR, language="bho") == "own"


def test_without_a_centre_of_their_own_a_voter_gets_the_longest_free() -> None:
    assert picked(OWN, FAR, NEIGHBOUR, centre=None) == "far"
    assert picked(OWN, FAR, centre=CentreCode("XX.YY")) == "far"


def test_only_centres_of_the_campaign_serve_it() -> None:
    division = replace(CAMPAIGN, centres=(CentreCode("MP.IND"),))
    assert pick([OWN, FAR], CONTACT, division, TREE) == FAR
    assert pick([OWN], CONTACT, division, TREE) is None


def test_equals_are_told_apart_the_same_way_each_time() -> None:
    twins = [desk("b", "MP.BPL.SEH"), desk("a", "MP.BPL.SEH")]
    assert picked(*twins) == picked(*reversed(twins)) == "a"


def test_a_tree_that_bites_its_tail_still_ends() -> None:
    one, two = CentreCode("A"), CentreCode("B")
    loop = {one: Centre(one, "", "", two), two: Centre(two, "", "", one)}
    assert path(one, loop) == (one, two)
