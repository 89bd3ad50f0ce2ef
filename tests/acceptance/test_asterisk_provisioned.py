"""The real Asterisk on the files that Samvad makes for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.asterisk.ami import AmiAddress
from ivr.asterisk.checks import check_asterisk
from ivr.asterisk.fastagi import AgiServer, AgiSession
from ivr.asterisk.outbox import take
from ivr.asterisk.process import AsteriskProcess, stale_pid
from ivr.asterisk.provision import Folders, find_asterisk, render
from ivr.asterisk.sip_probe import probe_udp
from ivr.asterisk.switch import AsteriskSwitch
from ivr.cli.phones import softphone
from ivr.controller.ports import Dial
from ivr.core.findings import Verdict
from ivr.core.model import CallId, CentreCode, PhoneNumber, Telecaller, TelecallerId
from ivr.errors import CallerHungUp, SetupFailed
from ivr.settings.certificate import certificate
from ivr.settings.config import PROJECT, Settings
from ivr.settings.secret import secret
from ivr.web.lpconfig import lpconfig
from tests.acceptance.besieged import house_settings
from tests.acceptance.ports import (
    AGI,
    AMI,
    PHONES,
    SIP,
    TRUNK,
)
from tests.acceptance.sip_phone import SipPhone
from tests.acceptance.tls_phone import TlsPhone
from tests.polling import until

pytestmark = pytest.mark.acceptance

NUMBER = PhoneNumber("+919827000001")


@dataclass
class Provisioned:
    """One started Asterisk and a telephone on its trunk."""

    settings: Settings
    folders: Folders
    process: AsteriskProcess
    phone: SipPhone
    started_in_s: float
    exits: list[int] = field(default_factory=list)


@pytest.fixture
async def provisioned(tmp_path: Path) -> AsyncIterator[Provisioned]:
    settings = house_settings(tmp_path)
    person = Telecaller(TelecallerId("tc-101"), "अ", CentreCode("MP"), "tc-101")
    folders = render(settings, [person], extra={"moments": 1})
    exits: list[int] = []
    process = AsteriskProcess(
        find_asterisk(PROJECT).program,
        folders.conf_file,
        name="Asterisk",
        log_file=folders.log / "console.log",
        on_exit=exits.append,
    )
    phone = SipPhone()
    await phone.start(TRUNK)
    begun = time.monotonic()
    await process.start()
    took_s = time.monotonic() - begun
    yield Provisioned(settings, folders, process, phone, took_s, exits)
    await process.stop()
    phone.stop()


def console(provisioned: Provisioned) -> str:
    return (provisioned.folders.log / "console.log").read_text("utf-8")


async def test_it_starts_within_five_seconds_without_a_complaint(
    provisioned: Provisioned,
) -> None:
    assert provisioned.started_in_s < 5
    assert "ERROR" not in console(provisioned)
    assert "WARNING" not in console(provisioned)
    assert "declined" not in console(provisioned)


async def test_it_answers_at_once_after_start_says_that_it_is_ready(
    provisioned: Provisioned,
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", AMI)
    writer.close()
    assert "SIP/2.0" in await probe_udp("127.0.0.1", SIP)


@pytest.mark.parametrize("user", ["anybody", "tc-101", "carrier"])
async def test_a_call_from_somebody_unknown_is_refused(
    provisioned: Provisioned, user: str
) -> None:
    stranger = SipPhone()
    await stranger.start(PHONES)
    try:
        stranger.invite(("127.0.0.1", SIP), "09827000001", user)
        await until(lambda: stranger.messages)
        # A challenge, and never a call: nobody is told which names exist.
        assert stranger.messages[0].startswith("SIP/2.0 401")
    finally:
        stranger.stop()


async def test_a_softphone_set_up_by_its_code_registers_and_is_offered_encryption(
    provisioned: Provisioned,
) -> None:
    person = Telecaller(TelecallerId("tc-101"), "सुनीता", CentreCode("MP"), "tc-101")
    given = softphone(provisioned.settings, person, "localhost")
    phone = TlsPhone(lpconfig(given))
    ami = AmiAddress(
        "127.0.0.1", AMI, "samvad", secret(provisioned.settings.home, "ami")
    )
    switch = AsteriskSwitch(ami, lambda: datetime.now(UTC))
    await phone.connect(certificate(provisioned.settings).authority)
    try:
        assert (await phone.register()).startswith("SIP/2.0 200")
        running = asyncio.create_task(switch.run())
        await until(lambda: switch.is_up)
        await switch.ring_desk("leg-1", "tc-101", timedelta(seconds=5))
        while not (offer := await phone.receive()).startswith("INVITE"):
            pass
        # Plain for who cannot do better, with the keys of SRTP for who can.
        assert re.search(r"(?m)^m=audio \d+ RTP/AVP ", offer)
        assert re.search(r"(?m)^a=crypto:\d+ AES_CM_128_HMAC_SHA1_80 inline:", offer)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    finally:
        phone.close()


async def test_a_killed_asterisk_is_started_again_and_told_of(
    provisioned: Provisioned,
) -> None:
    first = provisioned.process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: provisioned.process.restarts == 1, within_s=10)
    await provisioned.process.wait_ready()
    assert provisioned.exits == [-signal.SIGKILL]
    assert provisioned.process.pid not in (None, first)


async def test_one_left_from_a_crash_is_ended_before_the_next_start(
    provisioned: Provisioned,
) -> None:
    left = provisioned.process.pid
    await provisioned.process.leave()  # its controller is gone
    assert stale_pid(provisioned.folders.conf_file) == left
    second = another(provisioned)
    await second.start()
    try:
        assert stale_pid(provisioned.folders.conf_file) == second.pid != left
    finally:
        await second.stop()


async def test_one_left_from_a_crash_is_taken_over_by_who_wants_it(
    provisioned: Provisioned,
) -> None:
    left = provisioned.process.pid
    await provisioned.process.leave()
    second = another(provisioned, takes_over=True)
    await second.start()
    try:
        assert second.pid == left
    finally:
        await second.stop()
    assert stale_pid(provisioned.folders.conf_file) is None


def another(provisioned: Provisioned, *, takes_over: bool = False) -> AsteriskProcess:
    return AsteriskProcess(
        find_asterisk(PROJECT).program,
        provisioned.folders.conf_file,
        name="Asterisk",
        log_file=provisioned.folders.log / "second.log",
        takes_over=takes_over,
    )


async def test_a_taken_port_is_a_failed_start_that_says_so(
    provisioned: Provisioned, tmp_path: Path
) -> None:
    settings = house_settings(tmp_path / "other")
    folders = render(settings, [])
    process = AsteriskProcess(
        find_asterisk(PROJECT).program,
        folders.conf_file,
        name="Asterisk",
        log_file=folders.log / "console.log",
    )
    with pytest.raises(SetupFailed, match="Another program has the port"):
        await process.start()


async def press_until_hung_up(phone: SipPhone, key: str) -> None:
    """Press the key now and then: "one moment" comes before the apology."""
    await until(lambda: phone.in_call)
    for _ in range(20):
        phone.press(key)
        with contextlib.suppress(AssertionError):
            await until(lambda: phone.was_hung_up, within_s=1)
            return
    raise AssertionError("never hung up")


async def test_a_voter_is_told_sorry_and_key_9_is_kept_when_nobody_takes_the_call(
    provisioned: Provisioned,
) -> None:
    async with dialling(provisioned) as call_id:
        phone = provisioned.phone
        await press_until_hung_up(phone, "9")
    [left] = take(provisioned.folders.outbox)
    assert (left.call_id, left.key) == (call_id, "9")
    assert "9827000001" not in console(provisioned)


async def test_a_voter_is_told_sorry_when_the_controller_dies_in_the_call(
    provisioned: Provisioned,
) -> None:
    async def die(_session: AgiSession) -> None:
        return

    server = AgiServer(die)
    await server.start("127.0.0.1", AGI)
    try:
        async with dialling(provisioned) as call_id:
            phone = provisioned.phone
            await press_until_hung_up(phone, "1")
    finally:
        await server.stop()
    assert [(k.call_id, k.key) for k in take(provisioned.folders.outbox)] == [
        (call_id, "1")
    ]


async def test_who_pressed_in_the_apology_hears_music_until_they_are_thanked(
    provisioned: Provisioned,
) -> None:
    """A program that a busy machine starts late leaves nobody in silence."""
    agi = provisioned.folders.home / "agi"
    (agi / "fallback.agi").rename(agi / "real.agi")
    begun = provisioned.folders.home / "begun"
    late = f'#!/bin/sh\ntouch {begun}\nsleep 2.5\nexec {agi}/real.agi "$@"\n'
    (agi / "fallback.agi").write_text(late)
    (agi / "fallback.agi").chmod(0o755)
    sound = provisioned.phone.sound
    async with dialling(provisioned):
        pressing = asyncio.create_task(press_until_hung_up(provisioned.phone, "1"))
        await until(begun.exists, within_s=20)
        before = len(sound)
        await asyncio.sleep(2)
        meanwhile = [is_loud(packet) for packet in sound[before:]]
        await pressing
    assert len(meanwhile) > 80  # of 20 ms
    quiet = "".join(".X"[loud] for loud in meanwhile).split("X")
    assert max(map(len, quiet)) < 25, meanwhile
    assert len(take(provisioned.folders.outbox)) == 1


def is_loud(packet: bytes) -> bool:
    """Whether a packet of RTP with A-law is no silence."""
    return len({byte & 0x7F for byte in packet[12:]} - {0x54, 0x55}) > 4


async def test_a_voter_who_hangs_up_runs_through_nothing_more(
    provisioned: Provisioned,
) -> None:
    commands: list[str] = []

    async def listen(session: AgiSession) -> None:
        commands.append("begun")
        with contextlib.suppress(CallerHungUp):
            await session.command("WAIT FOR DIGIT 30000", 40)
        commands.append("ended")

    ran = provisioned.folders.outbox / "ran"
    fallback = provisioned.folders.home / "agi" / "fallback.agi"
    fallback.write_text(f"#!/bin/sh\ntouch {ran}\n")
    server = AgiServer(listen)
    await server.start("127.0.0.1", AGI)
    try:
        async with dialling(provisioned) as call_id:
            await until(lambda: commands)
            provisioned.phone.hang_up()
            await until(lambda: "ended" in commands)
            await until(lambda: call_id not in channels(provisioned))
    finally:
        await server.stop()
    assert not ran.exists()


def channels(provisioned: Provisioned) -> str:
    conf = provisioned.folders.conf_file
    words = [find_asterisk(PROJECT).program, "-C", conf, "-rx"]
    command = "core show channels concise"
    return subprocess.run([*words, command], capture_output=True, text=True).stdout


async def test_the_check_says_ok_of_all_this(tmp_path: Path) -> None:
    settings = house_settings(tmp_path)
    phone = SipPhone()
    await phone.start(TRUNK)
    before = set(tmp_path.iterdir())  # noqa: ASYNC240
    found = [f async for f in check_asterisk(settings, [])]
    phone.stop()
    wrong = {f.what for f in found if f.verdict is Verdict.WRONG}
    assert wrong == {"trunk carrier"}  # the telephone answers INVITE, not OPTIONS
    assert set(tmp_path.iterdir()) == before  # noqa: ASYNC240


class dialling:
    """`async with dialling(...)`: a call from Samvad to the telephone."""

    def __init__(self, provisioned: Provisioned) -> None:
        self._provisioned = provisioned
        settings = provisioned.settings
        self._switch = AsteriskSwitch(
            AmiAddress("127.0.0.1", AMI, "samvad", secret(settings.home, "ami")),
            lambda: datetime.now(UTC),
        )

    async def __aenter__(self) -> CallId:
        self._running = asyncio.create_task(self._switch.run())
        await until(lambda: self._switch.is_up)
        call_id = CallId("c-000001")
        await self._switch.dial(
            Dial(
                call_id,
                NUMBER,
                self._provisioned.settings.trunk("carrier"),
                PhoneNumber("+917552550100"),
                timedelta(seconds=10),
            )
        )
        return call_id

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
