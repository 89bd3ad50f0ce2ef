"""A TCP wire that a test cuts, or leaves standing with nothing coming through."""

from __future__ import annotations

import asyncio
import contextlib


class Relay:
    """Listens on one port of this machine and passes all on to another."""

    def __init__(self, listen: int, target: int) -> None:
        self._listen = listen
        self._target = target
        self._is_cut = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._done = asyncio.Event()
        self.connections = 0

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._listen
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.mend()
        await self._end_all()

    async def cut(self) -> None:
        """End every connection, and take none until `mend`."""
        self._is_cut = True
        await self._end_all()

    def stall(self) -> None:
        """Let nothing through and close nothing: a network that has gone."""
        self._flows.clear()

    def mend(self) -> None:
        self._is_cut = False
        self._flows.set()

    async def _end_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        while self._open:
            self._done.clear()
            await self._done.wait()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        self.connections += 1
        there, out = await asyncio.open_connection("127.0.0.1", self._target)
        self._open |= {writer, out}
        ways = [
            asyncio.create_task(self._copy(reader, out)),
            asyncio.create_task(self._copy(there, writer)),
        ]
        await asyncio.wait(ways, return_when="FIRST_COMPLETED")
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, out):
            end.transport.abort()
        self._open -= {writer, out}
        self._done.set()

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
