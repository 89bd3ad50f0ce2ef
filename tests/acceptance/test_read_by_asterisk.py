"""What we write is read by the real Asterisk as it was; and it bears noise.

Beside tests/unit/test_encoders.py, whose readers are made after Asterisk's source.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from ivr.asterisk.ami import AmiAddress
from ivr.asterisk.conf_file import conf_value
from ivr.asterisk.process import AsteriskProcess
from ivr.asterisk.provision import find_asterisk, render
from ivr.asterisk.switch import AsteriskSwitch
from ivr.errors import BadInput
from ivr.settings.config import PROJECT
from ivr.settings.secret import secret
from tests.acceptance.besieged import house_settings
from tests.acceptance.ports import AMI, TRUNK
from tests.acceptance.sip_phone import SipPhone
from tests.acceptance.test_asterisk_provisioned import Provisioned
from tests.fuzz.cases import NASTY, mutated
from tests.polling import until

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

TEXTS = [
    *(raw.decode("utf-8", "replace") for raw in NASTY if len(raw) < 1000),
    "a;b;--c--;",
    "a\\;b\\\\",
    'say "नमस्ते" \\ twice',
    "=> x",
    "[x]",
    "#include x",
    "क्‍ष, (b) | c & d",
]


def sendable() -> dict[str, str]:
    """Return what the encoder of files does not refuse: by a name, each text."""
    found = {}
    for text in TEXTS:
        with contextlib.suppress(BadInput):
            conf_value(text)
            found[f"v{len(found)}"] = text
    return found


@pytest.fixture
async def read_by(tmp_path: Path) -> AsyncIterator[Provisioned]:
    settings = house_settings(tmp_path)
    folders = render(settings, [], extra={"moments": 1})
    lines = [f"{name} = {conf_value(text)}" for name, text in sendable().items()]
    (folders.conf / "odd.conf").write_text("\n".join(["[x]", *lines, ""]), "utf-8")
    with (folders.conf / "modules.conf").open("a") as modules:
        modules.write("load = func_config.so\n")
    process = AsteriskProcess(
        find_asterisk(PROJECT).program,
        folders.conf_file,
        name="Asterisk",
        log_file=folders.log / "console.log",
    )
    phone = SipPhone()
    await phone.start(TRUNK)
    await process.start()
    yield Provisioned(settings, folders, process, phone, 0.0)
    await process.stop()
    phone.stop()


async def test_asterisk_reads_what_was_written(read_by: Provisioned) -> None:
    address = AmiAddress(
        "127.0.0.1", AMI, "samvad", secret(read_by.settings.home, "ami")
    )
    switch = AsteriskSwitch(address, lambda: datetime.now(UTC))
    running = asyncio.create_task(switch.run())
    await until(lambda: switch.is_up)
    try:
        await _reads_a_file(switch)
        await _bears_noise(switch)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert read_by.process.restarts == 0


async def _reads_a_file(switch: AsteriskSwitch) -> None:
    expected = {name: text for name, text in sendable().items() if text}
    read = {}
    for name in expected:
        asked = {"Action": "Getvar", "Variable": f"AST_CONFIG(odd.conf,x,{name})"}
        read[name] = (await switch._ami.send(asked)).get("Value", "")
    assert read == expected


async def _bears_noise(switch: AsteriskSwitch) -> None:
    """Garbage at the manager's port, while we use it: we are served all the same."""
    random = Random(1)
    login = b"Action: Login\r\nUsername: samvad\r\nSecret: x\r\n\r\n"
    for _ in range(60):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", AMI)
            writer.write(mutated(random, login * 3, 8))
            await writer.drain()
            writer.transport.abort()
        async with asyncio.timeout(1):
            await switch._ami.send({"Action": "Ping"})
    assert switch.is_up
