"""Shuts addresses out of Asterisk's SIP: one ACL, before anything else is looked at.

The list is a file that Asterisk reads again when told so on its own control socket,
as `asterisk -rx` does: whoever runs Asterisk may, without root and without more rights
for the manager's user. Decides nothing about whom.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from ivr.asterisk.conf_file import render_file
from ivr.core.lockout import Source
from ivr.errors import SetupFailed, SwitchGone

LIST = "lockout.conf"  # acl.conf includes it
RELOAD = "module reload acl"
SAID_WHEN_DONE = b"reloaded successfully"
TIMEOUT_S = 2.0


class AsteriskGate:
    """Implements controller.lockout_room.Gate."""

    def __init__(
        self, home: Path, templates: Path, *, timeout_s: float = TIMEOUT_S
    ) -> None:
        """`home`: the folder of one Asterisk (provision.Folders)."""
        self._conf = home / "conf"
        self._socket = home / "run" / "asterisk.ctl"
        self._template = templates / f"{LIST}.j2"
        self._timeout_s = timeout_s

    async def shut_out(self, sources: Sequence[Source]) -> None:
        """Let in all but these. Raises SetupFailed, SwitchGone.

        After SwitchGone the list holds from Asterisk's next start on.
        """
        values = {"locked_out": sources}
        await asyncio.to_thread(render_file, self._template, self._conf, values)
        answer = await self._tell(RELOAD)
        if SAID_WHEN_DONE not in answer:
            raise SetupFailed(f"Asterisk did not read {LIST} again: {answer[:200]!r}")

    async def _tell(self, command: str) -> bytes:
        try:
            async with asyncio.timeout(self._timeout_s):
                reader, writer = await asyncio.open_unix_connection(str(self._socket))
                try:
                    writer.write(f"cli quit after {command}\0".encode())
                    return await _until_done(reader)
                finally:
                    writer.close()
        except (OSError, TimeoutError) as exc:
            raise SwitchGone(f"Asterisk's control socket: {exc or 'silent'}") from exc


async def _until_done(reader: asyncio.StreamReader) -> bytes:
    """Return what was said up to the word that it is done, or to the end."""
    said = b""
    while SAID_WHEN_DONE not in said and len(said) < 1 << 16:
        more = await reader.read(4096)
        if not more:
            break
        said += more
    return said
