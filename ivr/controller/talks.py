"""The voter's side of every talk: joined, with music in between, never in silence.

One task per voter: their line's own. It does what core.talk's present state says and
looks again when that has changed; what changes it is in talk_control.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from ivr.controller.live_call import LiveCall
from ivr.controller.live_talk import LiveTalk
from ivr.controller.ports import Clock, Line
from ivr.controller.talk_control import TalkControl
from ivr.core.call import CallEvent, CallState
from ivr.core.model import TelecallerId
from ivr.core.talk import (
    BACK_WITHIN_S,
    FINISHED,
    WITH_VOICE,
    PartyId,
    Talk,
    TalkEvent,
    TalkState,
)
from ivr.errors import CallerHungUp

log = structlog.get_logger(__name__)

SETTLE_S = 1.0  # the manager's events may trail the voter's own line
LONGEST_S = 900.0  # of music; then the voter is given back
STAY_ON = "connecting"  # the sentence for who has lost their telecaller
# What follows when a voter has heard music for that long.
TOO_LONG = {
    TalkState.ON_HOLD: TalkEvent.TAKEN_BACK,
    TalkState.RINGING: TalkEvent.TAKEN_BACK,
    TalkState.CONSULTING: TalkEvent.TAKEN_BACK,
    TalkState.HANDED_OVER: TalkEvent.PARTNER_LEFT,
    TalkState.LOST: TalkEvent.GIVEN_UP,
}


class Talks:
    """Walks voters through their talks. One instance serves every call."""

    def __init__(self, control: TalkControl, clock: Clock) -> None:
        self._control = control
        self._clock = clock

    async def run(self, live: LiveCall, line: Line, telecaller: TelecallerId) -> bool:
        """Return at the talk's end; False: the voter was to have somebody and had not.

        Raises CallerHungUp.
        """
        it = live.talk = LiveTalk(Talk(PartyId(telecaller)))
        self._control.begins(live)
        try:
            while it.talk.state not in FINISHED:
                if it.talk.state in WITH_VOICE:
                    await self._speak(live, line, it)
                else:
                    await self._music(live, line, it)
            return it.talk.state is TalkState.OVER
        finally:
            await self._control.ends(live)

    async def _speak(self, live: LiveCall, line: Line, it: LiveTalk) -> None:
        seen = it.version
        leg_id = self._control.leg_of(it.talk.party)
        if leg_id is not None and await line.join(leg_id):
            await self._settle(live)
        if it.version == seen and live.state is not CallState.WAITING:
            # Nobody called the telecaller back: their leg's end is to be told yet.
            await self._changed(live, it, seen, SETTLE_S)
        if it.version == seen:
            it.apply(TalkEvent.ENDED)

    async def _settle(self, live: LiveCall) -> None:
        """Wait until Joined and Parted have gone through the call's own task."""
        while live.state in (CallState.WAITING, CallState.TALKING):
            live.moved.clear()
            if not await self._first(SETTLE_S, live.moved.wait()):
                return

    async def _music(self, live: LiveCall, line: Line, it: LiveTalk) -> None:
        """Music, until somebody is to be joined or the talk is over."""
        if live.state in (CallState.IN_FLOW, CallState.TALKING):
            live.apply(CallEvent.HELD, self._clock.now())
        plays, told = False, False
        while it.talk.state not in WITH_VOICE | FINISHED:
            self._still_there(live)
            if it.talk.state is TalkState.LOST and not told:
                if plays:
                    await line.unhold()
                plays, told = False, True
                await line.say(STAY_ON, live.due.contact.language)
                continue
            if not plays:
                await line.hold()
                plays = True
            await self._wait(live, it)
        if plays:
            await line.unhold()
        if it.talk.state is TalkState.UNSERVED and live.state is CallState.HELD:
            live.apply(CallEvent.LOST, self._clock.now())

    async def _wait(self, live: LiveCall, it: LiveTalk) -> None:
        if it.talk.state is TalkState.SEEKING:
            await self._control.seek(live)
            return
        state, seen = it.talk.state, it.version
        at_most_s = LONGEST_S
        if state is TalkState.LOST:
            since_s = self._clock.steady_s() - it.lost_s
            at_most_s = max(0.0, BACK_WITHIN_S - since_s)
        await self._changed(live, it, seen, at_most_s)
        if it.version == seen:
            await self._control.do(live, TOO_LONG[state])

    async def _changed(
        self, live: LiveCall, it: LiveTalk, seen: int, at_most_s: float
    ) -> None:
        """Wait for the next event of the talk. Raises CallerHungUp."""
        it.changed.clear()
        if it.version != seen:
            return
        await self._first(at_most_s, it.changed.wait(), live.ended.wait())
        self._still_there(live)

    async def _first(self, at_most_s: float, *events: Coroutine[Any, Any, Any]) -> bool:
        """Return when one of the events is there; False: none was, in that time."""
        waits = [asyncio.ensure_future(one) for one in events]
        late = asyncio.ensure_future(self._clock.sleep(at_most_s))
        try:
            await asyncio.wait([*waits, late], return_when=asyncio.FIRST_COMPLETED)
            return any(one.done() for one in waits)
        finally:
            for one in (*waits, late):
                one.cancel()

    def _still_there(self, live: LiveCall) -> None:
        if live.state is CallState.ENDED:
            raise CallerHungUp
