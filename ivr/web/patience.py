"""How long the server waits for whoever is at the other end: for nobody for ever.

A connection that says nothing, a request that comes letter by letter, a body that does
not come on, an answer that nobody reads: each is ended, and keeps no memory, file or
task of ours. After the usual measures of web servers (Apache's mod_reqtimeout).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import hdrs, web, web_urldispatcher
from aiohttp.http_exceptions import HttpProcessingError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

IDLE_S = 60.0  # until a request's headers are there, from the last answer on
BODY_S = 20.0  # in which a body must come on by LEAST_BYTES
LEAST_BYTES = 2_000  # less than the worst mobile network sends
LINGER_S = 5.0  # after an answer, for the rest of a body that nobody wants
UNREAD_S = 60.0  # an answer, or a feed, that the other side does not take


@web.middleware
async def in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Cut the connection whose body does not come on."""
    if request.content.is_eof():
        return await handler(request)
    watch = _Body(request)
    try:
        return await handler(request)
    finally:
        watch.end()


class _Body:
    """Looks at a body every BODY_S, until it is there or stands still."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._had = 0
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.call_later(BODY_S, self._look)

    def _look(self) -> None:
        content, transport = self._request.content, self._request.transport
        if content.is_eof() or transport is None:
            return
        if content.total_bytes < self._had + LEAST_BYTES:
            transport.abort()
            return
        self._had = content.total_bytes
        self._next = self._loop.call_later(BODY_S, self._look)

    def end(self) -> None:
        self._next.cancel()


def answer_expectations() -> None:
    """Have every route, and what is no route, answer an Expect header as we do.

    aiohttp's own answer repeats what it does not know, and fails at what is no UTF-8
    before any code of ours is asked; for what is no route it cannot be told otherwise.
    """
    web_urldispatcher._default_expect_handler = _expects


async def _expects(request: web.Request) -> None:
    """Let the body come, before it is looked at (RFC 9110, 10.1.1)."""
    if request.headers.get(hdrs.EXPECT, "").lower() != "100-continue":
        raise web.HTTPExpectationFailed(text="only 100-continue can be expected")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer itself has not begun


async def listening(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen at each of a host's addresses. Raises OSError.

    The kernel ends their connections when the other side takes nothing for UNREAD_S
    (RFC 5482; tcp(7): since Linux 5.11 a window that stays shut counts as well). What
    is accepted has the options of what listened.
    """
    found = await asyncio.get_running_loop().getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            sockets.append(_listening(family, address))
    except OSError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _listening(family: int, address: Any) -> socket.socket:
    sock = socket.create_server(address[:2], family=family, backlog=128)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = int(UNREAD_S * 1000)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return sock


THEIRS = (HttpProcessingError, web.RequestPayloadError, ConnectionError)


class ServerLog(logging.LoggerAdapter[logging.Logger]):
    """aiohttp's own log, in which what strangers send is no error of ours."""

    def exception(self, msg: object, *args: object, **kwargs: Any) -> None:
        error = kwargs.get("exc_info")
        is_theirs = isinstance(error, THEIRS)
        level = logging.DEBUG if is_theirs else logging.ERROR
        self.log(level, msg, *args, **kwargs)
