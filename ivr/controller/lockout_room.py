"""Brings tries to be a phone to core.lockout, and has its lock-outs carried out.

What the store keeps holds after a restart; an entry that is shortened there (`dialer.py
lockouts release`) is freed, one that another node made is shut out here too. Decides
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from ivr.controller.ports import Clock
from ivr.core.lockout import Knock, Lockout, Lockouts, Source, Stray, Trouble
from ivr.errors import SamvadError

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 2.0  # for what ended, and what was released
LATELY = timedelta(minutes=15)  # an alarm tells of those
KEPT_AT_START = timedelta(days=1)  # the next lock-out of an address is twice as long


class Gate(Protocol):
    """What lets nothing of an address in."""

    async def shut_out(self, sources: Sequence[Source]) -> None:
        """Let in all but these. Raises SetupFailed, SwitchGone."""


class LockoutStore(Protocol):
    """Raises StoreUnavailable."""

    async def keep(self, lockout: Lockout) -> None: ...

    async def since(self, end: datetime) -> list[Lockout]:
        """Return those that end after `end`."""


Note = Callable[[Lockout], Awaitable[None]]


class LockoutRoom:
    """One for a switch."""

    def __init__(
        self,
        lockouts: Lockouts,
        gate: Gate,
        store: LockoutStore,
        clock: Clock,
        *,
        note: Note,
    ) -> None:
        """`note`: keeps one in the audit log."""
        self._lockouts = lockouts
        self._gate = gate
        self._store = store
        self._clock = clock
        self._note = note
        self._owed: list[Lockout] = []  # to the store
        self._is_first = True  # nothing was read of the store yet
        self._shut: tuple[Source, ...] | None = None  # what the gate knows
        self._wake = asyncio.Event()

    def knocked(self, knock: Knock) -> None:
        """Take a try, at once; what follows from it is done by `run`."""
        made = self._lockouts.saw(knock)
        if made is not None:
            self._owed.append(made)
            self._wake.set()
            log.warning(
                "Locked out",
                address=made.source,
                until=made.until.isoformat(timespec="seconds"),
                because=made.because,
            )

    def called_out(self, account: str) -> None:
        """Take a call that a phone of ours began by itself."""
        log.warning("A phone called by itself; nobody was reached", phone=account)
        self._lockouts.called_out(account, self._clock.now())

    def gate_forgot(self) -> None:
        """Tell the gate again: the switch was away."""
        self._shut = None
        self._wake.set()

    def lately(self) -> list[Lockout]:
        """Return those that began within the last minutes and hold."""
        now = self._clock.now()
        return [one for one in self._lockouts.on(now) if now - one.since < LATELY]

    def troubles(self) -> list[Trouble]:
        return self._lockouts.troubles(self._clock.now())

    def strays(self) -> list[Stray]:
        return self._lockouts.strays(self._clock.now())

    async def run(self) -> None:
        """Carry out lock-outs and their ends until cancelled."""
        while True:
            await self.carry_out()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._wake.wait()
            self._wake.clear()

    async def carry_out(self) -> None:
        """Shut the gate first; what is kept and noted of it may take its time."""
        await self._shut_gate()
        try:
            while self._owed:
                await self._store.keep(self._owed[0])
                await self._note(self._owed.pop(0))
            await self._take_up()
        except SamvadError as exc:
            log.error("Lock-outs not kept", error=str(exc))
        await self._shut_gate()

    async def _take_up(self) -> None:
        """Let hold what the store keeps; what ended there was released."""
        now = self._clock.now()
        kept = await self._store.since(now - KEPT_AT_START if self._is_first else now)
        if not self._is_first:
            known = {one.source for one in (*kept, *self._owed)}
            self._lockouts.take_up(
                replace(one, until=now)
                for one in self._lockouts.on(now)
                if one.source not in known
            )
        self._lockouts.take_up(kept)
        self._is_first = False

    async def _shut_gate(self) -> None:
        sources = tuple(one.source for one in self._lockouts.on(self._clock.now()))
        if sources == self._shut:
            return
        try:
            await self._gate.shut_out(sources)
        except SamvadError as exc:
            log.error("The gate was not told", error=str(exc), addresses=len(sources))
        else:
            self._shut = sources
