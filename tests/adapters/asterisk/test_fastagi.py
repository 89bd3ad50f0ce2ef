"""The FastAGI server against clients that behave, and clients that do not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from ivr.asterisk.fastagi import AgiServer, AgiSession, is_from_here
from ivr.asterisk.line import BOUNCE_S, AgiLine
from ivr.controller.ports import Heard, Recorded
from ivr.core.flow_model import Clip
from ivr.errors import CallerHungUp
from tests.polling import until

HEADERS = b"agi_network: yes\nagi_network_script: call\nagi_uniqueid: c-1\n\n"
HELLO = Clip("hi", "नमस्ते")
MENU = Clip("hi", "एक दबाएँ")


@contextlib.asynccontextmanager
async def serving(
    talk: Callable[[AgiLine], object], *, headers_timeout_s: float = 5.0
) -> AsyncIterator[tuple[AgiServer, int]]:
    async def on_session(session: AgiSession) -> None:
        line = AgiLine(
            session,
            paths_of=lambda clip: (f"/audio/{clip.text}",),
            channel_of=lambda leg: "PJSIP/tc-101-1" if leg == "d-1" else None,
            recordings="/run/answers",
        )
        await talk(line)  # type: ignore[misc]

    server = AgiServer(on_session, headers_timeout_s=headers_timeout_s)
    port = await server.start("127.0.0.1", 0)
    try:
        yield server, port
    finally:
        await server.stop()


async def converse(port: int, replies: list[str]) -> list[str]:
    """Play Asterisk: answer each command with the next reply; return commands."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEADERS)
    commands = []
    for reply in replies:
        commands.append((await asyncio.wait_for(reader.readline(), 5)).decode().strip())
        writer.write(reply.encode() + b"\n")
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return commands


async def ask(line: AgiLine, *clips: Clip, max_digits: int = 1) -> Heard:
    return await line.ask(
        clips,
        max_digits=max_digits,
        first_timeout_s=5,
        between_timeout_s=2.5,
        terminator="#",
    )


@pytest.mark.parametrize(
    ("reply", "max_digits", "heard"),
    [
        ("200 result=3", 1, Heard("3")),
        ("200 result= (timeout)", 1, Heard("")),
        ("200 result=", 1, Heard("", terminated=True)),
        ("200 result=98", 4, Heard("98", terminated=True)),
        ("200 result=98 (timeout)", 4, Heard("98")),
        ("200 result=9827", 4, Heard("9827")),
    ],
)
async def test_keys_after_a_prompt_are_read_as_pressed(
    reply: str, max_digits: int, heard: Heard
) -> None:
    got: list[Heard] = []

    async def talk(line: AgiLine) -> None:
        got.append(await ask(line, MENU, max_digits=max_digits))

    async with serving(talk) as (_, port):
        commands = await converse(port, [reply])
    assert got == [heard]
    assert commands == [f'GET DATA "/audio/एक दबाएँ" 5000 {max_digits}']


async def test_a_key_during_the_first_of_two_clips_ends_both() -> None:
    got: list[Heard] = []

    async def talk(line: AgiLine) -> None:
        got.append(await ask(line, HELLO, MENU))

    async with serving(talk) as (_, port):
        await converse(port, [f"200 result={ord('2')} endpos=8000"])
    assert got == [Heard("2")]


async def test_a_key_pressed_between_two_commands_is_not_lost() -> None:
    """Asterisk drops it; the manager's event brings it to the next question."""
    got: list[Heard] = []

    async def talk(line: AgiLine) -> None:
        line.note_key("4")
        got.append(await ask(line, MENU))

    async with serving(talk) as (_, port):
        await converse(port, [])
    assert got == [Heard("4")]


@pytest.mark.parametrize(
    ("key", "heard"), [("4", Heard("4")), ("#", Heard("", terminated=True))]
)
async def test_a_key_whose_event_is_late_is_not_lost_where_nothing_follows(
    key: str, heard: Heard
) -> None:
    """Asterisk dropped it before the prompt; the event comes while that plays."""
    got: list[Heard] = []

    async def talk(line: AgiLine) -> None:
        asking = asyncio.create_task(ask(line, MENU))
        await asyncio.sleep(0)  # the command is on its way
        line.note_key(key)
        got.append(await asking)

    async with serving(talk) as (_, port):
        await converse(port, ["200 result= (timeout)"])
    assert got == [heard]


async def test_more_keys_may_follow_one_whose_event_was_late() -> None:
    got: list[Heard] = []

    async def talk(line: AgiLine) -> None:
        asking = asyncio.create_task(ask(line, MENU, max_digits=3))
        await asyncio.sleep(0)
        line.note_key("4")
        got.append(await asking)

    async with serving(talk) as (_, port):
        five = f"200 result={ord('5')}"
        await converse(port, ["200 result= (timeout)", five, "200 result=0"])
    assert got == [Heard("45")]


async def test_a_key_seen_twice_counts_once() -> None:
    got: list[Heard] = []

    async def talk(line: AgiLine) -> None:
        got.append(await ask(line, MENU))
        line.note_key("1")
        got.append(await ask(line, MENU))

    async with serving(talk) as (_, port):
        await converse(port, ["200 result=1", "200 result= (timeout)"])
    assert got == [Heard("1"), Heard("")]


async def test_one_press_that_comes_twice_answers_one_question() -> None:
    """An Asterisk that stood still in the middle of a key brings it again."""
    got: list[Heard] = []

    async def talk(line: AgiLine) -> None:
        got.append(await ask(line, MENU))
        line.note_key("1")
        line.note_key("1")
        got.append(await ask(line, MENU))
        await asyncio.sleep(BOUNCE_S)
        got.append(await ask(line, MENU))

    async with serving(talk) as (_, port):
        twice = ["200 result=1", "200 result=1"]
        commands = await converse(port, [*twice, "200 result=2", "200 result=2"])
    assert [one.keys for one in got] == ["1", "2", "2"]
    assert len(commands) == 4  # the second question was asked again


async def test_who_answers_two_questions_alike_is_heard_twice() -> None:
    got: list[Heard] = []

    async def talk(line: AgiLine) -> None:
        for _ in range(2):
            got.append(await ask(line, MENU))
            await asyncio.sleep(BOUNCE_S)
            line.note_key("1")

    async with serving(talk) as (_, port):
        await converse(port, ["200 result=1", "200 result=1"])
    assert [one.keys for one in got] == ["1", "1"]


async def test_a_key_that_came_to_nobody_is_over_once_the_next_one_came() -> None:
    """Else the next question would take what was this one's answer."""
    got: list[Heard] = []

    async def talk(line: AgiLine) -> None:
        asking = asyncio.create_task(ask(line, MENU))
        await asyncio.sleep(0)
        line.note_key("1")  # Asterisk dropped it, and asks all the same
        line.note_key("2")
        got.append(await asking)
        assert line.untaken == ""
        got.append(await ask(line, MENU))

    async with serving(talk) as (_, port):
        await converse(port, ["200 result=2", "200 result= (timeout)"])
    assert [one.keys for one in got] == ["2", ""]


@pytest.mark.parametrize(
    "reply",
    ["HANGUP", "200 result=-1", "511 Command Not Permitted on a dead channel"],
)
async def test_a_hang_up_only_unwinds(reply: str) -> None:
    ended: list[str] = []

    async def talk(line: AgiLine) -> None:
        try:
            await ask(line, MENU)
        except CallerHungUp:
            ended.append("hung up")
            raise

    async with serving(talk) as (server, port):
        await converse(port, [reply])
        assert server.accepted == 1
    assert ended == ["hung up"]


@pytest.mark.parametrize(
    ("reply", "recorded"),
    [
        ("200 result=0 (timeout) endpos=40000", Recorded("a.wav", 5.0, "silence")),
        ("200 result=35 (dtmf) endpos=16000", Recorded("a.wav", 2.0, "key", "#")),
        ("200 result=-1 (hangup) endpos=24000", Recorded("a.wav", 3.0, "hang_up")),
    ],
)
async def test_what_a_voter_said_is_kept_even_when_they_hang_up(
    reply: str, recorded: Recorded
) -> None:
    got: list[Recorded] = []

    async def talk(line: AgiLine) -> None:
        got.append(await line.record([], name="a", max_s=60, silence_s=3, beep=True))

    async with serving(talk) as (_, port):
        commands = await converse(port, [reply])
    assert got == [recorded]
    assert commands == [
        'RECORD FILE "/run/answers/a" wav "0123456789*#" 60000 0 BEEP s=3'
    ]


@pytest.mark.parametrize(
    ("key", "recorded", "commands"),
    [
        ("9", Recorded("", 0.0, "key", "9"), 1),
        ("4", Recorded("a.wav", 5.0, "silence", early="4"), 2),
    ],
    ids=["never again", "begin now"],
)
async def test_a_key_before_the_beep_is_not_lost(
    key: str, recorded: Recorded, commands: int
) -> None:
    got: list[Recorded] = []

    async def talk(line: AgiLine) -> None:
        got.append(
            await line.record([MENU], name="a", max_s=60, silence_s=3, beep=True)
        )

    replies = [f"200 result={ord(key)} endpos=8000"]
    replies += ["200 result=0 (timeout) endpos=40000"] * (commands - 1)
    async with serving(talk) as (_, port):
        sent = await converse(port, replies)
    assert got == [recorded]
    assert len(sent) == commands


async def test_a_voter_is_joined_to_a_parked_leg_by_its_channel() -> None:
    got: list[bool] = []

    async def talk(line: AgiLine) -> None:
        got.append(await line.join("d-gone"))
        got.append(await line.join("d-1"))

    async with serving(talk) as (_, port):
        commands = await converse(port, ["200 result=0", "200 result=1 (SUCCESS)"])
    assert got == [False, True]
    assert commands[0] == 'EXEC Bridge "PJSIP/tc-101-1,F(samvad-desk^s^park)"'


async def nothing(line: AgiLine) -> None: ...


@pytest.mark.parametrize(
    "garbage",
    [b"", b"GET / HTTP/1.1\r\n\r\n\n\n", b"\x00\xff" * 5000, b"x" * 10_000_000],
    ids=["connects and closes", "http", "bytes", "10 MB of header"],
)
async def test_a_client_that_is_not_asterisk_is_dropped(garbage: bytes) -> None:
    async with serving(nothing) as (server, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError):
            writer.write(garbage)
            await writer.drain()
        writer.close()
        await converse(port, [])  # and the next one is served
        assert (server.accepted, server.refused) == (1, 1)


async def test_a_client_that_says_nothing_is_dropped_in_time() -> None:
    async with serving(nothing, headers_timeout_s=0.05) as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert server.refused == 1
        writer.close()


@pytest.mark.parametrize(
    "reply",
    [
        "200 result=1114112",  # beyond the last letter
        "200 result=99999999999999999999",
        "200 result=x",
        "200 result=200",  # a letter, and no key
        "200 result=",
        "200 endpos=7",
    ],
)
async def test_a_result_that_is_no_key_is_none(reply: str) -> None:
    got: list[Heard] = []

    async def talk(line: AgiLine) -> None:
        got.append(await ask(line, HELLO, MENU))

    async with serving(talk) as (_, port):
        await converse(port, [reply, "200 result=xyz (timeout)"])
    assert got == [Heard("")]


@pytest.mark.parametrize("end", ["", "x", "-5", "²"])
async def test_a_recording_of_unknown_length_is_kept(end: str) -> None:
    got: list[Recorded] = []

    async def talk(line: AgiLine) -> None:
        for _ in range(2):
            one = await line.record([], name="a", max_s=60, silence_s=3, beep=True)
            got.append(one)

    async with serving(talk) as (_, port):
        replies = [f"200 result=0 (timeout) endpos={end}"]
        await converse(port, [*replies, f"200 result=-1 (hangup) endpos={end}"])
    assert got == [
        Recorded("a.wav", 0.0, "silence"),
        Recorded("a.wav", 0.0, "hang_up"),
    ]


async def test_a_caller_cannot_write_headers_by_their_name() -> None:
    """U+2028, a vertical tab and others end a line for Python, not for Asterisk."""
    got: list[str] = []

    async def talk(line: AgiLine) -> None:
        got.append(line.call_id)

    async with serving(talk) as (_, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        for end in ("\u2028", "\x0b", "\x1c", "\x85", "\r"):
            name = f"agi_calleridname: राम{end}agi_uniqueid: c-2\n".encode()
            writer.write(HEADERS[:-1] + name + b"agi_uniqueid: c-3\n\n")
            await until(lambda: got)
            assert got.pop() == "c-1"
            writer.close()
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()


async def test_a_line_that_is_closed_takes_no_command() -> None:
    """uvloop raises an error of its own there."""
    ended: list[str] = []

    async def talk(line: AgiLine) -> None:
        line._session.writer.transport.abort()
        try:
            await ask(line, MENU)
        except CallerHungUp:
            ended.append("hung up")

    async with serving(talk) as (_, port):
        await converse(port, [])
    assert ended == ["hung up"]


@pytest.mark.parametrize(
    ("peer", "is_ours"),
    [
        (("127.0.0.1", 40000), True),
        (("::1", 40000, 0, 0), True),
        (("192.0.2.9", 40000), False),
        (("::ffff:192.0.2.9", 40000, 0, 0), False),
        (("nowhere", 1), False),
        (None, False),
        ("", False),
    ],
)
def test_only_this_machine_is_asterisk(peer: object, is_ours: bool) -> None:
    assert is_from_here(peer) is is_ours


async def test_a_connection_from_another_machine_is_closed_unheard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(_line: AgiLine) -> None:
        raise AssertionError("it was let in")

    monkeypatch.setattr("ivr.asterisk.fastagi.is_from_here", lambda peer: False)
    async with serving(never) as (server, port):
        with contextlib.suppress(ConnectionResetError):
            await converse(port, [])
        assert (server.accepted, server.refused) == (0, 1)


async def test_a_session_that_is_cancelled_ends_quietly() -> None:
    """Its voter came on another line."""
    sessions: list[asyncio.Task[None] | None] = []
    told: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: told.append(context))

    async def talk(line: AgiLine) -> None:
        sessions.append(asyncio.current_task())
        await ask(line, MENU)

    async with serving(talk) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEADERS)
        await until(lambda: sessions)
        assert sessions[0] is not None
        sessions[0].cancel()
        await asyncio.wait_for(reader.read(), 5)
        writer.close()
    assert told == []
