"""Counts what each trunk is used for today, and stands before every dial by it.

`MeteredSwitch` is the switch that everybody dials with: campaigns' calls, telecallers'
mobiles, partners outside and trial calls alike. Decides nothing: core.trunk_day says
when a trunk has had its day.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import structlog

from ivr.controller.ports import (
    Clock,
    DeskDial,
    Dial,
    OutsideDial,
    Standing,
    Switch,
)
from ivr.core.events import (
    CallAnswered,
    CallEnded,
    CallRefused,
    LegDown,
    LegUp,
    SwitchBack,
    SwitchEvent,
)
from ivr.core.model import CallId, ListenMode, Trunk, TrunkName
from ivr.core.trunk_day import (
    DayShare,
    DayUse,
    began,
    calls_left,
    day_of,
    nearest,
    of_call,
    refusal,
)
from ivr.errors import SamvadError, StoreUnavailable, SwitchRefused

log = structlog.get_logger(__name__)

LAST_WRITES_S = 3.0  # real seconds; a database that hangs must not hold up the end


class TrunkUseStore(Protocol):
    """What is kept of the trunks' use. Raises StoreUnavailable."""

    async def used_since(
        self, began: datetime, trunks: Sequence[Trunk]
    ) -> Mapping[TrunkName, DayUse]:
        """Return what was dialled by each trunk since then: attempts and other legs.

        Of those that are open only the dial is counted.
        """

    async def open_since(self, began: datetime) -> Sequence[OpenLeg]:
        """Return those that a former controller did not see end."""

    async def leg_opened(self, leg_id: str, trunk: TrunkName, at: datetime) -> None:
        """Write a leg that is no attempt before it is dialled."""

    async def leg_closed(
        self, leg_id: str, answered_at: datetime | None, at: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class OpenLeg:
    """A call or leg whose end is not known yet."""

    leg_id: str
    trunk: TrunkName
    is_attempt: bool
    answered_at: datetime | None


@dataclass(slots=True)
class _Live:
    trunk: Trunk
    is_attempt: bool
    answered_at: datetime | None = None


class TrunkMeter:
    """The use of every trunk, since midnight in India."""

    def __init__(
        self, trunks: Sequence[Trunk], store: TrunkUseStore, clock: Clock
    ) -> None:
        self._trunks = tuple(trunks)
        self._store = store
        self._clock = clock
        self._day: date | None = None
        self._used: dict[TrunkName, DayUse] = {}  # live calls: as dialled
        self._live: dict[str, _Live] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def restore(self) -> None:
        """Take up what was used before a restart. Raises StoreUnavailable.

        Calls that went on meanwhile go on here; the switch says soon which did not.
        """
        now = self._clock.now()
        self._day = day_of(now)
        found = await self._store.used_since(began(now), self._trunks)
        self._used = dict(found)
        trunks = {trunk.name: trunk for trunk in self._trunks}
        for one in await self._store.open_since(began(now)):
            if one.trunk in trunks:
                self._live[one.leg_id] = _Live(
                    trunks[one.trunk], one.is_attempt, one.answered_at
                )

    async def stop(self) -> None:
        """Write what is under way, if the store takes it soon."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WRITES_S):
                await asyncio.gather(*self._tasks, return_exceptions=True)

    def refusal(self, trunk: Trunk) -> str:
        """Return why nothing is dialled by this trunk any more today, or ""."""
        return refusal(trunk, self._use(trunk))

    def calls_left(self, trunk: Trunk) -> int:
        return calls_left(trunk, self._use(trunk))

    def shares(self) -> list[DayShare]:
        """Return how near each trunk is to the end of its day."""
        return [nearest(trunk, self._use(trunk)) for trunk in self._trunks]

    def _use(self, trunk: Trunk) -> DayUse:
        now = self._clock.now()
        if self._day != day_of(now):
            self._day, self._used = day_of(now), {}
        use = self._used.get(trunk.name, DayUse())
        for one in self._live.values():
            if one.trunk.name == trunk.name and one.answered_at is not None:
                use += _more(one, now)
        return use

    async def take(self, leg_id: str, trunk: Trunk, *, is_attempt: bool) -> None:
        """Count a dial before it goes out. Raises SwitchRefused: it must not."""
        why = self.refusal(trunk)
        if why:
            raise SwitchRefused(why)
        self._used[trunk.name] = self._used.get(trunk.name, DayUse()) + DayUse(1)
        self._live[leg_id] = _Live(trunk, is_attempt)
        if not is_attempt:
            try:
                await self._store.leg_opened(leg_id, trunk.name, self._clock.now())
            except StoreUnavailable as exc:  # counted here, until a restart
                log.error("Leg not written", leg=leg_id, error=str(exc))

    def on_event(self, event: SwitchEvent) -> None:
        match event:
            case CallAnswered():
                self._answered(event.call_id, event.at)
            case LegUp():
                self._answered(event.leg_id, event.at)
            case CallEnded() | CallRefused():
                self.ended(event.call_id, event.at)
            case LegDown():
                self.ended(event.leg_id, event.at)
            case SwitchBack():
                for gone in set(self._live) - event.calls - event.legs:
                    self.ended(gone, event.at)

    def _answered(self, leg_id: str, at: datetime) -> None:
        one = self._live.get(leg_id)
        if one is not None and one.answered_at is None:
            one.answered_at = at

    def ended(self, leg_id: str, at: datetime) -> None:
        one = self._live.pop(leg_id, None)
        if one is None:
            return
        used = self._used.get(one.trunk.name, DayUse())
        self._used[one.trunk.name] = used + _more(one, at)
        if not one.is_attempt:
            self._spawn(self._close(leg_id, one.answered_at, at))

    async def _close(
        self, leg_id: str, answered_at: datetime | None, at: datetime
    ) -> None:
        try:
            await self._store.leg_closed(leg_id, answered_at, at)
        except SamvadError as exc:
            log.error("Leg's end not written", leg=leg_id, error=str(exc))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _more(one: _Live, at: datetime) -> DayUse:
    """Return what a call used beyond its dial."""
    if one.answered_at is None:
        return DayUse()
    answered_s = (at - one.answered_at).total_seconds()
    return of_call(answered_s, one.trunk) + DayUse(-1)


class MeteredSwitch:
    """Implements controller.ports.Switch: another switch behind a meter."""

    def __init__(self, switch: Switch, meter: TrunkMeter) -> None:
        self._switch = switch
        self._meter = meter

    async def dial(self, dial: Dial) -> None:
        await self._meter.take(dial.call_id, dial.trunk, is_attempt=True)
        await self._switch.dial(dial)

    async def ring_outside(self, leg_id: str, dial: OutsideDial) -> None:
        await self._meter.take(leg_id, dial.trunk, is_attempt=False)
        await self._switch.ring_outside(leg_id, dial)

    async def ring_trial(self, trial_id: str, dial: DeskDial | OutsideDial) -> None:
        if isinstance(dial, OutsideDial):
            await self._meter.take(trial_id, dial.trunk, is_attempt=False)
        await self._switch.ring_trial(trial_id, dial)

    async def events(self) -> AsyncIterator[SwitchEvent]:
        async for event in self._switch.events():
            self._meter.on_event(event)
            yield event

    # What costs nothing

    async def hang_up(self, call_or_leg_id: str) -> bool:
        return await self._switch.hang_up(call_or_leg_id)

    async def ring_desk(
        self, leg_id: str, address: str, ring_timeout: timedelta
    ) -> None:
        await self._switch.ring_desk(leg_id, address, ring_timeout)

    async def park(self, leg_id: str) -> bool:
        return await self._switch.park(leg_id)

    async def consult(self, leg_id: str, partner_leg_id: str) -> bool:
        return await self._switch.consult(leg_id, partner_leg_id)

    async def bring_in(self, leg_id: str, call_id: CallId) -> bool:
        return await self._switch.bring_in(leg_id, call_id)

    async def practise(self, practice_id: str, leg_id: str) -> bool:
        return await self._switch.practise(practice_id, leg_id)

    async def listen(self, leg_id: str, to_leg_id: str, mode: ListenMode) -> bool:
        return await self._switch.listen(leg_id, to_leg_id, mode)

    async def standing(self) -> Standing:
        return await self._switch.standing()

    async def keys_pressed(self) -> Mapping[CallId, str]:
        return await self._switch.keys_pressed()

    async def forget_keys(self) -> None:
        await self._switch.forget_keys()
