"""Brings one voter and one telecaller together, or says that nobody is free."""

from __future__ import annotations

from datetime import timedelta

from ivr.controller.desk_session import DeskSession
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, Line
from ivr.controller.talks import Talks
from ivr.controller.telecaller_desk import Desks
from ivr.core.call import CallEvent, CallState
from ivr.core.flow_model import (
    ConnectTelecaller,
    FlowEvent,
    TelecallerTalked,
    TelecallerUnavailable,
)
from ivr.errors import CallerHungUp

AT_ONCE = timedelta(0)


class Connector:
    """Joins voters to desks; one instance serves every call."""

    def __init__(self, desks: Desks, talks: Talks, clock: Clock) -> None:
        self._desks = desks
        self._talks = talks
        self._clock = clock

    async def connect(
        self, live: LiveCall, line: Line, command: ConnectTelecaller
    ) -> FlowEvent:
        """Return how it went. Raises CallerHungUp."""
        live.apply(CallEvent.TELECALLER_WANTED, self._clock.now())
        session = await self._desks.reserve(live, AT_ONCE)
        if session is None:
            session = await self._wait(live, line, command.keep_s)
        if session is None:
            return self._nobody(live, tries_again=command.tries_again)
        return await self._join(live, line, session, command)

    async def _wait(
        self, live: LiveCall, line: Line, keep_s: float | None
    ) -> DeskSession | None:
        """Music, for as long as the campaign's patience lasts (2 s by law).

        Who was promised a telecaller by the gate is kept for `keep_s`.
        """
        await line.hold()
        patience = live.campaign.connect_patience
        if keep_s is not None:
            patience = timedelta(seconds=keep_s)
        session = await self._desks.reserve(live, patience)
        try:
            await line.unhold()
        except CallerHungUp:
            if session is not None:
                await self._desks.release(session, live.call.call_id)
            raise
        return session

    def _nobody(self, live: LiveCall, *, tries_again: bool) -> FlowEvent:
        if live.state is not CallState.WAITING:
            raise CallerHungUp
        event = CallEvent.KEPT if tries_again else CallEvent.NOBODY_FREE
        live.apply(event, self._clock.now())
        return TelecallerUnavailable()

    async def _join(
        self,
        live: LiveCall,
        line: Line,
        session: DeskSession,
        command: ConnectTelecaller,
    ) -> FlowEvent:
        # A hang-up in the bridge raises here: the desk is told by the switch's
        # events, and `Desks.call_ended` frees it if they were never joined.
        started = self._clock.now()
        was_served = await self._talks.run(live, line, session.telecaller.telecaller_id)
        if live.state is CallState.WAITING:
            await self._desks.release(session, live.call.call_id)
            return self._nobody(live, tries_again=command.tries_again)
        if not was_served:
            return TelecallerUnavailable()
        return TelecallerTalked((self._clock.now() - started).total_seconds())
