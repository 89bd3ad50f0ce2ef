"""Every key that Asterisk received, noted by itself in a file of its log folder.

It goes on while no controller is there: what voters press meanwhile is found here. The
dialplan writes who is who: a line when a voter's line is offered to the controller, and
one when the apology begins, whose keys the dialplan takes. Of those a 9 counts here
too: if fallback.agi could not keep it, it would be lost; twice does no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from ivr.asterisk.bridges import CALL_PREFIX
from ivr.core.model import CallId

FILE = "keys"  # as in logger.conf
OPT_OUT_KEY = "9"
MOST = 64 * 1024 * 1024  # bytes: some ten minutes at 100 calls a second
_PRESSED = re.compile(r"DTMF end '(.)' received on (\S+), duration")
_OFFERED = re.compile(rf": samvad call ({CALL_PREFIX}[0-9a-z]+) (\S+)$")
_SORRY = re.compile(rf": samvad sorry ({CALL_PREFIX}[0-9a-z]+)$")


class KeyLog:
    """The file; a missing one is an empty one."""

    def __init__(self, log_folder: Path) -> None:
        self._file = log_folder / FILE

    async def read(self) -> dict[CallId, str]:
        """Return the keys of each call that was answered, in order."""
        return keys_of(await asyncio.to_thread(self._text))

    async def begin_anew(
        self, live: Mapping[CallId, str] = MappingProxyType({})
    ) -> None:
        """Empty it, but for the calls of `live`, by their channels.

        Asterisk appends, so it goes on at the beginning. A key that it notes between
        our reading and our emptying, some milliseconds, is lost here; whoever is there
        to empty it has that key by the manager's event.
        """
        await asyncio.to_thread(self._begin_anew, live)

    def size(self) -> int:
        """Return its bytes."""
        try:
            return self._file.stat().st_size
        except OSError:
            return 0

    def _text(self) -> str:
        try:
            return self._file.read_text("utf-8", "replace")
        except OSError:
            return ""

    def _begin_anew(self, live: Mapping[CallId, str]) -> None:
        keys = keys_of(self._text()) if live else {}
        kept = [
            line
            for call_id, channel in live.items()
            if call_id in keys
            for line in _lines(call_id, channel, keys[call_id])
        ]
        with contextlib.suppress(OSError):
            os.truncate(self._file, 0)
            if kept:
                with self._file.open("a", encoding="utf-8") as file:
                    file.write("".join(kept))


def _lines(call_id: CallId, channel: str, keys: str) -> Iterator[str]:
    """Yield what Asterisk would have noted of a call."""
    yield f"kept: samvad call {call_id} {channel}\n"
    for key in keys:
        yield f"kept: DTMF end '{key}' received on {channel}, duration 0 ms\n"


def keys_of(text: str) -> dict[CallId, str]:
    """Return the keys of each call in a log's text."""
    keys: dict[CallId, str] = {}
    call_on: dict[str, CallId] = {}  # by channel: a name comes again after a restart
    sorry: set[CallId] = set()
    for line in text.splitlines():
        if offered := _OFFERED.search(line):
            call_id = CallId(offered[1])
            call_on[offered[2]] = call_id
            keys.setdefault(call_id, "")
        elif begun := _SORRY.search(line):
            sorry.add(CallId(begun[1]))
        elif pressed := _PRESSED.search(line):
            on, key = call_on.get(pressed[2]), pressed[1]
            if on is not None and (on not in sorry or key == OPT_OUT_KEY):
                keys[on] += key
    return keys
