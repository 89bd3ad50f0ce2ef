"""Voters who wait for a desk, and desks promised to those who are being called.

core.routing says who gets which desk; here its delays are waited for. Steady times
are the event loop's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from ivr.controller.desk_session import DeskSession
from ivr.controller.desk_states import DeskStates
from ivr.controller.live_call import LiveCall
from ivr.core.desk import DeskEvent
from ivr.core.model import CallId, Campaign, Centre, CentreCode, DeskState, Due
from ivr.core.routing import (
    ChanceFree,
    Voter,
    assign,
    opens_in_s,
    pick,
    promise_lasts,
    turn_of,
)

log = structlog.get_logger(__name__)

JUST_AFTER_S = 0.001  # a level opens: not to look a moment too early


@dataclass(slots=True)
class _Waiting:
    live: LiveCall
    since_s: float
    desk: asyncio.Future[DeskSession]
    timer: asyncio.TimerHandle | None = None

    def voter(self, now_s: float) -> Voter:
        live = self.live
        return Voter(
            live.due.contact,
            live.campaign,
            now_s - self.since_s,
            turn_of(live.due),
            live.asked_by,
        )


class DeskQueue:
    """All who wait, whatever their campaign."""

    def __init__(
        self,
        states: DeskStates,
        tree: Mapping[CentreCode, Centre],
        chance_free: ChanceFree | None,
    ) -> None:
        self._states = states
        self._tree = tree
        self._chance_free = chance_free
        self._waiting: list[_Waiting] = []

    def count(self) -> int:
        return len(self._waiting)

    # Those who wait

    async def reserve(self, live: LiveCall, patience: timedelta) -> DeskSession | None:
        """Return a desk promised to this voter, or None when `patience` is over.

        End with `release` unless Joined follows.
        """
        promised = self.promised_to(live.call.call_id)
        if promised is not None:
            self._states.no_timer(promised)  # no longer a promise: taken
            return promised
        loop = asyncio.get_running_loop()
        waiting = _Waiting(live, loop.time(), loop.create_future())
        self._waiting.append(waiting)
        self.match()
        ended = asyncio.create_task(live.ended.wait())
        both: list[asyncio.Future[Any]] = [waiting.desk, ended]
        try:
            self._look_again(waiting)
            await asyncio.wait(
                both,
                timeout=patience.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            ended.cancel()
            self._leaves(waiting)
        if not waiting.desk.done():
            waiting.desk.cancel()
            return None
        return waiting.desk.result()

    def match(self) -> None:
        """Give free desks to those who wait, as core.routing assigns them."""
        desks = self._states.desks()
        if not (self._waiting and any(d.state is DeskState.READY for d in desks)):
            return  # often: each of those who wait looks again at each level
        now_s = asyncio.get_running_loop().time()
        voters = [one.voter(now_s) for one in self._waiting]
        found = assign(voters, desks, self._tree, self._chance_free)
        taken = [(self._waiting[index], desk) for index, desk in found]
        for waiting, desk in taken:
            session = self._states.session(desk.telecaller_id)
            self.take(session, waiting.live)
            self._leaves(waiting)
            waiting.desk.set_result(session)

    def _look_again(self, waiting: _Waiting) -> None:
        """Come back when a farther level opens for who waits."""
        if waiting not in self._waiting:
            return
        loop = asyncio.get_running_loop()
        opens_s = opens_in_s(waiting.voter(loop.time()))
        if opens_s is not None:
            waiting.timer = loop.call_later(
                opens_s + JUST_AFTER_S, self._level_opens, waiting
            )

    def _level_opens(self, waiting: _Waiting) -> None:
        self.match()
        self._look_again(waiting)

    def _leaves(self, waiting: _Waiting) -> None:
        if waiting.timer is not None:
            waiting.timer.cancel()
        if waiting in self._waiting:
            self._waiting.remove(waiting)

    def take(self, session: DeskSession, live: LiveCall) -> None:
        """Promise a ready desk to a voter."""
        self._states.reserve(session, live.call.call_id)
        session.talk_call = live
        session.wrap_up = live.campaign.wrap_up

    # Those for whom a desk is kept while they are called

    def promise(self, due: Due, campaign: Campaign, call_id: CallId) -> bool:
        """Reserve a desk for a person about to be called; False: none is free.

        It stays theirs until their call is over, or for `promise_lasts`.
        """
        desk = pick(self._states.desks(), due.contact, campaign, self._tree)
        if desk is None:
            return False
        session = self._states.session(desk.telecaller_id)
        self._states.reserve(session, call_id)
        session.wrap_up = campaign.wrap_up
        self._states.after(
            session, promise_lasts(campaign), lambda: self._expires(session, call_id)
        )
        return True

    def is_called(self, live: LiveCall) -> None:
        """The call for which a desk was promised is out: show whom to expect."""
        session = self.promised_to(live.call.call_id)
        if session is not None:
            session.talk_call = live

    async def _expires(self, session: DeskSession, call_id: CallId) -> None:
        log.info("A promised desk is free again", call_id=call_id)
        await self.release(session, call_id)

    def promised_to(self, call_id: CallId) -> DeskSession | None:
        """Return the session whose desk is reserved for the call."""
        for session in self._states.sessions():
            if _is_for(session, call_id):
                return session
        return None

    # Freed again

    async def release(self, session: DeskSession, call_id: CallId) -> None:
        """The voter was not joined after all: the desk is free again."""
        if _is_for(session, call_id):
            session.talk_call = None
            await self._states.move(session, DeskEvent.RELEASED)

    async def call_ended(self, call_id: CallId) -> None:
        """The voter's call is over: free the desk that was promised to them."""
        for session in self._states.sessions():
            await self.release(session, call_id)


def _is_for(session: DeskSession, call_id: CallId) -> bool:
    desk = session.desk
    return desk.state is DeskState.RESERVED and desk.call_id == call_id
