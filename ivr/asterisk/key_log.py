"""Every key that Asterisk received, noted by itself in a file of its log folder.

It goes on while no controller is there: what voters press meanwhile is found here. The
dialplan writes who is who: a line when a voter's line is offered to the controller, and
one when the apology begins, whose keys are fallback.agi's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from pathlib import Path

from ivr.asterisk.bridges import CALL_PREFIX
from ivr.core.model import CallId

FILE = "keys"  # as in logger.conf
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

    async def begin_anew(self) -> None:
        """Empty it. Asterisk appends, so it goes on at the beginning."""
        await asyncio.to_thread(self._empty)

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

    def _empty(self) -> None:
        with contextlib.suppress(OSError):
            os.truncate(self._file, 0)


def keys_of(text: str) -> dict[CallId, str]:
    """Return the keys of each call in a log's text."""
    keys: dict[CallId, str] = {}
    call_on: dict[str, CallId] = {}  # by channel: a name comes again after a restart
    for line in text.splitlines():
        if offered := _OFFERED.search(line):
            call_id = CallId(offered[1])
            call_on[offered[2]] = call_id
            keys.setdefault(call_id, "")
        elif sorry := _SORRY.search(line):
            call_on = {c: i for c, i in call_on.items() if i != sorry[1]}
        elif pressed := _PRESSED.search(line):
            on = call_on.get(pressed[2])
            if on is not None:
                keys[on] += pressed[1]
    return keys
