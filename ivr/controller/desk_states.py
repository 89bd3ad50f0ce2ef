"""Moves desks from state to state by core.desk, keeps each state, and tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

import structlog

from ivr.controller.desk_session import DeskSession
from ivr.controller.ports import Clock, Store, Switch
from ivr.core.desk import WITH_LEG, Desk, DeskEvent, advance, offline
from ivr.core.model import CallId, DeskState, Telecaller, TelecallerId
from ivr.errors import BadInput, StoreUnavailable, SwitchGone, UnexpectedEvent

log = structlog.get_logger(__name__)

AUTO_OUTCOME = "not_noted"  # wrap-up ran out before the telecaller noted anything


class DeskStates:
    """Every desk's state. `when_ready` is called before anything is awaited."""

    def __init__(
        self,
        *,
        store: Store,
        switch: Switch,
        clock: Clock,
        telecallers: Sequence[Telecaller],
        on_free: Callable[[], None],
    ) -> None:
        self._store = store
        self._switch = switch
        self._clock = clock
        self._on_free = on_free
        self._sessions = {
            t.telecaller_id: DeskSession(t, offline(t, clock.now()))
            for t in telecallers
        }
        self._tasks: set[asyncio.Task[None]] = set()
        self.by_leg: dict[str, DeskSession] = {}
        self.when_ready: Callable[[], None] = lambda: None
        self.unexpected = 0

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

    def find(self, telecaller_id: str) -> DeskSession | None:
        return self._sessions.get(TelecallerId(telecaller_id))

    async def restore(self, session: DeskSession, desk: Desk) -> None:
        """Put a desk into the state in which it was found."""
        before, session.desk = session.desk, desk
        self._after_move(session, before)
        await self._keep(session, before)

    def sessions(self) -> list[DeskSession]:
        return list(self._sessions.values())

    def desks(self) -> list[Desk]:
        return [session.desk for session in self._sessions.values()]

    async def move(
        self,
        session: DeskSession,
        event: DeskEvent,
        *,
        leg_id: str | None = None,
        call_id: CallId | None = None,
        reason: str = "",
        strict: bool = False,
    ) -> bool:
        """Return True if the desk knows the event. `strict`: raises UnexpectedEvent."""
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

    def reserve(self, session: DeskSession, call_id: CallId) -> None:
        """Promise a ready desk to a call; nothing is awaited."""
        before = session.desk
        session.desk = advance(
            before, DeskEvent.RESERVED, self._clock.now(), call_id=call_id
        )
        session.has_outcome = False
        self.spawn(self._keep(session, before))

    def _after_move(self, session: DeskSession, before: Desk) -> None:
        """What follows from a new state, before anything is awaited."""
        after = session.desk
        if before.leg_id and before.leg_id != after.leg_id:
            self.by_leg.pop(before.leg_id, None)
        if after.leg_id:
            self.by_leg[after.leg_id] = session
        if before.leg_id and not after.leg_id and before.state in WITH_LEG:
            if after.state is DeskState.OFFLINE:
                self.spawn(self.hang_up_leg(before.leg_id))
        if after.state is not before.state:
            self.no_timer(session)
        if after.state is DeskState.WRAP_UP and before.state is not after.state:
            self.after(session, session.wrap_up, lambda: self.wrapped_up(session))
        if after.state is DeskState.READY:
            self.when_ready()

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

    async def hang_up_leg(self, leg_id: str) -> None:
        try:
            await self._switch.hang_up(leg_id)
        except SwitchGone as exc:
            log.warning("Leg not hung up", leg=leg_id, error=str(exc))

    async def wrapped_up(self, session: DeskSession) -> None:
        """The wrap-up is over, by the telecaller or because its time is."""
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
        await self.move(session, DeskEvent.WRAPPED_UP)

    # Timers and tasks

    def after(
        self,
        session: DeskSession,
        wait: timedelta,
        act: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Act after so long, unless the desk leaves its state before."""

        async def wait_and_act() -> None:
            await self._clock.sleep(wait.total_seconds())
            session.timer = None  # not to cancel ourselves
            await act()

        self.no_timer(session)
        session.timer = self.spawn(wait_and_act())

    def no_timer(self, session: DeskSession) -> None:
        if session.timer is not None:
            session.timer.cancel()
            session.timer = None

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
