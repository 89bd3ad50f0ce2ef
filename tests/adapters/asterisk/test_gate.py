"""The gate against a control socket of our own."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.asterisk.gate import AsteriskGate
from ivr.core.lockout import Source
from ivr.errors import BadInput, SetupFailed, SwitchGone
from ivr.settings.config import PROJECT

BANNER = b"machine/42/22.10.1\n"
DONE = b"Module 'acl' reloaded successfully.\n"


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path: a socket's name may have 107 letters."""
    folder = Path(tempfile.mkdtemp(prefix="gate"))
    for name in ("conf", "run"):
        (folder / name).mkdir()
    yield folder
    shutil.rmtree(folder)


class Switch:
    """Answers on the control socket as Asterisk's console does."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked = b""

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(BANNER)
        self.asked = await reader.readuntil(b"\0")
        writer.write(self.answer[:9])
        await writer.drain()
        writer.write(self.answer[9:])
        writer.close()


async def shut(home: Path, sources: list[str], answer: bytes = DONE) -> bytes:
    switch = Switch(answer)
    server = await asyncio.start_unix_server(switch, home / "run" / "asterisk.ctl")
    try:
        gate = AsteriskGate(home, PROJECT / "dialplans")
        await gate.shut_out([Source(one) for one in sources])
        return switch.asked
    finally:
        server.close()


async def test_the_list_is_written_and_asterisk_is_told_to_read_it(home: Path) -> None:
    asked = await shut(home, ["203.0.113.7", "2001:db8:1:2::/64"])
    assert asked == b"cli quit after module reload acl\0"
    text = (home / "conf" / "lockout.conf").read_text("utf-8")
    assert "permit = 0.0.0.0/0\ndeny = 203.0.113.7\ndeny = 2001:db8:1:2::/64\n" in text


async def test_an_empty_list_lets_everybody_in(home: Path) -> None:
    await shut(home, [])
    text = (home / "conf" / "lockout.conf").read_text("utf-8")
    assert text.endswith("[samvad-lockout]\npermit = 0.0.0.0/0\n")


async def test_a_reload_that_asterisk_refuses_is_said(home: Path) -> None:
    with pytest.raises(SetupFailed, match="did not read"):
        await shut(home, [], b"No such module 'acl'\n")


async def test_without_asterisk_the_list_waits_for_its_start(home: Path) -> None:
    gate = AsteriskGate(home, PROJECT / "dialplans")
    with pytest.raises(SwitchGone):
        await gate.shut_out([Source("203.0.113.7")])
    assert "203.0.113.7" in (home / "conf" / "lockout.conf").read_text("utf-8")


async def test_a_socket_that_says_nothing_is_given_up(home: Path) -> None:
    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()
        writer.close()
        gone.set()

    gone = asyncio.Event()
    server = await asyncio.start_unix_server(silent, home / "run" / "asterisk.ctl")
    gate = AsteriskGate(home, PROJECT / "dialplans", timeout_s=0.05)
    with pytest.raises(SwitchGone):
        await gate.shut_out([])
    await gone.wait()
    server.close()


async def test_no_line_of_the_file_comes_from_outside(home: Path) -> None:
    with pytest.raises(BadInput):
        await shut(home, ["203.0.113.7\npermit = 0.0.0.0/0"])
