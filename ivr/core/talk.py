"""One voter's talk: who is with them, who is to come, and what follows. Pure.

A talk begins when a voter and a telecaller are joined and ends when the voter goes on
in the flow or hangs up. In between the voter may be on hold, be handed on, talk with
two at once, or lose their telecaller to a bad line. Every state and every event that
moves it is in TRANSITIONS; an event missing from the table raises and changes nothing.

In no state is the voter in silence: in those of WITH_VOICE somebody is joined to
them, in all others they hear music. How that is done is the controller's affair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from ivr.errors import UnexpectedEvent

# Who takes part beside the voter: a telecaller's id, or an outside leg's.
PartyId = NewType("PartyId", str)

BACK_WITHIN_S = 10.0  # so long the voter waits for a telecaller whose leg died


class TalkState(StrEnum):
    JOINED = "joined"  # the voter and one party hear each other
    ON_HOLD = "on_hold"  # music; the party comes back
    RINGING = "ringing"  # music; the party waits for a partner
    HANDED_OVER = "handed_over"  # music; the party has left, the partner is to come
    CONSULTING = "consulting"  # music; party and partner hear each other
    TOGETHER = "together"  # all three hear each other
    LOST = "lost"  # a word, then music: the telecaller's leg died
    SEEKING = "seeking"  # music; any other telecaller is looked for
    OVER = "over"  # the voter goes on in the flow
    UNSERVED = "unserved"  # the same, but they were to have somebody


class TalkEvent(StrEnum):
    HELD = "held"
    TAKEN_BACK = "taken_back"  # the telecaller wants the voter, and no partner
    PARTNER_ASKED = "partner_asked"  # fact: the partner
    PARTNER_CAME = "partner_came"
    PARTNER_LEFT = "partner_left"  # did not come, declined, hung up
    HANDED = "handed"  # the telecaller leaves the voter to the partner
    BROUGHT_TOGETHER = "brought_together"
    LEFT = "left"  # the party's leg died, or they hung up
    CAME_BACK = "came_back"  # the leg is there again
    GIVEN_UP = "given_up"  # it is not, in time
    FOUND = "found"  # another telecaller; fact: the party
    NOBODY = "nobody"
    ENDED = "ended"  # nobody parted them, and they are parted


S, E = TalkState, TalkEvent
TRANSITIONS: dict[tuple[TalkState, TalkEvent], TalkState] = {
    (S.JOINED, E.HELD): S.ON_HOLD,
    (S.JOINED, E.PARTNER_ASKED): S.RINGING,
    (S.JOINED, E.LEFT): S.LOST,
    (S.JOINED, E.ENDED): S.OVER,
    (S.ON_HOLD, E.TAKEN_BACK): S.JOINED,
    (S.ON_HOLD, E.PARTNER_ASKED): S.RINGING,
    (S.ON_HOLD, E.LEFT): S.LOST,
    (S.RINGING, E.PARTNER_CAME): S.CONSULTING,
    (S.RINGING, E.PARTNER_LEFT): S.JOINED,
    (S.RINGING, E.TAKEN_BACK): S.JOINED,
    (S.RINGING, E.HANDED): S.HANDED_OVER,
    (S.RINGING, E.LEFT): S.HANDED_OVER,
    (S.HANDED_OVER, E.PARTNER_CAME): S.JOINED,
    (S.HANDED_OVER, E.PARTNER_LEFT): S.SEEKING,
    (S.CONSULTING, E.PARTNER_LEFT): S.JOINED,
    (S.CONSULTING, E.TAKEN_BACK): S.JOINED,
    (S.CONSULTING, E.HANDED): S.JOINED,
    (S.CONSULTING, E.LEFT): S.JOINED,
    (S.CONSULTING, E.BROUGHT_TOGETHER): S.TOGETHER,
    (S.TOGETHER, E.PARTNER_LEFT): S.JOINED,
    (S.TOGETHER, E.TAKEN_BACK): S.JOINED,
    (S.TOGETHER, E.HANDED): S.JOINED,
    (S.TOGETHER, E.LEFT): S.JOINED,
    (S.TOGETHER, E.ENDED): S.OVER,
    (S.LOST, E.CAME_BACK): S.JOINED,
    (S.LOST, E.GIVEN_UP): S.SEEKING,
    (S.SEEKING, E.FOUND): S.JOINED,
    (S.SEEKING, E.NOBODY): S.UNSERVED,
}

WITH_VOICE = frozenset({S.JOINED, S.TOGETHER})
FINISHED = frozenset({S.OVER, S.UNSERVED})
# After these the partner, if they are still there, is whom the voter is with.
_PARTNER_TAKES = frozenset({E.HANDED, E.LEFT})
_PARTNER_GOES = frozenset({E.TAKEN_BACK, E.PARTNER_LEFT})


@dataclass(frozen=True, slots=True)
class Talk:
    """Who is with the voter. `party` serves them; `partner` was asked to help."""

    party: PartyId | None
    party_is_outside: bool = False  # no telecaller: nobody waits for their return
    state: TalkState = TalkState.JOINED
    partner: PartyId | None = None
    partner_is_outside: bool = False
    is_cold: bool = False  # the partner has the voter as soon as they are there


def advance(
    talk: Talk,
    event: TalkEvent,
    *,
    who: PartyId | None = None,
    is_outside: bool = False,
    is_cold: bool = False,
) -> Talk:
    """Return the talk after `event`. Raises UnexpectedEvent, changing nothing.

    `who`, `is_outside` and `is_cold` come with PARTNER_ASKED, `who` with FOUND.
    """
    try:
        state = TRANSITIONS[talk.state, event]
    except KeyError:
        raise UnexpectedEvent(f"{event} while the talk is {talk.state}") from None
    moved = replace(talk, state=state)
    match event:
        case E.PARTNER_ASKED:
            return replace(
                moved, partner=who, partner_is_outside=is_outside, is_cold=is_cold
            )
        case E.FOUND:
            return replace(moved, party=who)
    if event in _PARTNER_GOES:
        moved = _without_partner(moved)
    elif event in _PARTNER_TAKES and state is S.HANDED_OVER:
        moved = replace(moved, party=None)
    elif event in _PARTNER_TAKES and moved.partner is not None:
        moved = _to_partner(moved)
    elif event is E.PARTNER_CAME and state is S.JOINED:
        moved = _to_partner(moved)
    elif event is E.LEFT and talk.party_is_outside:
        moved = replace(moved, state=S.OVER)  # they hung up: that was the talk
    elif event is E.GIVEN_UP:
        moved = replace(moved, party=None)
    return moved


def _without_partner(talk: Talk) -> Talk:
    return replace(talk, partner=None, partner_is_outside=False, is_cold=False)


def _to_partner(talk: Talk) -> Talk:
    to = replace(talk, party=talk.partner, party_is_outside=talk.partner_is_outside)
    return _without_partner(to)
