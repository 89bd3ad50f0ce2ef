"""The telecallers' desks: rings softphones, keeps legs parked, finds a free desk.

Facts from the switch and from telecallers go through core.desk; which desk serves
a voter is core.routing's choice. Every state is stored as it begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, Store, Switch
from ivr.core.desk import WITH_LEG, Desk, DeskEvent, advance, offline
from ivr.core.events import (
    Joined,
    LegDown,
    LegUp,
    Parted,
    SwitchBack,
    SwitchEvent,
)
from ivr.core.model import (
    CallId,
    Campaign,
    Centre,
    CentreCode,
    DeskState,
    Telecaller,
    TelecallerId,
)
from ivr.core.routing import pick, serves
from ivr.errors import (
    BadInput,
    SamvadError,
    StoreUnavailable,
    SwitchGone,
    UnexpectedEvent,
)

log = structlog.get_logger(__name__)

RING_DESK = timedelta(seconds=20)
RING_AGAIN_S = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 15.0, 15.0)  # then give up
AUTO_OUTCOME = "not_noted"  # wrap-up ran out before the telecaller noted anything


@dataclass(slots=True)
class DeskSession:
    """A telecaller, their desk, and what goes on at it."""

    telecaller: Telecaller
    desk: Desk
    rings: int = 0
    leg_count: int = 0
    talk_call: LiveCall | None = None
    joined_at: datetime | None = None
    has_outcome: bool = False
    wrap_up: timedelta = timedelta(seconds=15)
    timer: asyncio.Task[None] | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)


@dataclass(slots=True)
class _Waiting:
    live: LiveCall
    desk: asyncio.Future[DeskSession]


class Desks:
    """All desks of this controller."""

    def __init__(
        self,
        *,
        store: Store,
        switch: Switch,
        clock: Clock,
        telecallers: Sequence[Telecaller],
        tree: Mapping[CentreCode, Centre],
        on_free: Callable[[], None],
    ) -> None:
        self._store = store
        self._switch = switch
        self._clock = clock
        self._tree = tree
        self._on_free = on_free
        self._sessions = {
            t.telecaller_id: DeskSession(t, offline(t, clock.now()))
            for t in telecallers
        }
        self._by_leg: dict[str, DeskSession] = {}
        self._waiting: list[_Waiting] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.unexpected = 0

    # Seen by others

    def session(self, telecaller_id: TelecallerId) -> DeskSession:
        """Return a telecaller's session. Raises BadInput."""
        try:
            return self._sessions[telecaller_id]
        except KeyError:
            known = ", ".join(sorted(self._sessions)[:10]) or "none"
            raise BadInput(
                f"no telecaller {telecaller_id!r}",
                remedy=f"known: {known}; add telecallers in config/telecallers.yaml",
            ) from None

    def sessions(self) -> list[DeskSession]:
        return list(self._sessions.values())

    def desks(self) -> list[Desk]:
        return [session.desk for session in self._sessions.values()]

    def pool_of(self, campaign: Campaign) -> list[DeskSession]:
        """Return the desks, in whatever state, that `campaign`'s calls may get."""
        return [
            session
            for session in self._sessions.values()
            if serves(session.desk, campaign, self._tree)
        ]

    def waiting(self) -> int:
        return len(self._waiting)

    # What telecallers do

    async def log_in(self, telecaller_id: TelecallerId) -> DeskSession:
        session = self.session(telecaller_id)
        if session.desk.state is not DeskState.OFFLINE:
            raise BadInput(
                f"{telecaller_id} is logged in already", remedy="log out first"
            )
        session.rings = 0
        leg_id = self._new_leg(session)
        await self._move(session, DeskEvent.LOGGED_IN, leg_id=leg_id)
        self._spawn(self._ring(session, leg_id))
        return session

    async def log_out(self, telecaller_id: TelecallerId) -> DeskSession:
        session = self.session(telecaller_id)
        await self._asked(session, DeskEvent.LOGGED_OUT)
        return session

    async def ready(self, telecaller_id: TelecallerId) -> DeskSession:
        session = self.session(telecaller_id)
        if session.desk.state is DeskState.WRAP_UP:
            await self._wrapped_up(session)
        else:
            await self._asked(session, DeskEvent.RESUMED)
        return session

    async def pause(self, telecaller_id: TelecallerId, reason: str) -> DeskSession:
        session = self.session(telecaller_id)
        if not reason.strip():
            raise BadInput("a pause needs a reason", remedy="e.g. चाय, प्रशिक्षण")
        await self._asked(session, DeskEvent.PAUSED, reason=reason.strip()[:80])
        return session

    async def end_talk(self, telecaller_id: TelecallerId) -> DeskSession:
        """End the voter's call; the leg is parked again by itself."""
        session = self.session(telecaller_id)
        live = session.talk_call
        if session.desk.state is not DeskState.TALKING or live is None:
            raise BadInput(
                f"{telecaller_id} is not talking", remedy="wait for the next call"
            )
        await self._switch.hang_up(live.call.call_id)
        return session

    async def outcome(
        self, telecaller_id: TelecallerId, call_id: CallId, outcome: str, notes: str
    ) -> DeskSession:
        session = self.session(telecaller_id)
        await self._store.keep_outcome(
            call_id, telecaller_id, outcome, notes, self._clock.now()
        )
        if session.desk.call_id == call_id:
            session.has_outcome = True
        return session

    async def _asked(
        self, session: DeskSession, event: DeskEvent, *, reason: str = ""
    ) -> None:
        try:
            await self._move(session, event, reason=reason, strict=True)
        except UnexpectedEvent as exc:
            raise BadInput(str(exc), remedy="look at the desk's state first") from exc

    # The state machine, kept and told

    async def _move(
        self,
        session: DeskSession,
        event: DeskEvent,
        *,
        leg_id: str | None = None,
        call_id: CallId | None = None,
        reason: str = "",
        strict: bool = False,
    ) -> bool:
        before = session.desk
        try:
            session.desk = advance(
                before,
                event,
                self._clock.now(),
                leg_id=leg_id,
                call_id=call_id,
                reason=reason,
            )
        except UnexpectedEvent as exc:
            if strict:
                raise
            self.unexpected += 1
            log.warning("Desk event ignored", desk=before.telecaller_id, error=str(exc))
            return False
        self._after_move(session, before)
        await self._keep(session, before)
        return True

    def _after_move(self, session: DeskSession, before: Desk) -> None:
        """What follows from a new state, before anything is awaited."""
        after = session.desk
        if before.leg_id and before.leg_id != after.leg_id:
            self._by_leg.pop(before.leg_id, None)
        if after.leg_id:
            self._by_leg[after.leg_id] = session
        if before.leg_id and not after.leg_id and before.state in WITH_LEG:
            if after.state is DeskState.OFFLINE:
                self._spawn(self._hang_up_leg(before.leg_id))
        if after.state is not before.state and session.timer is not None:
            session.timer.cancel()
            session.timer = None
        if after.state is DeskState.WRAP_UP and before.state is not after.state:
            session.timer = self._spawn(self._wrap_up_ends(session))
        if after.state is DeskState.READY:
            self._match()

    async def _keep(self, session: DeskSession, before: Desk) -> None:
        after = session.desk
        if after.state is not before.state or after.since != before.since:
            try:
                await self._store.keep_desk_state(
                    after.telecaller_id,
                    after.state,
                    after.since,
                    after.reason,
                    after.call_id,
                )
            except StoreUnavailable as exc:
                log.error("Desk's state not kept", error=str(exc))
        async with session.changed:
            session.changed.notify_all()
        if after.state is DeskState.READY:
            self._on_free()

    async def _hang_up_leg(self, leg_id: str) -> None:
        try:
            await self._switch.hang_up(leg_id)
        except SwitchGone as exc:
            log.warning("Leg not hung up", leg=leg_id, error=str(exc))

    async def _wrap_up_ends(self, session: DeskSession) -> None:
        await self._clock.sleep(session.wrap_up.total_seconds())
        session.timer = None  # not to cancel ourselves
        await self._wrapped_up(session)

    async def _wrapped_up(self, session: DeskSession) -> None:
        call_id = session.desk.call_id
        if call_id is not None and not session.has_outcome:
            try:
                await self._store.keep_outcome(
                    call_id,
                    session.telecaller.telecaller_id,
                    AUTO_OUTCOME,
                    "",
                    self._clock.now(),
                )
            except StoreUnavailable as exc:
                log.error("Outcome not kept", call_id=call_id, error=str(exc))
        session.has_outcome = False
        await self._move(session, DeskEvent.WRAPPED_UP)

    # Legs

    def _new_leg(self, session: DeskSession) -> str:
        session.leg_count += 1
        stamp = int(self._clock.now().timestamp() * 1000)
        leg_id = f"d-{session.telecaller.telecaller_id}-{stamp:x}-{session.leg_count}"
        self._by_leg[leg_id] = session
        return leg_id

    async def _ring(self, session: DeskSession, leg_id: str) -> None:
        try:
            await self._switch.ring_desk(leg_id, session.telecaller.address, RING_DESK)
        except SamvadError as exc:  # whatever it was, the leg is not there
            log.warning("Softphone not rung", leg=leg_id, error=str(exc))
            await self.on_leg_event(LegDown(leg_id, self._clock.now()))

    async def on_leg_event(self, event: SwitchEvent) -> None:
        """Take LegUp, LegDown, Joined, Parted and SwitchBack, in order."""
        match event:
            case LegUp():
                await self._leg_up(event)
            case LegDown():
                await self._leg_down(event.leg_id)
            case Joined():
                await self._joined(event)
            case Parted():
                await self._parted(event)
            case SwitchBack():
                for leg_id in set(self._by_leg) - event.legs:
                    await self._leg_down(leg_id)

    async def _leg_up(self, event: LegUp) -> None:
        session = self._by_leg.get(event.leg_id)
        if session is None or session.desk.leg_id != event.leg_id:
            await self._hang_up_leg(event.leg_id)
            return
        session.rings = 0
        await self._move(session, DeskEvent.LEG_UP, leg_id=event.leg_id)

    async def _leg_down(self, leg_id: str) -> None:
        session = self._by_leg.pop(leg_id, None)
        if session is None:
            return
        reserved = session.desk.state is DeskState.RESERVED
        if not await self._move(session, DeskEvent.LEG_DOWN, leg_id=leg_id):
            return
        if reserved:
            session.talk_call = None
        if session.desk.state is DeskState.RECONNECTING:
            self._spawn(self._ring_again(session))

    async def _ring_again(self, session: DeskSession) -> None:
        if session.rings >= len(RING_AGAIN_S):
            await self._move(session, DeskEvent.GAVE_UP)
            return
        await self._clock.sleep(RING_AGAIN_S[session.rings])
        session.rings += 1
        if session.desk.state is not DeskState.RECONNECTING:
            return
        leg_id = self._new_leg(session)
        if await self._move(session, DeskEvent.RUNG_AGAIN, leg_id=leg_id):
            await self._ring(session, leg_id)

    # Voters

    async def reserve(self, live: LiveCall, patience: timedelta) -> DeskSession | None:
        """Return a desk promised to this voter, or None when `patience` is over.

        End with `release` unless Joined follows.
        """
        waiting = _Waiting(live, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._match()
        ended = asyncio.create_task(live.ended.wait())
        both: list[asyncio.Future[Any]] = [waiting.desk, ended]
        try:
            await asyncio.wait(
                both,
                timeout=patience.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            ended.cancel()
            if waiting in self._waiting:
                self._waiting.remove(waiting)
        if not waiting.desk.done():
            waiting.desk.cancel()
            return None
        return waiting.desk.result()

    def _match(self) -> None:
        """Give free desks to waiting voters, the longest waiting first."""
        for waiting in list(self._waiting):
            desk = self._desk_for(waiting.live)
            if desk is None:
                continue
            session = self._sessions[desk.telecaller_id]
            before = session.desk
            session.desk = advance(
                before,
                DeskEvent.RESERVED,
                self._clock.now(),
                call_id=waiting.live.call.call_id,
            )
            session.talk_call = waiting.live
            session.has_outcome = False
            session.wrap_up = waiting.live.campaign.wrap_up
            self._waiting.remove(waiting)
            waiting.desk.set_result(session)
            self._spawn(self._keep(session, before))

    def _desk_for(self, live: LiveCall) -> Desk | None:
        """Whoever asked for this dial, while they are free; otherwise anybody is."""
        desks = self.desks()
        asked = [desk for desk in desks if desk.telecaller_id == live.asked_by]
        about = (live.due.contact, live.campaign, self._tree)
        return pick(asked, *about) or pick(desks, *about)

    async def release(self, session: DeskSession, call_id: CallId) -> None:
        """The voter was not joined after all: the desk is free again."""
        if session.desk.state is DeskState.RESERVED and (
            session.desk.call_id == call_id
        ):
            session.talk_call = None
            await self._move(session, DeskEvent.RELEASED)

    async def call_ended(self, live: LiveCall) -> None:
        """The voter's call is over: free the desk that was promised to them."""
        for session in self.sessions():
            if session.talk_call is live:
                await self.release(session, live.call.call_id)

    async def _joined(self, event: Joined) -> None:
        session = self._by_leg.get(event.leg_id)
        if session is None:
            return
        session.joined_at = event.at
        live = session.talk_call
        if live is not None:
            live.note(telecaller_id=session.telecaller.telecaller_id)
        await self._move(session, DeskEvent.JOINED, call_id=event.call_id)
        await self._keep_talk(session, event.call_id, None)

    async def _parted(self, event: Parted) -> None:
        session = self._by_leg.get(event.leg_id)
        if session is None or session.joined_at is None:
            return
        await self._keep_talk(session, event.call_id, event.at)
        session.joined_at = None
        session.talk_call = None
        await self._move(session, DeskEvent.PARTED)

    async def _keep_talk(
        self, session: DeskSession, call_id: CallId, parted_at: datetime | None
    ) -> None:
        assert session.joined_at is not None
        try:
            await self._store.keep_conversation(
                call_id,
                session.telecaller.telecaller_id,
                session.joined_at,
                parted_at,
            )
        except StoreUnavailable as exc:
            log.error("Conversation not kept", call_id=call_id, error=str(exc))

    # Ending

    async def log_out_all(self) -> None:
        for session in self.sessions():
            if session.desk.state is not DeskState.OFFLINE:
                try:
                    await self._move(session, DeskEvent.LOGGED_OUT, strict=True)
                except UnexpectedEvent:
                    continue

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: object) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
