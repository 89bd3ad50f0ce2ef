"""A small exchange on Samvad's own Asterisk configuration, and a carrier beside it.

For tests that ask what the far end does: the flow is written in the test.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivr.asterisk.ami import AmiAddress
from ivr.asterisk.fastagi import AgiServer, AgiSession
from ivr.asterisk.line import AgiLine
from ivr.asterisk.process import AsteriskProcess
from ivr.asterisk.provision import find_asterisk, render
from ivr.asterisk.switch import AsteriskSwitch
from ivr.controller.ports import Dial
from ivr.core.events import CallEnded, SwitchEvent
from ivr.core.flow_model import Clip
from ivr.core.model import (
    CallId,
    CentreCode,
    PhoneNumber,
    Telecaller,
    TelecallerId,
)
from ivr.settings.config import PROJECT, Settings, load_settings
from ivr.settings.secret import secret
from ivr.simulation.carrier import Carrier, Place
from ivr.simulation.population import Fixed, Rates
from ivr.simulation.settings import Simulation
from ivr.simulation.understanding import Understanding
from ivr.vault.vault import vault_of
from tests.acceptance.ports import (
    AGI,
    AMI,
    CARRIER,
    RTP,
    RTP_END,
    SIP,
    SIPS,
    WSS,
)
from tests.polling import until

SEED = 11
TELECALLERS = ("tc-101", "tc-102")

Flow = Callable[[AgiLine], Awaitable[None]]


class Exchange:
    """Samvad's Asterisk, a carrier, and a flow that each test sets."""

    def __init__(
        self,
        home: Path,
        fixed: Mapping[str, Fixed],
        rates: Rates,
        understanding: Understanding | None = None,
    ) -> None:
        self.settings = _settings(home)
        self.home = home
        self.recordings = vault_of(home).recordings
        self._ids = itertools.count(1)
        self.events: list[SwitchEvent] = []
        self.flow: Flow = _hang_up
        self.sounds: dict[str, str] = {}  # what a clip's text is played from
        self._agi = AgiServer(self._take)
        self.switch = AsteriskSwitch(
            AmiAddress("127.0.0.1", AMI, "samvad", secret(home, "ami")),
            lambda: datetime.now(UTC),
        )
        place = Place(PROJECT, home, SIP, TELECALLERS)
        people = {PhoneNumber(n): one for n, one in fixed.items()}
        self.carrier = Carrier(
            place,
            Simulation(
                seed=SEED, rates=rates, ports=CARRIER, fixed=people, keep_sound=1
            ),
            understanding=understanding,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self.process: AsteriskProcess | None = None

    async def start(self) -> None:
        people = [
            Telecaller(TelecallerId(a), a, CentreCode("MP"), a) for a in TELECALLERS
        ]
        folders = render(self.settings, people)
        self.recordings.make_folders()
        self.process = AsteriskProcess(
            find_asterisk(PROJECT).program,
            folders.conf_file,
            name="Samvad's Asterisk",
            log_file=folders.log / "console.log",
        )
        await self._agi.start("127.0.0.1", AGI)
        await self.process.start()
        self._tasks = [
            asyncio.create_task(self.switch.run()),
            asyncio.create_task(self._note()),
        ]
        await until(lambda: self.switch.is_up)
        await self.carrier.start()

    async def stop(self) -> None:
        await self.carrier.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.process is not None:
            await self.process.stop()
        await self._agi.stop()

    async def dial(self, number: str, ring_s: float = 30) -> CallId:
        call_id = CallId(f"c-{next(self._ids):06d}")
        await self.switch.dial(
            Dial(
                call_id,
                PhoneNumber(number),
                self.settings.trunk("carrier"),
                PhoneNumber("+917552550100"),
                timedelta(seconds=ring_s),
            )
        )
        return call_id

    async def ended(self, call_id: CallId, within_s: float = 30) -> CallEnded:
        """Return how the call ended."""

        def ends() -> list[CallEnded]:
            return [
                e
                for e in self.events
                if isinstance(e, CallEnded) and e.call_id == call_id
            ]

        await until(ends, within_s=within_s)
        return ends()[0]

    async def _note(self) -> None:
        async for event in self.switch.events():
            self.events.append(event)

    async def _take(self, session: AgiSession) -> None:
        line = AgiLine(
            session,
            paths_of=self._paths_of,
            channel_of=self.switch.channel_of,
            recordings=str(self.recordings.new),
        )
        self.switch.watch_line(line)
        await self.flow(line)
        await line.hang_up()

    def _paths_of(self, clip: Clip) -> list[str]:
        return [self.sounds[clip.text]] if clip.text in self.sounds else []


async def _hang_up(_line: AgiLine) -> None:
    return


def _settings(home: Path) -> Settings:
    demo = load_settings(PROJECT / "config" / "demo.toml").replace(home=home)
    asterisk = dataclasses.replace(
        demo.asterisk,
        ami_port=AMI,
        agi_port=AGI,
        sip_port=SIP,
        sips_port=SIPS,
        wss_port=WSS,
        rtp_start=RTP,
        rtp_end=RTP_END,
    )
    trunk = dataclasses.replace(demo.trunk("carrier"), port=CARRIER.sip)
    return dataclasses.replace(demo, asterisk=asterisk, trunks=(trunk,))


@contextlib.asynccontextmanager
async def running(
    home: Path,
    fixed: Mapping[str, Fixed],
    rates: Rates,
    understanding: Understanding | None = None,
) -> AsyncIterator[Exchange]:
    exchange = Exchange(home, fixed, rates, understanding)
    try:
        await exchange.start()
        yield exchange
    finally:
        await exchange.stop()
