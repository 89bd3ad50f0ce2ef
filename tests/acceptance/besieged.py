"""Samvad's Asterisk with its door kept, a trunk, and a desk at work."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ivr.asterisk.ami import AmiAddress
from ivr.asterisk.gate import AsteriskGate
from ivr.asterisk.process import AsteriskProcess
from ivr.asterisk.provision import find_asterisk, render
from ivr.asterisk.sip_probe import probe_udp
from ivr.asterisk.switch import AsteriskSwitch
from ivr.cli.door import trusted
from ivr.cli.phones import softphone
from ivr.controller.clock import SystemClock
from ivr.controller.lockout_room import LockoutRoom
from ivr.core.lockout import Lockout, Lockouts
from ivr.core.model import CentreCode, Telecaller, TelecallerId
from ivr.settings.certificate import certificate
from ivr.settings.config import PROJECT, Settings, load_settings
from ivr.settings.secret import secret
from ivr.web.lpconfig import lpconfig
from tests.acceptance.attacker import SCANNERS, Stranger
from tests.acceptance.ports import AGI, AMI, RTP, RTP_END, SIP, SIPS, TRUNK, WSS
from tests.acceptance.sip_phone import SipPhone
from tests.acceptance.tls_phone import TlsPhone
from tests.fakes.lockouts import MemoryLockouts
from tests.polling import until

SERVER = ("127.0.0.1", SIP)
HOST = "localhost"
NUMBER = "09827000001"
DESK, STOLEN = "tc-101", "tc-102"

PACE_S = 0.03  # between two tries, as over a good line of the internet
WITHIN = 10  # failures


@dataclass
class Besieged:
    settings: Settings
    process: AsteriskProcess
    carrier: SipPhone
    switch: AsteriskSwitch
    desk: Stranger  # registered as DESK
    store: MemoryLockouts
    room: LockoutRoom
    pid: int | None
    log: Path
    strangers: list[Stranger] = field(default_factory=list)
    rings: int = 0
    tls_desk: TlsPhone | None = None  # in its place, where phones are encrypted

    def password(self, account: str) -> str:
        return secret(self.settings.home, account)

    async def stranger(self, address: str) -> Stranger:
        """Return somebody at an address of 127.0.0.0/8."""
        one = Stranger(SERVER)
        await one.start(address)
        self.strangers.append(one)
        return one

    def locked_out(self) -> list[str]:
        return [str(one) for one in self.store.kept]

    async def ring(self, address: str) -> str:
        """Ring a telecaller's phone; return the leg."""
        self.rings += 1
        leg = f"d-{self.rings}"
        await self.switch.ring_desk(leg, address, timedelta(seconds=5))
        return leg

    async def is_unharmed(self) -> None:
        """Assert that nobody was called, and that the desk works as before."""
        assert [m for m in self.carrier.messages if m.startswith("INVITE")] == []
        assert (self.process.pid, self.process.restarts) == (self.pid, 0)
        assert "SIP/2.0" in await probe_udp(*SERVER)
        before = len(self.desk.invites)
        leg = await self.ring(DESK)
        await until(lambda: self.switch.channel_of(leg))
        assert len(self.desk.invites) == before + 1
        await self.switch.hang_up(leg)
        assert await self.desk.register(DESK, self.password(DESK)) == "200"
        assert [m for m in self.carrier.messages if m.startswith("INVITE")] == []


@contextlib.asynccontextmanager
async def besieged(home: Path, **asterisk: Any) -> AsyncIterator[Besieged]:
    """`asterisk`: settings of [asterisk] that are others than the demo's."""
    settings = house_settings(home, **asterisk)
    people = [
        Telecaller(TelecallerId(one), "अ", CentreCode("MP"), one)
        for one in (DESK, STOLEN)
    ]
    folders = render(settings, people)
    log = folders.log / "console.log"
    process = AsteriskProcess(
        find_asterisk(PROJECT).program, folders.conf_file, name="Asterisk", log_file=log
    )
    carrier, desk, store = SipPhone(), Stranger(SERVER), MemoryLockouts()
    clock = SystemClock()
    switch = AsteriskSwitch(
        AmiAddress("127.0.0.1", AMI, "samvad", secret(home, "ami")),
        lambda: datetime.now(UTC),
    )
    gate = AsteriskGate(folders.home, PROJECT / "dialplans")
    room = LockoutRoom(Lockouts(trusted(settings)), gate, store, clock, note=_nothing)
    switch.on_knock, switch.on_back = room.knocked, room.gate_forgot
    switch.on_stray = room.called_out
    await carrier.start(TRUNK)
    await process.start()
    tasks = [asyncio.create_task(switch.run()), asyncio.create_task(room.run())]
    scene = Besieged(
        settings, process, carrier, switch, desk, store, room, process.pid, log
    )
    try:
        await until(lambda: switch.is_up)
        await desk.start("127.0.0.2")
        if settings.asterisk.allow_plain_sip:
            assert await desk.register(DESK, scene.password(DESK)) == "200"
        else:
            scene.tls_desk = TlsPhone(lpconfig(softphone(settings, people[0], HOST)))
            await scene.tls_desk.connect(certificate(settings).authority)
            assert (await scene.tls_desk.register()).startswith("SIP/2.0 200")
        yield scene
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await process.stop()
        for phone in (carrier, desk, *scene.strangers):
            phone.stop()
        if scene.tls_desk is not None:
            scene.tls_desk.close()


def house_settings(home: Path, **changes: Any) -> Settings:
    demo = load_settings(PROJECT / "config/demo.toml").replace(home=home)
    asterisk = dataclasses.replace(
        demo.asterisk,
        ami_port=AMI,
        agi_port=AGI,
        sip_port=SIP,
        sips_port=SIPS,
        wss_port=WSS,
        rtp_start=RTP,
        rtp_end=RTP_END,
        **changes,
    )
    trunk = dataclasses.replace(demo.trunk("carrier"), port=TRUNK)
    return dataclasses.replace(demo, asterisk=asterisk, trunks=(trunk,))


async def _nothing(_one: Lockout) -> None:
    return


async def tries_until_shut_out(stranger: Stranger, method: str, name: str) -> int:
    """Return how many tries were answered by anything but the gate."""
    for n in range(60):
        password = None if method == "OPTIONS" else f"secret{n}"
        answer = await stranger.ask(
            method,
            name.format(n),
            NUMBER if method == "INVITE" else "",
            password=password,
            scanner=SCANNERS[n % len(SCANNERS)],
        )
        if answer == "403":
            return n
        await asyncio.sleep(PACE_S)
    return 60
