"""Watches calls and desks on a steady clock: ages, and what became of each.

Times in `Call` and `Desk` are the wall clock's, which may be set. Pacing counts in
ages, so it has a clock of its own that nobody sets. Decides nothing: each fact is
told once, to whoever learns from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from ivr.controller.desk_session import DeskSession
from ivr.controller.live_call import LiveCall
from ivr.core.desk import IN_TALK, Desk
from ivr.core.model import CampaignId, DeskState, Disposition
from ivr.core.pacer import Fact, Told

log = structlog.get_logger(__name__)

# Others were ended by us, or never left the building: they tell nothing.
_UNANSWERED_AS = {
    Disposition.BUSY: Told.BUSY,
    Disposition.NO_ANSWER: Told.NO_ANSWER,
    Disposition.UNREACHABLE: Told.FAILED,
    Disposition.REJECTED: Told.FAILED,
    Disposition.INVALID_NUMBER: Told.FAILED,
    Disposition.CONGESTION: Told.FAILED,
}


@dataclass(slots=True)
class _Call:
    placed_s: float
    is_answered: bool = False
    is_wanted: bool = False
    wanted_s: float = 0.0
    is_fate_known: bool = False


@dataclass(slots=True)
class _Desk:
    state: DeskState
    since_s: float
    campaign_id: CampaignId | None = None


class Watch:
    """Looks at every call and desk, some times a second. One for a controller."""

    def __init__(self, tell: Callable[[Fact], None]) -> None:
        self._tell = tell
        self._calls: dict[str, _Call] = {}
        self._desks: dict[str, _Desk] = {}
        self.unknown = 0  # ends of calls that were never seen

    def placed(self, call_id: str, now_s: float) -> None:
        self._calls.setdefault(call_id, _Call(now_s))

    def look(
        self, calls: Iterable[LiveCall], desks: Iterable[DeskSession], now_s: float
    ) -> None:
        live = {one.call.call_id: one for one in calls}
        for gone in self._calls.keys() - live.keys():
            del self._calls[gone]
        for call_id, one in live.items():
            self._look_at_call(
                one, self._calls.setdefault(call_id, _Call(now_s)), now_s
            )
        for session in desks:
            self._look_at_desk(session, now_s)

    def ringing_s(self, live: LiveCall, now_s: float) -> float:
        """Return how long ago the call was placed; 0 for one not seen yet."""
        seen = self._calls.get(live.call.call_id)
        return max(0.0, now_s - seen.placed_s) if seen else 0.0

    def desk_s(self, desk: Desk, now_s: float) -> float:
        """Return how long the desk has been in its state; 0 if that is new to us."""
        seen = self._desks.get(desk.telecaller_id)
        if seen is None or seen.state is not desk.state:
            return 0.0
        return max(0.0, now_s - seen.since_s)

    def serves(self, desk: Desk) -> CampaignId | None:
        """Return whose call the desk has, or had last."""
        seen = self._desks.get(desk.telecaller_id)
        return seen.campaign_id if seen else None

    def ended(self, live: LiveCall, disposition: Disposition, now_s: float) -> None:
        """Take the end of a call; one that was never seen teaches nothing."""
        seen = self._calls.pop(live.call.call_id, None)
        if seen is None:
            self.unknown += 1
            log.debug("An outcome of an unknown call", call_id=live.call.call_id)
            return
        self._look_at_call(live, seen, now_s)
        if live.call.answered_at is None:
            told = _UNANSWERED_AS.get(disposition)
            if told is not None:
                self._say(live, told, now_s - seen.placed_s, now_s)
            return
        if not seen.is_wanted:
            self._say(live, Told.NOT_WANTED, 0.0, now_s)
        # Voicemail, perhaps: the law counts people (see core.abandonment).
        if not seen.is_fate_known and disposition is not Disposition.SILENT:
            self._say(live, Told.CONNECTED, 0.0, now_s)

    def _look_at_call(self, live: LiveCall, seen: _Call, now_s: float) -> None:
        call = live.call
        if not seen.is_answered and call.answered_at is not None:
            seen.is_answered = True
            self._say(live, Told.ANSWERED, now_s - seen.placed_s, now_s)
        if not seen.is_wanted and call.wanted_at is not None:
            seen.is_wanted, seen.wanted_s = True, now_s
            self._say(live, Told.WANTED, 0.0, now_s)
        if not seen.is_fate_known and (call.abandoned or call.joined_at is not None):
            seen.is_fate_known = True
            told = Told.ABANDONED if call.abandoned else Told.CONNECTED
            self._say(live, told, 0.0, now_s)
            if seen.is_wanted:
                told = Told.MISSED if call.abandoned else Told.SERVED
                self._say(live, told, now_s - seen.wanted_s, now_s)

    def _look_at_desk(self, session: DeskSession, now_s: float) -> None:
        desk, talk = session.desk, session.talk_call
        seen = self._desks.setdefault(desk.telecaller_id, _Desk(desk.state, now_s))
        # On hold or with a partner, it is still the same talk.
        state = DeskState.TALKING if desk.state in IN_TALK else desk.state
        if state is not seen.state:
            self._desk_left(seen, state, now_s)
            seen.state, seen.since_s = state, now_s
        if talk is not None:
            seen.campaign_id = talk.campaign.campaign_id

    def _desk_left(self, seen: _Desk, into: DeskState, now_s: float) -> None:
        if seen.campaign_id is None:
            return
        told = None
        if seen.state is DeskState.TALKING:
            told = Told.TALK_OVER
        elif seen.state is DeskState.WRAP_UP and into in _DONE:
            told = Told.WRAP_UP_OVER
        if told is not None:
            age_s = max(0.0, now_s - seen.since_s)
            self._tell(Fact(seen.campaign_id, told, age_s, now_s))

    def _say(self, live: LiveCall, told: Told, seconds: float, now_s: float) -> None:
        campaign_id = live.campaign.campaign_id
        self._tell(Fact(campaign_id, told, max(0.0, seconds), now_s))


# A wrap-up cut short by a dead softphone was no wrap-up.
_DONE = frozenset({DeskState.READY, DeskState.RESERVED, DeskState.PAUSED})
