"""A telecaller's desk, in every state and through every event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ivr.core.desk import TRANSITIONS, Desk, DeskEvent, advance, offline
from ivr.core.model import CallId, CentreCode, DeskState, Telecaller, TelecallerId
from ivr.errors import UnexpectedEvent

T0 = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
SUNITA = Telecaller(
    TelecallerId("tc-101"), "सुनीता", CentreCode("MP.BPL.SEH"), "tc-101", ("hi", "en")
)
E, S = DeskEvent, DeskState


def desk_in(state: DeskState) -> Desk:
    leg = None if state in {S.OFFLINE, S.RECONNECTING} else "leg-1"
    return Desk(SUNITA.telecaller_id, SUNITA.centre, T0, state=state, leg_id=leg)


def after(desk: Desk, *events: DeskEvent, call_id: str | None = "call-1") -> Desk:
    for step, event in enumerate(events, 1):
        desk = advance(
            desk,
            event,
            T0 + timedelta(seconds=step),
            leg_id=f"leg-{step}" if event in {E.LOGGED_IN, E.RUNG_AGAIN} else None,
            call_id=CallId(call_id) if call_id and event is E.RESERVED else None,
            reason="चाय" if event is E.PAUSED else "",
        )
    return desk


READY = (E.LOGGED_IN, E.LEG_UP)
TALKING = (*READY, E.RESERVED, E.JOINED)


@pytest.mark.parametrize("state", list(DeskState))
@pytest.mark.parametrize("event", list(DeskEvent))
def test_every_pair_is_either_in_the_table_or_refused(
    state: DeskState, event: DeskEvent
) -> None:
    desk = desk_in(state)
    if (state, event) not in TRANSITIONS:
        with pytest.raises(UnexpectedEvent):
            advance(desk, event, T0)
        return
    assert advance(desk, event, T0).state is TRANSITIONS[state, event]


def test_a_desk_begins_offline_with_the_telecallers_centre_and_languages() -> None:
    desk = offline(SUNITA, T0)
    assert (desk.state, desk.centre, desk.languages) == (
        S.OFFLINE,
        SUNITA.centre,
        ("hi", "en"),
    )


def test_logging_in_rings_the_softphone_and_its_answer_makes_the_desk_ready() -> None:
    desk = after(offline(SUNITA, T0), *READY)
    assert (desk.state, desk.leg_id) == (S.READY, "leg-1")
    assert desk.since == T0 + timedelta(seconds=2)


def test_a_softphone_that_does_not_answer_brings_the_desk_back_offline() -> None:
    assert after(offline(SUNITA, T0), E.LOGGED_IN, E.LEG_DOWN) == Desk(
        SUNITA.telecaller_id,
        SUNITA.centre,
        T0 + timedelta(seconds=2),
        languages=("hi", "en"),
    )


def test_a_conversation_ends_in_wrap_up_about_that_call_and_then_ready() -> None:
    wrapping = after(offline(SUNITA, T0), *TALKING, E.PARTED)
    assert (wrapping.state, wrapping.call_id) == (S.WRAP_UP, "call-1")
    ready = after(wrapping, E.WRAPPED_UP)
    assert (ready.state, ready.call_id) == (S.READY, None)


def test_a_desk_whose_voter_is_gone_is_free_again() -> None:
    desk = after(offline(SUNITA, T0), *READY, E.RESERVED, E.RELEASED)
    assert (desk.state, desk.call_id) == (S.READY, None)


def test_joined_may_name_the_call_that_reserved_did_not() -> None:
    reserved = after(offline(SUNITA, T0), *READY, E.RESERVED, call_id=None)
    assert advance(reserved, E.JOINED, T0, call_id=CallId("call-2")).call_id == "call-2"


@pytest.mark.parametrize("asked", [E.PAUSED, E.LOGGED_OUT])
def test_pause_and_log_out_wait_until_the_wrap_up_is_done(asked: DeskEvent) -> None:
    talking = after(offline(SUNITA, T0), *TALKING, asked)
    assert talking.state is S.TALKING
    assert after(talking, E.PARTED).state is S.WRAP_UP
    done = after(talking, E.PARTED, E.WRAPPED_UP)
    assert done.state is (S.PAUSED if asked is E.PAUSED else S.OFFLINE)


def test_a_pause_asked_for_in_a_conversation_can_be_taken_back() -> None:
    desk = after(
        offline(SUNITA, T0), *TALKING, E.PAUSED, E.RESUMED, E.PARTED, E.WRAPPED_UP
    )
    assert (desk.state, desk.reason) == (S.READY, "")


def test_a_pause_keeps_its_reason_until_it_ends() -> None:
    paused = after(offline(SUNITA, T0), *READY, E.PAUSED)
    assert (paused.state, paused.reason) == (S.PAUSED, "चाय")
    assert after(paused, E.RESUMED).reason == ""


def test_a_pause_for_another_reason_is_a_new_state_to_whoever_watches() -> None:
    paused = after(offline(SUNITA, T0), *READY, E.PAUSED)
    again = advance(paused, E.PAUSED, T0 + timedelta(minutes=5), reason="प्रशिक्षण")
    assert (again.reason, again.since) == ("प्रशिक्षण", T0 + timedelta(minutes=5))


def test_what_changes_nothing_leaves_the_time_of_the_state_alone() -> None:
    talking = after(offline(SUNITA, T0), *TALKING)
    later = advance(talking, E.PAUSED, T0 + timedelta(minutes=9), reason="चाय")
    assert later.since == talking.since


def test_a_dead_leg_is_rung_again_and_the_desk_is_ready_again() -> None:
    lost = after(offline(SUNITA, T0), *READY, E.LEG_DOWN)
    assert (lost.state, lost.leg_id) == (S.RECONNECTING, None)
    back = after(lost, E.RUNG_AGAIN, E.LEG_UP)
    assert (back.state, back.leg_id) == (S.READY, "leg-1")


def test_a_leg_that_dies_in_a_conversation_leaves_the_wrap_up_owed() -> None:
    lost = after(offline(SUNITA, T0), *TALKING, E.LEG_DOWN, E.PARTED)
    assert (lost.state, lost.call_id) == (S.RECONNECTING, "call-1")
    back = after(lost, E.RUNG_AGAIN, E.LEG_UP)
    assert (back.state, back.call_id) == (S.WRAP_UP, "call-1")
    assert after(back, E.WRAPPED_UP).state is S.READY


def test_a_wrap_up_done_while_reconnecting_is_not_owed_any_more() -> None:
    lost = after(offline(SUNITA, T0), *TALKING, E.PARTED, E.LEG_DOWN, E.WRAPPED_UP)
    assert after(lost, E.RUNG_AGAIN, E.LEG_UP).state is S.READY


def test_a_release_that_comes_after_the_leg_died_keeps_the_call_of_the_wrap_up() -> (
    None
):
    lost = after(offline(SUNITA, T0), *TALKING, E.LEG_DOWN, E.RELEASED)
    assert lost.call_id == "call-1"


def test_a_leg_that_dies_in_a_pause_comes_back_paused_for_the_same_reason() -> None:
    lost = after(offline(SUNITA, T0), *READY, E.PAUSED, E.LEG_DOWN)
    back = after(lost, E.RUNG_AGAIN, E.LEG_UP)
    assert (back.state, back.reason) == (S.PAUSED, "चाय")


def test_a_leg_that_dies_while_reserved_gives_the_voter_up() -> None:
    lost = after(offline(SUNITA, T0), *READY, E.RESERVED, E.LEG_DOWN)
    assert (lost.state, lost.call_id) == (S.RECONNECTING, None)
    assert after(lost, E.RUNG_AGAIN, E.LEG_UP).state is S.READY


def test_who_asked_to_log_out_is_not_rung_again_when_the_leg_dies() -> None:
    lost = after(offline(SUNITA, T0), *TALKING, E.LOGGED_OUT, E.LEG_DOWN)
    assert lost.state is S.OFFLINE


def test_the_end_of_a_leg_that_was_replaced_is_refused() -> None:
    desk = after(offline(SUNITA, T0), *READY, E.LEG_DOWN, E.RUNG_AGAIN)
    with pytest.raises(UnexpectedEvent, match="not of this desk"):
        advance(desk, E.LEG_DOWN, T0, leg_id="leg-1")


def test_a_softphone_rung_often_enough_is_given_up() -> None:
    desk = after(offline(SUNITA, T0), *READY, E.LEG_DOWN, E.RUNG_AGAIN, E.GAVE_UP)
    assert (desk.state, desk.leg_id) == (S.OFFLINE, None)


def test_the_leg_hung_up_at_log_out_may_end_later() -> None:
    gone = after(offline(SUNITA, T0), *READY, E.LOGGED_OUT)
    assert advance(gone, E.LEG_DOWN, T0, leg_id="leg-1").state is S.OFFLINE
