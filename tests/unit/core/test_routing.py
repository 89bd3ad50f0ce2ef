"""Own centre first, then the division, then the state; the longest free."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lawful_values import CAMPAIGN, CONTACT, NOON

from ivr.core.desk import Desk
from ivr.core.model import (
    Campaign,
    Centre,
    CentreCode,
    Contact,
    DeskState,
    Due,
    Mode,
    Routing,
    TelecallerId,
)
from ivr.core.organisation import Level, path
from ivr.core.routing import (
    Turn,
    Voter,
    assign,
    choose,
    needs_promise,
    opens_in_s,
    pick,
    pool_of,
    promise_lasts,
    served_at,
    turn_of,
)

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


# Levels open one after another

DELAYS = replace(CAMPAIGN, routing=Routing(0.5, 1.0, worth_waiting=0.5))
BUSY_OWN = replace(OWN, state=DeskState.TALKING)


def voter(waited_s: float = 0.0, **changes: object) -> Voter:
    contact = replace(CONTACT, centre=OWN.centre)
    return replace(
        Voter(contact, DELAYS, waited_s),
        **changes,  # type: ignore[arg-type]
    )


def chosen(who: Voter, *desks: Desk, chance: float | None = None) -> str | None:
    forecast = None if chance is None else (lambda desk, within_s: chance)
    found = choose(desks, who, TREE, forecast)
    return found.telecaller_id if found else None


@pytest.mark.parametrize(
    ("waited_s", "who"), [(0.0, None), (0.49, None), (0.5, "neighbour"), (1.0, "far")]
)
def test_each_level_opens_after_its_delay(waited_s: float, who: str | None) -> None:
    farther = FAR if who == "far" else NEIGHBOUR
    assert chosen(voter(waited_s), BUSY_OWN, farther) == who


def test_a_level_opens_at_once_when_nobody_nearer_is_likely_to_be_free_soon() -> None:
    assert chosen(voter(), BUSY_OWN, NEIGHBOUR, chance=0.49) == "neighbour"
    assert chosen(voter(), BUSY_OWN, NEIGHBOUR, chance=0.5) is None
    assert chosen(voter(), BUSY_OWN, FAR, chance=0.0) == "far"


def test_what_is_left_of_the_delay_does_not_make_a_near_desk_less_worth() -> None:
    asked: list[float] = []

    def likely(desk: Desk, within_s: float) -> float:
        asked.append(within_s)
        return 0.5

    for waited_s in (0.0, 0.4):
        assert choose([BUSY_OWN, NEIGHBOUR], voter(waited_s), TREE, likely) is None
    assert asked == [0.5, 0.5]


def test_two_who_may_soon_be_free_are_worth_waiting_for_where_one_is_not() -> None:
    twin = replace(BUSY_OWN, telecaller_id=TelecallerId("twin"))
    assert chosen(voter(), BUSY_OWN, NEIGHBOUR, chance=0.4) == "neighbour"
    assert chosen(voter(), BUSY_OWN, twin, NEIGHBOUR, chance=0.4) is None  # 1 - 0.6^2


def test_nobody_waits_for_a_centre_where_nobody_is_at_work() -> None:
    assert chosen(voter(), NEIGHBOUR) == "neighbour"
    for state in (DeskState.OFFLINE, DeskState.PAUSED, DeskState.RECONNECTING):
        assert chosen(voter(), replace(OWN, state=state), FAR) == "far"
    leaves = replace(BUSY_OWN, pause_after_wrap_up=True)
    assert chosen(voter(), leaves, FAR) == "far"


def test_who_is_behind_another_of_their_centre_counts_them_in() -> None:
    def likely(desk: Desk, within_s: float) -> float:
        return 0.9

    desks = [BUSY_OWN, NEIGHBOUR]
    assert choose(desks, voter(), TREE, likely) is None
    assert choose(desks, voter(), TREE, likely, ahead=1) == NEIGHBOUR


def test_the_next_level_to_open_is_told_so_that_one_can_look_again_then() -> None:
    assert opens_in_s(voter(0.2)) == pytest.approx(0.3)
    assert opens_in_s(voter(0.7)) == pytest.approx(0.3)
    assert opens_in_s(voter(1.0)) is None


def test_a_voter_with_little_patience_is_offered_every_desk_all_the_same() -> None:
    hasty = replace(DELAYS, connect_patience=timedelta(seconds=0.4))
    assert chosen(voter(0.37, campaign=hasty), BUSY_OWN, FAR) is None
    assert chosen(voter(0.38, campaign=hasty), BUSY_OWN, FAR) == "far"
    assert opens_in_s(voter(0.3, campaign=hasty)) == pytest.approx(0.08)
    assert opens_in_s(voter(0.38, campaign=hasty)) is None


def test_the_level_at_which_a_desk_serves_is_known() -> None:
    contact = voter().contact
    levels = [served_at(desk, contact, TREE) for desk in (OWN, NEIGHBOUR, FAR)]
    assert levels == [Level.CENTRE, Level.DIVISION, Level.STATE]


def test_of_equally_far_centres_the_one_with_most_free_desks_helps() -> None:
    alone = desk("alone", "MP.IND.DHR", free_for_s=900)
    pair = [desk("one", "MP.IND", free_for_s=5), desk("two", "MP.IND", free_for_s=9)]
    assert picked(alone, *pair) == "two"
    assert picked(alone, *pair, centre=None) == "alone"  # nobody is far from them


# Languages and skills


def test_a_dialect_falls_back_on_who_will_follow_it() -> None:
    english = desk("english", "MP.BPL.SEH", free_for_s=99, languages=("en",))
    malvi = desk("malvi", "MP.IND.DHR", languages=("mup",))
    assert picked(english, FAR, language="mup") == "far"
    assert picked(english, FAR, malvi, OWN, language="mup") == "malvi"


def test_a_campaign_may_say_who_follows_whom() -> None:
    gujarati = desk("gujarati", "MP.IND.DHR", languages=("gu",))
    routing = replace(DELAYS.routing, dialects={"bhb": "gu"})
    bhili = replace(voter(9.0).contact, language="bhb")
    who = voter(9.0, contact=bhili, campaign=replace(DELAYS, routing=routing))
    assert chosen(who, OWN, gujarati) == "gujarati"
    assert chosen(voter(9.0, contact=bhili), OWN, gujarati) == "own"


def test_only_who_has_all_the_skills_serves_and_is_counted_on() -> None:
    skilled = replace(FAR, skills=("pension", "women"))
    needs = replace(CAMPAIGN, skills=("pension",))
    assert pick([OWN, skilled], CONTACT, needs, TREE) == skilled
    assert pick([OWN], CONTACT, needs, TREE) is None
    pool = pool_of([OWN, skilled], needs, TREE, lambda desk: 0.0)
    assert pool.ready == (skilled,)


# Who comes first


def test_who_was_abandoned_comes_first_then_who_asked_then_who_waited_longest() -> None:
    voters = [
        voter(9.0),
        voter(1.5),
        voter(1.2, turn=Turn.CALLBACK),
        voter(1.0, turn=Turn.ABANDONED),
    ]
    desks = [OWN, NEIGHBOUR, DIVISION]
    assert [index for index, _ in assign(voters, desks, TREE)] == [3, 2, 0]


def test_a_turn_follows_from_what_happened_before() -> None:
    due = Due(CONTACT, 0, 0, 0, False)
    assert turn_of(due) is Turn.IN_TURN
    assert turn_of(replace(due, callback_at=NOON)) is Turn.CALLBACK
    both = replace(due, callback_at=NOON, last_abandoned_at=NOON)
    assert turn_of(both) is Turn.ABANDONED


@pytest.mark.parametrize("mode", list(Mode))
def test_a_desk_is_reserved_for_whom_we_owe_a_talk_where_the_loop_dials(
    mode: Mode,
) -> None:
    owed = replace(Due(CONTACT, 0, 0, 0, False), callback_at=NOON)
    by_loop = mode in {Mode.PREDICTIVE, Mode.PROGRESSIVE}
    assert needs_promise(owed, mode) is by_loop
    assert not needs_promise(replace(owed, callback_at=None), mode)


def test_a_promise_ends_some_time_after_the_ringing() -> None:
    assert promise_lasts(CAMPAIGN) == CAMPAIGN.ring_timeout + timedelta(seconds=60)


def test_who_asked_for_the_dial_serves_it_while_they_are_free() -> None:
    mine = voter(asked_by=FAR.telecaller_id)
    assert chosen(mine, OWN, FAR) == "far"
    assert chosen(mine, OWN, replace(FAR, state=DeskState.PAUSED)) == "own"


def test_a_voter_who_is_not_served_keeps_nobody_else_waiting() -> None:
    needs = replace(DELAYS, skills=("pension",))
    first = voter(9.0, campaign=needs)
    assert assign([first, voter(0.0)], [OWN], TREE) == [(1, OWN)]


# The pool


def test_the_pool_is_what_routing_really_offers() -> None:
    desks = [
        OWN,
        replace(NEIGHBOUR, state=DeskState.TALKING),
        replace(DIVISION, state=DeskState.WRAP_UP),
        replace(FAR, state=DeskState.RESERVED),
        desk("tea", "MP.BPL", state=DeskState.PAUSED),
        replace(
            desk("leaves", "MP", state=DeskState.TALKING), log_out_after_wrap_up=True
        ),
    ]
    pool = pool_of(desks, CAMPAIGN, TREE, lambda d: (NOON - d.since).total_seconds())
    assert pool.ready == (OWN,)
    assert (pool.talking_s, pool.wrapping_s) == ((50.0, 900.0), (40.0,))
    assert pool.at_work == 5


centres = st.sampled_from([CentreCode(code) for code in CODES])
states = st.sampled_from(list(DeskState))
languages = st.sampled_from([("hi",), ("hi", "en"), ("mup",)])
desk_lists = st.lists(st.tuples(centres, states, languages), max_size=8).map(
    lambda rows: [
        desk(f"t{n}", code, state=state, languages=speaks, free_for_s=n % 3)
        for n, (code, state, speaks) in enumerate(rows)
    ]
)
voter_lists = st.lists(
    st.tuples(
        centres | st.none(),
        st.sampled_from(["hi", "en", "mup"]),
        st.floats(0, 3),
        st.sampled_from(list(Turn)),
    ),
    max_size=6,
)


def made(rows: list[tuple[CentreCode | None, str, float, Turn]]) -> list[Voter]:
    def contact(centre: CentreCode | None, language: str) -> Contact:
        return replace(CONTACT, centre=centre, language=language)

    return [Voter(contact(c, la), DELAYS, wait, turn) for c, la, wait, turn in rows]


@given(voter_lists, desk_lists, st.floats(0, 1))
def test_a_free_desk_serves_one_voter_and_a_voter_has_one_desk(
    rows: list[tuple[CentreCode | None, str, float, Turn]],
    desks: list[Desk],
    chance: float,
) -> None:
    voters = made(rows)
    found = assign(voters, desks, TREE, lambda desk, within_s: chance)
    assert found == assign(voters, desks, TREE, lambda desk, within_s: chance)
    assert len({index for index, _ in found}) == len(found)
    assert len({one.telecaller_id for _, one in found}) == len(found)
    assert all(one.state is DeskState.READY for _, one in found)


@given(voter_lists, desk_lists)
def test_after_the_last_delay_no_desk_is_free_while_a_voter_waits(
    rows: list[tuple[CentreCode | None, str, float, Turn]], desks: list[Desk]
) -> None:
    voters = [replace(one, waited_s=1.0) for one in made(rows)]
    free = sum(one.state is DeskState.READY for one in desks)
    found = assign(voters, desks, TREE)
    assert len(found) == min(free, len(voters))


@given(st.floats(0, 3), st.floats(0, 3), desk_lists)
def test_who_has_waited_longer_can_get_no_fewer_desks(
    one_s: float, other_s: float, desks: list[Desk]
) -> None:
    short, long = sorted((one_s, other_s))
    if choose(desks, voter(short), TREE) is not None:
        assert choose(desks, voter(long), TREE) is not None


@given(desk_lists)
def test_the_campaigns_pool_holds_every_desk_that_can_be_chosen(
    desks: list[Desk],
) -> None:
    division: Campaign = replace(DELAYS, centres=(CentreCode("MP.BPL"),))
    pool = pool_of(desks, division, TREE, lambda desk: 0.0)
    found = choose(desks, voter(9.0, campaign=division), TREE)
    assert (found is None) == (not pool.ready)
    assert found is None or found in pool.ready
