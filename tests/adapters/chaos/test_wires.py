"""Wires that are cut and spoiled, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator

import pytest

from ivr.chaos.wires import HERE, CallMarks, SipSpan, Wire
from tests.polling import until


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind((HERE, 0))
        return int(one.getsockname()[1])


@contextlib.asynccontextmanager
async def wire_to_an_echo() -> AsyncIterator[tuple[Wire, int]]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, HERE, 0)
    listen = free_port()
    wire = Wire(listen, server.sockets[0].getsockname()[1])
    await wire.start()
    try:
        yield wire, listen
    finally:
        await wire.stop()
        server.close()


async def test_a_whole_wire_passes_everything_on() -> None:
    async with wire_to_an_echo() as (_, port):
        reader, writer = await asyncio.open_connection(HERE, port)
        writer.write(b"x" * 100_000)
        assert await reader.readexactly(100_000) == b"x" * 100_000
        writer.close()


async def test_a_cut_wire_ends_what_was_open_and_takes_nothing_until_it_is_mended() -> (
    None
):
    async with wire_to_an_echo() as (wire, port):
        reader, writer = await asyncio.open_connection(HERE, port)
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        wire.cut()
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        reader, writer = await asyncio.open_connection(HERE, port)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        wire.mend()
        reader, writer = await asyncio.open_connection(HERE, port)
        writer.write(b"y")
        assert await reader.readexactly(1) == b"y"
        writer.close()


async def test_a_delayed_wire_is_late_each_way_and_keeps_the_order() -> None:
    async with wire_to_an_echo() as (wire, port):
        wire.delay(0.05)
        reader, writer = await asyncio.open_connection(HERE, port)
        begun = time.monotonic()
        for letter in (b"a", b"b", b"c"):
            writer.write(letter)
            await writer.drain()
        assert await reader.readexactly(3) == b"abc"
        assert time.monotonic() - begun >= 0.1
        writer.close()


async def test_who_is_not_there_is_refused_through_the_wire_too() -> None:
    listen = free_port()
    wire = Wire(listen, free_port())
    await wire.start()
    reader, writer = await asyncio.open_connection(HERE, listen)
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    await wire.stop()


def test_a_dial_of_a_voter_carries_its_attempts_id_and_nothing_else_is_reworded() -> (
    None
):
    ask = b"Action: Originate\r\nChannelId: c-17\r\nChannel: PJSIP/1"
    other = b"Action: Originate\r\nChannelId: d-17\r\nChannel: PJSIP/1"
    marks = CallMarks("c-")
    said = b"Action: Ping\r\n\r\n" + ask + b"\r\n\r\n" + other + b"\r\n\r\n"
    got = b"".join(marks(said[n : n + 7]) for n in range(0, len(said), 7))
    marked = ask + b"\r\nVariable: PJSIP_HEADER(add,X-Samvad-Call)=c-17"
    assert got == said.replace(ask, marked)


class Party(asyncio.DatagramProtocol):
    """One of two who speak SIP."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.came_from: set[int] = set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        self.came_from.add(addr[1])


@contextlib.asynccontextmanager
async def two_parties() -> AsyncIterator[tuple[SipSpan, Party, Party, dict[str, int]]]:
    loop = asyncio.get_running_loop()
    parties, transports, ports = [], [], {}
    for name in ("ours", "theirs"):
        made = await loop.create_datagram_endpoint(Party, local_addr=(HERE, 0))
        transports.append(made[0])
        parties.append(made[1])
        ports[name] = made[0].get_extra_info("sockname")[1]
    ports |= {end: free_port(socket.SOCK_DGRAM) for end in ("near", "far")}
    span = SipSpan(**ports)
    await span.start()

    def say(data: bytes) -> None:
        transports[0].sendto(data, (HERE, ports["near"]))

    span.say = say  # type: ignore[attr-defined]
    try:
        yield span, parties[0], parties[1], ports
    finally:
        span.stop()
        for transport in transports:
            transport.close()


async def test_each_party_sees_the_other_at_the_near_end_of_the_network() -> None:
    async with two_parties() as (span, _ours, theirs, ports):
        span.say(f"Contact: <sip:x@127.0.0.1:{ports['ours']}>".encode())  # type: ignore[attr-defined]
        await until(lambda: theirs.heard)
        assert theirs.heard == [f"Contact: <sip:x@127.0.0.1:{ports['far']}>".encode()]
        assert theirs.came_from == {ports["far"]}


@pytest.mark.parametrize(
    ("share", "times"), [("drop", 0), ("double", 2), ("reorder", 1)]
)
async def test_packets_are_dropped_doubled_or_late(share: str, times: int) -> None:
    async with two_parties() as (span, _ours, theirs, _ports):
        span.spoil(1, **{share: 1.0})
        for number in range(5):
            span.say(b"%d" % number)  # type: ignore[attr-defined]
        await until(lambda: span.touched == 5)
        span.mend()
        await until(lambda: len(theirs.heard) == 5 * times)
        span.say(b"last")  # type: ignore[attr-defined]
        await until(lambda: b"last" in theirs.heard)
        assert len(theirs.heard) == 5 * times + 1
