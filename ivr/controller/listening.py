"""In-charges who listen to telecallers: their own legs, put beside a telecaller's.

The in-charge's phone is rung and stays up until they stop, so that changing from
listening to whispering to barging, or the telecaller's next voter, takes a moment.
Only talks with voters are heard: between them a telecaller's room is nobody's affair.
Every change is noted, for the audit log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog

from ivr.controller.ports import Clock, Switch
from ivr.controller.telecaller_desk import Desks
from ivr.controller.users import AuditEntry, UserStore
from ivr.core.events import Joined, LegDown, LegUp, Parted, SwitchBack, SwitchEvent
from ivr.core.model import (
    CallId,
    Centre,
    CentreCode,
    DeskPhone,
    ListenMode,
    Telecaller,
    TelecallerId,
)
from ivr.core.organisation import path
from ivr.errors import BadInput, SamvadError, SwitchGone

log = structlog.get_logger(__name__)

RING_IN_CHARGE = timedelta(seconds=30)
TRY_AGAIN_S = 1.0  # after the switch did not do what it was asked
PREFIX = "d-in-"


class Listened(StrEnum):
    """What is noted of one who listens."""

    BEGAN = "began"
    CHANGED = "changed"  # another telecaller, or another mode
    HEARD = "heard"  # a call, from here on; fact: call_id
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ListenNote:
    """One line for the audit log: who listens to whom, how, and when."""

    what: Listened
    in_charge_id: TelecallerId
    telecaller_id: TelecallerId
    mode: ListenMode
    centre: CentreCode  # the telecaller's
    at: datetime
    call_id: CallId | None = None


KeepNote = Callable[[ListenNote], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ListenView:
    """An in-charge who listens, as a screen shows it."""

    in_charge_id: TelecallerId
    name: str
    centre: CentreCode
    telecaller_id: TelecallerId
    mode: ListenMode
    since: datetime
    is_connected: bool  # their phone has answered
    call_id: CallId | None  # what they hear now


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an in-charge's leg is to be."""

    leg_id: str
    call_id: CallId
    mode: ListenMode


@dataclass(slots=True)
class _Session:
    in_charge: Telecaller
    leg_id: str
    telecaller_id: TelecallerId
    mode: ListenMode
    since: datetime
    is_up: bool = False
    place: _Place | None = None  # where the leg is
    is_sure: bool = True  # False: the switch was asked, and gave no answer
    is_moving: bool = False
    tries_again: bool = False


class Listening:
    """All in-charges who listen now. `keep_note` may fail; listening goes on."""

    def __init__(
        self,
        *,
        desks: Desks,
        switch: Switch,
        clock: Clock,
        in_charges: Sequence[Telecaller],
        tree: Mapping[CentreCode, Centre],
        keep_note: KeepNote,
    ) -> None:
        self._desks = desks
        self._switch = switch
        self._clock = clock
        self._in_charges = {one.telecaller_id: one for one in in_charges}
        self._tree = tree
        self._keep_note = keep_note
        self._sessions: dict[TelecallerId, _Session] = {}
        self._joined: dict[str, CallId] = {}  # by telecaller's leg
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0

    def sessions(self) -> list[ListenView]:
        return [_view(one) for one in self._sessions.values()]

    def in_charges(self) -> list[Telecaller]:
        return list(self._in_charges.values())

    def centre_of(self, in_charge_id: TelecallerId) -> CentreCode | None:
        """Return an in-charge's centre; None: there is no such in-charge."""
        found = self._in_charges.get(in_charge_id)
        return found.centre if found else None

    def has(self, leg_id: str) -> bool:
        return leg_id.startswith(PREFIX)

    # What in-charges ask

    async def listen(
        self,
        in_charge_id: TelecallerId,
        telecaller_id: TelecallerId,
        mode: ListenMode,
        phone: DeskPhone = DeskPhone.SOFTPHONE,
    ) -> ListenView:
        """Ring the in-charge, or change what they hear. Raises BadInput."""
        in_charge = self._allowed(in_charge_id, telecaller_id)
        session = self._sessions.get(in_charge_id)
        if session is None:
            session = _Session(
                in_charge, self._new_leg(), telecaller_id, mode, self._clock.now()
            )
            self._sessions[in_charge_id] = session
            await self._note(session, Listened.BEGAN)
            self._spawn(self._ring(session, in_charge.address_at(phone)))
        elif (session.telecaller_id, session.mode) != (telecaller_id, mode):
            session.telecaller_id, session.mode = telecaller_id, mode
            await self._note(session, Listened.CHANGED)
            await self._move(session)
        return _view(session)

    async def stop_listening(self, in_charge_id: TelecallerId) -> None:
        """Hang the in-charge's phone up. Raises BadInput."""
        session = self._sessions.pop(in_charge_id, None)
        if session is None:
            raise BadInput(f"{in_charge_id} does not listen")
        session.is_up = False
        # Before the note: the store may hang, and they would listen on, unseen.
        if not await self._is_hung_up(session.leg_id):
            self._spawn(self._hang_up(session.leg_id))
        await self._note(session, Listened.ENDED)

    def _allowed(
        self, in_charge_id: TelecallerId, telecaller_id: TelecallerId
    ) -> Telecaller:
        in_charge = self._in_charges.get(in_charge_id)
        if in_charge is None:
            raise BadInput(
                f"no in-charge {in_charge_id!r}",
                remedy="add them to in_charges in config/telecallers.yaml",
            )
        desk = self._desks.session(telecaller_id).desk
        if in_charge.centre not in path(desk.centre, self._tree):
            raise BadInput(
                f"{telecaller_id} is not of {in_charge.centre}",
                remedy="listen to telecallers of your own centre",
            )
        return in_charge

    def _new_leg(self) -> str:
        self._count += 1
        stamp = int(self._clock.now().timestamp() * 1000)
        return f"{PREFIX}{stamp:x}-{self._count}"

    async def _ring(self, session: _Session, address: str) -> None:
        try:
            await self._switch.ring_desk(session.leg_id, address, RING_IN_CHARGE)
        except SamvadError as exc:
            log.warning("In-charge not rung", leg=session.leg_id, error=str(exc))
            await self._end(session)

    # What happens

    def on_event(self, event: SwitchEvent) -> None:
        """Take what happens to legs, in order; what follows is not awaited."""
        match event:
            case LegUp() | LegDown():
                if session := self._by_leg(event.leg_id):
                    session.is_up = isinstance(event, LegUp)
                    ends = isinstance(event, LegDown)
                    work = self._end(session) if ends else self._move(session)
                    self._spawn(work)
                elif isinstance(event, LegUp) and self.has(event.leg_id):
                    self._spawn(self._hang_up(event.leg_id))  # stopped meanwhile
            case Joined():
                self._joined[event.leg_id] = event.call_id
                self._look()
            case Parted():
                self._joined.pop(event.leg_id, None)
                self._look()
            case SwitchBack():
                self._after_blindness(event)

    def _after_blindness(self, back: SwitchBack) -> None:
        """Legs that are gone have ended; those that came up are told by LegUp."""
        legs = {one.leg_id for one in self._sessions.values()}
        for leg_id in filter(self.has, back.legs - legs):
            self._spawn(self._hang_up(leg_id))  # stopped, and nobody could tell it
        for session in list(self._sessions.values()):
            was_rung_before = session.since < back.at
            if session.leg_id not in back.legs and was_rung_before:
                self._spawn(self._end(session))
        self._look()

    async def _hang_up(self, leg_id: str) -> None:
        """Hang a leg up, if not now, then later: nobody may listen unseen."""
        while not await self._is_hung_up(leg_id):
            await self._clock.sleep(TRY_AGAIN_S)

    async def _is_hung_up(self, leg_id: str) -> bool:
        try:
            await self._switch.hang_up(leg_id)
        except SwitchGone as exc:
            log.warning("In-charge not hung up yet", leg=leg_id, error=str(exc))
            return False
        return True

    def _by_leg(self, leg_id: str) -> _Session | None:
        found = (one for one in self._sessions.values() if one.leg_id == leg_id)
        return next(found, None)

    def _look(self) -> None:
        for session in self._sessions.values():
            if not self._is_there(session):
                self._spawn(self._move(session))

    def _is_there(self, session: _Session) -> bool:
        return session.is_sure and session.place == self._wanted(session)

    def _wanted(self, session: _Session) -> _Place | None:
        leg_id = self._desks.session(session.telecaller_id).desk.leg_id
        call_id = self._joined.get(leg_id) if leg_id else None
        if not session.is_up or leg_id is None or call_id is None:
            return None
        return _Place(leg_id, call_id, session.mode)

    async def _move(self, session: _Session) -> None:
        """Bring the in-charge's leg to where it is wanted, until it is there."""
        if session.is_moving:
            return  # who moves it looks again
        session.is_moving = True
        try:
            while session.is_up and not self._is_there(session):
                if not await self._put(session, self._wanted(session)):
                    self._try_again(session)
                    return
        finally:
            session.is_moving = False

    def _try_again(self, session: _Session) -> None:
        async def later() -> None:
            await self._clock.sleep(TRY_AGAIN_S)
            session.tries_again = False
            await self._move(session)

        if not session.tries_again:
            session.tries_again = True
            self._spawn(later())

    async def _put(self, session: _Session, place: _Place | None) -> bool:
        """Return whether the leg is there now. Who was put there, hears."""
        leg_id = session.leg_id
        try:
            if place is None:
                is_there = await self._switch.park(leg_id)
            else:
                is_there = await self._switch.listen(leg_id, place.leg_id, place.mode)
        except SamvadError as exc:
            log.warning("In-charge not moved", leg=leg_id, error=str(exc))
            session.is_sure, is_there = False, False
        if is_there:
            session.place, session.is_sure = place, True
            if place is not None and session.is_up:
                await self._note(session, Listened.HEARD, place.call_id)
        return is_there

    async def _end(self, session: _Session) -> None:
        if self._sessions.get(session.in_charge.telecaller_id) is session:
            del self._sessions[session.in_charge.telecaller_id]
            session.is_up = False
            await self._note(session, Listened.ENDED)

    async def _note(
        self, session: _Session, what: Listened, call_id: CallId | None = None
    ) -> None:
        note = ListenNote(
            what,
            session.in_charge.telecaller_id,
            session.telecaller_id,
            session.mode,
            self._desks.session(session.telecaller_id).desk.centre,
            self._clock.now(),
            call_id,
        )
        try:
            await self._keep_note(note)
        except SamvadError as exc:
            log.error("Not kept who listens", note=str(note), error=str(exc))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _view(session: _Session) -> ListenView:
    return ListenView(
        session.in_charge.telecaller_id,
        session.in_charge.name,
        session.in_charge.centre,
        session.telecaller_id,
        session.mode,
        session.since,
        session.is_up,
        session.place.call_id if session.place and session.is_sure else None,
    )


def to_audit(store: UserStore) -> KeepNote:
    """Return what keeps notes in the audit log."""

    async def keep(note: ListenNote) -> None:
        await log_note(note)
        detail = {"mode": str(note.mode)}
        if note.call_id is not None:
            detail["call"] = note.call_id
        await store.keep_audit(
            AuditEntry(
                at=note.at,
                user_id=note.in_charge_id,
                action=f"listening_{note.what}",
                about=f"telecaller {note.telecaller_id}",
                centre=note.centre,
                address="",
                detail=detail,
            )
        )

    return keep


async def log_note(note: ListenNote) -> None:
    """Keep a note in the log alone: for who has no audit log."""
    log.info(
        "In-charge listens",
        what=str(note.what),
        in_charge=note.in_charge_id,
        telecaller=note.telecaller_id,
        mode=str(note.mode),
        call_id=note.call_id,
    )
