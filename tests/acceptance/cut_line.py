"""The wire between the controller and Asterisk's manager interface, cut at will."""

from __future__ import annotations

import asyncio
import contextlib


class CutLine:
    """A TCP relay. `cuts` times it delivers an Originate and withholds the answer."""

    def __init__(self, listen: int, target: int, *, cuts: int) -> None:
        self._listen = listen
        self._target = target
        self.cuts = cuts
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> CutLine:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._listen
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        self.connections += 1
        cut = asyncio.Event()
        asking = asyncio.create_task(self._ask(reader, there[1], cut))
        answering = asyncio.create_task(self._answer(there[0], writer, cut))
        try:
            await asyncio.wait({asking, answering}, return_when="FIRST_COMPLETED")
        finally:
            for one in (asking, answering):
                one.cancel()
            await asyncio.gather(asking, answering, return_exceptions=True)
            writer.transport.abort()
            there[1].close()

    async def _ask(
        self,
        here: asyncio.StreamReader,
        there: asyncio.StreamWriter,
        cut: asyncio.Event,
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await here.read(65536):
                if self.cuts and b"Action: Originate" in data:
                    self.cuts -= 1
                    cut.set()  # before it is sent: not a byte of the answer passes
                there.write(data)
                await there.drain()

    async def _answer(
        self,
        there: asyncio.StreamReader,
        here: asyncio.StreamWriter,
        cut: asyncio.Event,
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await there.read(65536):
                if cut.is_set():
                    return  # Asterisk has spoken: it had the Originate
                here.write(data)
                await here.drain()
