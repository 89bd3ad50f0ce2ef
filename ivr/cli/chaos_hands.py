"""What breaks things: one way for each kind of fault, and its repair."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ivr.asterisk.process import stale_pid
from ivr.chaos.facts import Broken, Span
from ivr.chaos.kinds import Kind
from ivr.chaos.plan import Fault
from ivr.chaos.wires import SipSpan, Wire
from ivr.cli.chaos_controller import set_jump
from ivr.cli.chaos_parts import Controller, Postgres, fill, now, signal_to
from ivr.cli.chaos_scene import Folders


@dataclass
class Parts:
    """Everything that can be broken."""

    folders: Folders
    controller: Controller
    ami: Wire
    agi: Wire
    sip: SipSpan
    postgres: Postgres | None = None
    jumped_s: float = 0.0
    outages: list[Span] = field(default_factory=list)  # of database and disk


class Hands:
    """Injects faults, one after the other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.broken: list[Broken] = []
        self.missed = 0  # what was to be killed was not there
        self._ways: Mapping[Kind, Callable[[Fault], Awaitable[bool]]] = {
            Kind.KILL_CONTROLLER: self._kill_controller,
            Kind.KILL_GUARDIAN: self._kill_guardian,
            Kind.CHANGE_CONTROLLER: self._change_controller,
            Kind.KILL_ASTERISK: lambda _: self._kill(parts.folders.asterisk_conf),
            Kind.KILL_CARRIER: lambda _: self._kill(parts.folders.carrier_conf),
            Kind.KILL_DATABASE: self._kill_database,
            Kind.PAUSE_CONTROLLER: self._pause_controller,
            Kind.PAUSE_ASTERISK: lambda f: self._pause(parts.folders.asterisk_conf, f),
            Kind.PAUSE_CARRIER: lambda f: self._pause(parts.folders.carrier_conf, f),
            Kind.PAUSE_DATABASE: self._pause_database,
            Kind.CUT_AMI: lambda f: self._cut(parts.ami, f),
            Kind.DELAY_AMI: lambda f: self._delay(parts.ami, f),
            Kind.CUT_AGI: lambda f: self._cut(parts.agi, f),
            Kind.DELAY_AGI: lambda f: self._delay(parts.agi, f),
            Kind.FULL_DISK: self._fill_disk,
            Kind.CLOCK: self._jump,
            Kind.DROP_SIP: lambda f: self._spoil(f, drop=f.strength),
            Kind.DUPLICATE_SIP: lambda f: self._spoil(f, double=f.strength),
            Kind.REORDER_SIP: lambda f: self._spoil(f, reorder=f.strength),
        }

    async def inject(self, fault: Fault) -> None:
        """Break it, let it last, repair it."""
        began = now()
        if await self._ways[fault.kind](fault):
            self.broken.append(Broken(fault, Span(began, now())))
        else:
            self.missed += 1

    async def _kill_controller(self, _fault: Fault) -> bool:
        return signal_to(self._parts.controller.pid, signal.SIGKILL)

    async def _kill_guardian(self, _fault: Fault) -> bool:
        return signal_to(self._parts.controller.guardian_pid, signal.SIGKILL)

    async def _change_controller(self, _fault: Fault) -> bool:
        return signal_to(self._parts.controller.guardian_pid, signal.SIGHUP)

    async def _kill(self, conf_file: Path) -> bool:
        return signal_to(stale_pid(conf_file), signal.SIGKILL)

    async def _kill_database(self, fault: Fault) -> bool:
        server = self._parts.postgres
        if server is None:
            return False
        async with self._outage():
            server.kill()
            await asyncio.sleep(fault.lasts_s)
            await asyncio.to_thread(server.start)
        return True

    async def _pause_database(self, fault: Fault) -> bool:
        server = self._parts.postgres
        if server is None:
            return False
        async with self._outage():
            server.pause()
            await asyncio.sleep(fault.lasts_s)
            server.go_on()
        return True

    async def _pause_controller(self, fault: Fault) -> bool:
        return await self._stand_still(self._parts.controller.pid, fault)

    async def _pause(self, conf_file: Path, fault: Fault) -> bool:
        return await self._stand_still(stale_pid(conf_file), fault)

    async def _stand_still(self, pid: int | None, fault: Fault) -> bool:
        if not signal_to(pid, signal.SIGSTOP):
            return False
        try:
            await asyncio.sleep(fault.lasts_s)
        finally:
            signal_to(pid, signal.SIGCONT)
        return True

    async def _cut(self, wire: Wire, fault: Fault) -> bool:
        wire.cut()
        try:
            await asyncio.sleep(fault.lasts_s)
        finally:
            wire.mend()
        return True

    async def _delay(self, wire: Wire, fault: Fault) -> bool:
        wire.delay(fault.strength)
        try:
            await asyncio.sleep(fault.lasts_s)
        finally:
            wire.mend()
        return True

    async def _fill_disk(self, fault: Fault) -> bool:
        async with self._outage():
            ballast = await asyncio.to_thread(fill, self._parts.folders.home.parent)
            try:
                await asyncio.sleep(fault.lasts_s)
            finally:
                ballast.unlink()
        return True

    async def _jump(self, fault: Fault) -> bool:
        self._parts.jumped_s += fault.strength
        set_jump(self._parts.folders.clock, self._parts.jumped_s)
        return True

    async def _spoil(
        self,
        fault: Fault,
        *,
        drop: float = 0.0,
        double: float = 0.0,
        reorder: float = 0.0,
    ) -> bool:
        sip = self._parts.sip
        sip.spoil(fault.seed, drop=drop, double=double, reorder=reorder)
        try:
            await asyncio.sleep(fault.lasts_s)
        finally:
            sip.mend()
        return True

    @contextlib.asynccontextmanager
    async def _outage(self) -> AsyncIterator[None]:
        began: datetime = now()
        try:
            yield
        finally:
            self._parts.outages.append(Span(began, now()))
