"""What strangers send is answered or cut, in time, and is no error in our log."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from ivr.web import patience
from tests.adapters.web.browser import Browser, opened
from tests.polling import until

OPEN = b"/sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
GET, POST = b"GET " + OPEN, b"POST " + OPEN
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@dataclass
class Wire:
    browser: Browser
    log: pytest.LogCaptureFixture

    async def sent(self, *pieces: bytes, shuts: bool = False) -> bytes:
        """Send bytes; return all that comes until we are cut off."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if shuts:
            writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return answer

    @property
    def port(self) -> int:
        return int(self.browser.base.rpartition(":")[2])

    def errors(self) -> list[str]:
        return [
            one.getMessage()
            for one in self.log.records
            if one.levelno >= logging.WARNING
        ]


@pytest.fixture
async def wire(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Wire]:
    monkeypatch.setattr(patience, "IDLE_S", 0.2)
    monkeypatch.setattr(patience, "BODY_S", 0.1)
    monkeypatch.setattr(patience, "LINGER_S", 0.1)
    async with opened() as browser:
        yield Wire(browser, caplog)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (GET + b"Expect: \xed\xa0\x80\r\n\r\n", b"417"),
        (b"GET /none HTTP/1.1\r\nHost: x\r\nExpect: \xff\r\n\r\n", b"417"),
        (GET + b"Content-Encoding: deflate\r\nContent-Length: 1\r\n\r\nx", b"400"),
        (POST + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx", b"400"),
        (
            POST + b"Content-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: 60\r\n\r\n--x\r\nContent-Disposition: form-data\r\n\r\ny"
            b"\r\n--x--\r\n\r\n",
            b"400",
        ),
        (POST + FORM + b"Content-Length: 2\r\n\r\n\xc5a", b"400"),
        (
            POST + FORM[:-2] + b"; charset=x-none\r\nContent-Length: 3\r\n\r\na=b",
            b"400",
        ),
        (POST + FORM + b"Origin: http://[::1\r\nContent-Length: 0\r\n\r\n", b"403"),
        (GET + b"X: a\r\n" * 3000 + b"\r\n", b"400"),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (POST + FORM + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", b"400"),
        (
            POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"400",
        ),
    ],
)
async def test_what_is_no_request_of_ours_is_refused(
    wire: Wire, sent: bytes, status: bytes
) -> None:
    answer = await wire.sent(sent)
    assert answer.split(b" ", 2)[1] == status, answer[:100]
    assert wire.errors() == []


async def test_a_body_may_be_announced(wire: Wire) -> None:
    form = b"user_id=x&password=y"
    head = FORM + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(form)
    answer = await wire.sent(POST + head, form)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 4")


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        GET,
        b"GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n",  # kept open, and then silent
        POST + FORM + b"Content-Length: 500\r\n\r\nuser_id=x",
        POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\nuser",
    ],
    ids=["nothing", "half the headers", "one request", "half a body", "half a chunk"],
)
async def test_who_does_not_go_on_is_cut_off(wire: Wire, begun: bytes) -> None:
    async with asyncio.timeout(5):
        await wire.sent(begun)
    assert wire.errors() == []


async def test_who_leaves_in_a_body_is_no_error(wire: Wire) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(POST + FORM + b"Content-Length: 500\r\n\r\nuser_id=x")
    await writer.drain()
    runner = wire.browser.runner
    assert runner is not None and runner.server is not None
    await until(lambda: any(one._current_request for one in runner.server.connections))
    writer.transport.abort()
    await until(lambda: not runner.server.connections)
    assert wire.errors() == []


async def test_a_body_that_comes_slowly_but_comes_is_waited_for(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LEAST_BYTES", 10)
    form = b"user_id=x&password=" + b"y" * 100
    head = FORM + b"Content-Length: %d\r\n\r\n" % len(form)
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(POST + head)
    for at in range(0, len(form), 20):
        writer.write(form[at : at + 20])
        await asyncio.sleep(0.05)  # longer than BODY_S altogether
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 4")
    writer.close()


@pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="a kernel that cannot"
)
async def test_the_kernel_drops_who_does_not_read() -> None:
    [listening] = await patience.listening("127.0.0.1", 0)
    with listening, socket.create_connection(listening.getsockname()):
        taken, _ = await asyncio.to_thread(listening.accept)
        with taken:
            waits_ms = taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert waits_ms == patience.UNREAD_S * 1000


async def test_every_address_of_a_host_is_listened_at() -> None:
    for sock in await patience.listening("localhost", 0):
        with sock:
            assert sock.getsockname()[0] in ("127.0.0.1", "::1")
