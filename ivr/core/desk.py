"""A telecaller's logged-in session, from log-in to log-out. Pure.

Every state a desk can be in, and every event that moves it, is in TRANSITIONS.
An event missing from the table is a bug or a lost race: `advance` raises, and
the caller (controller/telecaller_desk.py) logs it and keeps the desk as it was.

Four promises are kept across states: a pause or a log-out asked for during a
conversation happens after its wrap-up; a wrap-up that was cut short by a dead leg is
still owed when the leg is back; and a voter who waits for the leg has it first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ivr.core.model import CallId, CentreCode, DeskState, Telecaller, TelecallerId
from ivr.errors import UnexpectedEvent


class DeskEvent(StrEnum):
    LOGGED_IN = "logged_in"  # their softphone is to be rung; fact: leg_id
    RUNG_AGAIN = "rung_again"  # a new leg replaces the dead one; fact: leg_id
    LEG_UP = "leg_up"  # the softphone answered and is parked
    LEG_DOWN = "leg_down"
    GAVE_UP = "gave_up"  # the softphone was rung often enough
    RESERVED = "reserved"  # promised to a voter; fact: call_id
    RELEASED = "released"  # the voter is gone before they were joined
    JOINED = "joined"
    HELD = "held"  # their voter is put on hold
    CONSULTED = "consulted"  # their voter is put on hold for a talk with a partner
    AWAITED = "awaited"  # their leg died, and their voter waits for it
    PARTED = "parted"  # the voter is gone, or somebody else's
    WRAPPED_UP = "wrapped_up"  # by the telecaller, or the time was over
    PAUSED = "paused"  # fact: reason
    RESUMED = "resumed"
    LOGGED_OUT = "logged_out"


S, E = DeskState, DeskEvent
TRANSITIONS: dict[tuple[DeskState, DeskEvent], DeskState] = {
    (S.OFFLINE, E.LOGGED_IN): S.CALLING,
    (S.OFFLINE, E.LEG_DOWN): S.OFFLINE,  # the leg we hung up at log-out
    (S.CALLING, E.LEG_UP): S.READY,
    (S.CALLING, E.LEG_DOWN): S.OFFLINE,  # busy, declined, or no such softphone
    (S.CALLING, E.GAVE_UP): S.OFFLINE,
    (S.CALLING, E.PAUSED): S.CALLING,
    (S.CALLING, E.RESUMED): S.CALLING,
    (S.CALLING, E.LOGGED_OUT): S.OFFLINE,
    (S.READY, E.RESERVED): S.RESERVED,
    (S.READY, E.PAUSED): S.PAUSED,
    (S.READY, E.LEG_DOWN): S.RECONNECTING,
    (S.READY, E.LOGGED_OUT): S.OFFLINE,
    (S.RESERVED, E.JOINED): S.TALKING,
    (S.RESERVED, E.RELEASED): S.READY,
    (S.RESERVED, E.LEG_DOWN): S.RECONNECTING,  # the voter needs another desk
    (S.RESERVED, E.PAUSED): S.RESERVED,  # after the wrap-up
    (S.RESERVED, E.RESUMED): S.RESERVED,
    (S.RESERVED, E.LOGGED_OUT): S.RESERVED,  # after the wrap-up
    (S.TALKING, E.JOINED): S.TALKING,  # joined anew: of three, one has left
    (S.TALKING, E.HELD): S.HOLDING,
    (S.TALKING, E.CONSULTED): S.CONSULTING,
    (S.TALKING, E.PARTED): S.WRAP_UP,
    (S.TALKING, E.LEG_DOWN): S.RECONNECTING,
    (S.TALKING, E.PAUSED): S.TALKING,
    (S.TALKING, E.RESUMED): S.TALKING,
    (S.TALKING, E.LOGGED_OUT): S.TALKING,
    (S.HOLDING, E.JOINED): S.TALKING,
    (S.HOLDING, E.CONSULTED): S.CONSULTING,
    (S.HOLDING, E.PARTED): S.WRAP_UP,
    (S.HOLDING, E.LEG_DOWN): S.RECONNECTING,
    (S.HOLDING, E.PAUSED): S.HOLDING,
    (S.HOLDING, E.RESUMED): S.HOLDING,
    (S.HOLDING, E.LOGGED_OUT): S.HOLDING,
    (S.CONSULTING, E.JOINED): S.TALKING,
    (S.CONSULTING, E.PARTED): S.WRAP_UP,
    (S.CONSULTING, E.LEG_DOWN): S.RECONNECTING,
    (S.CONSULTING, E.PAUSED): S.CONSULTING,
    (S.CONSULTING, E.RESUMED): S.CONSULTING,
    (S.CONSULTING, E.LOGGED_OUT): S.CONSULTING,
    (S.WRAP_UP, E.WRAPPED_UP): S.READY,
    (S.WRAP_UP, E.PAUSED): S.WRAP_UP,
    (S.WRAP_UP, E.RESUMED): S.WRAP_UP,
    (S.WRAP_UP, E.LEG_DOWN): S.RECONNECTING,
    (S.WRAP_UP, E.LOGGED_OUT): S.OFFLINE,
    (S.PAUSED, E.RESUMED): S.READY,
    (S.PAUSED, E.PAUSED): S.PAUSED,  # another reason
    (S.PAUSED, E.LEG_DOWN): S.RECONNECTING,
    (S.PAUSED, E.LOGGED_OUT): S.OFFLINE,
    (S.RECONNECTING, E.RUNG_AGAIN): S.RECONNECTING,
    (S.RECONNECTING, E.LEG_UP): S.READY,
    (S.RECONNECTING, E.LEG_DOWN): S.RECONNECTING,  # that ring failed too
    (S.RECONNECTING, E.GAVE_UP): S.OFFLINE,
    (S.RECONNECTING, E.AWAITED): S.RECONNECTING,
    (S.RECONNECTING, E.PARTED): S.RECONNECTING,  # comes after the leg's end
    (S.RECONNECTING, E.RELEASED): S.RECONNECTING,
    (S.RECONNECTING, E.WRAPPED_UP): S.RECONNECTING,
    (S.RECONNECTING, E.PAUSED): S.RECONNECTING,
    (S.RECONNECTING, E.RESUMED): S.RECONNECTING,
    (S.RECONNECTING, E.LOGGED_OUT): S.OFFLINE,
}

# While these last, a voter is being served: pause and log-out have to wait.
IN_TALK = frozenset({S.TALKING, S.HOLDING, S.CONSULTING})
SERVING = IN_TALK | {S.RESERVED}
WITH_LEG = SERVING | {S.READY, S.WRAP_UP, S.PAUSED}


@dataclass(frozen=True, slots=True)
class Desk:
    """One telecaller's session. Times are UTC."""

    telecaller_id: TelecallerId
    centre: CentreCode
    since: datetime  # when the present state began
    state: DeskState = DeskState.OFFLINE
    languages: tuple[str, ...] = ("hi",)
    skills: tuple[str, ...] = ()
    reason: str = ""  # of the pause, present or to come
    leg_id: str | None = None
    call_id: CallId | None = None  # reserved for, talking to, or noting about
    pause_after_wrap_up: bool = False
    log_out_after_wrap_up: bool = False
    owes_wrap_up: bool = False  # the leg died in a conversation or its wrap-up
    is_awaited: bool = False  # the leg died, and its voter waits for it


def offline(telecaller: Telecaller, at: datetime) -> Desk:
    """Return the desk of a telecaller who has not logged in."""
    return Desk(
        telecaller_id=telecaller.telecaller_id,
        centre=telecaller.centre,
        languages=telecaller.languages,
        skills=telecaller.skills,
        since=at,
    )


def found(
    telecaller: Telecaller,
    leg_id: str,
    at: datetime,
    *,
    state: DeskState,
    reason: str = "",
    call_id: CallId | None = None,
    talks_with: CallId | None = None,
) -> Desk | None:
    """Return the desk of a telecaller whose leg outlived the controller.

    `state`, `reason` and `call_id` are what was kept of it last, `talks_with` is who is
    joined to the leg now. None: they had logged out, and the leg is nobody's.
    """
    if state is S.OFFLINE:
        return None
    desk = replace(offline(telecaller, at), leg_id=leg_id)
    if talks_with is not None:
        return replace(desk, state=S.TALKING, call_id=talks_with)
    if state in IN_TALK | {S.WRAP_UP}:
        return replace(desk, state=S.WRAP_UP, call_id=call_id)
    if state is S.PAUSED:
        return replace(desk, state=S.PAUSED, reason=reason)
    return replace(desk, state=S.READY)


def advance(
    desk: Desk,
    event: DeskEvent,
    at: datetime,
    *,
    leg_id: str | None = None,
    call_id: CallId | None = None,
    reason: str = "",
) -> Desk:
    """Return the desk after `event`. Raises UnexpectedEvent, changing nothing.

    A LEG_DOWN that names another leg than the desk's own is refused too: it is
    the late end of a leg that has already been replaced.
    """
    try:
        state = TRANSITIONS[desk.state, event]
    except KeyError:
        raise UnexpectedEvent(f"{event} while the desk is {desk.state}") from None
    stale = leg_id and desk.leg_id and leg_id != desk.leg_id
    if event is E.LEG_DOWN and stale:
        raise UnexpectedEvent(f"{event} of leg {leg_id}, not of this desk")
    noted = _note(desk, event, leg_id=leg_id, call_id=call_id, reason=reason)
    settled = _settle(replace(noted, state=state))
    repaused = event is E.PAUSED and settled.state is S.PAUSED
    moved = settled.state is not desk.state or repaused
    return replace(settled, since=at if moved else desk.since)


def _note(
    desk: Desk,
    event: DeskEvent,
    *,
    leg_id: str | None,
    call_id: CallId | None,
    reason: str,
) -> Desk:
    """Keep the facts that came with the event, and what it asks for later."""
    match event:
        case E.LOGGED_IN | E.RUNG_AGAIN | E.LEG_UP:
            return replace(desk, leg_id=leg_id or desk.leg_id)
        case E.LEG_DOWN:
            return _without_leg(desk)
        case E.RESERVED:
            return replace(desk, call_id=call_id)
        case E.JOINED:
            return replace(desk, call_id=call_id or desk.call_id, owes_wrap_up=False)
        case E.AWAITED:
            return replace(desk, call_id=call_id or desk.call_id, is_awaited=True)
        case E.RELEASED:
            owed = desk.call_id if desk.owes_wrap_up else None
            return replace(desk, call_id=owed, is_awaited=False)
        case E.WRAPPED_UP:
            return replace(desk, call_id=None, owes_wrap_up=False)
        case E.PAUSED:
            return replace(desk, pause_after_wrap_up=True, reason=reason)
        case E.RESUMED:
            return replace(desk, pause_after_wrap_up=False, reason="")
        case E.LOGGED_OUT:
            return replace(desk, log_out_after_wrap_up=True)
        case E.PARTED | E.GAVE_UP | E.HELD | E.CONSULTED:
            return desk


def _without_leg(desk: Desk) -> Desk:
    """Return the desk without its leg, remembering what it was in the middle of."""
    owes = desk.owes_wrap_up or desk.state in IN_TALK | {S.WRAP_UP}
    return replace(
        desk,
        leg_id=None,
        owes_wrap_up=owes,
        call_id=desk.call_id if owes else None,
        pause_after_wrap_up=desk.pause_after_wrap_up or desk.state is S.PAUSED,
    )


def _settle(desk: Desk) -> Desk:
    """Carry out what was put off, now that nobody is being served."""
    if desk.state is S.READY and desk.is_awaited:
        return replace(desk, state=S.RESERVED, is_awaited=False)
    if desk.state is S.READY and desk.owes_wrap_up:
        return replace(desk, state=S.WRAP_UP, owes_wrap_up=False)
    is_free = desk.state is S.READY or (
        desk.state is S.RECONNECTING and not desk.is_awaited
    )
    if is_free and desk.log_out_after_wrap_up:
        desk = replace(desk, state=S.OFFLINE)
    if desk.state is S.OFFLINE:
        return Desk(
            telecaller_id=desk.telecaller_id,
            centre=desk.centre,
            languages=desk.languages,
            skills=desk.skills,
            since=desk.since,
        )
    if desk.state in {S.READY, S.PAUSED} and desk.pause_after_wrap_up:
        return replace(desk, state=S.PAUSED, pause_after_wrap_up=False)
    return desk
