"""A recording on its way out: opened in memory, a piece at a time, never on the disk.

Answers Range as players ask (RFC 9110, 14). Who may hear it was asked before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from aiohttp import web

from ivr.controller.recordings import Sound

HEADERS = {
    "Content-Type": "audio/wav",
    "Cache-Control": "private, no-store",
    "Accept-Ranges": "bytes",
}


async def send(request: web.Request, sound: Sound) -> web.StreamResponse:
    """Answer with the sound or the asked part of it. Close it afterwards."""
    part = _part(request, sound.size)
    if part is None:
        raise web.HTTPRequestRangeNotSatisfiable(
            headers={"Content-Range": f"bytes */{sound.size}"}
        )
    first, count = part
    answer = web.StreamResponse(headers=HEADERS)
    answer.content_length = count
    if "Range" in request.headers:
        answer.set_status(206)
        last = first + count - 1
        answer.headers["Content-Range"] = f"bytes {first}-{last}/{sound.size}"
    await answer.prepare(request)
    if request.method != "HEAD":
        pieces = sound.read(first, count)
        while (piece := await asyncio.to_thread(_next, pieces)) is not None:
            await answer.write(piece)
    await answer.write_eof()
    return answer


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


def _part(request: web.Request, size: int) -> tuple[int, int] | None:
    """Return the first byte and how many; None: there is no such part."""
    try:
        asked = request.http_range
    except ValueError:  # not a range of bytes
        return None
    first, end, _ = asked.indices(size) if asked.start is not None else (0, size, 1)
    if asked.start is not None and first >= end:
        return None
    return first, end - first
