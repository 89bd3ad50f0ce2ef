"""Accepts FastAGI connections and turns each into an `AgiLine`.

Our own acceptance, because panoramisk's loops for ever on a client that connects
and closes: headers end within a size and a time, or the client is dropped.
Commands and replies are panoramisk's `Request`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import Any

import structlog
from panoramisk.fast_agi import Request
from panoramisk.utils import parse_agi_result

from ivr.asterisk.decode import agi_headers, text
from ivr.errors import CallerHungUp, SwitchGone

log = structlog.get_logger(__name__)

MAX_HEADERS = 16 * 1024  # bytes; Asterisk sends about 700
HEADERS_TIMEOUT_S = 5.0


class AgiSession(Request):  # type: ignore[misc]
    """One AGI conversation; remembers the raw reply for what panoramisk drops."""

    last_line = ""
    connected_at = 0.0  # time.perf_counter()

    async def _read_result(self) -> Any:
        line = await self.reader.readline()
        if not line:
            raise CallerHungUp("the switch closed the line")
        self.last_line = text(line.decode("utf-8", "replace"))
        return parse_agi_result(self.last_line)

    async def command(self, command: str, timeout_s: float) -> Mapping[str, Any]:
        """Send one AGI command and return panoramisk's reading of the reply.

        Raises CallerHungUp, SwitchGone (no reply in `timeout_s` seconds).
        """
        if self.writer.is_closing():  # uvloop would raise a RuntimeError
            raise CallerHungUp("the line is closed")
        try:
            async with asyncio.timeout(timeout_s):
                reply: Mapping[str, Any] = await self.send_command(command)
        except TimeoutError as exc:
            raise SwitchGone(f"AGI: no reply to {command.split()[0]}") from exc
        except (OSError, ValueError, asyncio.LimitOverrunError) as exc:
            raise CallerHungUp("the line broke") from exc
        error = reply.get("error", "")
        if error in ("AGIResultHangup", "AGIAppError"):
            raise CallerHungUp
        if "dead channel" in self.last_line or self.last_line.startswith("511"):
            raise CallerHungUp
        if error:
            raise SwitchGone(f"AGI {error}: {self.last_line}")
        return reply


def is_from_here(peer: object) -> bool:
    """Say whether the far end of a connection is this machine: Asterisk is."""
    try:
        return isinstance(peer, tuple) and ip_address(peer[0]).is_loopback
    except ValueError:
        return False


OnSession = Callable[[AgiSession], Awaitable[None]]


class AgiServer:
    """Listens for Asterisk; each good connection is given to `on_session`."""

    def __init__(
        self,
        on_session: OnSession,
        *,
        path: str = "call",
        headers_timeout_s: float = HEADERS_TIMEOUT_S,
    ) -> None:
        self._on_session = on_session
        self._path = path
        self._headers_timeout_s = headers_timeout_s
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.accepted = 0
        self.refused = 0

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port (for `port` 0). Raises OSError."""
        self._server = await asyncio.start_server(
            self._accept, host, port, limit=MAX_HEADERS, backlog=1024
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        connected_at = time.perf_counter()
        if not is_from_here(writer.get_extra_info("peername")):
            self.refused += 1
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            headers = await self._headers(reader)
            if headers is None:
                self.refused += 1
                return
            self.accepted += 1
            session = AgiSession(None, headers, reader, writer)
            session.connected_at = connected_at
            await self._on_session(session)
        except CallerHungUp:
            pass
        except asyncio.CancelledError:
            pass  # we end, or the voter is on another line: asyncio would log a failure
        except ConnectionError:
            self.refused += 1
        finally:
            self._tasks.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    async def _headers(self, reader: asyncio.StreamReader) -> dict[str, str] | None:
        """Return the AGI headers, or None for what is not Asterisk."""
        try:
            async with asyncio.timeout(self._headers_timeout_s):
                raw = await reader.readuntil(b"\n\n")
        except (
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            TimeoutError,
            ConnectionError,
        ):
            return None
        headers = agi_headers(raw)
        if headers.get("agi_network_script") != self._path:
            return None
        return headers
