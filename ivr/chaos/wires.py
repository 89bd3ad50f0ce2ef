"""Wires between the parts of a running system, that can be cut and spoiled at will.

A `Wire` is TCP (AMI, AGI); a `Span` of the network is UDP (SIP). Neither knows what
goes over it, but for the addresses that SIP carries in its text.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import Callable
from functools import partial

HERE = "127.0.0.1"
CALL_HEADER = "X-Samvad-Call"
REORDER_S = 0.25  # a packet that is late comes after those of this long


Reword = Callable[[bytes], bytes]


def as_it_is(data: bytes) -> bytes:
    return data


class CallMarks:
    """Lets each dial of a voter carry its attempt's id to the network, in a header.

    Samvad tells its operator nothing of its ids. Here the network is the witness, so
    what asks for a dial on the manager's wire is reworded. One for each connection.
    """

    def __init__(self, prefix: str) -> None:
        self._wanted = re.compile(rb"\r\nChannelId: (%s[^\r\n]*)" % prefix.encode())
        self._rest = b""

    def __call__(self, data: bytes) -> bytes:
        *whole, self._rest = (self._rest + data).split(b"\r\n\r\n")
        return b"".join(self._marked(one) + b"\r\n\r\n" for one in whole)

    def _marked(self, action: bytes) -> bytes:
        found = self._wanted.search(action)
        if found is None or b"Action: Originate" not in action:
            return action
        name = f"PJSIP_HEADER(add,{CALL_HEADER})".encode()
        return action + b"\r\nVariable: " + name + b"=" + found[1]


class Wire:
    """A TCP relay from one port of this machine to another.

    `reword` makes, for each connection, what rewords all that the caller says.
    """

    def __init__(
        self, listen: int, target: int, reword: Callable[[], Reword] = lambda: as_it_is
    ) -> None:
        self._listen = listen
        self._target = target
        self._reword = reword
        self._is_cut = False
        self._delay_s = 0.0
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, HERE, self._listen, backlog=1024
        )

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """End every connection, and take none until `mend`."""
        self._is_cut = True
        for writer in list(self._open):
            writer.transport.abort()

    def delay(self, seconds: float) -> None:
        """Let everything come so much later, each way."""
        self._delay_s = seconds

    def mend(self) -> None:
        self._is_cut, self._delay_s = False, 0.0

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            there, out = await asyncio.open_connection(HERE, self._target)
        except OSError:  # nobody is there: whoever called is told so at once
            writer.transport.abort()
            return
        self._open |= {writer, out}
        ways = {
            asyncio.create_task(self._copy(reader, out, self._reword())),
            asyncio.create_task(self._copy(there, writer, as_it_is)),
        }
        try:
            # What one side has said to the end may still be on its way.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._open -= {writer, out}
            for end in (writer, out):
                end.close()

    async def _copy(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        reword: Reword,
    ) -> None:
        loop = asyncio.get_running_loop()
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def read() -> None:
            with contextlib.suppress(OSError):  # reset: as good as an end
                while data := await reader.read(65536):
                    late.put_nowait((loop.time() + self._delay_s, data))
            late.put_nowait((loop.time() + self._delay_s, b""))

        reading = asyncio.create_task(read())
        try:
            while True:
                at, data = await late.get()
                if (wait_s := at - loop.time()) > 0:
                    await asyncio.sleep(wait_s)
                if not data:
                    return
                writer.write(reword(data))
                await writer.drain()
        except OSError:
            return
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await reading


class _End(asyncio.DatagramProtocol):
    """One end of a UDP relay."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self.transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._take(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there now: the packet is lost, as on any network."""


def _same(end: _End) -> _End:
    return end


class SipSpan:
    """A stretch of network between two SIP parties, which drops, doubles, reorders.

    Each party sees the other at this machine's near end of the stretch: `ours` is
    what `theirs` is called here, and the other way round.
    """

    def __init__(self, *, near: int, ours: int, far: int, theirs: int) -> None:
        self._ports = {"near": near, "ours": ours, "far": far, "theirs": theirs}
        self._names = {
            port: f"{HERE}:{port}".encode() for port in (near, ours, far, theirs)
        }
        self._to_them = _End(lambda data: self._pass(data, outward=True))
        self._to_us = _End(lambda data: self._pass(data, outward=False))
        self._rng = random.Random(0)
        self._drop = self._double = self._reorder = 0.0
        self.passed = self.touched = 0

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        for end, port in ((self._to_them, "near"), (self._to_us, "far")):
            transport, _ = await loop.create_datagram_endpoint(
                partial(_same, end), local_addr=(HERE, self._ports[port])
            )
            end.transport = transport

    def stop(self) -> None:
        for end in (self._to_them, self._to_us):
            if end.transport is not None:
                end.transport.close()

    def spoil(
        self, seed: int, *, drop: float = 0.0, double: float = 0.0, reorder: float = 0.0
    ) -> None:
        """Befall these shares of the packets, until `mend`."""
        self._rng = random.Random(seed)
        self._drop, self._double, self._reorder = drop, double, reorder

    def mend(self) -> None:
        self._drop = self._double = self._reorder = 0.0

    def _pass(self, data: bytes, *, outward: bool) -> None:
        ports, names = self._ports, self._names
        # What comes in at the near end is ours: they shall answer to the far end.
        hidden, shown = ("ours", "far") if outward else ("theirs", "near")
        data = data.replace(names[ports[hidden]], names[ports[shown]])
        end = self._to_us if outward else self._to_them
        to = (HERE, ports["theirs"] if outward else ports["ours"])
        self.passed += 1
        if self._rng.random() < self._drop:
            self.touched += 1
            return
        times = 1
        if self._rng.random() < self._double:
            self.touched += 1
            times = 2
        for _ in range(times):
            if self._rng.random() < self._reorder:
                self.touched += 1
                wait_s = self._rng.uniform(0, REORDER_S)
                asyncio.get_running_loop().call_later(wait_s, self._send, end, data, to)
            else:
                self._send(end, data, to)

    def _send(self, end: _End, data: bytes, to: tuple[str, int]) -> None:
        if end.transport is not None and not end.transport.is_closing():
            end.transport.sendto(data, to)
