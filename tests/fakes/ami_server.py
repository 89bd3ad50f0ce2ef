"""A manager interface that a test can script: real socket, chosen answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

Reply = Callable[[dict[str, str]], list[dict[str, str]] | None]


def accept_everything(action: dict[str, str]) -> list[dict[str, str]]:
    return [{"Response": "Success", "Message": "fine"}]


class AmiServer:
    """Answers each action by `reply`; None means: say nothing."""

    def __init__(self, reply: Reply = accept_everything) -> None:
        self.reply = reply
        self.actions: list[dict[str, str]] = []
        self.connections = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> AmiServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.drop()
        self._server.close()
        await self._server.wait_closed()

    def drop(self) -> None:
        """Cut every connection."""
        for writer in self._writers:
            writer.transport.abort()

    def event(self, **fields: str) -> None:
        self.raw(_message(fields).encode())

    def raw(self, data: bytes) -> None:
        for writer in self._writers:
            writer.write(data)

    def sent(self, action: str) -> list[dict[str, str]]:
        return [a for a in self.actions if a["Action"] == action]

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self._writers.add(writer)
        writer.write(b"Asterisk Call Manager/9.0.0\r\n")
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                self._answer(_parse(raw.decode()), writer)
        self._writers.discard(writer)
        writer.close()

    def _answer(self, action: dict[str, str], writer: asyncio.StreamWriter) -> None:
        self.actions.append(action)
        if action["Action"] in ("Login", "Ping"):
            messages = accept_everything(action)
        else:
            messages = self.reply(action) or []
        for message in messages:
            message.setdefault("ActionID", action["ActionID"])
            writer.write(_message(message).encode())


def _parse(raw: str) -> dict[str, str]:
    lines = [line for line in raw.split("\r\n") if ": " in line]
    return dict(line.split(": ", 1) for line in lines)


def _message(fields: dict[str, str]) -> str:
    return "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n"
