"""A voter's talk, in every state and through every event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.core.talk import (
    FINISHED,
    TRANSITIONS,
    WITH_VOICE,
    PartyId,
    Talk,
    TalkEvent,
    TalkState,
    advance,
)
from ivr.errors import UnexpectedEvent

E, S = TalkEvent, TalkState
SUNITA, RAKESH, OFFICE = PartyId("tc-101"), PartyId("tc-102"), PartyId("d-out-1")
WITH_PARTNER = {S.RINGING, S.HANDED_OVER, S.CONSULTING, S.TOGETHER}
WITHOUT_PARTY = {S.HANDED_OVER, S.SEEKING, S.UNSERVED}


def talk_in(state: TalkState) -> Talk:
    party = None if state in WITHOUT_PARTY else SUNITA
    partner = RAKESH if state in WITH_PARTNER else None
    return Talk(party, state=state, partner=partner)


def after(*events: TalkEvent, talk: Talk | None = None) -> Talk:
    talk = talk or talk_in(S.JOINED)
    for event in events:
        talk = advance(talk, event, who=RAKESH)
    return talk


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("event", list(E))
def test_every_pair_is_either_in_the_table_or_refused(
    state: TalkState, event: TalkEvent
) -> None:
    talk = talk_in(state)
    if (state, event) not in TRANSITIONS:
        with pytest.raises(UnexpectedEvent):
            advance(talk, event)
        return
    moved = advance(talk, event, who=RAKESH)
    assert moved.state is TRANSITIONS[state, event]
    assert (moved.party is None) == (moved.state in WITHOUT_PARTY)
    if moved.state is not S.OVER:  # then the partner is still to be let go
        assert (moved.partner is None) == (moved.state not in WITH_PARTNER)


def test_from_every_state_the_voter_comes_to_a_voice_or_goes_on() -> None:
    """No state is a dead end: a voter in music has a way out without the voter."""
    reached = set(WITH_VOICE | FINISHED)
    while True:
        more = {a for (a, _), b in TRANSITIONS.items() if b in reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(S)


def test_a_voter_who_is_held_comes_back_to_the_same_telecaller() -> None:
    assert after(E.HELD, E.TAKEN_BACK) == talk_in(S.JOINED)


def test_a_partner_who_does_not_come_leaves_the_voter_to_the_telecaller() -> None:
    assert after(E.PARTNER_ASKED, E.PARTNER_LEFT) == talk_in(S.JOINED)
    assert after(E.PARTNER_ASKED, E.PARTNER_CAME, E.PARTNER_LEFT) == talk_in(S.JOINED)


@pytest.mark.parametrize("goes", [E.HANDED, E.LEFT])
def test_with_the_partner_there_the_voter_is_theirs_when_the_telecaller_goes(
    goes: TalkEvent,
) -> None:
    consulting = after(E.PARTNER_ASKED, E.PARTNER_CAME)
    assert after(goes, talk=consulting) == Talk(RAKESH)
    assert after(E.BROUGHT_TOGETHER, goes, talk=consulting) == Talk(RAKESH)


@pytest.mark.parametrize("goes", [E.HANDED, E.LEFT])
def test_who_hangs_up_while_the_partner_rings_has_handed_over(goes: TalkEvent) -> None:
    handed = after(E.PARTNER_ASKED, goes)
    assert handed.state is S.HANDED_OVER
    assert after(E.PARTNER_CAME, talk=handed) == Talk(RAKESH)
    assert after(E.PARTNER_LEFT, talk=handed) == Talk(None, state=S.SEEKING)


def test_of_three_one_can_go_and_two_stay() -> None:
    three = after(E.PARTNER_ASKED, E.PARTNER_CAME, E.BROUGHT_TOGETHER)
    assert after(E.PARTNER_LEFT, talk=three) == talk_in(S.JOINED)
    assert after(E.TAKEN_BACK, talk=three) == talk_in(S.JOINED)


def test_a_telecaller_whose_leg_died_has_the_voter_back_or_another_has() -> None:
    assert after(E.LEFT, E.CAME_BACK) == talk_in(S.JOINED)
    assert after(E.HELD, E.LEFT, E.CAME_BACK) == talk_in(S.JOINED)
    assert after(E.LEFT, E.GIVEN_UP, E.FOUND) == Talk(RAKESH)
    assert after(E.LEFT, E.GIVEN_UP, E.NOBODY).state is S.UNSERVED


def test_one_outside_who_hangs_up_has_ended_the_talk() -> None:
    outside = Talk(OFFICE, party_is_outside=True)
    assert advance(outside, E.LEFT).state is S.OVER


def test_a_partner_outside_stays_one_when_the_voter_is_theirs() -> None:
    asked = advance(Talk(SUNITA), E.PARTNER_ASKED, who=OFFICE, is_outside=True)
    handed = after(E.PARTNER_CAME, E.HANDED, talk=asked)
    assert handed == replace(Talk(OFFICE), party_is_outside=True)
