"""The browsers of `bench web`: a process of its own with very many open feeds.

Reads one line of JSON (`Visit`) from its input, opens every feed over HTTPS with its
user's cookie, says how many are open, and reads until its input ends. Then it writes
what came: one line of JSON (`Seen`). It keeps what is needed to reckon, no pages.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import sys
import time
from dataclasses import asdict, dataclass, field

import uvloop

AT_ONCE = 20  # that are being opened
OPEN_WITHIN_S = 60.0
SINCE = re.compile(rb'data-since="([^"]+)"')
# The part that shows since when a desk is in its state; of a floor, all its desks.
SHOWS_DESKS = {b"state", b"desks"}

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Feed:
    """One open page. `key` comes back with what it saw."""

    key: str
    path: str
    cookie: str  # NAME=VALUE


@dataclass(frozen=True, slots=True)
class Visit:
    host: str
    port: int
    authority: str  # the file of the certificate that browsers here trust
    feeds: list[Feed]


@dataclass(slots=True)
class Seen:
    """What all feeds brought. Times are seconds since 1970 by this machine's clock."""

    # Of every event: when, whose feed, letters.
    events: list[tuple[float, str, int]] = field(default_factory=list)
    # Of every newer desk state shown: when, whose feed, since when the desk is in it.
    changes: list[tuple[float, str, str]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)  # feeds that the server ended


async def browse(visit: Visit) -> Seen:
    """Open all, say so, read until the input ends. Raises OSError, TimeoutError."""
    loop = asyncio.get_running_loop()
    stop = loop.create_task(asyncio.to_thread(sys.stdin.readline))
    tls = ssl.create_default_context(cafile=visit.authority)
    tls.check_hostname = False  # an address of this machine
    seen, gate = Seen(), asyncio.Semaphore(AT_ONCE)

    async def opened(feed: Feed) -> Streams:
        async with gate, asyncio.timeout(OPEN_WITHIN_S):
            return await _open(visit, feed, tls)

    streams = await asyncio.gather(*map(opened, visit.feeds))
    reading = [
        asyncio.create_task(_read(reader, feed.key, seen))
        for (reader, _), feed in zip(streams, visit.feeds, strict=True)
    ]
    print(json.dumps({"open": len(reading)}), flush=True)  # noqa: T201
    await stop
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    return seen


async def _open(visit: Visit, feed: Feed, tls: ssl.SSLContext) -> Streams:
    reader, writer = await asyncio.open_connection(visit.host, visit.port, ssl=tls)
    lines = (
        f"GET {feed.path} HTTP/1.1",
        f"Host: {visit.host}:{visit.port}",
        "Accept: text/event-stream",
        f"Cookie: {feed.cookie}",
    )
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(f"{feed.path}: {head[:80]!r}")
    return reader, writer  # both, or the connection would be closed


async def _read(reader: asyncio.StreamReader, key: str, seen: Seen) -> None:
    """Note each event as it is complete (HTTP/1.1 chunks, RFC 9112, 7.1)."""
    newest, held = "", b""
    while size := int(await reader.readline() or b"0", 16):
        held += (await reader.readexactly(size + 2))[:-2]
        *events, held = held.split(b"\n\n")
        for event in events:
            at = time.time()
            seen.events.append((at, key, len(event) + 2))
            since = newest_of(event)
            if since > newest:
                newest = since
                seen.changes.append((at, key, since))
    seen.ended.append(key)


def newest_of(event: bytes) -> str:
    """Return since when the last changed desk of a part is as it is, or ""."""
    name = event.partition(b"event: ")[2].partition(b"\n")[0]
    found = SINCE.findall(event) if name in SHOWS_DESKS else []
    return max(found, default=b"").decode()


def main() -> None:
    given = json.loads(sys.stdin.readline())
    feeds = [Feed(**one) for one in given.pop("feeds")]
    seen = uvloop.run(browse(Visit(feeds=feeds, **given)))
    print(json.dumps(asdict(seen)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
