"""The virtual voter's line against a scripted Asterisk on a real socket."""

from __future__ import annotations

import asyncio

import pytest

from ivr.asterisk.fastagi import AgiServer, AgiSession
from ivr.asterisk.practice_line import AgiVoterLine
from ivr.controller.practice_ports import Spoken
from ivr.errors import CallerHungUp

HEADERS = b"agi_network: yes\nagi_network_script: call\nagi_uniqueid: p-1\n\n"
OK = "200 result=0"


def status(word: str) -> str:
    return f"200 result=1 ({word})"


async def heard(*replies: str) -> tuple[list[str], Spoken | None]:
    """Return what was asked of Asterisk, and what the line heard; None: hung up."""
    got: list[Spoken | None] = []

    async def on_session(session: AgiSession) -> None:
        line = AgiVoterLine(session, lambda name: f"/audio/{name}")
        assert line.practice_id == "p-1"
        try:
            await line.say("pension-1")
            got.append(await line.hear(7.6))
        except CallerHungUp:
            got.append(None)
            raise

    server = AgiServer(on_session)
    port = await server.start("127.0.0.1", 0)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEADERS)
        asked = []
        for reply in replies:
            line = await asyncio.wait_for(reader.readline(), 5)
            asked.append(line.decode().strip())
            writer.write(reply.encode() + b"\n")
        await asyncio.wait_for(reader.read(), 5)
        writer.close()
    finally:
        await server.stop()
    return asked, got[0]


async def test_a_line_is_said_and_then_the_telecaller_is_heard_to_their_end() -> None:
    asked, spoken = await heard(OK, OK, status("NOISE"), OK, status("SILENCE"))
    assert asked == [
        'STREAM FILE "/audio/pension-1" ""',
        'EXEC WaitForNoise "120,1,8"',
        "GET VARIABLE WAITSTATUS",
        'EXEC WaitForSilence "1200,1,45"',
        "GET VARIABLE WAITSTATUS",
    ]
    assert spoken is not None and spoken.spoke_s > 0 <= spoken.waited_s


async def test_who_says_nothing_has_not_spoken() -> None:
    asked, spoken = await heard(OK, OK, status("TIMEOUT"))
    assert len(asked) == 3
    assert spoken is not None and spoken.spoke_s == 0.0


@pytest.mark.parametrize("replies", [["HANGUP"], [OK, "200 result=-1"]])
async def test_a_line_that_is_gone_says_so(replies: list[str]) -> None:
    _, spoken = await heard(*replies)
    assert spoken is None
