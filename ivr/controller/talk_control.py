"""What telecallers, partners and bad lines do to a talk, and what that does to legs.

core.talk says what an event means; here the legs and desks follow it. The voter's own
task (talks.py) sees the talk's new state and joins or holds them accordingly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from ivr.controller.desk_session import DeskSession
from ivr.controller.live_call import LiveCall
from ivr.controller.live_talk import LiveTalk
from ivr.controller.outside import OutsideLegs
from ivr.controller.ports import Clock, Switch
from ivr.controller.telecaller_desk import Desks
from ivr.core.call import CallState
from ivr.core.desk import IN_TALK
from ivr.core.model import CallId, TelecallerId
from ivr.core.talk import PartyId, Talk, TalkEvent, TalkState
from ivr.errors import CallerHungUp, SwitchGone, UnexpectedEvent

log = structlog.get_logger(__name__)

E, S = TalkEvent, TalkState


class TalkControl:
    """Moves talks by core.talk, and carries out what follows."""

    def __init__(
        self, desks: Desks, outside: OutsideLegs, switch: Switch, clock: Clock
    ) -> None:
        self._desks = desks
        self._outside = outside
        self._switch = switch
        self._clock = clock
        self._talks: dict[CallId, LiveCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # Not awaited by who tells it: they have the next event to take.
        outside.on_up = lambda party: self._spawn(self._came(party))
        outside.on_down = lambda party: self._spawn(self._left(party))
        outside.has_talk = lambda party: self.talk_of(party) is not None
        desks.on_party_left = lambda party: self._spawn(self._left(party))
        desks.on_party_back = lambda party: self._spawn(self._came_back(party))
        desks.stays = self._stays
        desks.partners_on = outside.count

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if failure is not None:  # nobody awaits it: not to be lost in silence
            log.error("A talk's step failed", exc_info=failure)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def begins(self, live: LiveCall) -> None:
        self._talks[live.call.call_id] = live

    async def ends(self, live: LiveCall) -> None:
        """The talk is over: free everybody who is still kept for this voter."""
        self._talks.pop(live.call.call_id, None)
        it, live.talk = live.talk, None
        assert it is not None
        if it.talk.state is S.CONSULTING:
            await self.park(it.talk.party)
        for party in (it.talk.party, it.talk.partner):
            if party is not None:
                await self._free(live, party)

    async def _free(self, live: LiveCall, party: PartyId) -> None:
        if self._outside.has(party):
            await self._outside.hang_up(party)
            return
        session = self._desks.session(TelecallerId(party))
        if session.desk.state in IN_TALK:
            await self._desks.leave(session)
        else:
            await self._desks.give_up(session, live.call.call_id)

    # Who is who

    def talk_of(self, party: PartyId) -> LiveCall | None:
        """Return the call in whose talk the party takes part."""
        for live in self._talks.values():
            if live.talk is not None and live.talk.has(party):
                return live
        return None

    def leg_of(self, party: PartyId | None) -> str | None:
        """Return a party's leg, if it has one."""
        if party is None or self._outside.has(party):
            return party
        return self._desks.session(TelecallerId(party)).desk.leg_id

    def name_of(self, party: PartyId) -> str:
        if self._outside.has(party):
            return self._outside.name(party)
        return self._desks.session(TelecallerId(party)).telecaller.name

    def _stays(self, party: PartyId) -> bool:
        """Say whether a parting of this telecaller is none: they are called back.

        Of three, nobody's parting says who has gone: the bridge ends for all of them.
        """
        live = self.talk_of(party)
        if live is None or live.talk is None:
            return False
        it = live.talk
        stays = party in it.rejoining or it.talk.state is S.TOGETHER
        it.rejoining.discard(party)
        return stays

    # Events

    async def do(self, live: LiveCall, event: TalkEvent) -> None:
        """Move the talk, and let legs and desks follow. Raises UnexpectedEvent.

        The voter's task is told whatever becomes of legs: it is not to wait in vain.
        """
        it = live.talk
        if it is None:
            raise UnexpectedEvent(f"{event} after the talk")
        before = it.apply(event)
        log.info(
            "Talk", call_id=live.call.call_id, what=str(event), state=str(it.talk.state)
        )
        try:
            await self._follow(live, it, before, event)
        finally:
            it.changed.set()

    async def _follow(
        self, live: LiveCall, it: LiveTalk, before: Talk, event: TalkEvent
    ) -> None:
        after = it.talk
        if before.state is S.TOGETHER and after.state is S.JOINED:
            # The bridge of three ends for all; who stays is joined anew.
            assert after.party is not None
            it.rejoining.add(after.party)
        if before.state is S.CONSULTING:
            # The one to be joined next is called back; the other falls out by that.
            await self.park(after.party if after.party else before.party)
        for party in (before.party, before.partner):
            if party is not None and not it.has(party):
                await self._goes(live, it, party, event)
        if after.state is S.LOST:
            await self._lost(live, it, after)
        if before.state is S.LOST and event is E.GIVEN_UP and before.party:
            session = self._desks.session(TelecallerId(before.party))
            await self._desks.give_up(session, live.call.call_id)

    async def _goes(
        self, live: LiveCall, it: LiveTalk, party: PartyId, event: TalkEvent
    ) -> None:
        """A party has left the talk: their desk is free of it."""
        it.rejoining.discard(party)
        if self._outside.has(party):
            await self._outside.hang_up(party)
            return
        if event is E.GIVEN_UP:
            return
        session = self._desks.session(TelecallerId(party))
        if session.desk.state in IN_TALK:
            leg_id = session.desk.leg_id
            await self._desks.leave(session)
            if leg_id in live.legs:
                await self.park(party)
        else:
            await self._desks.give_up(session, live.call.call_id)

    async def _lost(self, live: LiveCall, it: LiveTalk, talk: Talk) -> None:
        """The voter waits for their telecaller's leg, if anybody rings it."""
        assert talk.party is not None
        it.lost_s = self._clock.steady_s()
        it.rejoining.discard(talk.party)
        session = self._desks.session(TelecallerId(talk.party))
        if not await self._desks.awaits(session, live):
            await self.do(live, E.GIVEN_UP)

    async def park(self, party: PartyId | None) -> None:
        await self._reached(self.leg_of(party), self._switch.park)

    async def _reached(
        self, leg_id: str | None, command: Callable[[str], Awaitable[bool]]
    ) -> bool:
        """Give a leg a command. False: it is gone, or the switch does not answer.

        The talk goes on without that leg: a voter never waits for the switch.
        """
        if leg_id is None:
            return False
        try:
            return await command(leg_id)
        except SwitchGone as exc:
            log.warning("Leg not reached", leg=leg_id, error=str(exc))
            return False

    async def call_back(self, live: LiveCall, session: DeskSession) -> None:
        """Take a telecaller's leg out of the voter's talk. Raises SwitchGone.

        Nobody knows then whether it is out: the voter is theirs again either way.
        """
        leg_id = session.desk.leg_id
        if leg_id is None:
            return
        try:
            await self._switch.park(leg_id)
        except SwitchGone:
            await self._try(live, E.TAKEN_BACK)
            await self._desks.has_voter_again(session, live.call.call_id)
            raise

    # What lines do

    async def _left(self, party: PartyId) -> None:
        """A party's leg is gone."""
        live = self.talk_of(party)
        if live is None or live.talk is None or live.call.joined_at is None:
            return  # never joined: who waits looks for another desk by itself
        event = E.LEFT if live.talk.talk.party == party else E.PARTNER_LEFT
        await self._try(live, event)

    async def _came(self, party: PartyId) -> None:
        """The partner who was rung is there."""
        live = self.talk_of(party)
        if live is None or live.talk is None:
            await self._outside.hang_up(party)
            return
        await self.partner_came(live)

    async def partner_came(self, live: LiveCall) -> None:
        """Theirs is the voter now, or the telecaller asks them first."""
        if not await self._try(live, E.PARTNER_CAME) or live.talk is None:
            return
        talk = live.talk.talk
        if talk.state is not S.CONSULTING:
            return
        if talk.is_cold:
            await self.do(live, E.HANDED)
            return
        lead = self.leg_of(talk.party)
        if lead is None:
            return  # its end comes by another way
        if not await self._reached(
            self.leg_of(talk.partner), lambda leg_id: self._switch.consult(lead, leg_id)
        ):
            await self._try(live, E.PARTNER_LEFT)

    async def _came_back(self, party: PartyId) -> None:
        """A telecaller's leg is there again, and their voter waits for it."""
        live = self.talk_of(party)
        if live is not None:
            await self._try(live, E.CAME_BACK)

    def joined(self, call_id: CallId, leg_id: str) -> None:
        """A leg is with the voter: bring the third one too, if there is one.

        To be told before their desk is: what comes after that is a new parting.
        """
        live = self._talks.get(call_id)
        if live is None or live.talk is None:
            return
        it = live.talk
        for party in (it.talk.party, it.talk.partner):
            if party is not None and self.leg_of(party) == leg_id:
                it.rejoining.discard(party)
        if it.talk.state is S.TOGETHER and leg_id == self.leg_of(it.talk.party):
            self._spawn(self._bring_in(live, it.talk.partner))

    async def _bring_in(self, live: LiveCall, party: PartyId | None) -> None:
        call_id = live.call.call_id
        if not await self._reached(
            self.leg_of(party), lambda leg_id: self._switch.bring_in(leg_id, call_id)
        ):
            await self._try(live, E.PARTNER_LEFT)

    async def _try(self, live: LiveCall, event: TalkEvent) -> bool:
        """Move the talk; False, and a line in the log, if it knows no such event."""
        try:
            await self.do(live, event)
        except UnexpectedEvent as exc:
            log.warning("Talk event ignored", call_id=live.call.call_id, error=str(exc))
            return False
        return True

    # Another telecaller

    async def seek(self, live: LiveCall) -> None:
        """Look for any telecaller. Raises CallerHungUp."""
        session = await self._desks.reserve(live, live.campaign.connect_patience)
        if live.talk is None or live.state is CallState.ENDED:
            if session is not None:
                await self._desks.release(session, live.call.call_id)
            raise CallerHungUp
        if session is None:
            live.talk.apply(E.NOBODY)
        else:
            party = PartyId(session.telecaller.telecaller_id)
            live.talk.apply(E.FOUND, who=party)
